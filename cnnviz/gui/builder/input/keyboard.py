"""The keys of the canvas; a network can be built with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut

from cnnviz.gui.builder.input.connecting import KeyboardWire
from cnnviz.gui.widgets.steps import ARROWS
from cnnviz.project.layout import COLUMN

if TYPE_CHECKING:
    from cnnviz.gui.builder.commands import Commands
    from cnnviz.gui.builder.folding import Folding
    from cnnviz.gui.builder.gestures import CanvasContext
    from cnnviz.gui.builder.input.pointing import Pointing
    from cnnviz.gui.builder.items.node import NodeItem

Key = Qt.Key
REMOVES = (Key.Key_Delete, Key.Key_Backspace)


class Keyboard(QObject):
    """``/`` adds a layer, ``c`` connects, ``p`` pins maps, F2 renames, Delete removes; with Shift or Ctrl it bypasses.

    Arrows and Tab move to another node; with Shift the arrows select the nodes they reach, with Alt they move what is
    selected, with Ctrl the view. Enter unfolds a folded block, folds a selected unfolded one, and opens the settings
    of a layer.
    """

    add = Signal()
    rename = Signal()
    settings = Signal()
    pin = Signal()

    def __init__(self, context: CanvasContext, commands: Commands, folding: Folding, pointing: Pointing) -> None:
        super().__init__(pointing)
        self._context, self._commands, self._folding, self._pointing = context, commands, folding, pointing
        # shortcuts work with Caps Lock and on keyboards of other alphabets, where the key has another text
        for letter, action in ((Key.Key_C, self.connect_current), (Key.Key_P, self.pin.emit)):
            shortcut = QShortcut(QKeySequence(letter), context.view)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(action)

    @property
    def takes_all(self) -> bool:
        """Whether a gesture is in progress, which receives all keys."""
        return self._pointing.gesture is not None

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key press; returns whether it did anything."""
        key, keys = Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Key.Key_Escape:
            return self._escape()
        if isinstance(self._pointing.gesture, KeyboardWire):
            if not self._pointing.gesture.key(event):
                # it was Enter
                self._pointing.connect_now()
            return True
        if self._pointing.gesture is not None:
            return True
        if key in ARROWS:
            rows, columns = ARROWS[key]
            return self._arrow(rows, columns, keys, held=event.isAutoRepeat())
        if key in REMOVES:
            return self._remove(keys)
        if key in (Key.Key_Tab, Key.Key_Backtab):
            back = key == Key.Key_Backtab or bool(keys & Qt.KeyboardModifier.ShiftModifier)
            return self._tab(-1 if back else 1)
        if key in (Key.Key_Return, Key.Key_Enter) and not keys:
            return self._folding.open_or_close() or self._settings()
        # on some keyboards "/" needs Shift
        if keys & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        if key == Key.Key_F2:
            self.rename.emit()
        elif event.text() == "/":
            self.add.emit()
        else:
            return False
        return True

    def _escape(self) -> bool:
        if self._pointing.cancel():
            return True
        if self._pointing.wire is None and not self._context.selection.nodes:
            return False
        self._pointing.select_wire(None)
        self._context.selection.select([])
        return True

    def _remove(self, keys: Qt.KeyboardModifier) -> bool:
        if keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            self._commands.bypass()
        else:
            self._commands.delete(self._pointing.wire)
        return True

    def connect_current(self) -> None:
        """Begin a wire from the current node, led by the keyboard."""
        current = self._context.selection.current
        if current is None:
            self._context.show_message(self.tr("Select a layer first: arrows walk from one to the next."))
        else:
            self._pointing.connect_by_keys(current)

    def _tab(self, step: int) -> bool:
        """Move along the order of the network; past its ends Tab leaves the canvas, as in any other widget."""
        project, scene = self._context.editor.project, self._context.scene
        rank = {name: index for index, name in enumerate(project.network.order)}
        order = [item.node for item in sorted(scene.units, key=lambda item: rank[item.node])]
        current = self._context.selection.current
        index = order.index(current) + step if current in order else (0 if step > 0 else len(order) - 1)
        if not 0 <= index < len(order):
            return False
        self._go(order[index])
        return True

    def _arrow(self, rows: int, columns: int, keys: Qt.KeyboardModifier, *, held: bool) -> bool:
        if keys & Qt.KeyboardModifier.AltModifier:
            self._commands.nudge(columns, rows, held=held)
            return True
        if keys & Qt.KeyboardModifier.ControlModifier:
            self._context.view.pan(columns, rows)
            return True
        network, current = self._context.editor.project.network, self._context.selection.current
        item = None if current is None else self._context.scene.item_of(current)
        if item is None:
            return self._tab(1)
        following = network.outputs if columns > 0 else network.inputs
        connected = [node for name in sorted(item.members) for node in following[name] if node not in item.members]
        target = connected[0] if connected and columns else self._nearest(item, columns, rows)
        if target is not None:
            self._go(target, keep=bool(keys & Qt.KeyboardModifier.ShiftModifier))
        return True

    def _nearest(self, current: NodeItem, columns: int, rows: int) -> str | None:
        """The nearest node or block in a direction; a distance across that direction counts more."""
        x, y = current.place
        candidates: list[tuple[float, str]] = []
        for item in self._context.scene.units:
            name, (x_other, y_other) = item.node, item.place
            dx, dy = x_other - x, y_other - y
            ahead, aside = (dx * columns, abs(dy)) if columns else (dy * rows, abs(dx))
            if ahead > COLUMN / 4 and aside <= 2 * ahead + COLUMN:
                candidates.append((ahead + 2 * aside, name))
        _, nearest = min(candidates, default=(0.0, None))
        return nearest

    def _settings(self) -> bool:
        if len(self._context.selection.nodes) != 1:
            return False
        self.settings.emit()
        return True

    def _go(self, node: str, *, keep: bool = False) -> None:
        """Make a node the current one.

        ``keep`` extends the selection to it; walking back into the selection deselects the node that is left.
        """
        selection, item = self._context.selection, self._context.scene.item_of(node)
        assert item is not None
        chosen = item.members
        if keep:
            item_left = None if selection.current is None else self._context.scene.item_of(selection.current)
            back = item_left is not None and chosen <= selection.nodes
            chosen = selection.nodes - item_left.members if item_left is not None and back else selection.nodes | chosen
        self._pointing.select_wire(None)
        selection.select(chosen, item.node)
        self._context.view.ensureVisible(item.sceneBoundingRect(), 10, 10)
