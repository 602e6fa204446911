"""The table of a page: what adds up to the value, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.panels.microscope.cells import LEFT, RIGHT
from cnnviz.gui.panels.microscope.words import spelled

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Line
    from cnnviz.gui.theme import Theme

PADDING = 8


class SumTable(QWidget):
    """Names at the left, numbers at the right, a thin line below each."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A line of text for each."""
        return QSize(200, self._pitch() * len(self._lines))

    minimumSizeHint = sizeHint

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show these lines."""
        if lines == self._lines:
            return
        longer, self._lines = len(lines) != len(self._lines), lines
        self.setAccessibleName("; ".join(f"{spelled(line.name)}: {line.number}" for line in lines))
        if longer:
            self.updateGeometry()
        self.update()

    def lines(self) -> dict[str, str]:
        """The numbers by their names."""
        return {spelled(line.name): line.number for line in self._lines}

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: draw the lines."""
        painter = QPainter(self)
        pitch = self._pitch()
        for at, line in enumerate(self._lines):
            font = QFont(self.font())
            font.setBold(line.strong)
            painter.setFont(font)
            painter.setPen(QColor(self._theme.text))
            frame = QRectF(0, at * pitch, self.width(), pitch)
            painter.drawText(frame, int(RIGHT), line.number)
            metrics = QFontMetrics(font)
            room = self.width() - metrics.horizontalAdvance(line.number) - PADDING
            name = metrics.elidedText(spelled(line.name), Qt.TextElideMode.ElideMiddle, max(0, room))
            painter.drawText(frame, int(LEFT), name)
            painter.setPen(QPen(QColor(self._theme.line), 1))
            y = round(frame.bottom()) - 0.5
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.end()

    def _pitch(self) -> int:
        return self.fontMetrics().height() + PADDING
