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

NORMAL_WIDTH, WRONG_WIDTH, LIVELY_WIDTH = 1.0, 1.6, 2.6
"""Widths of wires, in pixels. Qt draws a width of 1 as a line; wider lines are filled shapes, far slower."""
PLUS_RADIUS, PLUS_ARM = 9.0, 4.5
"""Radius of the disc of a plus sign, and length of each arm of the plus, in scene units."""


class WiresItem(QGraphicsItem):
    """Paints ``wires`` at the height ``z`` among other items. When zoomed far out it paints highlighted wires only."""

    def __init__(self, wires: Callable[[], Iterable[Wire]], theme: Theme, z: float) -> None:
        super().__init__()
        self.theme = theme
        self._wires = wires
        self.setZValue(z)
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
            if box.left > right or box.right < left or box.top > bottom or box.bottom < top or wire.hidden:
                continue
            lively = far or wire.lively
            next_pen = self._pen(wire, lively)
            if next_pen is not pen:
                pen = next_pen
                painter.setPen(pen)
            x, y = wire.start
            painter.translate(x, y)
            painter.drawPath(wire.route.path)
            if wire.receiving:
                self._paint_plus(painter, wire.route.path.pointAtPercent(0.5))
                pen = None
            painter.translate(-x, -y)

    def _pen(self, wire: Wire, lively: bool) -> QPen:
        name = self.theme.muted
        if wire.wrong and not wire.receiving:
            name = self.theme.error
        elif lively:
            name = self.theme.accent
        width = LIVELY_WIDTH if lively else WRONG_WIDTH if wire.wrong else NORMAL_WIDTH
        return _pen(name, width, wire.wrong or wire.edge is None)

    def _paint_plus(self, painter: QPainter, centre: QPointF) -> None:
        """Paint a plus sign on the middle of the wire, which is often too short to be seen itself."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self.theme.accent))
        painter.drawEllipse(centre, PLUS_RADIUS, PLUS_RADIUS)
        painter.setPen(QPen(colour(self.theme.on_accent), 2))
        painter.drawLine(centre - QPointF(PLUS_ARM, 0), centre + QPointF(PLUS_ARM, 0))
        painter.drawLine(centre - QPointF(0, PLUS_ARM), centre + QPointF(0, PLUS_ARM))
        painter.setBrush(Qt.BrushStyle.NoBrush)


@cache
def _pen(name: str, width: float, dashed: bool) -> QPen:
    """A pen of a named colour. It is cached: do not change it."""
    pen = QPen(colour(name), width)
    pen.setCosmetic(True)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    return pen
