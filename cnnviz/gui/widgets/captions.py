"""What is written over the tiles of a grid, as one picture that is made anew only when a word changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from cnnviz.gui.theme import Theme
from cnnviz.gui.widgets.numerals import fixed
from cnnviz.gui.widgets.tiling import Placement
from cnnviz.inspection.snapshot import Array

LEAST_HEIGHT = 26
"""A caption is written into tiles from this height on; a row of stacked tiles has it in the gutter at any height."""


@dataclass(frozen=True, eq=False)
class Captions:
    """A text for each tile shown, or for each row of stacked tiles, and the values to be written into the pixels of
    tiles where there is room for them.

    ``levels`` uint8 (tiles · height · width + 1,) are the colour levels of all tiles shown, ``values`` float32
    (k, height, width) those of the tiles whose places are in ``places``.
    """

    placement: Placement
    texts: tuple[str, ...]
    levels: NDArray[np.uint8] | None
    values: Array | None
    places: tuple[int, ...]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Captions) or (self.placement, self.texts) != (other.placement, other.texts):
            return False
        if self.values is None or other.values is None:
            return self.values is other.values
        return np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]


def draw_captions(captions: Captions, theme: Theme, table: NDArray[np.uint8], font: QFont, ratio: float) -> QPixmap:
    """The captions on a transparent ground; ``table`` uint8 (256, 3) are the colours under them."""
    placed = captions.placement
    high, wide = placed.size
    pixmap = QPixmap(int((wide + placed.gutter) * ratio), int(high * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    small = QFont(font)
    small.setPointSizeF(max(6.5, font.pointSizeF() * 0.8))
    painter.setFont(small)
    for index, text in enumerate(captions.texts):
        if placed.gutter:
            _in_gutter(painter, placed, index, text, theme)
        elif text and placed.height >= LEAST_HEIGHT:
            tile = _tile(placed, index)
            painter.setPen(QColor(theme.line))
            painter.drawRect(tile.adjusted(0.5, 0.5, -0.5, -0.5))
            _in_corner(painter, tile, text, theme)
    if captions.values is not None and captions.levels is not None:
        _numbers(painter, captions, captions.values, captions.levels, table)
    painter.end()
    return pixmap


def _tile(placed: Placement, index: int) -> QRectF:
    row, column = divmod(index, placed.shown_columns)
    down, right = placed.pitch
    return QRectF(placed.gutter + column * right, row * down, placed.width, placed.height)


def _in_gutter(painter: QPainter, placed: Placement, row: int, text: str, theme: Theme) -> None:
    painter.setPen(QColor(theme.muted))
    frame = QRectF(0, row * placed.pitch[0], placed.gutter - 6, placed.height)
    painter.drawText(frame, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _in_corner(painter: QPainter, tile: QRectF, text: str, theme: Theme) -> None:
    metrics = QFontMetricsF(painter.font())
    width = min(tile.width() - 2, metrics.horizontalAdvance(text) + 4)
    frame = QRectF(tile.left() + 1, tile.bottom() - metrics.height() - 1, width, metrics.height())
    ground = QColor(theme.surface)
    ground.setAlphaF(0.72)
    painter.fillRect(frame, ground)
    painter.setPen(QColor(theme.text))
    painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)


def _numbers(
    painter: QPainter, captions: Captions, values: Array, levels: NDArray[np.uint8], table: NDArray[np.uint8]
) -> None:
    """Each value in its pixel, dark on light colours and light on dark ones."""
    high, wide = captions.placement.tiling.tile
    light = table.astype(np.float64) @ (0.299, 0.587, 0.114) > 140
    for place, tile_values in zip(captions.places, values, strict=True):
        tile = _tile(captions.placement, place)
        step_x, step_y = tile.width() / wide, tile.height() / high
        tile_levels = levels[place * high * wide : (place + 1) * high * wide]
        for index, value in enumerate(tile_values.ravel().tolist()):
            row, column = divmod(index, wide)
            painter.setPen(Qt.GlobalColor.black if light[tile_levels[index]] else Qt.GlobalColor.white)
            frame = QRectF(tile.left() + column * step_x, tile.top() + row * step_y, step_x, step_y)
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, fixed(value, 2))
