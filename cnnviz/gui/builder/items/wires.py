"""The item that paints all wires: an item for each wire would cost more than drawing the lines."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import ENDLESS, PLAIN_ZOOM, colour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.gui.theme import Theme

THIN = 1.0
"""Width of a normal wire, in pixels. Qt draws a width of 1 as a line; wider lines are filled shapes, far slower."""


class WiresItem(QGraphicsItem):
    """Paints ``wires``; ``height`` is its z value. When zoomed far out it paints highlighted wires only."""

    def __init__(self, wires: Callable[[], Iterable[Wire]], theme: Theme, height: float) -> None:
        super().__init__()
        self.theme = theme
        self._wires = wires
        self.setZValue(height)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def boundingRect(self) -> QRectF:
        """Qt asks for the area that is painted."""
        return ENDLESS

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        far = painter.worldTransform().m11() < PLAIN_ZOOM
        exposed = option.exposedRect
        left, top, right, bottom = exposed.left(), exposed.top(), exposed.right(), exposed.bottom()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = None
        wires = self._wires()
        for wire in (wire for wire in wires if wire.lively) if far else wires:
            box = wire.box
            if box[0] > right or box[2] < left or box[1] > bottom or box[3] < top or wire.hidden:
                continue
            lively = far or wire.lively
            wanted = self._pen(wire, lively)
            if wanted is not pen:
                pen = wanted
                painter.setPen(pen)
            painter.translate(*wire.start)
            painter.drawPath(wire.route.path)
            if wire.receiving:
                self._paint_plus(painter, wire.route.path.pointAtPercent(0.5))
                pen = None
            painter.translate(-wire.start[0], -wire.start[1])

    def _pen(self, wire: Wire, lively: bool) -> QPen:
        name = self.theme.muted
        if wire.wrong and not wire.receiving:
            name = self.theme.error
        elif lively:
            name = self.theme.accent
        width = 2.6 if lively else 1.6 if wire.wrong else THIN
        return _pen(name, width, wire.wrong or wire.edge is None)

    def _paint_plus(self, painter: QPainter, at: QPointF) -> None:
        """Paint a plus sign on the middle of the wire, which is often too short to be seen itself."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self.theme.accent))
        painter.drawEllipse(at, 9, 9)
        painter.setPen(QPen(colour(self.theme.on_accent), 2))
        painter.drawLine(at - QPointF(4.5, 0), at + QPointF(4.5, 0))
        painter.drawLine(at - QPointF(0, 4.5), at + QPointF(0, 4.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)


@cache
def _pen(name: str, width: float, dashed: bool) -> QPen:
    """A pen of a named colour. It is cached: do not change it."""
    pen = QPen(colour(name), width)
    pen.setCosmetic(True)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    return pen
