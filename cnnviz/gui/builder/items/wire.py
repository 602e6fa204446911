"""A wire from an output to an input: its path and its look. A single item, ``WiresItem``, paints all wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF

from cnnviz.gui.builder.geometry.routes import Box, Rail, is_level, rail, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPainterPath

    from cnnviz.network.graph import Edge
    from cnnviz.project.layout import Point

NEAR = 12.0
"""A wire shows its tooltip up to this distance from its line, in scene units; it is clicked up to half of it."""
FAR = 40.0
"""A point farther than this from the area of a wire, in scene units, is given no distance from its line."""
PIECES = 24
"""The distance from a wire is measured at the ends of so many pieces of its line."""
NOWHERE = Box(0.0, 0.0, 0.0, 0.0)
NO_ROUTE = route(0.0, 0.0)


class Wire:
    """One wire of the network; without an edge, the wire that the user is drawing.

    ``repaint`` is called with every area of the scene that must be painted again. Initial values are class attributes:
    a network of ten thousand wires opens sooner if the constructor sets few attributes.
    """

    wrong = hovered = selected = receiving = hidden = False
    sentences = ""
    """Why the input that the wire brings is wrong; empty if it is right."""
    start: Point = (0.0, 0.0)
    end: Point = (0.0, 0.0)
    level = free = False
    """``level``: nodes of its lane may stand between the ends. ``free``: no node stands there."""
    line = QLineF()
    """The straight line between both ends. It is shared: do not change it."""
    rail: Rail | None = None
    """The horizontal part of a wire between two lanes; None for other wires."""
    box = NOWHERE
    """The area that the wire paints, and in which the pointer can be on it."""
    route = NO_ROUTE
    """The path of the wire relative to its start."""
    ports = (0.0, 0.0)
    """How far below the tops of the two nodes the wire begins and ends."""
    _routed: tuple[float, float, bool] | None = None
    """The offset from start to end and ``free``, from which ``level`` and ``route`` were made."""

    def __init__(self, edge: Edge | None, repaint: Callable[[QRectF], object]) -> None:
        self.edge = edge
        self.edges: tuple[Edge, ...] = () if edge is None else (edge,)
        """The edges that the wire represents: all edges from one node into one folded block share a wire."""
        self._repaint = repaint

    @property
    def ends(self) -> tuple[QPointF, QPointF]:
        """Both ends, in scene coordinates."""
        return QPointF(*self.start), QPointF(*self.end)

    @property
    def path(self) -> QPainterPath:
        """The line of the wire, in scene coordinates."""
        return self.route.path.translated(*self.start)

    @property
    def lively(self) -> bool:
        """Whether the wire is highlighted: selected, hovered, about to receive a layer, or being drawn."""
        return self.selected or self.hovered or self.receiving or self.edge is None

    def set_ends(self, start: Point, end: Point, free: bool = False) -> bool:
        """Set both ends without repainting; returns whether the path has changed.

        ``free``: no node stands between the ends in the wire's lane, so the wire can run straight.
        """
        if (start, end, free) == (self.start, self.end, self.free):
            return False
        self.start, self.end, self.free = start, end, free
        (x, y), (to_x, to_y) = start, end
        self.line = QLineF(x, y, to_x, to_y)
        routed = (to_x - x, to_y - y, free)
        if routed != self._routed:
            self._routed = routed
            self.level, self.route = is_level(start, end), route(*routed)
            self.rail = rail(start, end)
        elif self.rail is not None:
            self.rail = rail(start, end)
        left, top, right, bottom = self.route.around
        self.box = Box(x + left - NEAR, y + top - NEAR, x + right + NEAR, y + bottom + NEAR)
        return True

    def follow(self, start: QPointF, end: QPointF) -> None:
        """Set both ends, and repaint."""
        before = self.box
        if self.set_ends((start.x(), start.y()), (end.x(), end.y())):
            self._repaint(area(before))
            self.repaint()

    def repaint(self) -> None:
        """Repaint the wire's area, because the wire has changed or is gone."""
        self._repaint(area(self.box))

    def set_wrong(self, sentences: str) -> None:
        """Set why the input that the wire brings is wrong; an empty text if it is right."""
        if sentences != self.sentences:
            self.sentences, self.wrong = sentences, bool(sentences)
            self.repaint()

    def set_hovered(self, hovered: bool) -> None:
        """Set whether the pointer is over the wire, or a layer that would be inserted here."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.repaint()

    def set_receiving(self, receiving: bool) -> None:
        """Set whether a drop would insert a layer into the wire."""
        if receiving != self.receiving:
            self.receiving = receiving
            self.repaint()

    def set_selected(self, selected: bool) -> None:
        """Set whether the wire is selected."""
        if selected != self.selected:
            self.selected = selected
            self.repaint()

    def set_hidden(self, hidden: bool) -> None:
        """Set whether the wire is hidden, because the wire being drawn would replace it."""
        self.hidden = hidden
        self.repaint()

    def distance(self, point: QPointF) -> float:
        """Distance of a point of the scene from the line, in scene units; infinite if it is far from the wire."""
        if not area(self.box).adjusted(-FAR, -FAR, FAR, FAR).contains(point):
            return float("inf")
        from_start, path = point - QPointF(*self.start), self.route.path
        places = (path.pointAtPercent(piece / PIECES) - from_start for piece in range(PIECES + 1))
        return float(min(place.x() ** 2 + place.y() ** 2 for place in places) ** 0.5)


def area(box: Box) -> QRectF:
    """The box as a Qt rectangle."""
    return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
