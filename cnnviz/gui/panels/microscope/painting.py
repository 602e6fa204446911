"""Painting the cells of a row."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from cnnviz.gui.localized import localized
from cnnviz.gui.panels.microscope.facts import number
from cnnviz.gui.panels.microscope.measures import BESIDE_BAR, BLOCK_SIDE, bold_of, heading, numbers_of, small
from cnnviz.gui.panels.microscope.number_pictures import number_pictures, write_number
from cnnviz.gui.panels.microscope.page import Amount, Block, Number, Picture, Sign
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.array_picture import picture_of_colours
from cnnviz.gui.widgets.levels import levels, qt_colours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz.gui.panels.microscope.measures import Columns, NumberStyle
    from cnnviz.gui.panels.microscope.page import Cell, Frame, Rest, Row, Scale, Text
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array


LEAST_BAR_HEIGHT, HIGHEST_BAR = 11.0, 20.0
"""The least and largest height of a bar, in pixels."""
BAR_HEIGHT = 0.4
"""Height of a bar between these limits, as a share of its row."""
LEAST_BAR_ROOM = 4.0
"""Room for bars in columns that are too narrow for any, in pixels."""
FRAME_LINE = 1.5
"""Width of each of the two lines of a frame, in pixels."""
TOLERANCE = 0.001
"""A value that exceeds the limit of its bar by a smaller share was rounded."""
LINE = 1.25
"""Line spacing of the numbers, in heights of their font."""
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
LEFT_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)


def image_of(values: Array, scale: Scale, theme: Theme) -> QImage:
    """An image of values float32 (H, W), one pixel per value."""
    return picture_of_colours(_colours_of(values, scale, theme))


def images_of(cells: Sequence[Cell], theme: Theme) -> list[QImage | None]:
    """The images of the cells of a column, computed together; None for cells that are no maps."""
    maps = [cell if isinstance(cell, Picture | Block) and cell.values.size else None for cell in cells]
    drawn = [cell for cell in maps if cell is not None]
    if len({(cell.values.shape, cell.scale) for cell in drawn}) == 1:
        colours = iter(_colours_of(np.stack([cell.values for cell in drawn]), drawn[0].scale, theme))
    else:
        colours = (_colours_of(cell.values, cell.scale, theme) for cell in drawn)
    return [None if cell is None else picture_of_colours(next(colours)) for cell in maps]


def _colours_of(values: Array, scale: Scale, theme: Theme) -> NDArray[np.uint32]:
    """The colours of values float32 of any shape in Qt's format, uint32 of the same shape."""
    colours: NDArray[np.uint32] = qt_colours(theme, scale.signed).take(levels(values, scale.limit, scale.signed))
    return colours


def framed(area: QRectF, values: Array, frame: Frame) -> QRectF:
    """The rectangle of a frame in a map, ``values`` (H, W), that is drawn in ``area``."""
    height, width = values.shape
    top, left, bottom, right = frame
    down, across = area.height() / height, area.width() / width
    return QRectF(area.left() + left * across, area.top() + top * down, (right - left) * across, (bottom - top) * down)


def draw_picture(painter: QPainter, area: QRectF, cell: Picture, theme: Theme, image: QImage | None = None) -> None:
    """Draw a map with its frame; ``image`` is its :func:`image_of`, if it is there already."""
    painter.drawImage(area, image or image_of(cell.values, cell.scale, theme))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
    if cell.frame is not None:
        draw_frame(painter, framed(area, cell.values, cell.frame), theme)


