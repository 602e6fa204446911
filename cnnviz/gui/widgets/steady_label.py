"""Labels for words and numbers that change many times a second."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.widgets.plain import PlainLabel, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

DOT = " · "
"""Between parts of a line that can be left out, the last ones first."""
LEAST = 6
"""In less room than for so many digits nothing is better than the beginning of a word."""


class SteadyLabel(PlainLabel):
    """One line of plain text in a room that does not follow it: another text repaints the label and nothing else.

    A QLabel asks for another size with each text, and the whole window is laid out anew. Here the room is that of
    ``widest``, or less where there is less. Parts set apart by a dot are left out where they do not fit, the last ones
    first, then the first one is elided; the tooltip has what is left out. On a ``ground`` of its own what lies below
    need not be painted first.
    """

    def __init__(self, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._widest, self._shown = widest, ""
        self._ground: QColor | None = None
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """What is on screen."""
        return self._shown

    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self._shown:
            self._shown = text
            self.setAccessibleName(text)
            self.update()

    def set_ground(self, colour: str) -> None:
        """Take the colour of what lies below."""
        self._ground = QColor(colour)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.setText("")

    def sizeHint(self) -> QSize:
        """Room for the widest text."""
        metrics, margins = self.fontMetrics(), self.contentsMargins()
        around = QSize(margins.left() + margins.right(), margins.top() + margins.bottom())
        return QSize(metrics.horizontalAdvance(self._widest) + 2, metrics.height()) + around

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: draw the text."""
        painter = QPainter(self)
        if self._ground is not None:
            painter.fillRect(self.rect(), self._ground)
        painter.setPen(self.palette().color(self.foregroundRole()))
        self._draw(painter, self.contentsRect())
        painter.end()

    def _draw(self, painter: QPainter, area: QRect) -> None:
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, self.shown_text())

    def shown_text(self) -> str:
        """As much of the text as fits."""
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        parts = self._shown.split(DOT)
        while len(parts) > 1 and metrics.horizontalAdvance(DOT.join(parts)) > width:
            parts.pop()
        text = DOT.join(parts)
        if metrics.horizontalAdvance(text) > width < metrics.horizontalAdvance("0" * LEAST):
            return ""
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def event(self, event: QEvent) -> bool:
        """Qt: what there is no room for is in the tooltip, where that is not used for something else."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            QToolTip.showText(event.globalPos(), "" if self.shown_text() == self._shown else literal(self._shown), self)
            return True
        return super().event(event)


class Run(NamedTuple):
    """A piece of a line: its text, and its colour where it is set off."""

    text: str
    colour: str = ""


class SteadyLine(SteadyLabel):
    """A steady label of several pieces, of which some are bold in a colour of their own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._runs: tuple[Run, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these pieces, one after the other."""
        if tuple(runs) != self._runs:
            self._runs = tuple(runs)
            self.setText("".join(run.text for run in runs))
            self.update()

    def rich_text(self) -> str:
        """What is on screen, with its colours."""
        return "".join(
            f'<b style="color:{run.colour}">{escape(run.text)}</b>' if run.colour else escape(run.text)
            for run in self._runs
        )

    def _draw(self, painter: QPainter, area: QRect) -> None:
        usual, bold = self.font(), QFont(self.font())
        bold.setBold(True)
        for run in self._runs:
            font = bold if run.colour else usual
            painter.setFont(font)
            painter.setPen(QColor(run.colour) if run.colour else self.palette().color(self.foregroundRole()))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, run.text)
            area = area.adjusted(QFontMetrics(font).horizontalAdvance(run.text), 0, 0, 0)
