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

    def show_indexed(self, colours: NDArray[np.uint32], pixels: NDArray[np.intp]) -> None:
        """Show an image; ``pixels``, intp (rows, columns), are indices in ``colours``, each 0xffRRGGBB, or -1 for the
        last."""
        image = self.image
        if image is None or image.shape != pixels.shape:
            self.prepareGeometryChange()
            image = np.empty(pixels.shape, np.uint32)
        # the array of the present image is used again: for a whole screen a new one takes 8 MB in each frame
        self.image = colours.take(pixels, mode="wrap", out=image)
        high, wide = image.shape
        self.qimage = QImage(image.view(np.uint8).data, wide, high, image.strides[0], QImage.Format.Format_RGB32)
        self._renderRequired = False
        self.update()
