"""The histogram of the values of pixels: a line for each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.panels.data.state import bars
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme

HEIGHT = 96
_STRENGTH = 70
"""The opacity of the area below a line, in [0, 255]."""


class PixelHistogram(ThemedWidget):
    """Draws how often the values 0 to 255 occur: grey, or red, green and blue."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._bars: NDArray[np.float64] = np.zeros((0, 1))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Histogram of the values of pixels, from 0 to 255"))
        self.setToolTip(
            self.tr(
                "How often each value from 0 to 255 occurs in the training and validation images."
                " Black and white grounds may go beyond the scale."
            )
        )

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(200, HEIGHT)

    def show_histogram(self, histogram: NDArray[np.int64] | None) -> None:
        """Show a histogram, int64 (C, 256); None shows nothing."""
        self._bars = np.zeros((0, 1)) if histogram is None else bars(histogram)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter, theme = QPainter(self), self._theme
        line = self.fontMetrics().height()
        area = QRectF(0, 2, self.width(), self.height() - line - 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = (theme.muted,) if len(self._bars) == 1 else (theme.error, theme.good, theme.accent)
        for heights, colour in zip(self._bars, colours, strict=False):
            bar_width = area.width() / len(heights)
            points = [area.bottomLeft()]
            for at, height in enumerate(heights.tolist()):
                points += [
                    QPointF(area.left() + along * bar_width, area.bottom() - height * area.height())
                    for along in (at, at + 1)
                ]
            fill = QColor(colour)
            fill.setAlpha(_STRENGTH)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(colour), 1))
            painter.drawPolygon(QPolygonF([*points, area.bottomRight()]))
        painter.setPen(QColor(theme.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(theme.muted))
        below = QRectF(0, area.bottom() + 2, area.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, "255")
        painter.end()
