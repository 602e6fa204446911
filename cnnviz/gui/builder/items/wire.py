"""A wire from an output to an input: where it runs and how it looks. All wires are painted by one item."""

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
"""How far from the line the pointer still meets it, in scene units."""
NOWHERE = Box(0.0, 0.0, 0.0, 0.0)


class Wire:
    """One wire of the network; without an edge, the one that is just being drawn.

    ``repaint`` is told of every area of the scene that looks different then.
    """

    def __init__(self, edge: Edge | None, repaint: Callable[[QRectF], object]) -> None:
        self.edge = edge
        self.edges: tuple[Edge, ...] = () if edge is None else (edge,)
        """All that the wire stands for: those from one node into one folded block are one."""
        self.wrong = self.hovered = self.selected = self.receiving = self.hidden = False
        self.sentences = ""
        """Why what comes through does not fit; empty where it does."""
        self.start: Point = (0.0, 0.0)
        self.end: Point = (0.0, 0.0)
        self.level = self.free = False
        """Whether it leads on in its lane past the place of a node, and whether none stands there."""
        self.line = QLineF()
        """From one end straight to the other. Shared: not to be changed."""
        self.way: Rail | None = None
        """Where it runs between two lanes."""
        self.box = NOWHERE
        """What it paints, and where the pointer meets it."""
        self.route = route(0.0, 0.0)
        """How it leads on from its start."""
        self._repaint = repaint

    @property
    def ends(self) -> tuple[QPointF, QPointF]:
        """Both ends in the scene."""
        return QPointF(*self.start), QPointF(*self.end)

    @property
    def path(self) -> QPainterPath:
        """The line in the scene."""
        return self.route.path.translated(*self.start)

    @property
    def lively(self) -> bool:
        """Whether it stands out from the others."""
        return self.selected or self.hovered or self.receiving or self.edge is None

    def lead(self, start: Point, end: Point, free: bool = False) -> bool:
        """Lead from one place of the scene to another; returns whether it did not. Nothing is painted by that.

        ``free``: there is nothing on the way to lead over.
        """
        if (start, end, free) == (self.start, self.end, self.free):
            return False
        self.start, self.end, self.free = start, end, free
        (x, y), (to_x, to_y) = start, end
        self.line, self.way, self.level = QLineF(x, y, to_x, to_y), rail(start, end), is_level(start, end)
        self.route = route(to_x - x, to_y - y, free)
        left, top, right, bottom = self.route.around
        self.box = Box(x + left - NEAR, y + top - NEAR, x + right + NEAR, y + bottom + NEAR)
        return True

    def follow(self, start: QPointF, end: QPointF) -> None:
        """Lead from one point of the scene to another, and be painted there."""
        before = self.box
        if self.lead((start.x(), start.y()), (end.x(), end.y())):
            self._repaint(area(before))
            self.repaint()

    def repaint(self) -> None:
        """It looks different, or is gone."""
        self._repaint(area(self.box))

    def set_wrong(self, sentences: str) -> None:
        """Say why what comes through does not fit; an empty text where it does."""
        if sentences != self.sentences:
            self.sentences, self.wrong = sentences, bool(sentences)
            self.repaint()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over the wire, or something that would be inserted here."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.repaint()

    def set_receiving(self, receiving: bool) -> None:
        """Whether letting go now would put a layer into the wire."""
        if receiving != self.receiving:
            self.receiving = receiving
            self.repaint()

    def set_selected(self, selected: bool) -> None:
        """Whether the wire is the selected one."""
        if selected != self.selected:
            self.selected = selected
            self.repaint()

    def set_hidden(self, hidden: bool) -> None:
        """Whether it is left out, because one that is just being drawn would take its place."""
        self.hidden = hidden
        self.repaint()

    def distance(self, at: QPointF) -> float:
        """How far a point of the scene is from the line, measured at some places along it."""
        if not area(self.box).adjusted(-40, -40, 40, 40).contains(at):
            return float("inf")
        from_start, path = at - QPointF(*self.start), self.route.path
        places = (path.pointAtPercent(step / 24) - from_start for step in range(25))
        return float(min(place.x() ** 2 + place.y() ** 2 for place in places) ** 0.5)


def area(box: Box) -> QRectF:
    """As Qt wants it."""
    return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
