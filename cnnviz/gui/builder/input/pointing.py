"""Mouse input on the canvas: beginning gestures, selecting, and highlighting what is under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal

from cnnviz.gui.builder.geometry.metrics import HEADER
from cnnviz.gui.builder.gestures import CanvasContext, Gesture, MoveNodes, Pan, Pointer, Press, RubberBand
from cnnviz.gui.builder.input.connecting import DragWire, KeyboardWire, port_at
from cnnviz.gui.builder.items.block import BlockFrame, BlockItem
from cnnviz.gui.builder.items.wire import NEAR, Wire
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from cnnviz.gui.builder.items.header import Side
    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.network.graph import Edge

ADDS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
GRIP = 24.0
"""A drag that begins this near to a wire's end, in scene units, detaches that end."""


class Pointing(QObject):
    """Turns presses, moves and releases into gestures; at most one gesture is in progress.

    ``valueClicked(Place)`` follows a click on a map of the current node, ``clicked(node, channel)`` one on any other
    map, ``pointed(Place or None)`` another value under the pointer, ``folding(block)`` a click that folds or unfolds a
    block, and ``ended`` the end of every gesture.
    """

    clicked = Signal(str, int)
    valueClicked = Signal(object)
    pointed = Signal(object)
    folding = Signal(str)
    ended = Signal()

    def __init__(self, context: CanvasContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.gesture: Gesture | None = None
        self.wire: Edge | None = None
        """The selected wire; None if no wire is selected."""
        self._last_pixel = QPoint()
        """The last position of the pointer, in pixels of the view."""
        self._hovered: NodeItem | Wire | BlockFrame | None = None
        self._has_looked = False
        """Whether the user has looked deeper into a value."""
        self._place: Place | None = None
        """The place of the value under the pointer; None if there is none."""
        self._pressed: NodeItem | Wire | BlockFrame | None = None
        """The item on which the button was pressed; None on the empty canvas."""
        # after a zoom the value under the pointer is unknown until the pointer moves
        context.view.moved.connect(lambda: self._point(None))

    def press(self, event: QMouseEvent) -> None:
        """Handle the press of a mouse button."""
        if self.gesture is not None:
            return
        pointer = self._pointer(event)
        self._last_pixel = pointer.pixel
        if event.button() is Qt.MouseButton.MiddleButton:
            self.gesture = Pan(self._context, pointer)
        elif event.button() is Qt.MouseButton.LeftButton:
            self.gesture = self._begin(pointer)

    def double_click(self, event: QMouseEvent) -> None:
        """Handle a double click: on a folded block or on the title of an unfolded one it unfolds or folds the block."""
        pointer = self._pointer(event)
        item = self._context.scene.node_at(pointer.scene)
        frame = self._context.scene.frame_at(pointer.scene)
        if event.button() is not Qt.MouseButton.LeftButton or self.gesture is not None:
            self.press(event)
        elif isinstance(item, BlockItem):
            self.folding.emit(item.key)
        elif item is None and frame is not None:
            self.folding.emit(frame.block)
        else:
            self.press(event)

    def move(self, event: QMouseEvent) -> None:
        """Handle a move of the pointer."""
        pointer = self._pointer(event)
        self._last_pixel = pointer.pixel
        if self.gesture is not None:
            self.gesture = self.gesture.move(pointer)
        else:
            self._hover(pointer)

    def release(self, event: QMouseEvent) -> None:
        """Handle the release of a mouse button."""
        pointer = self._pointer(event)
        if self.gesture is not None and pointer.pixel != self._last_pixel:
            # a busy window may get no move event for the last part of a quick drag, or for all of it
            self._last_pixel = pointer.pixel
            self.gesture = self.gesture.move(pointer)
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            gesture.finish(pointer)
            self.ended.emit()

    def cancel(self) -> bool:
        """Cancel the gesture; returns whether a gesture was in progress."""
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        self.ended.emit()
        return True

    def connect_by_keys(self, node: str) -> KeyboardWire | None:
        """Begin a wire from a node, led by the keyboard; None if it could end nowhere."""
        wire = KeyboardWire(self._context, node)
        if not wire.possible:
            wire.cancel()
            self._context.show_message(self.tr("Nothing can follow {0} that does not already.").format(node))
            return None
        self.gesture = wire
        return wire

    def connect_now(self) -> None:
        """Connect the wire led by the keyboard to the node it points at."""
        gesture, self.gesture = self.gesture, None
        if isinstance(gesture, KeyboardWire):
            gesture.connect()
            self.ended.emit()

    def select_wire(self, edge: Edge | None) -> None:
        """Select a wire; None deselects."""
        wires = self._context.scene.wires
        if self.wire is not None and self.wire in wires:
            wires[self.wire].set_selected(False)
        self.wire = edge if edge in wires else None
        if self.wire is not None:
            wires[self.wire].set_selected(True)

    def follow_project(self) -> None:
        """The project has changed: forget items that are gone, and cancel a wire that is being drawn."""
        pressed_gone = self._pressed is not None and not self._is_there(self._pressed)
        if isinstance(self.gesture, DragWire | KeyboardWire) or (isinstance(self.gesture, Press) and pressed_gone):
            self.cancel()
        if self.wire not in self._context.scene.wires:
            self.wire = None
        if self._hovered is not None and not self._is_there(self._hovered):
            self._hovered = None

    def leave(self) -> None:
        """The pointer left the canvas."""
        self._highlight(None)
        self._point(None)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        pixel = event.position().toPoint()
        return Pointer(self._context.view.mapToScene(pixel), pixel, event.modifiers())

    def _begin(self, pointer: Pointer) -> Gesture:
        port = port_at(self._context, pointer.scene)
        node = self._context.scene.node_at(pointer.scene)
        if port is not None:
            item, side, index = port
            self._pressed = item
            return self._begin_at_port(pointer, item, side, index)
        if node is not None:
            self._pressed = node
            return self._begin_at_node(pointer, node)
        wire = self._context.scene.wire_at(pointer.scene, NEAR / 2)
        if wire is not None and wire.edge is not None:
            self._pressed = wire
            return self._begin_at_wire(pointer, wire, wire.edge)
        self._pressed = frame = self._context.scene.frame_at(pointer.scene)
        if frame is not None:
            return self._begin_at_frame(pointer, frame)
        return Press(pointer, lambda: self._click_ground(pointer), lambda: RubberBand(self._context, pointer))

    def _begin_at_port(self, pointer: Pointer, item: NodeItem, side: Side, index: int) -> Gesture:
        def drag() -> Gesture:
            wire = self._wire_into(item, index) if side == "in" else None
            return DragWire(self._context, item, side, index) if wire is None else self._drag_end(wire)

        return Press(pointer, lambda: self._click_port(item, pointer), drag)

    def _begin_at_node(self, pointer: Pointer, item: NodeItem) -> Gesture:
        def drag() -> Gesture:
            if not item.members <= self._context.selection.nodes:
                self._context.selection.select(item.members, item.node)
            self.select_wire(None)
            return MoveNodes(self._context, pointer, item.node)

        return Press(pointer, lambda: self._click_node(item, pointer), drag)

    def _begin_at_frame(self, pointer: Pointer, frame: BlockFrame) -> Gesture:
        """A press on the title of an unfolded block: its minus sign folds it, the rest selects or drags all its
        nodes."""
        nodes = self._context.editor.project.layout.inside[frame.block]

        def click() -> None:
            self.select_wire(None)
            if frame.sign_area().contains(pointer.scene):
                self.folding.emit(frame.block)
            elif pointer.keys & ADDS:
                self._context.selection.select(self._context.selection.nodes ^ nodes)
            else:
                self._context.selection.select(nodes)

        def drag() -> Gesture:
            if not nodes <= self._context.selection.nodes:
                self._context.selection.select(nodes)
            self.select_wire(None)
            # the height of any of them can snap to that of other nodes
            return MoveNodes(self._context, pointer, min(nodes))

        return Press(pointer, click, drag)

    def _begin_at_wire(self, pointer: Pointer, wire: Wire, edge: Edge) -> Gesture:
        start, end = wire.ends
        to_start = (pointer.scene - start).manhattanLength()
        to_end = (pointer.scene - end).manhattanLength()

        def drag() -> Gesture:
            if min(to_start, to_end) > GRIP:
                return RubberBand(self._context, pointer)
            target = self._context.scene.item_of(edge.target)
            if to_start < to_end and target is not None:
                return DragWire(self._context, target, "in", target.input_of(edge), wire)
            return self._drag_end(wire)

        return Press(pointer, lambda: self._click_wire(edge), drag)

    def _wire_into(self, item: NodeItem, index: int) -> Wire | None:
        """The wire that ends at an input port; None if there is none."""
        targets = item.targets(index)
        wires = self._context.scene.wires.values()
        return next((wire for wire in wires if any((edge.target, edge.port) in targets for edge in wire.edges)), None)

    def _drag_end(self, wire: Wire) -> Gesture:
        """Begin to drag the target end of a wire; its source stays."""
        assert wire.edge is not None
        source = self._context.scene.item_of(wire.edge.source)
        assert source is not None
        return DragWire(self._context, source, "out", source.output_of(wire.edge), wire)

    def _click_port(self, item: NodeItem, pointer: Pointer) -> None:
        """Between two adjacent nodes the ports cover the wire, so a click on a port selects the wire."""
        wire = self._context.scene.wire_at(pointer.scene, NEAR / 2)
        if self._context.scene.node_at(pointer.scene) is None and wire is not None and wire.edge is not None:
            self._click_wire(wire.edge)
        else:
            self._click_node(item, pointer)

    def _click_wire(self, edge: Edge) -> None:
        self._context.selection.select([])
        self.select_wire(edge)

    def _click_ground(self, pointer: Pointer) -> None:
        self.select_wire(None)
        if not pointer.keys & ADDS:
            self._context.selection.select([])

    def _click_node(self, item: NodeItem, pointer: Pointer) -> None:
        self.select_wire(None)
        selection = self._context.selection
        if pointer.keys & ADDS:
            whole = item.members <= selection.nodes
            nodes = selection.nodes - item.members if whole else selection.nodes | item.members
            selection.select(nodes, None if whole else item.node)
            return
        was_current = (selection.nodes, selection.current) == (item.members, item.node)
        selection.select(item.members, item.node)
        # selecting may apply what was typed for the layer before, or unfold a block: the item may be gone
        if self._is_there(item) and _is_below_header(item, pointer):
            place = self._place_at(item, pointer)
            if place is not None and was_current:
                self._has_looked = True
                self.valueClicked.emit(place)
            elif place is not None:
                self.clicked.emit(place.node, place.channel)
                self._invite(place)

    def _invite(self, place: Place) -> None:
        """Say how to look deeper, until the user has done so."""
        if not self._has_looked:
            template = self.tr("{node} is selected. Click the value again to see how it is computed.")
            self._context.show_message(template.format(node=place.node))

    def _place_at(self, item: NodeItem, pointer: Pointer) -> Place | None:
        """The place of the value under the pointer, in the column of an item; None if there is none."""
        value = item.below.value_at(item.below.mapFromScene(pointer.scene), self._context.view.zoom)
        return None if value is None else Place(item.node, *value)

    def _point(self, place: Place | None) -> None:
        if place != self._place:
            self._place = place
            self.pointed.emit(place)

    def _hover(self, pointer: Pointer) -> None:
        port = port_at(self._context, pointer.scene)
        node: NodeItem | None
        if port is not None:
            node, _, _ = port
        else:
            node = self._context.scene.node_at(pointer.scene)
        on_column = node is not None and _is_below_header(node, pointer)
        hovered = (
            node or self._context.scene.wire_at(pointer.scene, NEAR / 2) or self._context.scene.frame_at(pointer.scene)
        )
        self._highlight(hovered)
        self._point(self._place_at(node, pointer) if node is not None and on_column else None)
        shape = Qt.CursorShape.ArrowCursor
        if port is not None:
            shape = Qt.CursorShape.CrossCursor
        elif on_column or self._hovered is not None:
            shape = Qt.CursorShape.PointingHandCursor
        self._context.view.viewport().setCursor(shape)

    def _is_there(self, part: NodeItem | Wire | BlockFrame) -> bool:
        """Whether an item or wire still belongs to the scene."""
        scene = self._context.scene
        if isinstance(part, Wire):
            return part.edge is not None and scene.wires.get(part.edge) is part
        if isinstance(part, BlockFrame):
            return part.scene() is scene
        return scene.item_of(part.node) is part

    def _highlight(self, item: NodeItem | Wire | BlockFrame | None) -> None:
        if item is not self._hovered:
            if self._hovered is not None:
                self._hovered.set_hovered(False)
            self._hovered = item
            if item is not None:
                item.set_hovered(True)


def _is_below_header(item: NodeItem, pointer: Pointer) -> bool:
    """Whether the pointer, which is on an item, is on the column below its header."""
    _, y = item.place
    return pointer.scene.y() > y + HEADER
