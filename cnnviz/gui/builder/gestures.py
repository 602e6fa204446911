"""Gestures of the pointer: each is an object that begins with a press and ends with finish or cancel.

One gesture at a time; :meth:`Gesture.move` returns the gesture that goes on, which may be another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication, QGraphicsRectItem

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH, colour
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
"""A node that is moved this near to the height of another, in scene units, takes it."""
ONTO = 26.0
"""A layer this near to a wire, in scene units, is put into it."""


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is, in the scene and in pixels of the view, and which keys are held."""

    scene: QPointF
    pixel: QPoint
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True)
class Desk:
    """What gestures and commands work with. ``say`` shows a sentence in the status bar."""

    editor: ProjectEditor
    selection: Selection
    scene: GraphScene
    view: View
    say: Callable[[str], None]


class Gesture:
    """Something that goes on between pressing and letting go."""

    def move(self, pointer: Pointer) -> Gesture:
        """The pointer has moved; returns the gesture that goes on."""
        return self

    def finish(self, pointer: Pointer) -> None:
        """The button was let go."""

    def cancel(self) -> None:
        """Esc, or the canvas lost the pointer: leave everything as it was before the gesture."""


class Press(Gesture):
    """A press that becomes a click where it is let go, or a drag where it is moved."""

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
    """The view follows the pointer."""

    def __init__(self, desk: Desk, start: Pointer) -> None:
        self._view, self._last = desk.view, start.pixel
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
    """A rectangle that selects what it touches; with Shift or Ctrl in addition to what was selected."""

    def __init__(self, desk: Desk, start: Pointer) -> None:
        self._desk, self._start = desk, start.scene
        self._before = (desk.selection.nodes, desk.selection.current)
        adds = start.keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        self._kept = desk.selection.nodes if adds else frozenset()
        theme = desk.scene.theme
        self._band = QGraphicsRectItem()
        self._band.setPen(colour(theme.accent))
        self._band.setBrush(colour(theme.accent, 30))
        self._band.setZValue(9)
        desk.scene.addItem(self._band)

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        area = QRectF(self._start, pointer.scene).normalized()
        self._band.setRect(area)
        touched = {
            name
            for item in self._desk.scene.units
            if QRectF(*item.place, WIDTH, item.height).intersects(area)
            for name in item.members
        }
        self._desk.selection.select(self._kept | touched)
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        self._desk.scene.removeItem(self._band)

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._desk.scene.removeItem(self._band)
        self._desk.selection.select(*self._before)


class MoveNodes(Gesture):
    """The selected nodes follow the pointer, as one undoable step; a loose one can be put into a wire."""

    def __init__(self, desk: Desk, start: Pointer, grabbed: str) -> None:
        self._desk, self._start, self._grabbed = desk, start.scene, grabbed
        self._key = desk.editor.new_key()
        places = desk.editor.project.layout.positions
        self._places = {name: places[name] for name in desk.selection.nodes if name in places}
        item = desk.scene.item_of(grabbed)
        self._top = places[grabbed][1] if item is None else item.place[1]
        self._rows = sorted({item.place[1] for item in desk.scene.units if item.members.isdisjoint(self._places)})
        network = desk.editor.project.network
        loose = len(self._places) == 1 and not network.inputs[grabbed] and not network.outputs[grabbed]
        self._loose = loose and network[grabbed].most_inputs != 0 and network[grabbed].kind != "Output"
        self._onto: Wire | None = None

    def move(self, pointer: Pointer) -> Gesture:
        """See :meth:`Gesture.move`."""
        dx, dy = (pointer.scene - self._start).toTuple()
        if not pointer.keys & Qt.KeyboardModifier.AltModifier:
            dy = self._snapped(dy)
        moved: dict[str, Point] = {name: (x + dx, y + dy) for name, (x, y) in self._places.items()}
        self._put(moved)
        if self._loose and self._grabbed in self._desk.scene.nodes:
            x, y = moved[self._grabbed]
            self._aim(self._desk.scene.wire_at(QPointF(x + WIDTH / 2, y + HEADER / 2), ONTO))
        return self

    def finish(self, pointer: Pointer) -> None:
        """See :meth:`Gesture.finish`."""
        onto = self._onto
        self._aim(None)
        if onto is None or onto.edge is None:
            return
        try:
            also = (edge for edge in onto.edges if edge != onto.edge)
            project = edits.move_onto(self._desk.editor.project, self._grabbed, onto.edge, also)
        except GraphError as error:
            self._desk.say(error_sentence(error))
            return
        label = QCoreApplication.translate("Canvas", "Insert {0}").format(self._grabbed)
        self._desk.editor.apply(label, project, self._key)

    def cancel(self) -> None:
        """See :meth:`Gesture.cancel`."""
        self._aim(None)
        self._put(self._places)

    def _put(self, places: Mapping[str, Point]) -> None:
        project = self._desk.editor.project
        there = {name: place for name, place in places.items() if name in project.network.nodes}
        self._desk.editor.apply(self._label(), edits.move(project, there), self._key)

    def _label(self) -> str:
        if len(self._places) == 1:
            return QCoreApplication.translate("Canvas", "Move {0}").format(self._grabbed)
        return counted("Move {count} layers", "Move 1 layer", len(self._places))

    def _snapped(self, dy: float) -> float:
        """Onto the height of another node, where one is near: wires become straight."""
        y = self._top
        near = [row - y for row in self._rows if abs(row - y - dy) <= SNAP]
        return min(near, key=lambda one: abs(one - dy), default=dy)

    def _aim(self, wire: Wire | None) -> None:
        if wire is not self._onto:
            if self._onto is not None:
                self._onto.set_receiving(False)
            self._onto = wire
            if wire is not None:
                wire.set_receiving(True)
