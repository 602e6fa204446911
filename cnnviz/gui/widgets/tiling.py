"""The content of a grid of tiles, and the arrangement of the tiles. No Qt."""

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
    """The tiles to arrange: ``count`` tiles of ``tile`` = (height, width) values.

    ``columns`` is the number of tiles in a stacked row (the slices of a filter, with its number in a gutter at the
    left); None fits as many as possible into a row. ``least`` and ``most`` limit the width of a tile, ``gap`` is the
    space between two tiles of a row, ``row_gap`` that between two rows, ``below`` the room for a caption under each
    tile, all in pixels. ``label`` is the length of the longest label in the gutter, in characters.
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
"""Width of the gutter left of stacked rows, for labels of up to three characters, and of each further character, in
pixels."""


@dataclass(frozen=True)
class Placement:
    """The arrangement of a :class:`Tiling` in a view. Sizes are in pixels; rows and columns count tiles."""

    tiling: Tiling
    columns: int
    rows: int
    shown_columns: int
    shown_rows: int
    width: int
    """Size of a tile."""
    height: int
    """Size of a tile."""
    gutter: int

    @property
    def pitch(self) -> tuple[int, int]:
        """Distance of neighbouring tiles, (down, right)."""
        return self.height + self.tiling.below + self.tiling.row_gap, self.width + self.tiling.gap

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture of all visible tiles, without the gutter."""
        down, right = self.pitch
        return self.shown_rows * down - self.tiling.row_gap, self.shown_columns * right - self.tiling.gap

    def decimals(self, limit: float) -> int:
        """Decimals of the values that are written into the tiles on a scale with this limit; 0: there is no room."""
        each = self.width / self.tiling.tile[1]
        if each < (ROOM_FOR_A_NUMBER if self.tiling.tile[1] > 1 else ROOM_FOR_A_LONG_NUMBER):
            return 0
        return 3 if 0 < limit < SMALL and each >= ROOM_FOR_A_SMALL_NUMBER else 2

    def positions(self, row: int, column: int) -> NDArray[np.intp]:
        """The positions of the visible tiles, intp (k,) in reading order, with ``row`` and ``column`` at the top left.

        NO_TILE marks empty places.
        """
        rows = np.arange(row, row + self.shown_rows)[:, None]
        columns = np.arange(column, column + self.shown_columns)[None, :]
        positions = rows * self.columns + columns
        inside = (columns < self.columns) & (positions < self.tiling.count)
        return np.where(inside, positions, NO_TILE).ravel()

    def pixels(self) -> NDArray[np.intp]:
        """For each pixel of the picture the index of its value in the concatenated visible tiles, intp (H, W); -1 for a
        gap."""
        lines, rows = self.lines()
        return lines[rows]

    def lines(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The different lines of :meth:`pixels`, intp (n, W), and which of them each row of pixels is, intp (H,).

        Enlarged tiles have few: a picture is found in its lines, and only copied in its rows.
        """
        high, wide = self.tiling.tile
        down, right = self.pitch
        tile_y, y = _axis(self.size[0], down, self.height, high)
        tile_x, x = _axis(self.size[1], right, self.width, wide)
        starts, rows = np.unique(
            np.where(y < 0, -1, (tile_y * self.shown_columns * high + y) * wide), return_inverse=True
        )
        lines: NDArray[np.intp] = np.add.outer(starts, tile_x * high * wide + x)
        lines[starts < 0] = -1
        lines[:, x < 0] = -1
        return lines, rows

    def hit(self, x: float, y: float) -> tuple[int, int, int, int] | None:
        """(tile row, tile column, value row, value column) at a point of the picture; None in a gap."""
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
    """For each pixel along an axis the tile and the value in it (-1 in a gap), each intp (pixels,)."""
    at = np.arange(pixels)
    tile, inside = at // pitch, at % pitch
    return tile, np.where(inside < size, inside * values // size, -1)


def place(tiling: Tiling, width: int, height: int) -> Placement:
    """Arrange a tiling in ``width`` × ``height`` pixels: with the largest tiles of which all fit, else with the least
    size.

    Only whole tiles are shown; the others are reached by scrolling.
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
    """The width of a tile with ``columns`` tiles in ``width`` pixels."""
    side = min(tiling.most, max(1, (width - (columns - 1) * tiling.gap) // columns))
    return _even(side, tiling.tile[1])


def _even(side: int, values: int) -> int:
    """``side`` rounded to a multiple of ``values`` if pixels are large, where unequal sizes would be visible."""
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
    """The height of a tile, the number of all rows, and the number of rows that are wholly visible."""
    high, wide = tiling.tile
    tall = max(1, round(side * high / wide))
    rows = -(-tiling.count // columns)
    pitch = tall + tiling.below + tiling.row_gap
    return tall, rows, max(1, min(rows, (height + tiling.row_gap) // pitch))


@dataclass(frozen=True, eq=False)
class Tiles:
    """The content of a grid.

    ``read`` returns the values of tiles at positions: intp (k,) -> float32 (k, height, width). They are drawn on a
    scale from ``-limit`` to ``limit`` if ``signed``, else from 0 to ``limit``; with limit 0 each tile has its own
    scale. ``caption`` returns the text below a tile, or left of a stacked row for its first tile; ``name`` returns
    the description of a tile for the line below the grid.
    """

    tiling: Tiling
    read: Callable[[NDArray[np.intp]], Array]
    limit: float
    signed: bool
    caption: Callable[[int], str]
    name: Callable[[int], str]
    under: Callable[[int], str] | None = None
    """The text below each of stacked tiles."""
    texts: object = None
    """Equal for tiles whose captions and texts below are the same; None if that is not known."""
