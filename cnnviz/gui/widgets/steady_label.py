"""Labels for texts that change many times a second."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.widgets.plain import PlainLabel, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

DOT = " · "
"""Separator of the parts of a line; if there is no room, the last parts are left out first."""
LEAST_DIGITS = 6
"""If there is less room than for this many digits, no text is shown instead of an elided one."""


class SteadyLabel(PlainLabel):
    """A line of plain text whose size does not depend on the text: a new text repaints only the label.

    A QLabel requests another size with each text, and the whole window is laid out again. Here the preferred width is
    that of ``widest``. Parts separated by a dot are left out if they do not fit, the last ones
    first, then the first part is elided; the tooltip has the whole text. With a background set by :meth:`set_ground` Qt
    need not paint the parents first.
    """

    def __init__(self, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._widest, self._text = widest, ""
        self._short, self._shortest = "", ""
        self._ground: QColor | None = None
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def set_texts(self, text: str, short: str, shortest: str = "") -> None:
        """Show another text, or ``short`` in its place where there is no room for the whole text; where only the first
        part of it fits, ``shortest``, if that fits."""
        self._short, self._shortest = short, shortest
        self.setText(text)

    def set_ground(self, colour: str) -> None:
        """Set the background colour, that of the parent."""
        self._ground = QColor(colour)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.update()

    def clear(self) -> None:
        """Remove the text."""
        self.setText("")

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: that of the widest text."""
        return self._size_for(self._widest)

    def _size_for(self, text: str) -> QSize:
        metrics, margins = self.fontMetrics(), self.contentsMargins()
        around = QSize(margins.left() + margins.right(), margins.top() + margins.bottom())
        return QSize(metrics.horizontalAdvance(text) + 2, metrics.height()) + around

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size; any width is enough."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        if self._ground is not None:
            painter.fillRect(self.rect(), self._ground)
        painter.setPen(self.palette().color(self.foregroundRole()))
        self._draw(painter, self.contentsRect())
        painter.end()

    def _draw(self, painter: QPainter, area: QRect) -> None:
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, self.shown_text())

    def shown_text(self) -> str:
        """The part of the text that fits."""
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        if metrics.horizontalAdvance(self._text) <= width:
            return self._text
        parts = (self._short or self._text).split(DOT)
        while len(parts) > 1 and metrics.horizontalAdvance(DOT.join(parts)) > width:
            parts.pop()
        text = DOT.join(parts)
        if len(parts) == 1 and self._shortest and metrics.horizontalAdvance(self._shortest) <= width:
            return self._shortest
        if metrics.horizontalAdvance(text) > width < metrics.horizontalAdvance("0" * LEAST_DIGITS):
            return ""
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def event(self, event: QEvent) -> bool:
        """Show a text that does not fit in the tooltip, unless the label has another tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            QToolTip.showText(event.globalPos(), "" if self.shown_text() == self._text else literal(self._text), self)
            return True
        return super().event(event)


NUMBER = re.compile(r"\d\S*")
"""A number with its separators."""


class CountingLabel(SteadyLabel):
    """A steady label for words with numbers: it keeps the room of the longest numbers shown with the same words.

    The window is laid out again only when a number has more digits than before, or when other words are shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)

    def setText(self, text: str) -> None:
        """Show another text."""
        widest = self._widest_with(text)
        if widest != self._widest:
            self._widest = widest
            self.updateGeometry()
        super().setText(text)

    def width_for(self, text: str) -> int:
        """The preferred width with another text, in pixels."""
        return self._size_for(self._widest_with(text)).width()

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size: the whole text is shown."""
        return self.sizeHint()

    def _widest_with(self, text: str) -> str:
        """The text for whose width there is room once ``text`` is shown."""
        if NUMBER.sub("", text) == NUMBER.sub("", self._widest) and len(text) <= len(self._widest):
            return self._widest
        return re.sub(r"\d", max("0123456789", key=self.fontMetrics().horizontalAdvance), text)


class Piece(NamedTuple):
    """A piece of a line: its text, and its colour if it is emphasized."""

    text: str
    colour: str = ""


class SteadyLine(SteadyLabel):
    """A steady label of several pieces; pieces with a colour are bold, and are elided where the line has no room.

    With two ``rows`` the pieces after the first separator stand in the second row.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._pieces: tuple[Piece, ...] = ()
        self.rows = 1
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_pieces(self, pieces: Sequence[Piece]) -> None:
        """Show pieces of text, one after the other."""
        if tuple(pieces) != self._pieces:
            self._pieces = tuple(pieces)
            self.setText("".join(piece.text for piece in pieces))
            self.update()

    def set_rows(self, rows: int) -> None:
        """Set the number of rows, 1 or 2."""
        self.rows = rows
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        size = super().sizeHint()
        return QSize(size.width(), size.height() * self.rows)

    def width_of(self, pieces: Sequence[Piece]) -> int:
        """The width of pieces, in pixels."""
        usual, bold = map(QFontMetrics, self._fonts())
        return sum((bold if piece.colour else usual).horizontalAdvance(piece.text) for piece in pieces)

    def rich_text(self) -> str:
        """The text with its colours, as HTML."""
        return "".join(
            f'<b style="color:{piece.colour}">{escape(piece.text)}</b>' if piece.colour else escape(piece.text)
            for piece in self._pieces
        )

    def shown_text(self) -> str:
        """The part of the text that fits."""
        width = self.contentsRect().width()
        return DOT.join("".join(piece.text for piece in self._fitting(row, width)) for row in self._in_rows())

    def _in_rows(self) -> list[tuple[Piece, ...]]:
        dot = next((index for index, piece in enumerate(self._pieces) if piece.text == DOT), None)
        if self.rows == 1 or dot is None:
            return [self._pieces]
        return [self._pieces[:dot], self._pieces[dot + 1 :]]

    def _fonts(self) -> tuple[QFont, QFont]:
        """The font of the text, and that of pieces with a colour."""
        bold = QFont(self.font())
        bold.setBold(True)
        return self.font(), bold

    def _fitting(self, pieces: tuple[Piece, ...], width: int) -> tuple[Piece, ...]:
        """Pieces, with those of a colour elided if all together are wider than ``width``, the longest first."""
        missing = self.width_of(pieces) - width
        if missing <= 0:
            return pieces
        _, bold_font = self._fonts()
        bold = QFontMetrics(bold_font)
        widths = {index: bold.horizontalAdvance(piece.text) for index, piece in enumerate(pieces) if piece.colour}
        room = max(0, sum(widths.values()) - missing)
        fitting = list(pieces)
        for remaining, index in zip(range(len(widths), 0, -1), sorted(widths, key=widths.__getitem__), strict=True):
            width = min(widths[index], room // remaining)
            room -= width
            # in the middle: names of classes often differ in a number at their end
            text = bold.elidedText(pieces[index].text, Qt.TextElideMode.ElideMiddle, width)
            fitting[index] = pieces[index]._replace(text=text)
        return tuple(fitting)

    def _draw(self, painter: QPainter, area: QRect) -> None:
        usual, bold = self._fonts()
        height = area.height() // self.rows
        for number, row in enumerate(self._in_rows()):
            room = QRect(area.left(), area.top() + number * height, area.width(), height)
            for piece in self._fitting(row, room.width()):
                font = bold if piece.colour else usual
                painter.setFont(font)
                painter.setPen(QColor(piece.colour) if piece.colour else self.palette().color(self.foregroundRole()))
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, piece.text)
                room = room.adjusted(QFontMetrics(font).horizontalAdvance(piece.text), 0, 0, 0)
