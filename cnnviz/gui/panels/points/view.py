"""How coordinates of points become pixels: one scale for both axes, held while the points move. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array

MARGIN, LOW_SHARE = 14, 0.06
"""Left empty at each edge: pixels, and in a small widget this share of its side instead."""
LEAST_FILLED = 0.4
"""The view narrows once the points take less than this part of it."""
LEAST_ZOOM, MOST_ZOOM = 0.5, 60.0
LEAST_EXTENT = 1e-9
"""The least extent of the coordinates, so that points at one place divide by no zero."""


class View:
    """The part of the plane that is drawn: all points until it is zoomed. It widens at once, and narrows only for far
    smaller extents."""

    def __init__(self) -> None:
        self._size = (1.0, 1.0)
        self._middle = np.zeros(2)
        self._extent = np.ones(2)
        self._zoom = 1.0

    def resize(self, width: int, height: int) -> None:
        """Draw into a widget of this size, in pixels."""
        self._size = (max(1.0, width), max(1.0, height))

    def cover(self, positions: Array, *, fit: bool) -> None:
        """Show these points, float32 (n, 2); ``fit`` forgets the extent of earlier ones and the zoom."""
        if not len(positions):
            return
        low, high = positions.min(0).astype(np.float64), positions.max(0).astype(np.float64)
        if fit:
            self._zoom = 1.0
        if self._zoom != 1.0:
            return
        shown_low, shown_high = self._middle - self._extent / 2, self._middle + self._extent / 2
        filled = ((high - low) / self._extent).max()
        if not fit and filled >= LEAST_FILLED:
            low, high = np.minimum(low, shown_low), np.maximum(high, shown_high)
        self._middle, self._extent = (low + high) / 2, np.maximum(high - low, LEAST_EXTENT)

    def zoom(self, factor: float, x: float, y: float) -> None:
        """Enlarge by a factor; the coordinates at the pixel (x, y) stay there."""
        pixel = np.array([[x, y]])
        fixed = self.coordinates(pixel)
        self._zoom = float(np.clip(self._zoom * factor, LEAST_ZOOM, MOST_ZOOM))
        self._middle = self._middle + (fixed - self.coordinates(pixel))[0]

    def place(self, positions: NDArray[np.floating]) -> NDArray[np.float64]:
        """The pixels of coordinates, both (n, 2); y grows upwards in coordinates and downwards in pixels."""
        scaled = (positions - self._middle) * self._scale()
        return scaled * [1, -1] + np.array(self._size) / 2

    def coordinates(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """The coordinates of pixels, both (n, 2)."""
        return (pixels - np.array(self._size) / 2) * [1, -1] / self._scale() + self._middle

    def _scale(self) -> float:
        """Pixels for a unit of the coordinates."""
        size = np.array(self._size)
        room = size - 2 * np.minimum(MARGIN, LOW_SHARE * size)
        return float(np.min(room.clip(1) / self._extent)) * self._zoom
