"""A small plot of the learning rate over a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.document.sentences import epochs
from cnnviz.gui.localized import rounded
from cnnviz.gui.widgets.fonts import small_font
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.theme import Theme

HEIGHT = 96
MARGIN = 18.0
"""Room above and below the curve, with the texts, in pixels."""


class RateCurve(ThemedWidget):
    """Draws (epoch, rate) pairs; the axis goes from 0 to the highest rate, which is written at the top."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._points: tuple[tuple[float, float], ...] = ()
        self._epochs = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Learning rate over the training"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(200, HEIGHT)

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """The drawn (epoch, rate) pairs."""
        return self._points

    def set_points(self, points: Sequence[tuple[float, float]], epochs: int) -> None:
        """Draw (epoch, rate) pairs of a training of ``epochs`` epochs."""
        if (tuple(points), epochs) != (self._points, self._epochs):
            self._points, self._epochs = tuple(points), epochs
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, MARGIN, -1, -MARGIN)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if self._points:
            top = max(rate for _, rate in self._points)
            line = [
                QPointF(area.left() + epoch / self._epochs * area.width(), area.bottom() - rate / top * area.height())
                for epoch, rate in self._points
            ]
            painter.setPen(QPen(QColor(self._theme.accent), 1.6))
            painter.drawPolyline(QPolygonF(line))
            self._label(painter, top)
        painter.end()

    def _label(self, painter: QPainter, top: float) -> None:
        painter.setFont(small_font(painter.font()))
        painter.setPen(QColor(self._theme.muted))
        area = QRectF(self.rect())
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        painter.drawText(area, left | Qt.AlignmentFlag.AlignTop, self.tr("rate {rate}").format(rate=rounded(top, 3)))
        painter.drawText(area, left | Qt.AlignmentFlag.AlignBottom, "0")
        text = epochs(self._epochs)
        painter.drawText(area, right | Qt.AlignmentFlag.AlignBottom, text)
