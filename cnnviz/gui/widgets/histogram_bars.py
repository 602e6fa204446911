"""A histogram: bars side by side, a line at 0, and both ends of the range below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

LEAST_HEIGHT, USUAL_HEIGHT = 70, 130
ZERO_WIDTH = 40
"""Room for the 0 below its line, in pixels."""
LEAST_BAR = 1
"""Least height of the bar of a bin that is not empty, in pixels."""


class HistogramBars(ThemedWidget):
    """Draws bars with heights in [0, 1]; bars of negative and positive values have the colours of weights."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._heights: tuple[float, ...] = ()
        self._zero = 0.5
        self._lowest_value = self._highest_value = self._highest_bar = ""
        explain(self, "spread")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMaximumHeight(2 * USUAL_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(2 * USUAL_HEIGHT, USUAL_HEIGHT)

    def show_bars(
        self, heights: tuple[float, ...], zero: float, lowest_value: str, highest_value: str, highest_bar: str
    ) -> None:
        """Show bars with ``heights`` in [0, 1], and as texts the values at both ends and what the highest bar means.

        ``zero`` is the place of 0 from left (0) to right (1); less or more if 0 is out of range.
        """
        self._heights, self._zero = heights, zero
        self._lowest_value, self._highest_value, self._highest_bar = lowest_value, highest_value, highest_bar
        self.setAccessibleName(
            self.tr("Histogram from {least} to {most}").format(least=lowest_value, most=highest_value)
        )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        line = self.fontMetrics().height()
        area = QRectF(0, line + 2, self.width(), self.height() - 2 * line - 5)
        painter.setPen(QColor(self._theme.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        pitch = area.width() / max(1, len(self._heights))
        for index, height in enumerate(self._heights):
            if height <= 0:
                continue
            length = max(LEAST_BAR, height * (area.height() - 2))
            middle = (index + 0.5) / len(self._heights)
            holds_zero = abs(middle - self._zero) * len(self._heights) < 0.5
            colour = (
                self._theme.muted
                if holds_zero
                else self._theme.negative
                if middle < self._zero
                else self._theme.positive
            )
            bar = QRectF(index * pitch, area.bottom() - length, max(1.0, pitch - 1), length)
            painter.fillRect(bar, QColor(colour))
        painter.setPen(QColor(self._theme.muted))
        if 0 < self._zero < 1:
            x = round(self._zero * area.width()) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.drawText(
                QRectF(x - ZERO_WIDTH / 2, area.bottom() + 2, ZERO_WIDTH, line), Qt.AlignmentFlag.AlignHCenter, "0"
            )
        painter.drawText(QRectF(0, 0, area.width(), line), Qt.AlignmentFlag.AlignLeft, self._highest_bar)
        below = QRectF(0, area.bottom() + 2, area.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._lowest_value)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._highest_value)
        painter.end()
