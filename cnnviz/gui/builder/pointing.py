"""What the pointer does on the canvas: it begins gestures, selects, and lets things light up below it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent

from cnnviz.gui.builder.connecting import DragWire, KeyboardWire, port_at
from cnnviz.gui.builder.gestures import Desk, Gesture, MoveNodes, Pan, Pointer, Press, RubberBand
from cnnviz.gui.builder.metrics import HEADER
from cnnviz.gui.builder.node_item import NodeItem, Side
from cnnviz.gui.builder.wire_item import NEAR, WireItem
from cnnviz.network.graph import Edge

ADDS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
GRIP = 24.0
"""A wire pressed this near to its end, in scene units, is taken off there when dragged."""


class Pointing(QObject):
    """Turns presses, moves and releases into gestures; one goes on at a time.

    ``clicked(node, channel)`` follows a click on a map; ``ended`` the end of every gesture.
    """

    clicked = Signal(str, int)
    ended = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.gesture: Gesture | None = None
        self.wire: Edge | None = None
        """The selected wire."""
        self._hovered: NodeItem | WireItem | None = None

    def press(self, event: QMouseEvent) -> None:
        """A button was pressed."""
        if self.gesture is not None:
            return
        pointer = self._pointer(event)
        if event.button() is Qt.MouseButton.MiddleButton:
            self.gesture = Pan(self._desk, pointer)
        elif event.button() is Qt.MouseButton.LeftButton:
            self.gesture = self._begin(pointer)

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        pointer = self._pointer(event)
        if self.gesture is not None:
            self.gesture = self.gesture.move(pointer)
        else:
            self._hover(pointer)

    def release(self, event: QMouseEvent) -> None:
        """A button was let go."""
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            gesture.finish(self._pointer(event))
            self.ended.emit()

    def cancel(self) -> bool:
        """Give up the gesture; returns whether there was one."""
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        self.ended.emit()
        return True

    def connect_by_keys(self, node: str) -> KeyboardWire | None:
        """Begin a wire from a node that the keyboard leads; None where it could end nowhere."""
        wire = KeyboardWire(self._desk, node)
        if not wire.possible:
            wire.cancel()
            self._desk.say(self.tr("Nothing can follow {0} that does not already.").format(node))
            return None
        self.gesture = wire
        return wire

    def connect_now(self) -> None:
        """End the wire that the keyboard leads where it points."""
        gesture, self.gesture = self.gesture, None
        if isinstance(gesture, KeyboardWire):
            gesture.connect()
            self.ended.emit()

    def select_wire(self, edge: Edge | None) -> None:
        """Make a wire the selected one, or none."""
        wires = self._desk.scene.wires
        if self.wire in wires:
            wires[self.wire].set_selected(False)
        self.wire = edge if edge in wires else None
        if self.wire is not None:
            wires[self.wire].set_selected(True)

    def follow_project(self) -> None:
        """The project has changed: hold on to no item that is gone, and to no wire that was begun before."""
        if isinstance(self.gesture, DragWire | KeyboardWire):
            self.cancel()
        if self.wire not in self._desk.scene.wires:
            self.wire = None
        if self._hovered is not None and self._hovered.scene() is None:
            self._hovered = None

    def leave(self) -> None:
        """The pointer left the canvas."""
        self._light(None)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        pixel = event.position().toPoint()
        return Pointer(self._desk.view.mapToScene(pixel), pixel, event.modifiers())

    def _begin(self, pointer: Pointer) -> Gesture:
        port = port_at(self._desk, pointer.scene)
        node = self._desk.scene.node_at(pointer.scene)
        if port is not None:
            return self._begin_at_port(pointer, *port)
        if node is not None:
            return self._begin_at_node(pointer, node)
        wire = self._desk.scene.wire_at(pointer.scene, NEAR / 2)
        if wire is not None and wire.edge is not None:
            return self._begin_at_wire(pointer, wire, wire.edge)
        return Press(pointer, lambda: self._click_ground(pointer), lambda: RubberBand(self._desk, pointer))

    def _begin_at_port(self, pointer: Pointer, item: NodeItem, side: Side, index: int) -> Gesture:
        def drag() -> Gesture:
            edge = self._edge_into(item.node, index) if side == "in" else None
            if edge is not None:
                return DragWire(self._desk, edge.source, "out", 0, edge)
            return DragWire(self._desk, item.node, side, index)

        return Press(pointer, lambda: self._click_port(item, pointer), drag)

    def _begin_at_node(self, pointer: Pointer, item: NodeItem) -> Gesture:
        def drag() -> Gesture:
            if item.node not in self._desk.selection.nodes:
                self._desk.selection.select([item.node], item.node)
            self.select_wire(None)
            return MoveNodes(self._desk, pointer, item.node)

        return Press(pointer, lambda: self._click_node(item.node, pointer), drag)

    def _begin_at_wire(self, pointer: Pointer, wire: WireItem, edge: Edge) -> Gesture:
        start, end = wire.ends
        to_start = (pointer.scene - start).manhattanLength()
        to_end = (pointer.scene - end).manhattanLength()

        def drag() -> Gesture:
            if min(to_start, to_end) > GRIP:
                return RubberBand(self._desk, pointer)
            if to_start < to_end:
                return DragWire(self._desk, edge.target, "in", edge.port, edge)
            return DragWire(self._desk, edge.source, "out", 0, edge)

        return Press(pointer, lambda: self._click_wire(edge), drag)

    def _edge_into(self, node: str, port: int) -> Edge | None:
        into = (edge for edge in self._desk.scene.wires if (edge.target, edge.port) == (node, port))
        return next(into, None)

    def _click_port(self, item: NodeItem, pointer: Pointer) -> None:
        """Between two nodes that stand side by side their ports cover the wire: a click there means the wire."""
        wire = self._desk.scene.wire_at(pointer.scene, NEAR / 2)
        if self._desk.scene.node_at(pointer.scene) is None and wire is not None and wire.edge is not None:
            self._click_wire(wire.edge)
        else:
            self._click_node(item.node, pointer)

    def _click_wire(self, edge: Edge) -> None:
        self._desk.selection.select([])
        self.select_wire(edge)

    def _click_ground(self, pointer: Pointer) -> None:
        self.select_wire(None)
        if not pointer.keys & ADDS:
            self._desk.selection.select([])

    def _click_node(self, name: str, pointer: Pointer) -> None:
        self.select_wire(None)
        selection, item = self._desk.selection, self._desk.scene.nodes.get(name)
        if pointer.keys & ADDS:
            nodes = selection.nodes ^ {name}
            selection.select(nodes, name if name in nodes else None)
            return
        selection.select([name], name)
        if item is not None and pointer.scene.y() > item.place[1] + HEADER:
            zoom = self._desk.view.zoom
            channel = item.below.channel_at(item.below.mapFromScene(pointer.scene), zoom)
            if channel is not None:
                self.clicked.emit(name, channel)

    def _hover(self, pointer: Pointer) -> None:
        port = port_at(self._desk, pointer.scene)
        node = port[0] if port is not None else self._desk.scene.node_at(pointer.scene)
        on_column = node is not None and pointer.scene.y() > node.place[1] + HEADER
        self._light(node or self._desk.scene.wire_at(pointer.scene, NEAR / 2))
        shape = Qt.CursorShape.ArrowCursor
        if port is not None:
            shape = Qt.CursorShape.CrossCursor
        elif on_column or self._hovered is not None:
            shape = Qt.CursorShape.PointingHandCursor
        self._desk.view.viewport().setCursor(shape)

    def _light(self, item: NodeItem | WireItem | None) -> None:
        if item is not self._hovered:
            if self._hovered is not None:
                self._hovered.set_hovered(False)
            self._hovered = item
            if item is not None:
                item.set_hovered(True)
