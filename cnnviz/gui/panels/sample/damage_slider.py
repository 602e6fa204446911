"""A slider of a kind of damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from cnnviz.gui.widgets.own_undo import REDO, UNDO
from cnnviz.gui.widgets.slider import Slider

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
"""How far each arrow key moves the black square: rows and columns."""


class DamageSlider(Slider):
    """A slider that has an undo of its own.

    ``undoAsked`` and ``redoAsked`` follow their keys. ``moveAsked(rows, columns)`` follows Shift with an arrow key.
    """

    undoAsked = Signal()
    redoAsked = Signal()
    moveAsked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(30)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of undo and redo from the window, which would undo an edit of the project."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence(event.keyCombination())
            if keys in UNDO or keys in REDO:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the slider; with Shift they move the black square."""
        keys, arrow = QKeySequence(event.keyCombination()), _ARROWS.get(Qt.Key(event.key()))
        if keys in UNDO:
            self.undoAsked.emit()
        elif keys in REDO:
            self.redoAsked.emit()
        elif arrow is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.moveAsked.emit(*arrow)
        else:
            super().keyPressEvent(event)
