"""What a grid of tiles shows, and where its tiles are: pure arithmetic, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array

NO_TILE = -1
ROOM_FOR_A_NUMBER = 31
"""Width in pixels from which a value is written into its pixel."""
ROOM_FOR_A_LONG_NUMBER = 44
"""The same for tiles of a single value, which can be any number."""
ROOM_FOR_A_SMALL_NUMBER, SMALL = 42, 0.3
"""The same for three decimals, which values have on a scale below this limit."""


@dataclass(frozen=True)
class Tiling:
    """What is to be arranged: ``count`` tiles of ``tile`` = (height, width) values.

    ``columns`` is how many tiles belong side by side (the slices of one filter, with the filter's number in a gutter);
    None lets as many stand in a row as fit. ``least`` and ``most`` limit the width of a tile, ``gap`` is the space
    between two tiles of a row, ``row_gap`` that between two rows, and ``below`` the room for a caption under each tile,
    all in pixels.
    """

    count: int
    tile: tuple[int, int]
    columns: int | None = None
    least: int = 48
    most: int = 128
    gap: int = 5
    row_gap: int = 5
    below: int = 0
    label: int = 0


GUTTER, DIGIT = 26, 7
"""Pixels of the row numbers at the left of stacked tiles, up to three digits, and of each digit more."""


@dataclass(frozen=True)
class Placement:
    """How a :class:`Tiling` stands in a view. Sizes in pixels; rows and columns count tiles."""

    tiling: Tiling
    columns: int
    rows: int
    shown_columns: int
    shown_rows: int
    width: int
    """of one tile"""
    height: int
    """of one tile"""
    gutter: int

    @property
    def pitch(self) -> tuple[int, int]:
        """From one tile to the next: (down, right)."""
        return self.height + self.tiling.below + self.tiling.row_gap, self.width + self.tiling.gap

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture of all tiles shown, without the gutter."""
        down, right = self.pitch
        return self.shown_rows * down - self.tiling.row_gap, self.shown_columns * right - self.tiling.gap

    def decimals(self, limit: float) -> int:
        """Decimals of the values that are written into the tiles on a scale with this limit; 0: there is no room."""
        each = self.width / self.tiling.tile[1]
        if each < (ROOM_FOR_A_NUMBER if self.tiling.tile[1] > 1 else ROOM_FOR_A_LONG_NUMBER):
            return 0
        return 3 if 0 < limit < SMALL and each >= ROOM_FOR_A_SMALL_NUMBER else 2

    def positions(self, row: int, column: int) -> NDArray[np.intp]:
        """Positions in reading order of the tiles shown with ``row`` and ``column`` at the top left; NO_TILE: none."""
        rows = np.arange(row, row + self.shown_rows)[:, None]
        columns = np.arange(column, column + self.shown_columns)[None, :]
        positions = rows * self.columns + columns
        inside = (columns < self.columns) & (positions < self.tiling.count)
        return np.where(inside, positions, NO_TILE).ravel()

    def pixels(self) -> NDArray[np.intp]:
        """For each pixel of the picture its value among those of all tiles shown, one after the other; -1: a gap."""
        high, wide = self.tiling.tile
        down, right = self.pitch
        tile_y, y = _axis(self.size[0], down, self.height, high)
        tile_x, x = _axis(self.size[1], right, self.width, wide)
        tile = tile_y[:, None] * self.shown_columns + tile_x[None, :]
        value = (tile * high + y[:, None]) * wide + x[None, :]
        gap = (y[:, None] < 0) | (x[None, :] < 0)
        return np.where(gap, -1, value).astype(np.intp)

    def hit(self, x: float, y: float) -> tuple[int, int, int, int] | None:
        """Row and column of the tile shown at a point of the picture, and row and column of the value in it."""
        down, right = self.pitch
        row, column = int(y // down), int(x // right)
        inside_y, inside_x = y - row * down, x - column * right
        if not (0 <= row < self.shown_rows and 0 <= column < self.shown_columns):
            return None
        if inside_y >= self.height or inside_x >= self.width:
            return None
        high, wide = self.tiling.tile
        return row, column, int(inside_y * high / self.height), int(inside_x * wide / self.width)


def _axis(pixels: int, pitch: int, size: int, values: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pixel along one axis: which tile, and which value of it (-1 in a gap)."""
    at = np.arange(pixels)
    tile, inside = at // pitch, at % pitch
    return tile, np.where(inside < size, inside * values // size, -1)


def place(tiling: Tiling, width: int, height: int) -> Placement:
    """Fit a tiling into ``width`` × ``height`` pixels: the largest tiles that show all, else the least legible size.

    Whole tiles only; what does not fit is reached by scrolling.
    """
    if tiling.columns is not None:
        return _stacked(tiling, tiling.columns, width, height)
    most_columns = max(1, (width + tiling.gap) // (_least(tiling) + tiling.gap))
    for columns in range(1, most_columns + 1):
        side = _across(tiling, columns, width)
        filled = max(columns, min(tiling.count, (width + tiling.gap) // (side + tiling.gap)))
        placement = _with(tiling, filled, side, height)
        if placement.shown_rows >= placement.rows:
            break
    return placement


def _least(tiling: Tiling) -> int:
    return max(1, min(tiling.least, tiling.most))


def _across(tiling: Tiling, columns: int, width: int) -> int:
    """The width of a tile when ``columns`` of them stand in ``width`` pixels."""
    side = min(tiling.most, max(1, (width - (columns - 1) * tiling.gap) // columns))
    return _even(side, tiling.tile[1])


def _even(side: int, values: int) -> int:
    """Large pixels are equally large: a multiple of the values, where the difference would be seen."""
    return side // values * values if side >= 4 * values else side


def _with(tiling: Tiling, columns: int, side: int, height: int) -> Placement:
    tall, rows, shown_rows = _down(tiling, columns, side, height)
    return Placement(tiling, columns, rows, columns, shown_rows, side, tall, 0)


def _stacked(tiling: Tiling, columns: int, width: int, height: int) -> Placement:
    label = tiling.label or len(str(tiling.count // columns - 1))
    gutter = GUTTER + DIGIT * max(0, label - 3)
    room = max(1, width - gutter)
    shown = max(1, min(columns, (room + tiling.gap) // (_least(tiling) + tiling.gap)))
    side = _across(tiling, shown, room)
    tall, rows, shown_rows = _down(tiling, columns, side, height)
    return Placement(tiling, columns, rows, shown, shown_rows, side, tall, gutter)


def _down(tiling: Tiling, columns: int, side: int, height: int) -> tuple[int, int, int]:
    """Height of a tile, rows of all tiles, and how many of them are shown whole."""
    high, wide = tiling.tile
    tall = max(1, round(side * high / wide))
    rows = -(-tiling.count // columns)
    pitch = tall + tiling.below + tiling.row_gap
    return tall, rows, max(1, min(rows, (height + tiling.row_gap) // pitch))


@dataclass(frozen=True, eq=False)
class Tiles:
    """What a grid shows.

    ``read`` gives the values of tiles by their positions: intp (k,) -> float32 (k, height, width). They are drawn from
    ``-limit`` to ``limit`` where ``signed``, else from 0 to ``limit``; where that is 0 each tile has a scale of its
    own. ``caption`` is written below a tile (in front of a row of stacked tiles for the first of the row), ``name`` is
    the tile in the line under the grid.
    """

    tiling: Tiling
    read: Callable[[NDArray[np.intp]], Array]
    limit: float
    signed: bool
    caption: Callable[[int], str]
    name: Callable[[int], str]
