"""A wire from an output to an input."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.metrics import BLOCK, colour
from cnnviz.gui.builder.routes import Rail, rail, wire_path
from cnnviz.gui.theme import Theme
from cnnviz.network.graph import Edge
from cnnviz.project.layout import Point

NEAR = 12.0
"""How far from the line the pointer still meets it, in scene units."""
THIN = 1.0
"""Width of a wire at rest, in pixels: Qt draws that as a line, and fills what is wider as a shape, far slower."""


class WireItem(QGraphicsItem):
    """One wire of the network; without an edge, the one that is just being drawn."""

    def __init__(self, edge: Edge | None, theme: Theme) -> None:
        super().__init__()
        self.edge, self.theme = edge, theme
        self.edges: tuple[Edge, ...] = () if edge is None else (edge,)
        """All that the wire stands for: those from one node into one folded block are one."""
        self.wrong = False
        self.hovered = False
        self.selected = False
        self.receiving = False
        self.ends = (QPointF(), QPointF())
        self.line = QLineF()
        """From one end straight to the other. Shared: not to be changed."""
        self.way: Rail | None = None
        """Where it runs between two lanes."""
        self._places: tuple[Point, Point] | None = None
        self._sentences = ""
        self._path = QPainterPath()
        self._bounds = QRectF()
        self._shape: QPainterPath | None = None
        self.setZValue(1 if edge is not None else 3)

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Lead from one point of the scene to another."""
        if (start, end) == self.ends:
            return
        self.prepareGeometryChange()
        moved = start - self.ends[0]
        shifted = end - self.ends[1] == moved and not self._path.isEmpty()
        self.ends, self.line, self._shape = (start, end), QLineF(start, end), None
        self.way = rail(start, end)
        if shifted:
            self._path.translate(moved)
            self._bounds = self._bounds.translated(moved)
        else:
            self._path = wire_path(start, end)
            self._bounds = self._path.boundingRect().adjusted(-NEAR, -NEAR, NEAR, NEAR)

    def lead(self, start: Point, end: Point) -> None:
        """Lead from one place of the scene to another."""
        if (start, end) != self._places:
            self._places = (start, end)
            self.set_ends(QPointF(*start), QPointF(*end))

    def set_wrong(self, sentences: str) -> None:
        """Say why what comes through does not fit; an empty text where it does."""
        if sentences != self._sentences:
            self._sentences = sentences
            self.setToolTip(sentences)
            self.wrong = bool(sentences)
            self.update()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over the wire, or something that would be inserted here."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def set_receiving(self, receiving: bool) -> None:
        """Whether letting go now would put a layer into the wire."""
        if receiving != self.receiving:
            self.receiving = receiving
            self.setZValue(3 if receiving else 1)
            self.update()

    def set_selected(self, selected: bool) -> None:
        """Whether the wire is the selected one."""
        if selected != self.selected:
            self.selected = selected
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.theme = theme
        self.update()

    def distance(self, at: QPointF) -> float:
        """How far a point of the scene is from the line, measured at some places along it."""
        if not self._bounds.adjusted(-40, -40, 40, 40).contains(at):
            return float("inf")
        places = (self._path.pointAtPercent(step / 24) - at for step in range(25))
        return float(min(place.x() ** 2 + place.y() ** 2 for place in places) ** 0.5)

    def boundingRect(self) -> QRectF:
        """Qt asks for the area that is painted."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Qt asks where the pointer meets the wire."""
        if self._shape is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * NEAR)
            self._shape = stroker.createStroke(self._path)
        return self._shape

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        if painter.worldTransform().m11() < BLOCK and not self._lively:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self.theme
        lively = self._lively
        name = (
            theme.accent if self.receiving else theme.error if self.wrong else theme.accent if lively else theme.muted
        )
        width = 2.6 if lively else 1.6 if self.wrong else THIN
        painter.setPen(_pen(name, width, self.wrong or self.edge is None))
        painter.drawPath(self._path)
        if self.receiving:
            self._paint_plus(painter)

    @property
    def _lively(self) -> bool:
        return self.selected or self.hovered or self.receiving or self.edge is None

    def _paint_plus(self, painter: QPainter) -> None:
        """A plus sign on the middle of the wire, which is often too short to be seen itself."""
        at = self._path.pointAtPercent(0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self.theme.accent))
        painter.drawEllipse(at, 9, 9)
        painter.setPen(QPen(colour(self.theme.on_accent), 2))
        painter.drawLine(at - QPointF(4.5, 0), at + QPointF(4.5, 0))
        painter.drawLine(at - QPointF(0, 4.5), at + QPointF(0, 4.5))


@cache
def _pen(name: str, width: float, dashed: bool) -> QPen:
    """Shared: not to be changed."""
    pen = QPen(colour(name), width)
    pen.setCosmetic(True)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    return pen
