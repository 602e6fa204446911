"""The wires of a scene: created, routed from port to port, painted, and found under the pointer."""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.metrics import OVER_Z, UNDER_Z, WIDTH
from cnnviz.gui.builder.geometry.routes import Box, Rail, is_free, obstacles
from cnnviz.gui.builder.items.wire import NOWHERE, Wire, area
from cnnviz.gui.builder.items.wires import WiresItem
from cnnviz.gui.document.sentences import problem_sentence
from cnnviz.network.problem_kind import About
from cnnviz.network.problems import Problem, Severity
from cnnviz.project.layout import COLUMN, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Set

    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QGraphicsScene

    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.theme import Theme
    from cnnviz.network.graph import Edge


class Wiring:
    """``wires`` holds each wire under the first of the edges that it represents. ``rails`` holds, for each column, the
    wires that pass below it."""

    def __init__(self, scene: QGraphicsScene, theme: Theme) -> None:
        self.wires: dict[Edge, Wire] = {}
        self.rails: Mapping[int, Sequence[Rail]] = {}
        self._begun: list[Wire] = []
        # over the nodes are wires that are being drawn, or are about to receive a layer
        self._under = WiresItem(lambda: [wire for wire in self.wires.values() if not wire.receiving], theme, UNDER_Z)
        self._over = WiresItem(
            lambda: [*self._begun, *(wire for wire in self.wires.values() if wire.receiving)], theme, OVER_Z
        )
        self._ending_at: dict[str, list[Wire]] = {}
        """The wires by the nodes that their edges end at."""
        self._wrong: set[Wire] = set()
        self._rails_outdated = False
        self._places: frozenset[Point] = frozenset()
        for item in (self._under, self._over):
            scene.addItem(item)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._under.theme = self._over.theme = theme

    def begin(self) -> Wire:
        """Create the wire that the user draws."""
        wire = Wire(None, self._over.update)
        self._begun.append(wire)
        return wire

    def end(self, wire: Wire) -> None:
        """Remove a wire made by :meth:`begin`."""
        self._begun.remove(wire)
        wire.repaint()

    def show(self, drawn: Mapping[Edge, tuple[Edge, ...]]) -> None:
        """Create and remove wires to match ``drawn``: all edges of each wire, by its first edge."""
        gone = self.wires.keys() - drawn.keys()
        self._rails_outdated = self._rails_outdated or bool(gone)
        lost = [self.wires.pop(edge) for edge in gone]
        for old in lost:
            self._leave(old)
        self._repaint([old.box for old in lost])
        for edge, edges in drawn.items():
            wire = self.wires.get(edge)
            if wire is None:
                wire = self.wires[edge] = Wire(edge, self._under.update)
            elif wire.edges == edges:
                continue
            else:
                self._leave(wire)
            wire.edges = edges
            for represented in edges:
                self._ending_at.setdefault(represented.target, []).append(wire)

    def _leave(self, wire: Wire) -> None:
        """Forget where the edges of a wire end."""
        for edge in wire.edges:
            self._ending_at[edge.target].remove(wire)
        self._wrong.discard(wire)

    def route(
        self, moved: Set[str], changed: Set[str], item_of: Callable[[str], NodeItem], places: frozenset[Point]
    ) -> None:
        """Route new wires and the wires of the items that ``moved``, some of which have ``changed`` their ports, or are
        new; ``places`` are the places of all items."""
        to_repaint: list[Box] = []
        routed: set[Wire] = set()
        for (source_name, target_name, _), wire in self.wires.items():
            if not (source_name in moved or target_name in moved or wire.box is NOWHERE):
                continue
            source, target, before = item_of(source_name), item_of(target_name), wire.box
            if source_name in changed or target_name in changed or before is NOWHERE:
                assert wire.edge is not None
                wire.ports = (
                    source.port_height("out", source.output_of(wire.edge)),
                    target.port_height("in", target.input_of(wire.edge)),
                )
            (x, y), (to_x, to_y), (down, to_down) = source.place, target.place, wire.ports
            if wire.set_ends((x + WIDTH, y + down), (to_x, to_y + to_down), wire.free):
                routed.add(wire)
                to_repaint += (before, wire.box)
        to_repaint += self._reroute(routed, places)
        self._repaint(to_repaint)
        if not to_repaint and not self._rails_outdated:
            return
        self._rails_outdated = False
        rails: dict[int, list[Rail]] = defaultdict(list)
        for wire in self.wires.values():
            if (rail := wire.rail) is not None:
                for column in range(int(rail.left // COLUMN), int(rail.right // COLUMN) + 1):
                    rails[column].append(rail)
        self.rails = rails

    def _reroute(self, routed: Set[Wire], places: frozenset[Point]) -> list[Box]:
        """Straighten wires whose lane is free and lead those around whose lane is not; returns the areas to repaint.

        Only wires that were just ``routed``, or that pass where a node was or is now, can change their path.
        """
        changed = [x for x, _ in places ^ self._places]
        self._places = places
        if not changed and not routed:
            return []
        to_repaint: list[Box] = []
        left, right = min(changed, default=inf), max(changed, default=-inf) + WIDTH
        among = None
        for wire in self.wires.values():
            if wire.level:
                (start_x, _), (end_x, _) = wire.start, wire.end
                if wire not in routed and (start_x > right or left > end_x):
                    continue
                among = obstacles(places) if among is None else among
                free = is_free(wire.start, wire.end, among)
            else:
                free = False
            if free is not wire.free:
                before = wire.box
                wire.set_ends(wire.start, wire.end, free)
                to_repaint += (before, wire.box)
        return to_repaint

    def show_wrong(self, problems: Mapping[str, Iterable[Problem]]) -> None:
        """Mark the wires that bring a wrong input; problems are by node."""
        of_inputs = {
            node: wrong
            for node, of_node in problems.items()
            if (wrong := [problem for problem in of_node if _is_of_inputs(problem)])
        }
        wrong_wires = {wire for node in of_inputs for wire in self._ending_at.get(node, ())}
        for wire in self._wrong | wrong_wires:
            wrong = [problem for edge in wire.edges for problem in of_inputs.get(edge.target, ())]
            wire.set_wrong("\n".join([problem_sentence(problem) for problem in wrong]))
        self._wrong = wrong_wires

    def wire_at(self, point: QPointF, within: float) -> Wire | None:
        """The wire nearest to a point of the scene; None if it is farther away than ``within`` scene units."""
        by_distance = [(wire.distance(point), index, wire) for index, wire in enumerate(self.wires.values())]
        distance, _, wire = min(by_distance, default=(float("inf"), 0, None))
        return wire if distance <= within else None

    def _repaint(self, boxes: Sequence[Box]) -> None:
        """Repaint these areas."""
        if boxes := [box for box in boxes if box is not NOWHERE]:
            lefts, tops, rights, bottoms = zip(*boxes, strict=True)
            self._under.update(area(Box(min(lefts), min(tops), max(rights), max(bottoms))))


def _is_of_inputs(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR and problem.kind.about in (About.INPUTS, About.DATASET)
