"""The values of a grid of tiles on screen: where they are, which one is at a point, and what is read of them.

``positions`` are the positions of the tiles on screen, int (places,), :data:`~cnnviz.gui.widgets.tiling.NO_TILE` where
there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF

from cnnviz.gui.localized import exact
from cnnviz.gui.widgets.tiling import NO_TILE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.widgets.tiling import Placement, Tiles


class Pixel(NamedTuple):
    """The place of a value: the position of its tile, and row and column in the tile."""

    position: int
    row: int
    column: int


def tile_frame(placed: Placement | None, positions: NDArray[np.intp], position: int) -> QRectF | None:
    """The frame of a tile; None if it is not on screen."""
    places = np.flatnonzero(positions == position)
    if placed is None or not places.size:
        return None
    row, column = divmod(int(places[0]), placed.shown_columns)
    down, right = placed.pitch
    corner = QPointF(placed.gutter + column * right, row * down)
    return QRectF(corner.x() + 0.5, corner.y() + 0.5, placed.width - 1, placed.height - 1)


def value_frame(placed: Placement | None, positions: NDArray[np.intp], pixel: Pixel) -> QRectF | None:
    """Just around a value in its tile; None where the tile is a single value, or not on screen."""
    position, row, column = pixel
    frame = tile_frame(placed, positions, position)
    if frame is None or placed is None or placed.tiling.tile == (1, 1):
        return None
    height, width = placed.tiling.tile
    across, down = (frame.width() + 1) / width, (frame.height() + 1) / height
    corner = frame.topLeft() + QPointF(column * across - 1, row * down - 1)
    return QRectF(corner, QSizeF(across + 1, down + 1))


def pixel_at(placed: Placement | None, positions: NDArray[np.intp], point: QPointF) -> Pixel | None:
    """The value at a point of the picture; None beside the tiles."""
    hit = None if placed is None else placed.hit(point.x() - placed.gutter, point.y())
    if placed is None or hit is None:
        return None
    tile_row, tile_column, row, column = hit
    position = int(positions[tile_row * placed.shown_columns + tile_column])
    return None if position == NO_TILE else Pixel(position, row, column)


def read_value(tiles: Tiles, pixel: Pixel) -> str | None:
    """The name and place of a value, and the value in full; None if there is no such tile."""
    position, row, column = pixel
    if position >= tiles.tiling.count:
        return None
    value = exact(float(tiles.read(np.array([position], np.intp))[0, row, column]))
    if tiles.tiling.tile == (1, 1):
        return f"{tiles.name(position)}\n{value}"
    template = QCoreApplication.translate("ImageGrid", "row {row}, column {column}")
    return f"{tiles.name(position)}\n{template.format(row=row, column=column)}: {value}"
