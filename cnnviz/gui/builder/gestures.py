"""Gestures of the pointer. Each is an object that begins with a press and ends with finish or cancel.

There is one gesture at a time; :meth:`Gesture.move` may return another gesture that continues it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication, QGraphicsRectItem

from cnnviz.gui.builder.geometry.metrics import BAND_Z, HEADER, WIDTH, colour
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.language import counted
from cnnviz.network.graph import GraphError
from cnnviz.project import edits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.gui.builder.view import View
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.project.layout import Point

SNAP = 7.0
"""A moved node snaps to the height of another node within this distance, in scene units."""
ONTO = 26.0
"""A layer that is dropped within this distance of a wire, in scene units, is inserted into it."""


@dataclass(frozen=True)
class Pointer:
    """The position of the pointer, in the scene and in pixels of the view, and the pressed modifier keys."""

    scene: QPointF
    pixel: QPoint
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True)
class CanvasContext:
    """What gestures and commands use. ``show_message`` shows a sentence in the status bar; an empty one clears it."""

    editor: ProjectEditor
    selection: Selection
    scene: GraphScene
    view: View
    show_message: Callable[[str], None]


class Gesture:
    """The base of all gestures: what happens between press and release."""

    def move(self, pointer: Pointer) -> Gesture:
        """The pointer has moved; returns the gesture that goes on."""
        return self

    def finish(self, pointer: Pointer) -> None:
        """The button was let go."""

    def cancel(self) -> None:
        """Esc was pressed, or the canvas lost the pointer: undo what the gesture has done."""


class Press(Gesture):
    """A press, which becomes a click when it is released, or a drag when it is moved."""

    def __init__(self, start: Pointer, click: Callable[[], None], drag: Callable[[], Gesture]) -> None:
        self._start, self._click, self._drag = start, click, drag

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        if (pointer.pixel - self._start.pixel).manhattanLength() < QApplication.startDragDistance():
            return self
        return self._drag().move(pointer)

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        self._click()


class Pan(Gesture):
    """Pans the view with the pointer."""

    def __init__(self, context: CanvasContext, start: Pointer) -> None:
        self._view, self._last = context.view, start.pixel
        self._view.following = False
        self._view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        delta, self._last = pointer.pixel - self._last, pointer.pixel
        self._view.pan_by(-delta.x(), -delta.y())
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        self._view.viewport().unsetCursor()

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._view.viewport().unsetCursor()


class RubberBand(Gesture):
    """A rectangle that selects the nodes that it touches; with Shift or Ctrl in addition to the selection."""

    def __init__(self, context: CanvasContext, start: Pointer) -> None:
        self._context, self._start = context, start.scene
        self._before = (context.selection.nodes, context.selection.current)
        adds = start.keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        self._kept = context.selection.nodes if adds else frozenset()
        theme = context.scene.theme
        self._band = QGraphicsRectItem()
        self._band.setPen(colour(theme.accent))
        self._band.setBrush(colour(theme.accent, 30))
        self._band.setZValue(BAND_Z)
        context.scene.addItem(self._band)

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        area = QRectF(self._start, pointer.scene).normalized()
        self._band.setRect(area)
        touched = {
            name
            for item in self._context.scene.units
            if QRectF(*item.place, WIDTH, item.height).intersects(area)
            for name in item.members
        }
        self._context.selection.select(self._kept | touched)
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        self._context.scene.removeItem(self._band)

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._context.scene.removeItem(self._band)
        self._context.selection.select(*self._before)


class MoveNodes(Gesture):
    """Moves the selected nodes with the pointer, as one undoable step; an unconnected one can be dropped on a wire."""

    def __init__(self, context: CanvasContext, start: Pointer, grabbed: str) -> None:
        self._context, self._start, self._grabbed = context, start.scene, grabbed
        self._key = context.editor.new_key()
        places = context.editor.project.layout.positions
        self._places = {name: places[name] for name in context.selection.nodes if name in places}
        item = context.scene.item_of(grabbed)
        self._top = places[grabbed][1] if item is None else item.place[1]
        self._heights = sorted({item.place[1] for item in context.scene.units if item.members.isdisjoint(self._places)})
        network = context.editor.project.network
        alone = len(self._places) == 1 and not network.inputs[grabbed] and not network.outputs[grabbed]
        self._can_be_inserted = alone and network[grabbed].most_inputs != 0 and network[grabbed].kind != "Output"
        self._onto: Wire | None = None

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        dx, dy = (pointer.scene - self._start).toTuple()
        if not pointer.keys & Qt.KeyboardModifier.AltModifier:
            dy = self._snapped(dy)
        moved: dict[str, Point] = {name: (x + dx, y + dy) for name, (x, y) in self._places.items()}
        self._put(moved)
        if self._can_be_inserted and self._grabbed in self._context.scene.nodes:
            x, y = moved[self._grabbed]
            self._set_receiver(self._context.scene.wire_at(QPointF(x + WIDTH / 2, y + HEADER / 2), ONTO))
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        onto = self._onto
        self._set_receiver(None)
        if onto is None or onto.edge is None:
            return
        try:
            others = (edge for edge in onto.edges if edge != onto.edge)
            project = edits.move_onto(self._context.editor.project, self._grabbed, onto.edge, others)
        except GraphError as error:
            self._context.show_message(error_sentence(error))
            return
        label = QCoreApplication.translate("Canvas", "Insert {0}").format(self._grabbed)
        self._context.editor.apply(label, project, self._key)

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._set_receiver(None)
        self._put(self._places)

    def _put(self, places: Mapping[str, Point]) -> None:
        project = self._context.editor.project
        existing = {name: place for name, place in places.items() if name in project.network.nodes}
        self._context.editor.apply(self._label(), edits.move(project, existing), self._key)

    def _label(self) -> str:
        if len(self._places) == 1:
            return QCoreApplication.translate("Canvas", "Move {0}").format(self._grabbed)
        return counted("Move {count} layers", "Move 1 layer", len(self._places))

    def _snapped(self, dy: float) -> float:
        """``dy``, or the distance to the height of a nearby node, so that wires become straight."""
        y = self._top
        distances = [height - y for height in self._heights if abs(height - y - dy) <= SNAP]
        return min(distances, key=lambda distance: abs(distance - dy), default=dy)

    def _set_receiver(self, wire: Wire | None) -> None:
        """Mark the wire into which the node would be dropped now; None unmarks it."""
        if wire is not self._onto:
            if self._onto is not None:
                self._onto.set_receiving(False)
            self._onto = wire
            if wire is not None:
                wire.set_receiving(True)
