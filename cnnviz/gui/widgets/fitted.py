"""Drawing a picture in a frame of other proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QImage, QPainter


def fitted(picture: QImage, frame: QRect | QRectF) -> tuple[QRectF, float]:
    """The largest rectangle with the proportions of a picture in the middle of a frame, and the scale of the picture
    there."""
    scale = min(frame.width() / picture.width(), frame.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    left, top = frame.x() + (frame.width() - width) / 2, frame.y() + (frame.height() - height) / 2
    return QRectF(left, top, width, height), scale


def draw_fitted(painter: QPainter, picture: QImage, frame: QRect | QRectF) -> QRectF:
    """Draw a picture :func:`fitted` into a frame; returns where it is."""
    place, _ = fitted(picture, frame)
    draw_averaged(painter, picture, place)
    return place


def draw_averaged(painter: QPainter, picture: QImage, place: QRectF) -> None:
    """Draw a picture in a rectangle; a larger one is reduced by averaging, a smaller one keeps its pixels."""
    size = (place.size() * painter.device().devicePixelRatio()).toSize().expandedTo(QSize(1, 1))
    if size.width() < picture.width() or size.height() < picture.height():
        smooth = Qt.TransformationMode.SmoothTransformation
        picture = picture.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    painter.drawImage(place, picture)
