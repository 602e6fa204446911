"""The legend of a colour scale, with its limits at both ends."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.localized import rounded
from cnnviz.gui.localized import signed as signed_text
from cnnviz.gui.theme import Theme, colour_map
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.themed import ThemedWidget

BAR_HEIGHT = 8
MOST_WIDTH = 190
"""The largest width of the bar, in pixels."""
GAP = 6
"""Pixels between the bar and each limit."""


class ColourBar(ThemedWidget):
    """``−0.31 [======] +0.31``, or ``0 [======] 2.4`` for values that cannot be negative."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._limit: float | None = None
        self._signed = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        explain(self, "colours")
        # the widget paints its whole background, so Qt need not paint its parents first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: the height of a line of text."""
        return QSize(MOST_WIDTH, self.fontMetrics().height() + 2)

    minimumSizeHint = sizeHint

    def set_scale(self, limit: float | None, signed: bool) -> None:
        """Set the limit of the scale; None hides the bar."""
        if (limit, signed) == (self._limit, self._signed):
            return
        before = self._signed, self.limits()
        self._limit, self._signed = limit, signed
        low, high = self.limits()
        if (signed, (low, high)) == before:
            # while training the limit changes by less than the digits that are shown
            return
        self.setAccessibleName(self.tr("Colour scale from {low} to {high}").format(low=low, high=high))
        self.update()

    def limits(self) -> tuple[str, str]:
        """The texts at both ends."""
        if self._limit is None:
            return "", ""
        if not self._signed:
            return "0", rounded(self._limit, 2)
        return signed_text(-self._limit, 2), signed_text(self._limit, 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        if self._limit is None:
            painter.end()
            return
        painter.setPen(QColor(self._theme.muted))
        low, high = self.limits()
        metrics = self.fontMetrics()
        left, right = metrics.horizontalAdvance(low) + GAP, metrics.horizontalAdvance(high) + GAP
        width = min(MOST_WIDTH, self.width() - left - right)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, left, self.height()), middle, low)
        painter.drawText(QRectF(left + width + GAP, 0, right, self.height()), middle, high)
        colours = np.ascontiguousarray(colour_map(self._theme, self._signed)[None])
        _, count, channels = colours.shape
        image = QImage(colours.data, count, 1, channels * count, QImage.Format.Format_RGB888)
        bar = QRectF(left, (self.height() - BAR_HEIGHT) / 2, width, BAR_HEIGHT)
        painter.drawImage(bar, image)
        painter.setPen(QColor(self._theme.line))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
