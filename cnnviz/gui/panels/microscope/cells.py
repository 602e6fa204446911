"""Measuring and painting the cells of a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontInfo, QFontMetricsF, QImage, QPainter, QPen

from cnnviz.gui.localized import fixed, localized
from cnnviz.gui.panels.microscope.facts import decimals, number
from cnnviz.gui.panels.microscope.page import Amount, Block, Cell, Number, Picture, Scale, Sign, Words
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.levels import colour_words, levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz.gui.panels.microscope.page import Frame
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array

PICTURE = 64
"""The longer side of a map in a row, in pixels."""
BLOCK = 54
"""The longer side of a block of several values, in pixels."""
ONE = 18
"""The side of a block of a single value, in pixels."""
LEAST_LINE = 10
"""Least line height of the numbers beside a block, in pixels; with less height there are no numbers."""
GAP = 10
AIRY = 2.0
"""How much higher rows without pictures become if few of them have much room."""
SIGN = 14
LEAST_BAR, MOST_BAR = 28, 240
HIGHEST_BAR = 20.0
LEAST, GREATEST = 0.6, 3.5
"""Least and greatest scale factor of pictures, in narrow places and with few rows."""
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)


@dataclass(frozen=True)
class Columns:
    """The columns of all rows: left edges and widths of the cells; ``numbers``: whether a block shows its numbers.

    Maps and blocks are scaled by ``factor``, and a row is ``height`` pixels high.
    """

    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    numbers: tuple[bool, ...]
    factor: float
    height: float
    beside: tuple[float, ...]


def arrange(cells: Sequence[Cell], gutter: float, room: tuple[float, float], count: int, font: QFont) -> Columns:
    """Arrange ``count`` rows of such cells in ``room`` (width, height), in pixels.

    Few rows get larger pictures. If the width is short, the first blocks lose their numbers.
    """
    width, height = room
    room_for = width - gutter - GAP * len(cells)
    pictures = any(isinstance(cell, Picture) or (isinstance(cell, Block) and cell.values.size > 1) for cell in cells)
    most = min(GREATEST, max(1.0, height / max(1, count) / row_height(cells, 1.0))) if pictures else 1.0
    blocks = [at for at, cell in enumerate(cells) if isinstance(cell, Block)]
    for numbered in (blocks, blocks[-1:], []):
        factor, widths = _fitted(cells, numbered, room_for, most, LEAST if not numbered else 1.0, font)
        if sum(widths) <= room_for and all(_has_numbers(cells[at], factor) for at in numbered):
            break
    spare = room_for - sum(widths)
    if spare < 0:
        for at, cell in enumerate(cells):
            if isinstance(cell, Words):
                widths[at] = max(LEAST_WORDS, widths[at] + spare)
    numbers = [at in numbered for at in range(len(cells))]
    bars = sum(isinstance(cell, Amount) for cell in cells) or 1
    more = min(MOST_BAR - LEAST_BAR, max(0.0, spare) / bars)
    widths = [each + more if isinstance(cell, Amount) else each for cell, each in zip(cells, widths, strict=True)]
    lefts = [gutter + sum(widths[:at]) + GAP * at for at in range(len(cells))]
    bold = QFont(font)
    bold.setBold(True)
    beside = tuple(amount_width(cell, bold) if isinstance(cell, Amount) else 0.0 for cell in cells)
    high = row_height(cells, factor)
    if not pictures:
        high = round(max(high, min(AIRY * high, height / max(1, count))))
    return Columns(tuple(lefts), tuple(widths), tuple(numbers), factor, high, beside)


def _fitted(
    cells: Sequence[Cell], numbered: Sequence[int], room: float, most: float, least: float, font: QFont
) -> tuple[float, list[float]]:
    """The largest factor from ``most`` down to ``least`` at which the cells fit, and their widths."""
    factor = most
    while True:
        widths = [_width(cell, at in numbered, factor, font) for at, cell in enumerate(cells)]
        if sum(widths) <= room or factor <= least:
            return factor, widths
        factor = max(least, factor - 0.1)


def small(font: QFont) -> QFont:
    """The font of the numbers beside a block."""
    made = QFont(font)
    made.setPointSizeF(max(6.5, 0.78 * font.pointSizeF()))
    return made


def heading(font: QFont) -> QFont:
    """The font of the heads of columns, at least of :data:`LEAST_HEAD` pixels."""
    made = QFont(font)
    made.setPixelSize(max(LEAST_HEAD, round(0.85 * QFontInfo(font).pixelSize())))
    return made


LEAST_HEAD = 11


def row_height(cells: Sequence[Cell], factor: float) -> float:
    """The height of a row of such cells with its margins, in pixels."""
    highest = max((size_of(cell, factor)[1] for cell in cells), default=ONE)
    return round(highest + (10 if highest > ONE else 6))


def size_of(cell: Cell, factor: float) -> tuple[float, float]:
    """Width and height of the picture or block in a cell, in pixels; for other cells the height of a line."""
    if isinstance(cell, Picture):
        side = PICTURE * factor / max(cell.values.shape)
    elif isinstance(cell, Block) and cell.values.size:
        longest = max(cell.values.shape)
        side = ONE if longest == 1 else max(1.0, BLOCK * factor // longest)
    else:
        return 0.0, ONE
    high, wide = cell.values.shape
    return float(round(wide * side)), float(round(high * side))


def _has_numbers(cell: Cell, factor: float) -> bool:
    return (
        isinstance(cell, Block) and bool(cell.values.size) and size_of(cell, factor)[1] / len(cell.values) >= LEAST_LINE
    )


def _width(cell: Cell, numbers: bool, factor: float, font: QFont) -> float:
    if isinstance(cell, Picture):
        return PICTURE * factor
    if isinstance(cell, Block):
        beside = cell.values.shape[1] * number_width(cell.scale, _font_at(factor, font)) + 6 if numbers else 0.0
        return size_of(cell, factor)[0] + beside
    if isinstance(cell, Sign):
        return SIGN
    if isinstance(cell, Words):
        bold = QFont(font)
        bold.setBold(True)
        return max(WORDS, words_width(cell, bold))
    if isinstance(cell, Number):
        return max(NUMBER, advance(cell.widest, font))
    bold = QFont(font)
    bold.setBold(True)
    return LEAST_BAR + amount_width(cell, bold) + 6


WORDS, LEAST_WORDS, NUMBER = 150, 70, 64
"""Least widths of words and numbers, so that they are aligned in all rows."""


def words_width(cell: Cell, font: QFont) -> float:
    """The width of words, in pixels; 0 for other cells."""
    return advance(spelled(cell.text), font) + 2 if isinstance(cell, Words) else 0.0


def _font_at(factor: float, font: QFont) -> QFont:
    """The font of the numbers beside blocks, smaller for small blocks."""
    return small(font) if factor < ROOMY else font


ROOMY = 1.6


def number_width(scale: Scale, font: QFont) -> float:
    """The width of a number beside a block, in pixels."""
    return advance(fixed(-scale.limit, block_decimals(scale), True), font) + 5


def block_decimals(scale: Scale) -> int:
    """The decimals of the numbers beside a block: two digits of the largest number, and two decimals if it is small."""
    return max(decimals(scale.limit, 2), min(2, decimals(scale.limit)))


def amount_width(cell: Amount, font: QFont) -> float:
    """The width for the number of an amount."""
    size = max(cell.limit, abs(cell.value)) if cell.value == cell.value else cell.limit
    return max(advance(cell.written, font), advance(localized(number(-size, cell.limit)), font))


@lru_cache(maxsize=512)
def advance(text: str, font: QFont) -> float:
    """The width of a text, in pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)


