"""The texts at the ends of the curves of a plot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyqtgraph as pg
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MARGIN = 4.0
"""Pixels left and right of a text: pyqtgraph has them around every text."""
GAP = 2.0
"""Pixels between a text and the next one beside it, and between a text and a curve above or below it."""


@dataclass(frozen=True)
class End:
    """The end of a curve at (x, y), and the ``text`` that is written right of it, in a ``colour``, ``#rrggbb``."""

    x: float
    y: float
    text: str
    colour: str


@dataclass(frozen=True)
class Line:
    """A curve in pixels, from the left and from the top: ``x``, ascending, and ``y``, float64 (n,) each."""

    x: Floats
    y: Floats

    def crosses(self, box: QRectF) -> bool:
        """Whether the curve runs through ``box``, or nearer to it than :data:`GAP`."""
        if not len(self.x) or self.x[0] > box.right() or self.x[-1] < box.left():
            return False
        first, last = np.searchsorted(self.x, [box.left(), box.right()])
        y = np.concatenate([self.y[first:last], np.interp([box.left(), box.right()], self.x, self.y)])
        y = y[np.isfinite(y)]
        return bool(len(y) and y.max() > box.top() - GAP and y.min() < box.bottom() + GAP)


def place(ends: Sequence[End], lines: Sequence[Line], area: QRectF) -> list[End | None]:
    """The ``ends`` of curves, in pixels, moved to where their texts cover neither each other nor a curve.

    A text stands right of its end, else right of the texts there, else above or below them, within ``area``. None for
    an end outside of it, and for a text for which there is no place.
    """
    metrics = QFontMetricsF(QGuiApplication.font())
    pitch = metrics.ascent()
    taken: list[QRectF] = []
    placed: list[End | None] = []
    for end in ends:
        if not area.left() <= end.x <= area.right():
            placed.append(None)
            continue
        width = metrics.horizontalAdvance(end.text)
        box = QRectF(end.x + MARGIN, end.y - pitch / 2, width, pitch)
        found = next((free for row in _rows(box, area) if (free := _free(row, taken, lines, area)) is not None), None)
        if found is None:
            placed.append(None)
            continue
        taken.append(found)
        placed.append(replace(end, x=found.left() - MARGIN, y=found.center().y()))
    return placed


def _rows(box: QRectF, area: QRectF) -> Iterator[QRectF]:
    """The ``box``, and those above and below it in the ``area``, the nearest first."""
    yield box
    pitch = box.height() + GAP
    for number in range(1, 1 + int(area.height() / pitch)):
        for down in (-number * pitch, number * pitch):
            moved = box.translated(0, down)
            if area.top() <= moved.top() and moved.bottom() <= area.bottom():
                yield moved


def _free(box: QRectF, taken: Sequence[QRectF], lines: Sequence[Line], area: QRectF) -> QRectF | None:
    """The ``box``, moved to the right beyond ``taken`` ones but not out of the ``area``; None if it covers one of them
    or a line there."""
    for other in sorted(taken, key=QRectF.left):
        if box.intersects(other):
            box = box.translated(other.right() + GAP - box.left(), 0)
    box = box.translated(min(0.0, area.right() - box.right()), 0)
    if any(map(box.intersects, taken)) or any(line.crosses(box) for line in lines):
        return None
    return box


class Ends:
    """The texts at the ends of the curves of ``plot``, a pyqtgraph PlotItem, whose curves are in ``box``, its
    ViewBox."""

    def __init__(self, plot: pg.PlotItem, box: pg.ViewBox) -> None:
        self._plot, self._box = plot, box
        self._items: list[pg.TextItem] = []

    def show(self, ends: Sequence[End], curves: Sequence[tuple[Floats, Floats]]) -> None:
        """Write the texts at ``ends``, in coordinates of the plot, where they do not cover the ``curves``: points
        (x, y) each, float64 (n,), ascending in x."""
        # not at the top of the file: End is needed before the first paint, and pyqtgraph is slow to load
        from pyqtgraph import TextItem

        (low, high), (bottom, top) = self._box.viewRange()
        across = (high - low) / max(1.0, float(self._box.width()))
        down = (top - bottom) / max(1.0, float(self._box.height()))
        area = QRectF(0, 0, float(self._box.width()), float(self._box.height()))
        inside = [replace(end, x=(end.x - low) / across, y=(top - end.y) / down) for end in ends]
        lines = [Line((x - low) / across, (top - y) / down) for x, y in curves]
        placed = [end for end in place(inside, lines, area) if end is not None]
        while len(self._items) < len(placed):
            item = TextItem(anchor=(0, 0.5))
            self._plot.addItem(item, ignoreBounds=True)
            self._items.append(item)
        for item in self._items[len(placed) :]:
            item.hide()
        for item, end in zip(self._items, placed, strict=False):
            item.setText(end.text, end.colour)
            item.setPos(low + end.x * across, top - end.y * down)
            item.show()

    def boxes(self) -> list[tuple[str, QRectF]]:
        """The texts, each with its rectangle in the scene."""
        metrics, found = QFontMetricsF(QGuiApplication.font()), []
        for item in self._items:
            if item.isVisible():
                text, at = item.toPlainText(), self._box.mapViewToScene(item.pos())
                top, width = at.y() - metrics.ascent() / 2, metrics.horizontalAdvance(text)
                found.append((text, QRectF(at.x() + MARGIN, top, width, metrics.ascent())))
        return found
