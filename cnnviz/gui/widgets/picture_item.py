"""A pyqtgraph image item for images in the screen's pixel format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PictureItem(pg.ImageItem):  # type: ignore[misc]
    """An image in the screen's format, so that neither pyqtgraph nor Qt converts it at each paint."""

    image: NDArray[np.uint32] | None

    def show_words(self, words: NDArray[np.uint32]) -> None:
        """Show an image of colours 0xffRRGGBB, uint32 (rows, columns)."""
        if self.image is None or self.image.shape != words.shape:
            self.prepareGeometryChange()
        self.image = words
        high, wide = words.shape
        self.qimage = QImage(words.view(np.uint8).data, wide, high, words.strides[0], QImage.Format.Format_RGB32)
        self._renderRequired = False
        self.update()
