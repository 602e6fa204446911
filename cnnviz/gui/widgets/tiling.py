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
LARGE = 4
"""Width in pixels from which the values of a tile are drawn with equal widths."""
ROOM_FOR_A_NUMBER = 31
"""Width in pixels from which a value is written into its pixel."""
ROOM_FOR_A_LONG_NUMBER = 44
"""The same for tiles of a single value, which can be any number."""
ROOM_FOR_A_SMALL_NUMBER, SMALL_LIMIT = 42, 0.3
"""The same for three decimals, which values have on a scale below this limit."""


@dataclass(frozen=True)
class Tiling:
    """The tiles to arrange: ``count`` tiles of ``tile`` = (height, width) values.

    ``columns`` is the number of tiles in a stacked row (the slices of a filter, with its number in a gutter at the
    left); None fits as many as possible into a row. ``least_width`` and ``most_width`` limit the width of a tile,
    ``gap`` is the space between two tiles of a row, ``row_gap`` that between two rows, ``below`` the room for a caption
    under each tile, all in pixels. ``label_length`` is the length of the longest label in the gutter, in characters.
    """

    count: int
    tile: tuple[int, int]
    columns: int | None = None
    least_width: int = 48
    most_width: int = 128
    gap: int = 5
    row_gap: int = 5
    below: int = 0
    label_length: int = 0


GUTTER, GUTTER_DIGITS, DIGIT = 26, 3, 7
"""Width of the gutter left of stacked rows, the length of a label that fits into it, and the width of each further
character, in pixels."""


@dataclass(frozen=True)
class Placement:
    """The arrangement of a :class:`Tiling` in a view: rows and columns count tiles, ``width`` and ``height`` are those
    of a tile, ``gutter`` is the width left of the first column, in pixels."""

    tiling: Tiling
    columns: int
    rows: int
    shown_columns: int
    shown_rows: int
    width: int
    height: int
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
        value_width = self.width / self.tiling.tile[1]
        if value_width < (ROOM_FOR_A_NUMBER if self.tiling.tile[1] > 1 else ROOM_FOR_A_LONG_NUMBER):
            return 0
        return 3 if 0 < limit < SMALL_LIMIT and value_width >= ROOM_FOR_A_SMALL_NUMBER else 2

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
        value_rows, value_columns = self.tiling.tile
        down, right = self.pitch
        tile_y, y = _axis(self.size[0], down, self.height, value_rows)
        tile_x, x = _axis(self.size[1], right, self.width, value_columns)
        starts_of_rows = np.where(y < 0, -1, (tile_y * self.shown_columns * value_rows + y) * value_columns)
        starts, rows = np.unique(starts_of_rows, return_inverse=True)
        lines: NDArray[np.intp] = np.add.outer(starts, tile_x * value_rows * value_columns + x)
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
        value_rows, value_columns = self.tiling.tile
        value_row, value_column = int(inside_y * value_rows / self.height), int(inside_x * value_columns / self.width)
        return row, column, value_row, value_column


def _axis(pixels: int, pitch: int, size: int, values: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pixel along an axis the tile and the value in it (-1 in a gap), each intp (pixels,)."""
    pixel = np.arange(pixels)
    tile, inside = pixel // pitch, pixel % pitch
    return tile, np.where(inside < size, inside * values // size, -1)


def place(tiling: Tiling, width: int, height: int) -> Placement:
    """Arrange a tiling in ``width`` × ``height`` pixels, with the largest tiles of which all fit, else the smallest.

    Only whole tiles are shown; the others are reached by scrolling.
    """
    if tiling.columns is not None:
        return _stacked(tiling, tiling.columns, width, height)
    most_columns = max(1, (width + tiling.gap) // (_least_width(tiling) + tiling.gap))
    for columns in range(1, most_columns + 1):
        tile_width = _tile_width(tiling, columns, width)
        filled = max(columns, min(tiling.count, (width + tiling.gap) // (tile_width + tiling.gap)))
        tile_height, rows, shown_rows = _rows(tiling, filled, tile_width, height)
        placement = Placement(tiling, filled, rows, filled, shown_rows, tile_width, tile_height, gutter=0)
        if placement.shown_rows >= placement.rows:
            break
    return placement


def _least_width(tiling: Tiling) -> int:
    return max(1, min(tiling.least_width, tiling.most_width))


def _tile_width(tiling: Tiling, columns: int, width: int) -> int:
    """The width of a tile with ``columns`` tiles in ``width`` pixels."""
    tile_width = min(tiling.most_width, max(1, (width - (columns - 1) * tiling.gap) // columns))
    value_columns = tiling.tile[1]
    # unequal widths of values would be visible where they are large
    return tile_width // value_columns * value_columns if tile_width >= LARGE * value_columns else tile_width


def _stacked(tiling: Tiling, columns: int, width: int, height: int) -> Placement:
    label_length = tiling.label_length or len(str(tiling.count // columns - 1))
    gutter = GUTTER + DIGIT * max(0, label_length - GUTTER_DIGITS)
    room = max(1, width - gutter)
    shown_columns = max(1, min(columns, (room + tiling.gap) // (_least_width(tiling) + tiling.gap)))
    tile_width = _tile_width(tiling, shown_columns, room)
    tile_height, rows, shown_rows = _rows(tiling, columns, tile_width, height)
    return Placement(tiling, columns, rows, shown_columns, shown_rows, tile_width, tile_height, gutter)


def _rows(tiling: Tiling, columns: int, tile_width: int, height: int) -> tuple[int, int, int]:
    """The height of a tile, the number of all rows, and the number of rows that are wholly visible."""
    value_rows, value_columns = tiling.tile
    tile_height = max(1, round(tile_width * value_rows / value_columns))
    rows = -(-tiling.count // columns)
    pitch = tile_height + tiling.below + tiling.row_gap
    return tile_height, rows, max(1, min(rows, (height + tiling.row_gap) // pitch))


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
    slice_text: Callable[[int], str] | None = None
    """The text below each of stacked tiles."""
    texts: object = None
    """Equal for tiles whose captions and texts below are the same; None if that is not known."""
