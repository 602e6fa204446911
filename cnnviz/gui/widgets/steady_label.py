"""A label for numbers that change many times a second."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class SteadyLabel(QLabel):
    """One line of plain text in a room that does not follow it: another text repaints the label and nothing else.

    A QLabel asks for another size with each text, and the whole window is laid out anew. Here the room is that of
    ``widest``, or less where there is less; what does not fit is elided.
    """

    def __init__(self, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widest, self._shown = widest, ""
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
        painter, area = QPainter(self), self.contentsRect()
        shown = self.fontMetrics().elidedText(self._shown, Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, shown)
        painter.end()
