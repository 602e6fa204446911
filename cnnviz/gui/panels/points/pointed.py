"""The image of the point that is pointed at, and a sentence about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.fitted import draw_fitted
from cnnviz.gui.widgets.plain import PlainLabel, literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 44
"""The side of the image, in pixels."""


class PointedImage(QWidget):
    """An image beside a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture, self._sentence = PlainLabel(), ElidedLabel()
        self._picture.setFixedSize(SIDE, SIDE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._picture)
        row.addWidget(self._sentence, 1)

    def show_image(self, image: NDArray[np.uint8] | None, sentence: str) -> None:
        """Show an image, uint8 (C, H, W), or none, and a sentence about it."""
        self._sentence.setText(sentence)
        self._sentence.setToolTip(literal(sentence))
        if image is None:
            self._picture.clear()
            return
        ratio = self.devicePixelRatioF()
        side = round(SIDE * ratio)
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            draw_fitted(painter, picture_of(channels_last(image)), pixmap.rect())
        pixmap.setDevicePixelRatio(ratio)
        self._picture.setPixmap(pixmap)
