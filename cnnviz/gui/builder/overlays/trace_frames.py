"""Frames around the values on which the value under the pointer depends, or that depend on the pixel under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import ENDLESS, PLAIN_ZOOM, TRACE_Z, WIDTH, colour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QRect

    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.inspection.tracing import Trace

LINE = 2
"""The thickness of a frame in pixels."""
HALO = 190
"""The alpha of the thin line around each frame, which separates it from maps of any colour."""
AROUND = 8.0
"""The most that frames extend beyond a column, in scene units, at the least zoom."""


class TraceFrames(QGraphicsItem):
    """Frames in the columns of all nodes of a trace, just outside of the framed values, so that they hide no value."""

    def __init__(self, scene: GraphScene) -> None:
        super().__init__()
        self._graph = scene
        self.setZValue(TRACE_Z)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def show_trace(self, trace: Trace | None) -> None:
        """Show the frames of another trace; only the columns whose frames change are repainted."""
        if self.scene() is None:
            self._graph.addItem(self)
        old = {} if self._graph.trace is None else self._graph.trace.frames
        new = {} if trace is None else trace.frames
        self._graph.trace = trace
        for unit in self._graph.units:
            if old.get(unit.node) != new.get(unit.node):
                self.update(_area(unit))

    def boundingRect(self) -> QRectF:
        """Qt asks for the area that is painted."""
        return ENDLESS

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        view, trace = painter.worldTransform(), self._graph.trace
        zoom = view.m11()
        if trace is None or zoom < PLAIN_ZOOM:
            return
        painter.resetTransform()
        painter.setPen(Qt.PenStyle.NoPen)
        halo, line = colour(self._graph.theme.surface, HALO), colour(self._graph.theme.accent)
        for unit in self._graph.units:
            frame = trace.frames.get(unit.node)
            if frame is None or not _area(unit).intersects(option.exposedRect):
                continue
            boxes, corner = unit.below.framed(frame, zoom), view.map(unit.below.scenePos())
            painter.translate(round(corner.x()), round(corner.y()))
            for first, last, ink in ((LINE, LINE + 1, halo), (0, LINE, line)):
                painter.setBrush(ink)
                painter.drawRects(_ring(boxes, first, last))
            painter.resetTransform()
        painter.setWorldTransform(view)


def _area(unit: NodeItem) -> QRectF:
    """The column of an item with its frames, in scene coordinates."""
    below = unit.below
    area = QRectF(below.scenePos().x(), below.scenePos().y(), WIDTH, below.extent)
    return area.adjusted(-AROUND, -AROUND, AROUND, AROUND)


def _ring(boxes: list[QRect], first: int, last: int) -> list[QRect]:
    """The pixels around boxes that are more than ``first`` and at most ``last`` pixels away from them."""
    inside, outside = QRegion(), QRegion()
    for box in boxes:
        inside += box.adjusted(-first, -first, first, first)
        outside += box.adjusted(-last, -last, last, last)
    return list(cast("Iterable[QRect]", outside - inside))