def image_of(values: Array, scale: Scale, theme: Theme) -> QImage:
    """An image of values float32 (H, W), one pixel per value."""
    words: NDArray[np.uint32] = colour_words(theme, scale.signed).take(levels(values, scale.limit, scale.signed))
    words = np.ascontiguousarray(words)
    high, wide = words.shape
    # a copy: the image must not outlive the array
    return QImage(words.view(np.uint8).data, wide, high, words.strides[0], QImage.Format.Format_RGB32).copy()


def framed(area: QRectF, values: Array, frame: Frame) -> QRectF:
    """The rectangle of a frame in a map, ``values`` (H, W), that is drawn in ``area``."""
    high, wide = values.shape
    top, left, bottom, right = frame
    down, across = area.height() / high, area.width() / wide
    return QRectF(area.left() + left * across, area.top() + top * down, (right - left) * across, (bottom - top) * down)


def draw_picture(painter: QPainter, area: QRectF, cell: Picture, theme: Theme) -> None:
    """Draw a map with its frame."""
    painter.drawImage(area, image_of(cell.values, cell.scale, theme))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
    if cell.frame is not None:
        draw_frame(painter, framed(area, cell.values, cell.frame), theme)


def draw_frame(painter: QPainter, around: QRectF, theme: Theme) -> None:
    """Draw a frame that is visible on every colour of a map: a dark line beside a light one."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, outside in ((theme.surface, 0.0), (theme.text, 1.5)):
        painter.setPen(QPen(QColor(colour), 1.5))
        painter.drawRect(around.adjusted(-outside, -outside, outside, outside))


def draw_block(painter: QPainter, area: QRectF, cell: Block, beside: Columns | None, theme: Theme, font: QFont) -> None:
    """Paint the colours of a block, hatched in the padding, and the numbers beside it, if there is room."""
    if not cell.values.size:
        return
    painter.drawImage(area, image_of(cell.values, cell.scale, theme))
    rows, columns = cell.values.shape
    down, across = area.height() / rows, area.width() / columns
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
        row, column = cell.marked
        draw_frame(painter, QRectF(area.left() + column * across, area.top() + row * down, across, down), theme)
    if beside is not None:
        _draw_numbers(painter, area, cell, theme, _font_at(beside.factor, font))


def numbers_area(area: QRectF, cell: Block, columns: Columns, font: QFont) -> QRectF:
    """Where the numbers stand beside the colours of a block, which are in ``area``."""
    return _numbers_area(area, cell, _font_at(columns.factor, font))


def _numbers_area(area: QRectF, cell: Block, font: QFont) -> QRectF:
    rows, columns = cell.values.shape
    line = area.height() / rows
    if area.height() <= BLOCK:
        line = min(line, LINE * QFontMetricsF(font).height())
    width = columns * number_width(cell.scale, font)
    return QRectF(area.right(), area.center().y() - line * rows / 2, width, line * rows)


def _draw_numbers(painter: QPainter, area: QRectF, cell: Block, theme: Theme, font: QFont) -> None:
    made, places = font, block_decimals(cell.scale)
    bold = QFont(made)
    bold.setBold(True)
    painter.setFont(made)
    numbers_at, rows = _numbers_area(area, cell, font), len(cell.values)
    pitch, line, top = numbers_at.width() / cell.values.shape[1], numbers_at.height() / rows, numbers_at.top()
    usual, padding = QColor(theme.text), QColor(theme.muted)
    for row, numbers in enumerate(cell.values.tolist()):
        for column, value in enumerate(numbers):
            outside = cell.outside is not None and bool(cell.outside[row, column])
            painter.setPen(padding if outside else usual)
            marked = cell.marked == (row, column)
            if marked:
                painter.setFont(bold)
            frame = QRectF(area.right() + column * pitch, top + row * line, pitch, line)
            painter.drawText(frame, RIGHT, "0" if outside else written(value, places, cell.scale.signed))
            if marked:
                painter.setFont(made)


@lru_cache(maxsize=8192)
def written(value: float, places: int, plus: bool) -> str:
    """A number beside a block, as text with so many decimals."""
    return fixed(value, places, plus)


LINE = 1.25
"""Line spacing of the numbers, in heights of their font."""


def draw_words(painter: QPainter, area: QRectF, words: str, theme: Theme, font: QFont, right: bool) -> None:
    """Paint words at the left of ``area``, or a number at its right."""
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    if not right:
        words = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, RIGHT if right else LEFT, words)


def draw_sign(painter: QPainter, area: QRectF, cell: Sign, theme: Theme, font: QFont) -> None:
    """Paint a sign in the middle of ``area``."""
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    painter.drawText(area, CENTRE, cell.sign)


def draw_amount(painter: QPainter, area: QRectF, cell: Amount, theme: Theme, font: QFont, beside: float) -> None:
    """Draw a bar, to the right for a positive value and to the left for a negative one, and the number.

    The number has a room of the width ``beside``. A bar that would be longer than its room is broken.
    """
    room = max(4.0, area.width() - beside - 6)
    start = area.left() + (room / 2 if cell.signed else 0.0)
    most = room / 2 if cell.signed else room
    height = min(max(11.0, 0.4 * area.height()), HIGHEST_BAR, area.height() - 4)
    length = most * min(1.0, abs(cell.value) / cell.limit) if cell.value == cell.value else 0.0
    bar = QRectF(start if cell.value > 0 else start - length, area.center().y() - height / 2, length, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.positive if cell.value > 0 else theme.negative))
    # antialiasing for the bar only: maps are drawn several times faster without
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRoundedRect(bar, 2, 2)
    if abs(cell.value) > 1.001 * cell.limit:
        painter.setPen(QPen(QColor(theme.surface), 2))
        middle = bar.center().x()
        for x in (middle - 3, middle + 3):
            painter.drawLine(QPointF(x - 3, bar.bottom() + 2), QPointF(x + 3, bar.top() - 2))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawLine(QPointF(start, area.center().y() - height), QPointF(start, area.center().y() + height))
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    painter.drawText(area, RIGHT, localized(cell.written or number(cell.value, cell.limit, plus=cell.signed)))
