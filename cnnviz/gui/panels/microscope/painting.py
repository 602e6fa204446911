"""Painting the cells of a row."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from cnnviz.gui.localized import localized
from cnnviz.gui.panels.microscope.facts import number
from cnnviz.gui.panels.microscope.measures import BLOCK, block_style, font_at, number_width
from cnnviz.gui.panels.microscope.page import Amount, Block, Number, Picture, Sign
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.array_picture import picture_of_words
from cnnviz.gui.widgets.levels import colour_words, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.equations import Decimals
    from cnnviz.gui.panels.microscope.measures import Columns
    from cnnviz.gui.panels.microscope.page import Cell, Frame, Scale
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array


HIGHEST_BAR = 20.0
"""The largest height of a bar, in pixels."""
LINE = 1.25
"""Line spacing of the numbers, in heights of their font."""
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
LEFT_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)


def image_of(values: Array, scale: Scale, theme: Theme) -> QImage:
    """An image of values float32 (H, W), one pixel per value."""
    words: NDArray[np.uint32] = colour_words(theme, scale.signed).take(levels(values, scale.limit, scale.signed))
    return picture_of_words(np.ascontiguousarray(words))


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
        _draw_numbers(painter, area, cell, theme, font_at(beside.factor, font))


def numbers_area(area: QRectF, cell: Block, columns: Columns, font: QFont) -> QRectF:
    """Where the numbers stand beside the colours of a block, which are in ``area``."""
    return _numbers_area(area, cell, font_at(columns.factor, font))


def _numbers_area(area: QRectF, cell: Block, font: QFont) -> QRectF:
    rows, columns = cell.values.shape
    line = area.height() / rows
    if area.height() <= BLOCK:
        line = min(line, LINE * QFontMetricsF(font).height())
    width = columns * number_width(cell, font)
    return QRectF(area.right(), area.center().y() - line * rows / 2, width, line * rows)


def _draw_numbers(painter: QPainter, area: QRectF, cell: Block, theme: Theme, font: QFont) -> None:
    made, style = font, block_style(cell)
    bold = QFont(made)
    bold.setBold(True)
    painter.setFont(made)
    numbers_at, rows = _numbers_area(area, cell, font), len(cell.values)
    pitch, line, top = numbers_at.width() / cell.values.shape[1], numbers_at.height() / rows, numbers_at.top()
    usual, padding = QColor(theme.text), QColor(theme.muted)
    painter.setPen(usual)
    for row, numbers in enumerate(cell.values.tolist()):
        for column, value in enumerate(numbers):
            outside = cell.outside is not None and bool(cell.outside[row, column])
            if outside:
                painter.setPen(padding)
            marked = cell.marked == (row, column)
            if marked:
                painter.setFont(bold)
            frame = QRectF(area.right() + column * pitch, top + row * line, pitch, line)
            painter.drawText(frame, RIGHT, "0" if outside else written(value, style, cell.scale.signed))
            if marked:
                painter.setFont(made)
            if outside:
                painter.setPen(usual)


@lru_cache(maxsize=8192)
def written(value: float, style: Decimals, plus: bool) -> str:
    """A number beside a block, as text."""
    return localized(style.write(value, plus))


def draw_words(painter: QPainter, area: QRectF, words: str, theme: Theme, font: QFont, right: bool) -> None:
    """Paint words at the left of ``area``, in two lines if they need and have room for them, or a number at its
    right."""
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    if right:
        painter.drawText(area, RIGHT, words)
        return
    metrics = QFontMetricsF(font)
    if metrics.horizontalAdvance(words) > area.width():
        needed = metrics.boundingRect(area, LEFT_WRAPPED, words)
        if needed.height() <= area.height() and needed.width() <= area.width():
            painter.drawText(area, LEFT_WRAPPED, words)
            return
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, LEFT, words)


def draw_sign(painter: QPainter, area: QRectF, cell: Sign, theme: Theme, font: QFont) -> None:
    """Paint a sign in the middle of ``area``."""
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    painter.drawText(area, CENTRE, cell.sign)


def draw_amount(painter: QPainter, area: QRectF, cell: Amount, theme: Theme, font: QFont, beside: float) -> None:
    """Draw a bar, to the right for a positive value and to the left for a negative one, and the number.

    The number takes the width ``beside``. A bar that would be longer than its room is drawn with a gap.
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


def draw_cell(
    painter: QPainter, area: QRectF, cell: Cell, at: int, columns: Columns, theme: Theme, font: QFont
) -> None:
    """Draw a cell of any kind, which is in the column ``at``."""
    if isinstance(cell, Picture):
        draw_picture(painter, area, cell, theme)
    elif isinstance(cell, Block):
        draw_block(painter, area, cell, columns if columns.numbers[at] else None, theme, font)
    elif isinstance(cell, Sign):
        draw_sign(painter, area, cell, theme, font)
    elif isinstance(cell, Amount):
        draw_amount(painter, area, cell, theme, font, columns.beside[at])
    elif isinstance(cell, Number):
        draw_words(painter, area, localized(cell.written), theme, font, right=True)
    else:
        draw_words(painter, area, spelled(cell.text), theme, font, right=False)
