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
LEAST = 6
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
        self._widest, self._shown = widest, ""
        self._ground: QColor | None = None
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """The whole text."""
        return self._shown

    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self._shown:
            self._shown = text
            self.setAccessibleName(text)
            self.update()

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
        if metrics.horizontalAdvance(self._shown) <= width:
            return self._shown
        parts = self._shown.split(DOT)
        while len(parts) > 1 and metrics.horizontalAdvance(DOT.join(parts)) > width:
            parts.pop()
        text = DOT.join(parts)
        if metrics.horizontalAdvance(text) > width < metrics.horizontalAdvance("0" * LEAST):
            return ""
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def event(self, event: QEvent) -> bool:
        """Show a text that does not fit in the tooltip, unless the label has another tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            QToolTip.showText(event.globalPos(), "" if self.shown_text() == self._shown else literal(self._shown), self)
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


class Run(NamedTuple):
    """A piece of a line: its text, and its colour if it is emphasized."""

    text: str
    colour: str = ""


class SteadyLine(SteadyLabel):
    """A steady label of several pieces; pieces with a colour are bold, and are elided where the line has no room.

    With two ``rows`` the pieces after the first separator stand in the second row.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._runs: tuple[Run, ...] = ()
        self.rows = 1
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show pieces of text, one after the other."""
        if tuple(runs) != self._runs:
            self._runs = tuple(runs)
            self.setText("".join(run.text for run in runs))
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

    def width_of(self, runs: Sequence[Run]) -> int:
        """The width of pieces, in pixels."""
        usual, bold = map(QFontMetrics, self._fonts())
        return sum((bold if run.colour else usual).horizontalAdvance(run.text) for run in runs)

    def rich_text(self) -> str:
        """The text with its colours, as HTML."""
        return "".join(
            f'<b style="color:{run.colour}">{escape(run.text)}</b>' if run.colour else escape(run.text)
            for run in self._runs
        )

    def shown_text(self) -> str:
        """The part of the text that fits."""
        width = self.contentsRect().width()
        return DOT.join("".join(run.text for run in self._fitting(row, width)) for row in self._in_rows())

    def _in_rows(self) -> list[tuple[Run, ...]]:
        dots = [at for at, run in enumerate(self._runs) if run.text == DOT]
        if self.rows == 1 or not dots:
            return [self._runs]
        return [self._runs[: dots[0]], self._runs[dots[0] + 1 :]]

    def _fonts(self) -> tuple[QFont, QFont]:
        """The font of the text, and that of pieces with a colour."""
        bold = QFont(self.font())
        bold.setBold(True)
        return self.font(), bold

    def _fitting(self, runs: tuple[Run, ...], width: int) -> tuple[Run, ...]:
        """Pieces, with those of a colour elided if all together are wider than ``width``, the longest first."""
        missing = self.width_of(runs) - width
        if missing <= 0:
            return runs
        bold = QFontMetrics(self._fonts()[1])
        wide = {at: bold.horizontalAdvance(run.text) for at, run in enumerate(runs) if run.colour}
        room = max(0, sum(wide.values()) - missing)
        fitting = list(runs)
        for left, at in zip(range(len(wide), 0, -1), sorted(wide, key=wide.__getitem__), strict=True):
            given = min(wide[at], room // left)
            room -= given
            # in the middle: names of classes often differ in a number at their end
            text = bold.elidedText(runs[at].text, Qt.TextElideMode.ElideMiddle, given)
            fitting[at] = runs[at]._replace(text=text)
        return tuple(fitting)

    def _draw(self, painter: QPainter, area: QRect) -> None:
        usual, bold = self._fonts()
        height = area.height() // self.rows
        for number, row in enumerate(self._in_rows()):
            place = QRect(area.left(), area.top() + number * height, area.width(), height)
            for run in self._fitting(row, place.width()):
                font = bold if run.colour else usual
                painter.setFont(font)
                painter.setPen(QColor(run.colour) if run.colour else self.palette().color(self.foregroundRole()))
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, run.text)
                place = place.adjusted(QFontMetrics(font).horizontalAdvance(run.text), 0, 0, 0)
