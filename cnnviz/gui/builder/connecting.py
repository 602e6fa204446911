"""Drawing wires: from a port with the pointer, or from the current node with the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from cnnviz.gui.builder.gestures import Desk, Gesture, Pointer, refusal
from cnnviz.gui.builder.metrics import REACH
from cnnviz.gui.builder.node_item import NodeItem, Side
from cnnviz.gui.builder.wire_item import WireItem
from cnnviz.network.graph import Edge, GraphError, Network
from cnnviz.project import edits
from cnnviz.project.project import Project


def compatible(network: Network, node: str, side: Side) -> frozenset[str]:
    """The nodes at which a wire from ``node`` can end; ``side`` is that of ``node``."""
    if side == "out":
        refused = network.ancestors(node) | {node}
        return frozenset(name for name in network.nodes if network[name].most_inputs != 0 and name not in refused)
    refused = network.descendants(node) | {node}
    return frozenset(name for name in network.nodes if network[name].kind != "Output" and name not in refused)


def port_at(desk: Desk, at: QPointF) -> tuple[NodeItem, Side, int] | None:
    """The port within reach of a point of the scene, the nearest."""
    reach = REACH / desk.view.zoom
    best: tuple[float, NodeItem, Side, int] | None = None
    for item in desk.scene.nodes.values():
        local = at - item.pos()
        if not (
            -reach <= local.x() <= item.port("out").x() + reach and -reach <= local.y() <= item.port("out").y() * 2
        ):
            continue
        sides: list[tuple[Side, int]] = [("in", item.inputs), ("out", item.outputs)]
        for side, count in sides:
            for index in range(count):
                away = (item.port(side, index) - local).manhattanLength()
                if away <= reach and (best is None or away < best[0]):
                    best = (away, item, side, index)
    return None if best is None else best[1:]


class DragWire(Gesture):
    """A wire that follows the pointer from a fixed end until it is dropped on a port or a node.

    ``instead`` is the wire whose end was taken off; dropped on nothing, it is gone.
    """

    def __init__(self, desk: Desk, node: str, side: Side, index: int, instead: Edge | None = None) -> None:
        self._desk, self._node, self._side, self._index, self._instead = desk, node, side, index, instead
        self._base = desk.editor.project
        if instead is not None:
            self._base = edits.disconnect(self._base, [instead])
            desk.scene.wires[instead].hide()
        self._wire = WireItem(None, desk.scene.theme)
        desk.scene.addItem(self._wire)
        other: Side = "in" if side == "out" else "out"
        for name in compatible(self._base.network, node, side):
            desk.scene.nodes[name].set_glow(other)
        self._follow(self._fixed())

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        target = self._target(pointer)
        if target is None:
            self._follow(pointer.scene)
        else:
            item, port = target
            self._follow(item.pos() + item.port("in" if self._side == "out" else "out", port))
            self._connected(item.node, port)
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        self._tidy()
        target = self._target(pointer)
        translate = QCoreApplication.translate
        if target is not None:
            project = self._connected(target[0].node, target[1])
            if project is not None:
                self._desk.editor.apply(translate("Canvas", "Connect"), project)
        elif self._instead is not None:
            self._desk.editor.apply(translate("Canvas", "Disconnect"), self._base)

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._tidy()

    def _fixed(self) -> QPointF:
        item = self._desk.scene.nodes[self._node]
        return item.pos() + item.port(self._side, self._index)

    def _follow(self, at: QPointF) -> None:
        self._wire.set_ends(*((self._fixed(), at) if self._side == "out" else (at, self._fixed())))

    def _target(self, pointer: Pointer) -> tuple[NodeItem, int] | None:
        """The node and port under the pointer; anywhere on a node means the nearest of its ports."""
        wanted = "in" if self._side == "out" else "out"
        at = port_at(self._desk, pointer.scene)
        if at is not None and at[1] == wanted and at[0].node != self._node:
            return at[0], at[2]
        item = self._desk.scene.node_at(pointer.scene)
        if item is None or item.node == self._node:
            return None
        return item, item.input_at(pointer.scene.y() - item.place[1]) if wanted == "in" else 0

    def _connected(self, other: str, port: int) -> Project | None:
        """The project with the wire; None where it is refused, with the reason said."""
        try:
            if self._side == "out":
                return edits.connect(self._base, self._node, other, port)
            return edits.connect(self._base, other, self._node, self._index)
        except GraphError as error:
            same = self._instead is not None and error.code == "already_connected"
            if not same:
                self._desk.say(refusal(error))
            return None

    def _tidy(self) -> None:
        self._desk.scene.removeItem(self._wire)
        if self._instead is not None and self._instead in self._desk.scene.wires:
            self._desk.scene.wires[self._instead].show()
        for item in self._desk.scene.nodes.values():
            item.set_glow(None)


class KeyboardWire(Gesture):
    """A wire from the current node to one that is chosen by arrow keys or by typing its name; Enter connects."""

    def __init__(self, desk: Desk, node: str) -> None:
        self._desk, self._node = desk, node
        network = desk.editor.project.network
        targets = compatible(network, node, "out") - frozenset(network.outputs[node])
        self._targets = [name for name in network.order if name in targets]
        behind = [index for index, name in enumerate(self._targets) if not network.inputs[name]]
        self._chosen = behind[0] if behind else 0
        self._typed = ""
        self._wire = WireItem(None, desk.scene.theme)
        desk.scene.addItem(self._wire)
        for name in targets:
            desk.scene.nodes[name].set_glow("in")
        self._show()

    @property
    def possible(self) -> bool:
        """Whether there is any node to connect to."""
        return bool(self._targets)

    def key(self, event: QKeyEvent) -> bool:
        """Take a key; returns False for the one that asks to connect."""
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
            matching = [i for i, name in enumerate(self._targets) if name.lower().startswith(self._typed)]
            self._chosen = matching[0] if matching else self._chosen
        self._show()
        return True

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._tidy()
        self._desk.say("")

    def connect(self) -> None:
        """End with a wire to the chosen node."""
        self._tidy()
        target = self._targets[self._chosen]
        try:
            project = edits.connect(self._desk.editor.project, self._node, target)
        except GraphError as error:
            self._desk.say(refusal(error))
            return
        self._desk.editor.apply(QCoreApplication.translate("Canvas", "Connect"), project)
        self._desk.say(QCoreApplication.translate("Canvas", "{0} feeds {1}.").format(self._node, target))

    def _show(self) -> None:
        if not self._targets:
            return
        name = self._targets[self._chosen]
        source, target = self._desk.scene.nodes[self._node], self._desk.scene.nodes[name]
        free = min(target.used_inputs, max(0, target.inputs - 1))
        self._wire.set_ends(source.pos() + source.port("out"), target.pos() + target.port("in", free))
        self._desk.view.ensureVisible(target.sceneBoundingRect(), 8, 8)
        for one, item in self._desk.scene.nodes.items():
            item.set_hovered(one == name)
        self._desk.say(
            QCoreApplication.translate(
                "Canvas", "Connect {0} to {1}: arrows or letters choose, Enter connects, Esc leaves."
            ).format(self._node, name)
        )

    def _tidy(self) -> None:
        self._desk.scene.removeItem(self._wire)
        for item in self._desk.scene.nodes.values():
            item.set_glow(None)
            item.set_hovered(False)
