"""Paints the cells of a row, and says how much room they take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.microscope.facts import decimals
from cnnviz.gui.panels.microscope.page import Amount, Block, Cell, Picture, Scale, Sign
from cnnviz.gui.widgets.levels import colour_words, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.panels.microscope.page import Frame
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array

PICTURE = 64
"""Pixels of the longer side of a map in a row."""
BLOCK = 54
"""Of a block of more than one value."""
ONE = 18
"""Of a block of a single value."""
MOST_NUMBERS = 5
"""Larger blocks have no numbers beside them."""
GAP = 10
SIGN = 14
LEAST_BAR, MOST_BAR = 28, 110
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Columns:
    """Where the cells of all rows stand: left edges and widths; ``numbers`` says where blocks have their numbers."""

    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    numbers: tuple[bool, ...]
    height: float


def small(font: QFont) -> QFont:
    """The font of the numbers beside a block."""
    made = QFont(font)
    made.setPointSizeF(max(6.5, 0.78 * font.pointSizeF()))
    return made


def arrange(cells: tuple[Cell, ...], gutter: float, width: float, font: QFont) -> Columns:
    """Columns for rows of such cells in so much width; where it is scarce, the last blocks lose their numbers first."""
    with_numbers = [isinstance(cell, Block) and max(cell.values.shape) <= MOST_NUMBERS for cell in cells]
    while True:
        widths = [_width(cell, has, font) for cell, has in zip(cells, with_numbers, strict=True)]
        spare = width - gutter - sum(widths) - GAP * len(cells)
        if spare >= 0 or not any(with_numbers):
            break
        with_numbers[with_numbers.index(True)] = False
    widths = [
        one + min(MOST_BAR - LEAST_BAR, max(0.0, spare)) if isinstance(cell, Amount) else one
        for cell, one in zip(cells, widths, strict=True)
    ]
    lefts = [gutter + sum(widths[:at]) + GAP * at for at in range(len(cells))]
    height = max((_height(cell) for cell in cells), default=20.0)
    return Columns(tuple(lefts), tuple(widths), tuple(with_numbers), height + (10 if height > ONE else 6))


def _height(cell: Cell) -> float:
    if isinstance(cell, Picture):
        return picture_size(cell.values)[1]
    if isinstance(cell, Block):
        return block_size(cell.values)[1]
    return 14.0


def _width(cell: Cell, numbers: bool, font: QFont) -> float:
    if isinstance(cell, Picture):
        return PICTURE
    if isinstance(cell, Block):
        beside = cell.values.shape[1] * number_width(cell.scale, font) + 6 if numbers else 0.0
        return block_size(cell.values)[0] + beside
    if isinstance(cell, Sign):
        return SIGN
    return LEAST_BAR + amount_width(cell, font) + 6


def picture_size(values: Array) -> tuple[float, float]:
    """Width and height of a map."""
    high, wide = values.shape
    side = PICTURE / max(high, wide)
    return wide * side, high * side


def block_size(values: Array) -> tuple[float, float]:
    """Width and height of a block."""
    high, wide = values.shape
    side = ONE if max(high, wide) == 1 else max(1, BLOCK // max(high, wide))
    return wide * side, high * side


def number_width(scale: Scale, font: QFont) -> float:
    """The room of one number beside a block."""
    return _advance(fixed(-scale.limit, block_decimals(scale), True), small(font)) + 5


def block_decimals(scale: Scale) -> int:
    """The decimals of the numbers beside a block: two digits of the largest one, and two decimals where it is small."""
    return max(decimals(scale.limit, 2), min(2, decimals(scale.limit)))


def amount_width(cell: Amount, font: QFont) -> float:
    """The room of the number of an amount."""
    return _advance(fixed(-cell.limit, decimals(cell.limit), True), font)


@lru_cache(maxsize=256)
def _advance(text: str, font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)


def image_of(values: Array, scale: Scale, theme: Theme) -> QImage:
    """Values in their colours, a pixel each."""
    words: NDArray[np.uint32] = colour_words(theme, scale.signed).take(levels(values, scale.limit, scale.signed))
    words = np.ascontiguousarray(words)
    high, wide = words.shape
    # a copy: the image must not outlive the array
    return QImage(words.view(np.uint8).data, wide, high, words.strides[0], QImage.Format.Format_RGB32).copy()


def framed(area: QRectF, values: Array, frame: Frame) -> QRectF:
    """Where a frame lies upon a map that is drawn in ``area``."""
    high, wide = values.shape
    top, left, bottom, right = frame
    down, across = area.height() / high, area.width() / wide
    return QRectF(area.left() + left * across, area.top() + top * down, (right - left) * across, (bottom - top) * down)


def draw_picture(painter: QPainter, area: QRectF, cell: Picture, theme: Theme, ink: str) -> None:
    """A map with its frame; ``ink`` is the colour of that."""
    painter.drawImage(area, image_of(cell.values, cell.scale, theme))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
    if cell.frame is not None:
        painter.setPen(QPen(QColor(ink), 2))
        painter.drawRect(framed(area, cell.values, cell.frame))


def draw_block(painter: QPainter, corner: QPointF, cell: Block, numbers: bool, theme: Theme, font: QFont) -> None:
    """The colours of a block, hatched where it lies in the padding, and the numbers beside them."""
    wide, high = block_size(cell.values)
    area = QRectF(corner.x(), corner.y(), wide, high)
    painter.drawImage(area, image_of(cell.values, cell.scale, theme))
    rows, columns = cell.values.shape
    down, across = high / rows, wide / columns
    if cell.outside is not None:
        for row, column in np.argwhere(cell.outside).tolist():
            painter.fillRect(
                QRectF(area.left() + column * across, area.top() + row * down, across, down),
                QBrush(QColor(theme.muted), Qt.BrushStyle.BDiagPattern),
            )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
    if cell.marked is not None:
        painter.setPen(QPen(QColor(theme.text), 2))
        row, column = cell.marked
        painter.drawRect(QRectF(area.left() + column * across, area.top() + row * down, across, down))
    if numbers:
        _draw_numbers(painter, area, cell, theme, font)


def _draw_numbers(painter: QPainter, area: QRectF, cell: Block, theme: Theme, font: QFont) -> None:
    made, places = small(font), block_decimals(cell.scale)
    painter.setFont(made)
    pitch = number_width(cell.scale, font)
    rows = len(cell.values)
    line = min(area.height() / rows, 1.25 * QFontMetricsF(made).height())
    top = area.center().y() - line * rows / 2
    for row, numbers in enumerate(cell.values.tolist()):
        for column, value in enumerate(numbers):
            outside = cell.outside is not None and cell.outside[row, column]
            painter.setPen(QColor(theme.muted if outside else theme.text))
            frame = QRectF(area.right() + column * pitch, top + row * line, pitch, line)
            written = "0" if outside else fixed(value, places, cell.scale.signed)
            painter.drawText(frame, int(RIGHT | Qt.TextFlag.TextDontClip), written)


def draw_sign(painter: QPainter, area: QRectF, cell: Sign, theme: Theme, font: QFont) -> None:
    """A sign in the middle of its room."""
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), cell.sign)


def draw_amount(painter: QPainter, area: QRectF, cell: Amount, theme: Theme, font: QFont) -> None:
    """A bar to the right for what adds, to the left for what takes away, and the number behind it."""
    beside = amount_width(cell, font) + 6
    room = max(4.0, area.width() - beside)
    middle = area.left() + room / 2
    height = min(11.0, area.height() - 4)
    length = room / 2 * min(1.0, abs(cell.value) / cell.limit) if cell.value == cell.value else 0.0
    bar = QRectF(middle if cell.value > 0 else middle - length, area.center().y() - height / 2, length, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.positive if cell.value > 0 else theme.negative))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawLine(QPointF(middle, area.center().y() - height), QPointF(middle, area.center().y() + height))
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    written = fixed(cell.value, decimals(cell.limit), True)
    painter.drawText(area, int(RIGHT | Qt.TextFlag.TextDontClip), written)
