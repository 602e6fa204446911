"""Undo and redo in a text line: of the text if it has something to undo, else of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit, QWidget

UNDO, REDO = (QKeySequence("Ctrl+Z"),), (QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y"))


class OwnUndo(QObject):
    """An event filter. Qt's text lines consume the keys of undo and redo even if they have nothing to undo.

    The filter passes the keys to the line only if it can undo or redo, so that otherwise the window's action gets them.
    """

    def __init__(self, line: QLineEdit, focus: QWidget | None = None) -> None:
        """``focus`` is the widget that has the focus while the user types in ``line``, if it is not the line itself."""
        super().__init__(focus or line)
        self._line = line
        (focus or line).installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle Qt's offer of a key to the line, which comes before its offer to actions."""
        if not isinstance(event, QKeyEvent) or event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        keys = QKeySequence(event.keyCombination())
        undo, redo = keys in UNDO, keys in REDO
        if not undo and not redo:
            return False
        available = self._line.isUndoAvailable() if undo else self._line.isRedoAvailable()
        event.setAccepted(available)
        if event.type() == QEvent.Type.KeyPress and available:
            self._line.undo() if undo else self._line.redo()
        elif not available and undo and self._line.isRedoAvailable():
            # This undoes an edit of the project, which the next redo has to repeat. So the line may have nothing of
            # its own to redo: setting its text empties its history.
            self._line.setText(self._line.text())
        return True
