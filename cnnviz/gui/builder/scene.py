"""The scene: items for the nodes and wires of a project, kept in step with it by what differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsScene

from cnnviz.gui.builder.metrics import AROUND, BLOCK, CLEAR, HEADER, ROW_HEIGHT, TILE, WIDTH, colour
from cnnviz.gui.builder.node_item import NodeItem, ViewKind
from cnnviz.gui.builder.wire_item import WireItem
from cnnviz.gui.theme import Theme
from cnnviz.inspection.snapshot import Snapshot, Wanted
from cnnviz.network.check import NodeReport, Report
from cnnviz.network.graph import Edge
from cnnviz.network.problems import Problem, Severity
from cnnviz.project.layout import COLUMN, Point
from cnnviz.project.project import Project

NOT_ON_THE_WIRE = frozenset(
    {"input_missing", "too_many_parameters", "too_large_memory", "too_large_batch", "inputs_missing"}
)
"""Errors of a node that say nothing against the wires that enter it."""
TALLEST_ROOM = 4096.0


class GraphScene(QGraphicsScene):
    """All nodes and wires. The project is the truth; :meth:`show` makes the items follow it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.view_kind: ViewKind = "maps"
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Edge, WireItem] = {}
        self.snapshot: Snapshot | None = None
        self.changed_nodes: frozenset[str] = frozenset()
        self.bottom = TALLEST_ROOM
        self._blocks: dict[str, list[QRectF]] | None = None
        self._lines: list[QLineF] = []

    def show(self, project: Project, report: Report) -> None:
        """Follow a project: make, remove and change the items that differ, and no others."""
        network, places = project.network, project.layout.positions
        for name in self.nodes.keys() - network.nodes.keys():
            self.removeItem(self.nodes.pop(name))
        for edge in self.wires.keys() - network.edges:
            self.removeItem(self.wires.pop(edge))
        problems: dict[str, list[Problem]] = defaultdict(list)
        for problem in report.problems:
            if problem.node is not None:
                problems[problem.node].append(problem)
        for name, node in network.nodes.items():
            item = self.nodes.get(name)
            if item is not None and item.layer.kind != node.layer.kind:
                self.removeItem(self.nodes.pop(name))
                item = None
            if item is None:
                item = self.nodes[name] = NodeItem(name, node.layer, self.theme, self.view_kind)
                item.set_changed(name in self.changed_nodes)
                self.addItem(item)
            item.set_layer(node.layer, len(network.inputs[name]), bool(network.outputs[name]))
            item.set_report(report.nodes.get(name, NodeReport()), tuple(problems[name]))
            item.set_place(places.get(name, (0.0, 0.0)))
        for edge in network.edges - self.wires.keys():
            wire = self.wires[edge] = WireItem(edge, self.theme)
            self.addItem(wire)
        self._lead_wires(problems)
        self._blocks = None
        self.give_room()

    def set_view(self, view: ViewKind) -> None:
        """Hang maps or facts below the nodes."""
        if view == self.view_kind:
            return
        self.view_kind = view
        for item in self.nodes.values():
            item.set_view(view)
        self.give_room()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.theme = theme
        self._blocks = None
        for node in self.nodes.values():
            node.set_theme(theme)
        for wire in self.wires.values():
            wire.set_theme(theme)
        self.update()

    def set_changed(self, nodes: frozenset[str]) -> None:
        """Mark the nodes that differ from those being trained."""
        self.changed_nodes = nodes
        for name, item in self.nodes.items():
            item.set_changed(name in nodes)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Draw a moment; None: there is none."""
        self.snapshot = snapshot
        for item in self.nodes.values():
            item.below.show_snapshot(snapshot)

    def wanted(self, visible: QRectF) -> Wanted:
        """What the maps inside ``visible`` need."""
        maps: dict[str, tuple[int, ...] | None] = {}
        for name, item in self.nodes.items():
            wanted = item.below.wanted()
            if wanted == () or not item.mapRectToScene(QRectF(0, 0, WIDTH, item.height)).intersects(visible):
                continue
            maps[name] = wanted
        return Wanted(maps)

    def give_room(self, bottom: float | None = None) -> None:
        """Let each column reach down to the next node below it, or to ``bottom``."""
        if bottom is not None:
            self.bottom = bottom
        for name, room in _rooms({name: item.place for name, item in self.nodes.items()}, self.bottom).items():
            item = self.nodes[name]
            before = item.below.extent
            item.set_room(room)
            if item.below.extent != before or self.snapshot is not None:
                item.below.show_snapshot(self.snapshot)

    def bounds(self) -> QRectF | None:
        """What a fitted view shows: all nodes with at least a little of what hangs below them; None without nodes."""
        if not self.nodes:
            return None
        places = [item.place for item in self.nodes.values()]
        left, right = min(x for x, _ in places), max(x for x, _ in places) + WIDTH
        top = min(y for _, y in places)
        if self.wires:
            top = min(top, min(wire.boundingRect().top() for wire in self.wires.values()) + 12)
        hanging = TILE + 30 if self.view_kind == "maps" else 5 * ROW_HEIGHT
        bottom = max(y for _, y in places) + HEADER + hanging
        return QRectF(QPointF(left, top), QPointF(right, bottom)).adjusted(-AROUND, -AROUND, AROUND, 0)

    def node_at(self, at: QPointF) -> NodeItem | None:
        """The node whose header or column is at a point of the scene, the uppermost."""
        found = None
        for item in self.nodes.values():
            x, y = at.x() - item.place[0], at.y() - item.place[1]
            if 0 <= x <= WIDTH and 0 <= y <= item.height:
                found = item
        return found

    def wire_at(self, at: QPointF, within: float) -> WireItem | None:
        """The wire nearest to a point of the scene, if it is ``within`` that distance."""
        near = [(wire.distance(at), index, wire) for index, wire in enumerate(self.wires.values())]
        distance, _, wire = min(near, default=(float("inf"), 0, None))
        return wire if distance <= within else None

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Qt asks for the ground; far out, all wires and nodes are drawn here at once, as lines and blocks."""
        painter.fillRect(rect, colour(self.theme.surface))
        if painter.worldTransform().m11() >= BLOCK:
            return
        if self._blocks is None:
            self._gather_blocks()
        assert self._blocks is not None
        pen = QPen(colour(self.theme.muted, 120), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(self._lines)
        painter.setPen(Qt.PenStyle.NoPen)
        for name, blocks in self._blocks.items():
            painter.setBrush(colour(name))
            painter.drawRects(blocks)

    def _gather_blocks(self) -> None:
        self._blocks = defaultdict(list)
        for item in self.nodes.values():
            wrong = any(problem.severity is Severity.ERROR for problem in item.problems)
            name = self.theme.error if wrong else self.theme.family(item.layer.family)
            self._blocks[name].append(QRectF(*item.place, WIDTH, HEADER))
        self._lines = [QLineF(*wire.ends) for wire in self.wires.values()]

    def _lead_wires(self, problems: Mapping[str, Iterable[Problem]]) -> None:
        for edge, wire in self.wires.items():
            source, target = self.nodes[edge.source], self.nodes[edge.target]
            wire.set_ends(source.pos() + source.port("out"), target.pos() + target.port("in", edge.port))
            wire.set_wrong(
                any(
                    problem.severity is Severity.ERROR and problem.code not in NOT_ON_THE_WIRE
                    for problem in problems[edge.target]
                )
            )


def _rooms(places: Mapping[str, Point], bottom: float) -> dict[str, float]:
    """Height from below each header down to the next node below, or to ``bottom``."""
    columns: dict[int, list[Point]] = defaultdict(list)
    for x, y in places.values():
        columns[int(x // COLUMN)].append((x, y))
    rooms = {}
    for name, (x, y) in places.items():
        limit = bottom
        column = int(x // COLUMN)
        for other in (column - 1, column, column + 1):
            for x_other, y_other in columns.get(other, ()):
                if y < y_other < limit + CLEAR and abs(x_other - x) < WIDTH:
                    limit = y_other - CLEAR
        rooms[name] = min(TALLEST_ROOM, limit - y - HEADER)
    return rooms
