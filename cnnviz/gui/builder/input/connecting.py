"""Drawing wires: from a port with the pointer, or from the current node with the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QPointF, Qt

from cnnviz.gui.builder.geometry.metrics import HEADER, REACH, WIDTH
from cnnviz.gui.builder.gestures import CanvasContext, Gesture, Pointer
from cnnviz.gui.builder.items.block import BlockItem
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.network.graph import Edge, GraphError, Network
from cnnviz.project import edits

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from cnnviz.gui.builder.items.header import Side
    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.project.project import Project


def compatible(network: Network, node: str, side: Side) -> frozenset[str]:
    """The nodes at which a wire from ``node`` can end.

    ``side`` is the side of ``node`` where the wire begins: with "in" the result holds possible sources.
    """
    if side == "out":
        refused = network.ancestors(node) | {node}
        return frozenset(name for name in network.nodes if network[name].most_inputs != 0 and name not in refused)
    refused = network.descendants(node) | {node}
    return frozenset(name for name in network.nodes if network[name].kind != "Output" and name not in refused)


def port_at(context: CanvasContext, point: QPointF) -> tuple[NodeItem, Side, int] | None:
    """The item, side and index of the port nearest to a point of the scene; None if no port is near enough."""
    reach = REACH / context.view.zoom
    nearest: tuple[NodeItem, Side, int] | None = None
    least = reach
    for item in context.scene.units:
        local = point - item.pos()
        if not (-reach <= local.x() <= WIDTH + reach and -reach <= local.y() <= HEADER + reach):
            continue
        sides: list[tuple[Side, int]] = [("in", item.inputs), ("out", item.outputs)]
        for side, count in sides:
            for index in range(count):
                distance = (item.port(side, index) - local).manhattanLength()
                if distance <= reach and (nearest is None or distance < least):
                    nearest, least = (item, side, index), distance
    return nearest


class DragWire(Gesture):
    """A wire that follows the pointer from a fixed end until it is dropped on a port or a node.

    ``instead`` is an existing wire whose other end is dragged away; dropping it on nothing deletes that wire.
    """

    def __init__(
        self, context: CanvasContext, item: NodeItem, side: Side, index: int, instead: Wire | None = None
    ) -> None:
        self._context, self._item, self._side, self._index = context, item, side, index
        self._instead = () if instead is None else instead.edges
        self._wires = [] if instead is None else [instead]
        self._without = edits.disconnect(context.editor.project, self._instead)
        """The project without the wire that is dragged away."""
        self._wire = context.scene.begin_wire()
        for wire in self._wires:
            wire.set_hidden(True)
        self._end_side: Side = "in" if side == "out" else "out"
        for unit in context.scene.units:
            if unit is not item and self._can_end_at(unit):
                unit.set_glow(self._end_side)
        self._follow(self._fixed())

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        target = self._target(pointer)
        if target is None:
            self._follow(pointer.scene)
        else:
            item, port = target
            self._follow(item.pos() + item.port(self._end_side, port))
            self._connected(item, port)
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        self._tidy()
        target = self._target(pointer)
        translate = QCoreApplication.translate
        if target is not None:
            project = self._connected(*target)
            if project is not None:
                self._context.editor.apply(translate("Canvas", "Connect"), project)
        elif self._instead:
            self._context.editor.apply(translate("Canvas", "Disconnect"), self._without)

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._tidy()

    def _can_end_at(self, item: NodeItem) -> bool:
        network = self._without.network
        if self._side == "out":
            fits = compatible(network, self._item.source(self._index), "out")
            return any(node in fits for index in range(item.inputs) for node, _ in item.targets(index))
        fitting = (compatible(network, node, "in") for node, _ in self._item.targets(self._index))
        allowed = frozenset.intersection(*fitting)
        return any(item.source(index) in allowed for index in range(item.outputs))

    def _fixed(self) -> QPointF:
        return self._item.pos() + self._item.port(self._side, self._index)

    def _follow(self, point: QPointF) -> None:
        self._wire.follow(*((self._fixed(), point) if self._side == "out" else (point, self._fixed())))

    def _target(self, pointer: Pointer) -> tuple[NodeItem, int] | None:
        """The item and port under the pointer; anywhere on a node counts as its nearest port."""
        if (nearest := port_at(self._context, pointer.scene)) is not None:
            item, side, port = nearest
            if side == self._end_side and item is not self._item:
                return item, port
        node = self._context.scene.node_at(pointer.scene)
        if node is None or node is self._item or not (node.inputs if self._end_side == "in" else node.outputs):
            return None
        return node, node.nearest(self._end_side, pointer.scene.y() - node.place[1])

    def _connected(self, item: NodeItem, port: int) -> Project | None:
        """The project with the wire; None if the wire is refused, and then the reason is shown."""
        try:
            if self._side == "out":
                return self._fed(self._item.source(self._index), item.targets(port))
            source = item.source(port)
            if self._instead:
                return edits.redirect(self._context.editor.project, self._instead, source)
            project = self._without
            for node, index in self._item.targets(self._index):
                project = edits.connect(project, source, node, index)
            return project
        except GraphError as error:
            # a wire that is put back where it was needs no message
            put_back = self._instead and error.code == "already_connected"
            if not put_back:
                self._context.show_message(error_sentence(error))
            return None

    def _fed(self, source: str, targets: tuple[tuple[str, int], ...]) -> Project:
        """The project with a wire from ``source`` to each target. If the end of a wire is dragged to another port of
        the same node, the inputs are reordered."""
        network = self._context.editor.project.network
        if len(self._instead) == len(targets) == 1 and self._instead[0].target == targets[0][0]:
            node, port = targets[0]
            to = min(port, len(network.inputs[node]) - 1)
            return edits.reorder(self._context.editor.project, node, self._instead[0].port, to)
        project = self._without
        for node, port in targets:
            project = edits.connect(project, source, node, port)
        return project

    def _tidy(self) -> None:
        self._context.scene.end_wire(self._wire)
        for wire in self._wires:
            wire.set_hidden(False)
        for item in self._context.scene.units:
            item.set_glow(None)


class WireEnd(NamedTuple):
    """Where a wire to an item ends: the input port of the item, and the node."""

    port: int
    node: str


class KeyboardWire(Gesture):
    """A wire from the current node to a node chosen by arrow keys or by typing its name; Enter connects."""

    def __init__(self, context: CanvasContext, node: str) -> None:
        self._context, self._node = context, node
        network = context.editor.project.network
        fits = compatible(network, node, "out") - frozenset(network.outputs[node])
        rank = {name: index for index, name in enumerate(network.order)}
        ends = {item: end for item in context.scene.units if (end := _free_end(item, fits)) is not None}
        self._ends = ends
        """For each item that fits, where the wire would end."""
        self._targets = sorted(ends, key=lambda item: rank[ends[item].node])
        lacking = [index for index, item in enumerate(self._targets) if _lacks_inputs(network, ends[item].node)]
        self._chosen = lacking[0] if lacking else 0
        self._typed = ""
        self._wire = context.scene.begin_wire()
        for item in self._targets:
            item.set_glow("in")
        self._show()

    @property
    def possible(self) -> bool:
        """Whether there is any node to connect to."""
        return bool(self._targets)

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key press; returns False for the key that asks to connect."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Tab: 1}.get(Qt.Key(event.key()), 0)
        step -= {Qt.Key.Key_Left: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Backtab: 1}.get(Qt.Key(event.key()), 0)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if step:
            self._chosen, self._typed = (self._chosen + step) % len(self._targets), ""
        elif event.key() == Qt.Key.Key_Backspace:
            self._typed = self._typed[:-1]
        elif event.text().isprintable() and event.text().strip():
            self._typed += event.text().lower()
            matching = [
                index for index, item in enumerate(self._targets) if item.title().lower().startswith(self._typed)
            ]
            self._chosen = matching[0] if matching else self._chosen
        self._show()
        return True

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`: a click gives the wire up, as Esc does."""
        self.cancel()

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._tidy()
        self._context.show_message("")

    def connect(self) -> None:
        """Connect to the chosen node and end the gesture."""
        self._tidy()
        target = self._ends[self._targets[self._chosen]].node
        try:
            project = edits.connect(self._context.editor.project, self._node, target)
        except GraphError as error:
            self._context.show_message(error_sentence(error))
            return
        self._context.editor.apply(QCoreApplication.translate("Canvas", "Connect"), project)
        self._context.show_message(QCoreApplication.translate("Canvas", "{0} feeds {1}.").format(self._node, target))

    def _show(self) -> None:
        source = self._context.scene.item_of(self._node)
        if not self._targets or source is None:
            return
        target = self._targets[self._chosen]
        start = source.port("out", source.output_of(Edge(self._node, "")))
        self._wire.follow(source.pos() + start, target.pos() + target.port("in", self._ends[target].port))
        self._context.view.ensureVisible(target.sceneBoundingRect(), 8, 8)
        for item in self._context.scene.units:
            item.set_hovered(item is target)
        self._context.show_message(
            QCoreApplication.translate(
                "Canvas", "Connect {0} to {1}: arrows or letters choose, Enter connects, Esc leaves."
            ).format(self._node, target.title())
        )

    def _tidy(self) -> None:
        self._context.scene.end_wire(self._wire)
        for item in self._context.scene.units:
            item.set_glow(None)
            item.set_hovered(False)


def _lacks_inputs(network: Network, node: str) -> bool:
    """Whether a node still lacks inputs; a layer that joins paths needs two."""
    return len(network.inputs[node]) < (2 if network[node].most_inputs is None else 1)


def _free_end(item: NodeItem, fits: frozenset[str]) -> WireEnd | None:
    """Where a wire to an item would end: at its first free port that fits, or at the last port of a node that has no
    free one. None if the item does not fit."""
    if not isinstance(item, BlockItem):
        return WireEnd(min(item.used_inputs, max(0, item.inputs - 1)), item.node) if item.node in fits else None
    ends = [
        WireEnd(index, node)
        for index in range(item.used_inputs, item.inputs)
        for node, _ in item.targets(index)
        if node in fits
    ]
    return ends[0] if ends else None
