"""Draws all maps of a node as one image in the pixels of the screen, so that Qt paints them in one call."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage

from cnnviz.gui.theme import Theme, colour_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.builder.geometry.tiles import Plan

LINED = 6
"""The least cell size, in pixels, from which cells of a vector are separated by lines."""


class Mosaic:
    """The pixels of each value of a plan at one zoom; ``ratio`` is the device pixel ratio."""

    def __init__(self, plan: Plan, zoom: float, ratio: float) -> None:
        self.zoom, self._ratio = zoom, ratio
        self.places = plan.place(zoom)
        whole = QRect()
        for _, target in self.places:
            whole = whole.united(target)
        self.corner: QPoint = whole.topLeft()
        """The top left corner of the picture, in logical pixels from the top left corner of the plan."""
        self.frames = [target.adjusted(-1, -1, 0, 0) for _, target in self.places]
        """Rectangles just around the places."""
        rows, columns = plan.picture_size
        self._colours = np.zeros((rows + 2, columns + 2), np.uint32)
        """The colours of the picture; after its last row and column the colours of gaps, and then of lines."""
        # places beside each other have the same rows
        down = [
            (source.top(), source.height(), target.top() - whole.top(), target.height())
            for source, target in self.places
        ]
        self._rows = self._spread(list(dict.fromkeys(down)), rows, whole.height())
        first = self.places[0].source.top()
        across = [
            (source.left(), source.width(), target.left() - whole.left(), target.width())
            for source, target in self.places
            if source.top() == first
        ]
        self._columns = self._spread(across, columns, whole.width())
        self._rest: tuple[int, int] | None = None
        """Where a last row of cells that is not full ends: the first pixels (down, right) with nothing; else None."""
        if not plan.boxed:
            # the cells of a long vector: the full rows are one place, a last row that is not full is a second
            self._draw_lines()
            if len(self.places) > 1:
                rest = self.places[1].target
                self._rest = round((rest.top() - self.corner.y()) * ratio), round(rest.width() * ratio)
        self._image = QImage(len(self._columns), len(self._rows), QImage.Format.Format_ARGB32_Premultiplied)
        self._image.setDevicePixelRatio(ratio)
        self._pixels: NDArray[np.uint32] = np.frombuffer(self._image.bits(), np.uint32).reshape(
            len(self._rows), len(self._columns)
        )

    def draw(self, picture: NDArray[np.uint8], signed: bool, theme: Theme) -> QImage:
        """Draw levels, uint8 (rows, columns) in [0, 255], in the colours of a theme.

        The image is the same object each time: it is drawn over by the next call.
        """
        colours = self._colours
        # all indices are valid; by default numpy would check them, and copy what it writes into out
        colours[:-2, :-2] = _table(theme, signed).take(picture, mode="wrap")
        colours[-1] = colours[:, -1] = _surface(theme)
        colours.take(self._columns, axis=1, mode="wrap").take(self._rows, axis=0, mode="wrap", out=self._pixels)
        if self._rest is not None:
            down, right = self._rest
            self._pixels[down:, right:] = 0
        return self._image

    def _spread(self, parts: list[tuple[int, int, int, int]], nothing: int, extent: int) -> NDArray[np.intp]:
        """For each pixel the index of the value that it shows, intp (pixels,).

        ``parts`` are (first value, values, first pixel, pixels); other pixels show the value ``nothing``.
        """
        indices = np.full(round(extent * self._ratio), nothing, np.intp)
        for value, count, start, length in parts:
            begin, end = round(start * self._ratio), round((start + length) * self._ratio)
            # the value at the middle of each pixel, in whole numbers: (i + 1/2) · count / pixels
            indices[begin:end] = value + (2 * np.arange(end - begin) + 1) * count // (2 * (end - begin))
        return indices

    def _draw_lines(self) -> None:
        """Let the last pixels of each cell of a vector show the colour of lines, unless cells are small."""
        cell = self.places[0].target.width() // self.places[0].source.width()
        if cell < LINED:
            return
        for edge in range(1, 1 + max(1, round(self._ratio))):
            for number, (source, target) in enumerate(self.places):
                top = round((target.top() - self.corner.y()) * self._ratio)
                self._rows[top + self._ends(source.height(), cell) - edge] = len(self._colours) - 1
                if number == 0:
                    self._columns[self._ends(source.width(), cell) - edge] = self._colours.shape[1] - 1

    def _ends(self, count: int, cell: int) -> NDArray[np.intp]:
        """For each of ``count`` cells in a row the pixel after it, intp (count,)."""
        return np.round(np.arange(1, count + 1) * cell * self._ratio).astype(np.intp)


@lru_cache(maxsize=8)
def _table(theme: Theme, signed: bool) -> NDArray[np.uint32]:
    return np.array(colour_table(theme, signed), np.uint32)


@lru_cache(maxsize=8)
def _surface(theme: Theme) -> int:
    return QColor(theme.surface).rgb()
