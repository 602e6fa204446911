"""The place of a picture in a frame of other proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QImage


def fitted(picture: QImage, frame: QRect | QRectF) -> tuple[QRectF, float]:
    """The largest rectangle with the proportions of a picture in the middle of a frame, and the scale of the picture
    there."""
    scale = min(frame.width() / picture.width(), frame.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    left, top = frame.x() + (frame.width() - width) / 2, frame.y() + (frame.height() - height) / 2
    return QRectF(left, top, width, height), scale
