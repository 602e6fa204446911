"""Arrays of pixels as images of Qt. Each image has a copy of the pixels, so that it may outlive the array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def channels_last(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image uint8 (C, H, W) as contiguous pixels: (H, W) if it has one channel, else (H, W, 3)."""
    return np.ascontiguousarray(image[0] if len(image) == 1 else image[:3].transpose(1, 2, 0))


def picture_of(pixels: NDArray[np.uint8]) -> QImage:
    """The image of contiguous pixels: grey levels uint8 (H, W), or red, green and blue uint8 (H, W, 3)."""
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    return QImage(pixels.data, width, height, pixels.strides[0], form).copy()


def picture_of_colours(colours: NDArray[np.uint32]) -> QImage:
    """The image of contiguous colours in Qt's format, 0xffRRGGBB: uint32 (H, W)."""
    height, width = colours.shape
    return QImage(colours.view(np.uint8).data, width, height, colours.strides[0], QImage.Format.Format_RGB32).copy()
