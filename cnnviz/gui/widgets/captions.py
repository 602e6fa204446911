"""Captions beside the tiles of a grid and numbers in their pixels, painted into one picture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from cnnviz.gui.localized import fixed
from cnnviz.gui.widgets.fonts import tiny_font
from cnnviz.gui.widgets.levels import need_black_text
from cnnviz.gui.widgets.tiling import NO_TILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.tiling import Placement
    from cnnviz.inspection.questions import Array

BESIDE_NUMBER = 6
"""Pixels between the number of a stacked row and its first tile."""


@dataclass(frozen=True, eq=False)
class Captions:
    """A text for each visible tile, or for each row of stacked tiles, and the values to write into the pixels of
    tiles if there is room for them.

    ``levels`` uint8 (tiles · height · width + 1,) are the colour levels of all visible tiles, ``values`` float32
    (k, height, width) the values of the tiles at ``places``.
    """

    placement: Placement
    texts: tuple[str, ...]
    levels: NDArray[np.uint8] | None
    values: Array | None
    places: tuple[int, ...]
    decimals: int = 2
    slice_texts: tuple[str, ...] = ()
    """The text below each visible tile, if the tiles are slices of a stack."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Captions):
            return False
        # the values are written in black or white, as their levels need it
        return all(
            np.array_equal(own, others)
            if isinstance(own, np.ndarray) and isinstance(others, np.ndarray)
            else own == others
            for own, others in ((getattr(self, each.name), getattr(other, each.name)) for each in fields(self))
        )

    __hash__ = None  # type: ignore[assignment]


def texts_of(name: Callable[[int], str] | None, positions: NDArray[np.intp]) -> tuple[str, ...]:
    """The texts of the tiles at ``positions``, empty for positions without a tile; no texts at all without ``name``."""
    if name is None:
        return ()
    return tuple(name(position) if position != NO_TILE else "" for position in positions.tolist())


def caption_height(font: QFont) -> int:
    """The height of a caption below a tile, in pixels."""
    return _caption_height(font.toString())


@lru_cache(maxsize=8)
def _caption_height(description: str) -> int:
    font = QFont()
    font.fromString(description)
    return ceil(QFontMetricsF(tiny_font(font)).height())


def draw_captions(captions: Captions, theme: Theme, table: NDArray[np.uint8], font: QFont, ratio: float) -> QPixmap:
    """The captions on a transparent background; ``table`` uint8 (256, 3) has the RGB colours of the levels under
    them."""
    placed = captions.placement
    height, width = placed.size
    pixmap = QPixmap(int((width + placed.gutter) * ratio), int(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setFont(tiny_font(font))
        for index, text in enumerate(captions.texts):
            if placed.gutter:
                _in_gutter(painter, placed, index, text, theme)
            elif text and placed.tiling.below:
                _framed_caption(painter, placed, index, text, theme)
        for index, text in enumerate(captions.slice_texts):
            _text_below(painter, placed, index, text, theme)
        if captions.values is not None and captions.levels is not None:
            _numbers(painter, captions, captions.values, captions.levels, table)
    return pixmap


def _tile(placed: Placement, index: int) -> QRectF:
    row, column = divmod(index, placed.shown_columns)
    down, right = placed.pitch
    return QRectF(placed.gutter + column * right, row * down, placed.width, placed.height)


def _in_gutter(painter: QPainter, placed: Placement, row: int, text: str, theme: Theme) -> None:
    painter.setPen(QColor(theme.muted))
    down, _ = placed.pitch
    frame = QRectF(0, row * down, placed.gutter - BESIDE_NUMBER, placed.height)
    # a number may be taller than its row of small tiles
    align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(frame, int(align) | int(Qt.TextFlag.TextDontClip), text)


def _framed_caption(painter: QPainter, placed: Placement, index: int, text: str, theme: Theme) -> None:
    """Paint a frame around a tile, which makes dark tiles visible, and its caption."""
    tile = _tile(placed, index)
    painter.setPen(QColor(theme.line))
    painter.drawRect(tile.adjusted(0.5, 0.5, -0.5, -0.5))
    _text_below(painter, placed, index, text, theme)


def _text_below(painter: QPainter, placed: Placement, index: int, text: str, theme: Theme) -> None:
    tile = _tile(placed, index)
    painter.setPen(QColor(theme.muted))
    frame = QRectF(tile.left() - 2, tile.bottom() + 1, tile.width() + 4, placed.tiling.below)
    painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)


def _numbers(
    painter: QPainter, captions: Captions, values: Array, levels: NDArray[np.uint8], table: NDArray[np.uint8]
) -> None:
    """Write each value into its pixel, dark on light colours and light on dark ones."""
    height, width = captions.placement.tiling.tile
    black = need_black_text(table)
    for place, tile_values in zip(captions.places, values, strict=True):
        tile = _tile(captions.placement, place)
        step_x, step_y = tile.width() / width, tile.height() / height
        tile_levels = levels[place * height * width : (place + 1) * height * width]
        for index, value in enumerate(tile_values.ravel().tolist()):
            row, column = divmod(index, width)
            painter.setPen(Qt.GlobalColor.black if black[tile_levels[index]] else Qt.GlobalColor.white)
            frame = QRectF(tile.left() + column * step_x, tile.top() + row * step_y, step_x, step_y)
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, fixed(value, captions.decimals))
