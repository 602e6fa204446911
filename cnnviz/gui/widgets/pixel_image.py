"""An image of the dataset, enlarged without blurring, that reports the pixel at the pointer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.fitted import draw_averaged
from cnnviz.gui.widgets.steps import ARROWS
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme

LEAST_SIDE, USUAL_SIDE, MOST_SIDE = 84, 168, 336
"""Smallest, usual and largest width and height of the widget, in pixels."""
MARK_PEN = 1.5
"""Width of the frames of marks and of the pixel pointed at, in pixels."""
FILLED = 0.93
"""An image is enlarged by a whole number if it then still has this share of the size at which it fits."""


class PixelImage(ThemedWidget):
    """Shows an image uint8 (C, H, W) with one or three channels.

    ``pointed(row, column)`` follows the pointer and arrow keys with Shift, (-1, -1) when the pointer or the keyboard
    leaves; ``stepped(by)`` follows the left and right keys.
    ``dragged(row, column)`` follows the pressed left button, in shares of height and width; ``dropped`` its release.
    """

    pointed = Signal(int, int)
    stepped = Signal(int)
    dragged = Signal(float, float)
    dropped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._pixels: NDArray[np.uint8] | None = None
        self._image = QImage()
        self._pointed: tuple[int, int] | None = None
        self._mark: tuple[slice, slice] | None = None
        self._region: tuple[int, int, int, int] | None = None
        self._height = USUAL_SIDE
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setMaximumWidth(MOST_SIDE)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: the usual width, and the height set by :meth:`fit`."""
        return QSize(USUAL_SIDE, self._height)

    def fit(self, width: int, height: int) -> None:
        """Set the height to the height of the image in this room, but not below a legible size."""
        if self._image.isNull():
            wanted = min(width, MOST_SIDE)
        else:
            wanted = math.ceil(self._scale(width, MOST_SIDE) * self._image.height())
        self._height = max(LEAST_SIDE, min(wanted, height))
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size, at which the image is legible."""
        return QSize(LEAST_SIDE, LEAST_SIDE)

    def show_pixels(self, image: NDArray[np.uint8] | None) -> None:
        """Show an image uint8 (C, H, W), C = 1 or 3; None removes it."""
        self._pixels = None
        if image is None:
            self._image = QImage()
        else:
            self._pixels = channels_last(image)
            self._image = picture_of(self._pixels)
        self.update()

    def show_region(self, region: tuple[int, int, int, int] | None) -> None:
        """Draw a dashed frame around (top, left, bottom, right), bottom and right excluded; None removes it."""
        if region != self._region:
            self._region = region
            self.update()

    def region(self) -> tuple[int, int, int, int] | None:
        """The region with a dashed frame; None if there is none."""
        return self._region

    def set_mark(self, mark: tuple[slice, slice] | None) -> None:
        """Draw a frame around rows and columns; None removes it."""
        if mark != self._mark:
            self._mark = mark
            self.setCursor(Qt.CursorShape.SizeAllCursor if mark is not None else Qt.CursorShape.ArrowCursor)
            self.update()

    def mark(self) -> tuple[slice, slice] | None:
        """The framed rows and columns; None if there are none."""
        return self._mark

    def pixels(self) -> NDArray[np.uint8] | None:
        """The displayed image, uint8 (H, W) or (H, W, 3); None if there is none."""
        return self._pixels

    def frame(self) -> QRectF:
        """The rectangle of the image: square pixels, as large as fits, enlarged by a whole number if that fits well."""
        if self._image.isNull():
            return QRectF()
        scale = self._scale(self.width(), self.height())
        return QRectF(0, 0, self._image.width() * scale, self._image.height() * scale)

    def _scale(self, width: int, height: int) -> float:
        scale = min(width / self._image.width(), height / self._image.height())
        return int(scale) if int(scale) > FILLED * scale else scale

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        frame = self.frame()
        if frame.isEmpty():
            return
        painter = QPainter(self)
        draw_averaged(painter, self._image, frame)
        painter.setPen(QPen(QColor(self._theme.accent if self.hasFocus() else self._theme.line), 1))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._region is not None:
            self._draw_region(painter, frame, self._region)
        pixel = frame.width() / self._image.width()
        if self._mark is not None:
            rows, columns = self._mark
            painter.setPen(QPen(QColor(self._theme.accent), MARK_PEN, Qt.PenStyle.DashLine))
            corner = frame.topLeft() + QPointF(columns.start, rows.start) * pixel
            painter.drawRect(QRectF(corner, QSizeF(columns.stop - columns.start, rows.stop - rows.start) * pixel))
        if self._pointed is not None:
            row, column = self._pointed
            painter.setPen(QPen(QColor(self._theme.accent), MARK_PEN))
            painter.drawRect(QRectF(frame.left() + column * pixel, frame.top() + row * pixel, pixel, pixel))
        painter.end()

    def _draw_region(self, painter: QPainter, frame: QRectF, region: tuple[int, int, int, int]) -> None:
        pixel = frame.width() / self._image.width()
        top, left, bottom, right = region
        area = QRectF(left * pixel, top * pixel, (right - left) * pixel, (bottom - top) * pixel)
        area = area.translated(frame.topLeft()).intersected(frame.adjusted(1, 1, -1, -1))
        draw_dashes(painter, area, self._theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.dropped.emit()

    def _drag(self, event: QMouseEvent) -> None:
        frame, pointer = self.frame(), event.position()
        if not frame.isEmpty():
            down, across = (pointer.y() - frame.top()) / frame.height(), (pointer.x() - frame.left()) / frame.width()
            self.dragged.emit(min(1.0, max(0.0, down)), min(1.0, max(0.0, across)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report the pixel at the pointer, and the drag if the button is pressed."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)
        frame = self.frame()
        if not frame.contains(event.position()):
            return self._point(None)
        pixel = frame.width() / self._image.width()
        row = int((event.position().y() - frame.top()) / pixel)
        column = int((event.position().x() - frame.left()) / pixel)
        return self._point((min(row, self._image.height() - 1), min(column, self._image.width() - 1)))

    def leaveEvent(self, event: QEvent) -> None:
        """Report that the pointer has left."""
        self._point(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: left and right go to the neighbours; with Shift, arrows go from pixel to pixel."""
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and key in ARROWS and not self._image.isNull():
            self._point_at_neighbour(*ARROWS[key])
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: the keyboard points at nothing here."""
        self._point(None)
        super().focusOutEvent(event)

    def _point_at_neighbour(self, down: int, across: int) -> None:
        """Point at a neighbour of the pixel pointed at, at first at the middle."""
        height, width = self._image.height(), self._image.width()
        if self._pointed is None:
            return self._point((height // 2, width // 2))
        row, column = self._pointed
        return self._point((min(height - 1, max(0, row + down)), min(width - 1, max(0, column + across))))

    def _point(self, pixel: tuple[int, int] | None) -> None:
        """Point at (row, column); None: at nothing."""
        if pixel != self._pointed:
            self._pointed = pixel
            self.pointed.emit(*(pixel if pixel is not None else (-1, -1)))
            self.update()


def draw_dashes(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Draw the dashed frame of a region, legible on any ground."""
    painter.setPen(QPen(QColor(theme.surface), 3))
    painter.drawRect(area)
    painter.setPen(QPen(QColor(theme.accent), 2, Qt.PenStyle.DashLine))
    painter.drawRect(area)
