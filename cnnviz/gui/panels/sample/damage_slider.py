"""A slider of a kind of damage."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from cnnviz.gui.widgets.own_undo import REDO, UNDO

_ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
"""Rows and columns."""


class DamageSlider(QSlider):
    """A slider whose wheel works only where the user is at work, and whose keys of undo are not the project's."""

    undoAsked = Signal()
    redoAsked = Signal()
    moveAsked = Signal(int, int)
    """Rows and columns, after Shift and an arrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(30)

    def event(self, event: QEvent) -> bool:
        """Qt: undo is offered here before the window has it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence(event.keyCombination())
            if keys in UNDO or keys in REDO:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows slide, with Shift they move the square."""
        keys, arrow = QKeySequence(event.keyCombination()), _ARROWS.get(Qt.Key(event.key()))
        if keys in UNDO:
            self.undoAsked.emit()
        elif keys in REDO:
            self.redoAsked.emit()
        elif arrow is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.moveAsked.emit(*arrow)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: elsewhere the wheel scrolls what the slider stands in."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
