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
        self.places = plan.place(zoom)
        self._ratio = ratio
        self._grid = not plan.boxed
        whole = QRect()
        for _, target in self.places:
            whole = whole.united(target)
        self.corner: QPoint = whole.topLeft()
        """The top left corner of the picture, in logical pixels from the top left corner of the plan."""
        self.frames = [target.adjusted(-1, -1, 0, 0) for _, target in self.places]
        """Rectangles just around the places."""
        # the row and the column after the last ones of the picture are transparent
        rows, columns = plan.picture_size
        down = [(s.top(), s.height(), t.top() - whole.top(), t.height()) for s, t in self.places]
        self._rows = self._spread(list(dict.fromkeys(down)), rows, whole.height())
        first = self.places[0][0].top()
        across = [(s.left(), s.width(), t.left() - whole.left(), t.width()) for s, t in self.places if s.top() == first]
        self._columns = self._spread(across, columns, whole.width())
        self._lines = self._find_lines()

    def draw(self, picture: NDArray[np.uint8], signed: bool, theme: Theme) -> tuple[QImage, NDArray[np.uint32]]:
        """Draw levels, uint8 (rows, columns) in [0, 255], in the colours of a theme.

        Returns the image, and the array with its memory, uint32 (H, W), which must live as long as the image.
        """
        height, width = picture.shape
        colours = np.zeros((height + 1, width + 1), np.uint32)
        colours[:height, :width] = _table(theme, signed).take(picture, mode="wrap")
        pixels = colours.take(self._columns, axis=1, mode="wrap").take(self._rows, axis=0, mode="wrap")
        if self._grid and len(self.places) > 1:
            rest = self.places[1][1]
            top = round((rest.top() - self.corner.y()) * self._ratio)
            pixels[top:, round(rest.width() * self._ratio) :] = 0
        for rows, columns in self._lines:
            pixels[rows, columns] = QColor(theme.surface).rgb()
        made = QImage(
            pixels.view(np.uint8).data,
            pixels.shape[1],
            pixels.shape[0],
            pixels.strides[0],
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        made.setDevicePixelRatio(self._ratio)
        return made, pixels

    def _spread(self, parts: list[tuple[int, int, int, int]], nothing: int, extent: int) -> NDArray[np.intp]:
        """For each pixel the index of the value that it shows, intp (pixels,).

        ``parts`` are (first value, values, first pixel, pixels); other pixels show the value ``nothing``.
        """
        found = np.full(round(extent * self._ratio), nothing, np.intp)
        for value, count, start, length in parts:
            begin, end = round(start * self._ratio), round((start + length) * self._ratio)
            found[begin:end] = value + (2 * np.arange(end - begin) + 1) * count // (2 * (end - begin))
        return found

    def _find_lines(self) -> list[tuple[slice | NDArray[np.intp], slice | NDArray[np.intp]]]:
        """The pixels of the lines between the cells of a grid, as (rows, columns); none if cells are small."""
        if not self._grid:
            return []
        lines: list[tuple[slice | NDArray[np.intp], slice | NDArray[np.intp]]] = []
        for source, target in self.places:
            cell = target.width() // source.width()
            if cell < LINED:
                return []
            top, bottom, right = (
                round(length * self._ratio)
                for length in (
                    target.top() - self.corner.y(),
                    target.bottom() + 1 - self.corner.y(),
                    target.width(),
                )
            )
            thick = max(1, round(self._ratio))
            for edge in range(thick):
                across = np.round(np.arange(1, source.width() + 1) * cell * self._ratio).astype(np.intp) - 1 - edge
                down = top + np.round(np.arange(1, source.height() + 1) * cell * self._ratio).astype(np.intp) - 1 - edge
                lines.append((slice(top, bottom), across))
                lines.append((down, slice(0, right)))
        return lines


@lru_cache(maxsize=8)
def _table(theme: Theme, signed: bool) -> NDArray[np.uint32]:
    return np.array(colour_table(theme, signed), np.uint32)
