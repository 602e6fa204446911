"""The picture of a grid of tiles, painted at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme

FRAME_WIDTH = 1.5
"""The width of a frame, in pixels."""


class TilePicture(ThemedWidget):
    """An image of all tiles, their captions over it, and frames around the tile and the value that are read.

    The image has the screen's format, so that Qt does not convert it at each paint.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._pixels: NDArray[np.uint32] = np.empty((0, 0), np.uint32)
        """The pixels of the image, each 0xffRRGGBB; the memory of :attr:`_image`."""
        self._line_pixels: NDArray[np.uint32] = np.empty((0, 0), np.uint32)
        """The pixels of the different lines of the image."""
        self._image = QImage()
        self._image_left = 0
        self._captions = QPixmap()
        self._frames: tuple[QRectF | None, QRectF | None] = (None, None)
        # the widget paints its whole background, so Qt need not paint its parents first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMouseTracking(True)

    def show_indexed(
        self, colours: NDArray[np.uint32], lines: NDArray[np.intp], rows: NDArray[np.intp], left: int
    ) -> None:
        """Show an image at ``left`` pixels from the left edge; ``lines``, intp (n, columns), are indices in
        ``colours``, each 0xffRRGGBB, or -1 for the last, and ``rows``, intp (rows,), the line of each row."""
        shape = len(rows), lines.shape[1]
        # the arrays of the present image are used again: for a whole screen a new one takes 8 MB in each frame
        if self._pixels.shape != shape:
            self._pixels = np.empty(shape, np.uint32)
        if self._line_pixels.shape != lines.shape:
            self._line_pixels = np.empty(lines.shape, np.uint32)
        colours.take(lines, mode="wrap", out=self._line_pixels)
        pixels = self._line_pixels.take(rows, axis=0, mode="wrap", out=self._pixels)
        height, width = pixels.shape
        self._image = QImage(pixels.view(np.uint8).data, width, height, pixels.strides[0], QImage.Format.Format_RGB32)
        self._image_left = left
        self.update()

    def show_captions(self, captions: QPixmap) -> None:
        """Show captions, transparent between the texts."""
        self._captions = captions
        self.update()

    def show_frames(self, tile: QRectF | None, value: QRectF | None) -> None:
        """Show a frame around a tile, and around a value in it; None removes a frame."""
        if (tile, value) != self._frames:
            self._frames = (tile, value)
            self.update()

    def clear(self) -> None:
        """Remove the image and the captions."""
        self._image, self._captions = QImage(), QPixmap()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.drawImage(QPoint(self._image_left, 0), self._image)
        painter.drawPixmap(QPoint(), self._captions)
        for frame, ink in zip(self._frames, (theme.text, theme.accent), strict=True):
            if frame is not None:
                painter.setPen(QPen(QColor(ink), FRAME_WIDTH))
                painter.drawRect(frame)
        painter.end()
