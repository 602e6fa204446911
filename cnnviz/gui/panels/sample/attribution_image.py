"""The attribution of the pixels of a sample, in colours, alone or over the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.array_picture import picture_of
from cnnviz.gui.widgets.fitted import draw_averaged
from cnnviz.gui.widgets.levels import GAP_LEVEL, levels, lookup_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme

LEAST, MOST = 48, 160
"""Smallest and largest side in pixels."""
LEAST_BAR = 120
"""Least width of the colour bar below attributions, in pixels."""
SHARE = 0.995
"""A scale ends at this share of the absolute values; the few larger ones have the last colour."""
FAINT = 0.45
"""How strong the sample is drawn below the attribution."""


def limit_of(values: Iterable[NDArray[np.float32]]) -> float:
    """The end of a scale for the values, float32 (H, W), of some attributions."""
    largest = np.concatenate([np.abs(each).ravel() for each in values])
    return float(np.quantile(largest, SHARE)) or float(largest.max()) or 1.0


class AttributionImage(QWidget):
    """Shows values, float32 (H, W), on a scale.

    ``pointed(row, column)`` follows the pointer, (-1, -1) when it leaves.
    """

    pointed = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values: NDArray[np.float32] | None = None
        self._sample: NDArray[np.uint8] | None = None
        self._limit, self._signed, self._over = 1.0, True, False
        self._picture: QImage | None = None
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMaximumWidth(MOST)

    def show_values(
        self, values: NDArray[np.float32] | None, limit: float, sample: NDArray[np.uint8] | None, *, signed: bool
    ) -> None:
        """Show ``values``, float32 (H, W), on the scale that ends at ``limit``; ``sample`` is uint8 (C, H, W)."""
        self._values, self._limit, self._sample, self._signed = values, limit, sample, signed
        self._picture = None
        self.update()

    def values(self) -> NDArray[np.float32] | None:
        """The displayed values, float32 (H, W); None if none are displayed."""
        return self._values

    def set_over(self, over: bool) -> None:
        """Draw the values over the sample, or alone."""
        if over != self._over:
            self._over, self._picture = over, None
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme, self._picture = theme, None
        self.update()

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(96, 96)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(LEAST, LEAST)

    def heightForWidth(self, width: int) -> int:
        """Qt asks for the height: that of the image."""
        if self._values is None:
            return width
        height, columns = self._values.shape
        return max(LEAST, int(width * height / columns))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        frame = self._frame()
        if self._values is not None:
            if self._picture is None:
                self._picture = self._picture_of(self._values)
            draw_averaged(painter, self._picture, frame)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: report the pixel at the pointer."""
        self.pointed.emit(*(self._at(event.position().toPoint()) or (-1, -1)))

    def leaveEvent(self, _event: object) -> None:
        """Qt: the pointer has left."""
        self.pointed.emit(-1, -1)

    def _at(self, point: QPoint) -> tuple[int, int] | None:
        frame = self._frame()
        if self._values is None or not frame.contains(point):
            return None
        height, width = self._values.shape
        row, column = int(point.y() / frame.height() * height), int(point.x() / frame.width() * width)
        return min(row, height - 1), min(column, width - 1)

    def _frame(self) -> QRectF:
        if self._values is None:
            return QRectF(0, 0, min(self.width(), self.height()), min(self.width(), self.height()))
        height, width = self._values.shape
        scale = min(self.width() / width, self.height() / height)
        return QRectF(0, 0, width * scale, height * scale)

    def _picture_of(self, values: NDArray[np.float32]) -> QImage:
        """The picture: one pixel for each value."""
        colours = lookup_table(self._theme, self._signed)
        coloured = colours[levels(values, self._limit, self._signed)]  # (H, W, 3)
        if not self._over or self._sample is None:
            return picture_of(coloured)
        strength = np.clip(np.abs(values) / self._limit, 0, 1)[..., np.newaxis]  # (H, W, 1)
        grey = self._sample.mean(0)[..., np.newaxis] * FAINT  # (H, W, 1)
        ground = colours[GAP_LEVEL].astype(float)
        # ink is dark on the light theme, and light on the dark one
        below = ground - grey if self._theme.name == "light" else ground + (255 - ground) * grey / 255
        mixed = np.rint(below * (1 - strength) + coloured * strength).clip(0, 255).astype(np.uint8)
        return picture_of(mixed)
