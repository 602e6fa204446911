"""Undo and redo in a line of text: of the text while there is something to take back in it, else of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit, QWidget

UNDO, REDO = (QKeySequence("Ctrl+Z"),), (QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y"))


class OwnUndo(QObject):
    """Qt's lines keep the keys of undo and redo for themselves, also where they have nothing to undo or redo.

    This one gives the keys to the line only where it has, so that the action of the window gets them elsewhere.
    """

    def __init__(self, line: QLineEdit, focus: QWidget | None = None) -> None:
        """``focus`` is the widget that has the keyboard while the user types in ``line``, where it is another one."""
        super().__init__(focus or line)
        self._line = line
        (focus or line).installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: a key is offered to the line before it is offered to the actions."""
        if not isinstance(event, QKeyEvent) or event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        keys = QKeySequence(event.keyCombination())
        undo, redo = keys in UNDO, keys in REDO
        if not undo and not redo:
            return False
        able = self._line.isUndoAvailable() if undo else self._line.isRedoAvailable()
        event.setAccepted(able)
        if event.type() == QEvent.Type.KeyPress and able:
            self._line.undo() if undo else self._line.redo()
        elif not able and undo and self._line.isRedoAvailable():
            # what was taken back here is older than what the project takes back: redo begins with the project
            self._line.setText(self._line.text())
        return True