def draw_frame(painter: QPainter, around: QRectF, theme: Theme) -> None:
    """Draw a frame that is visible on every colour of a map: a dark line beside a light one."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, outside in ((theme.surface, 0.0), (theme.text, FRAME_LINE)):
        painter.setPen(QPen(QColor(colour), FRAME_LINE))
        painter.drawRect(around.adjusted(-outside, -outside, outside, outside))


def draw_block(
    painter: QPainter,
    area: QRectF,
    cell: Block,
    columns: Columns | None,
    theme: Theme,
    font: QFont,
    image: QImage | None = None,
) -> None:
    """Paint the colours of a block, hatched in the padding, and its numbers beside it; ``image`` is its
    :func:`image_of`, if it is there already. ``columns`` is None if there is no room for numbers."""
    if not cell.values.size:
        return
    painter.drawImage(area, image or image_of(cell.values, cell.scale, theme))
    height, width = cell.values.shape
    down, across = area.height() / height, area.width() / width
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
    if columns is not None:
        _draw_numbers(painter, area, cell, theme, numbers_of(cell, columns.factor, font))


def numbers_area(area: QRectF, cell: Block, columns: Columns, font: QFont) -> QRectF:
    """Where the numbers stand beside the colours of a block, which are in ``area``."""
    return _numbers_area(area, cell, numbers_of(cell, columns.factor, font))


def _numbers_area(area: QRectF, cell: Block, style: NumberStyle) -> QRectF:
    rows, columns = cell.values.shape
    line = area.height() / rows
    # beside a small block the lines stand close together, beside a larger one each is level with its row of colours
    if area.height() <= BLOCK_SIDE:
        line = min(line, LINE * style.height)
    return QRectF(area.right(), area.center().y() - line * rows / 2, columns * style.width, line * rows)


def _draw_numbers(painter: QPainter, area: QRectF, cell: Block, theme: Theme, style: NumberStyle) -> None:
    """Write the numbers of a block beside its colours, which are in ``area``."""
    frame, plus, pitch = _numbers_area(area, cell, style), cell.scale.signed, style.width
    left, top, line = frame.left(), frame.top(), frame.height() / len(cell.values)
    if cell.outside is None and cell.marked is None and not style.decimals.power and np.isfinite(cell.values).all():
        ratio = painter.device().devicePixelRatioF()
        pictures = number_pictures(style.decimals, plus, style.font, theme.text, ratio)
        above = top + (line - pictures.height) / 2
        for row, numbers in enumerate(pictures.of(cell.values)):
            y = round(above + row * line)
            for column, (picture, width) in enumerate(numbers, start=1):
                painter.drawPixmap(round(left + column * pitch) - width, y, picture)
        return
    bold = bold_of(style.font)
    for row, numbers in enumerate(cell.values.tolist()):
        for column, value in enumerate(numbers):
            outside = cell.outside is not None and bool(cell.outside[row, column])
            painter.setPen(QColor(theme.muted if outside else theme.text))
            painter.setFont(bold if cell.marked == (row, column) else style.font)
            frame = QRectF(left + column * pitch, top + row * line, pitch, line)
            painter.drawText(frame, RIGHT, "0" if outside else write_number(value, style.decimals, plus))


def draw_words(painter: QPainter, area: QRectF, words: str, theme: Theme, font: QFont, at_right: bool) -> None:
    """Paint words at the left of ``area``, in two lines if they need and have room for them, or a number at its
    right."""
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    if at_right:
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


def draw_amount(painter: QPainter, area: QRectF, cell: Amount, theme: Theme, font: QFont, width: float) -> None:
    """Draw a bar, to the right for a positive value and to the left for a negative one, and the number.

    The number takes ``width`` pixels. A bar that would be longer than its room is drawn with a gap.
    """
    room = max(LEAST_BAR_ROOM, area.width() - width - BESIDE_BAR)
    start = area.left() + (room / 2 if cell.signed else 0.0)
    longest = room / 2 if cell.signed else room
    height = min(max(LEAST_BAR_HEIGHT, BAR_HEIGHT * area.height()), HIGHEST_BAR, area.height() - 4)
    length = longest * min(1.0, abs(cell.value) / cell.limit) if not isnan(cell.value) else 0.0
    bar = QRectF(start if cell.value > 0 else start - length, area.center().y() - height / 2, length, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.positive if cell.value > 0 else theme.negative))
    # antialiasing for the bar only: maps are drawn several times faster without
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRoundedRect(bar, 2, 2)
    if abs(cell.value) > (1 + TOLERANCE) * cell.limit:
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


def draw_row(
    painter: QPainter, frame: QRectF, row: Row, columns: Columns, theme: Theme, font: QFont, *, hovered: bool
) -> None:
    """Draw the background of a row, its number and the line below it."""
    if hovered:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(frame.adjusted(0, 1, -2, -1), 5, 5)
    painter.setPen(QColor(theme.text if row.strong else theme.muted))
    painter.setFont(bold_of(small(font)) if row.strong else small(font))
    painter.drawText(QRectF(0, frame.top(), columns.lefts[0] - 6, frame.height()), RIGHT, row.number)
    painter.setPen(QPen(QColor(theme.line), 1))
    y = round(frame.bottom()) - 0.5
    painter.drawLine(QPointF(0, y), QPointF(frame.width() - 4, y))


def draw_rest(painter: QPainter, frame: QRectF, rest: Rest, theme: Theme, font: QFont) -> None:
    """Write the name of the row for the rest."""
    painter.setFont(font)
    painter.setPen(QColor(theme.accent))
    painter.drawText(frame.adjusted(4, 0, 0, 0), LEFT, ("▾ " if rest.amount is None else "▸ ") + spelled(rest.name))


def draw_heads(painter: QPainter, heads: list[tuple[Text, QRectF, int]], theme: Theme, font: QFont) -> None:
    """Write the heads of the columns, each in its area with its alignment."""
    painter.setFont(heading(font))
    painter.setPen(QColor(theme.muted))
    for head, area, flags in heads:
        painter.drawText(area, flags, spelled(head))


def draw_cell(
    painter: QPainter,
    area: QRectF,
    cell: Cell,
    index: int,
    columns: Columns,
    theme: Theme,
    font: QFont,
    image: QImage | None = None,
) -> None:
    """Draw a cell of any kind in the column of this ``index``; ``image`` is the image of its map, if it has one."""
    if isinstance(cell, Picture):
        draw_picture(painter, area, cell, theme, image)
    elif isinstance(cell, Block):
        draw_block(painter, area, cell, columns if columns.numbers[index] else None, theme, font, image)
    elif isinstance(cell, Sign):
        draw_sign(painter, area, cell, theme, font)
    elif isinstance(cell, Amount):
        draw_amount(painter, area, cell, theme, font, columns.amounts[index])
    elif isinstance(cell, Number):
        draw_words(painter, area, localized(cell.written), theme, font, at_right=True)
    else:
        draw_words(painter, area, spelled(cell.text), theme, font, at_right=False)
