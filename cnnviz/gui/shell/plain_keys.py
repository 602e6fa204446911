"""Shortcuts without Ctrl or Alt, which work wherever no text is being typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

KEYS: Mapping[str, str] = {" ": "play", ".": "batch"}
"""Action ids by the character of the key."""


class PlainKeys(QObject):
    """Handles the keys that no widget of the window has handled; fields, buttons and lists handle theirs.

    Space trains and ``.`` trains a single batch. Esc calls ``leave``, which returns whether there was something to
    leave.
    """

    def __init__(self, window: QWidget, actions: Mapping[str, QAction], leave: Callable[[], bool]) -> None:
        super().__init__(window)
        self._actions, self._leave = actions, leave
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle a key press that no widget has accepted."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        keys = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if keys:
            return False
        if event.key() == Qt.Key.Key_Escape:
            return self._leave()
        action = KEYS.get(event.text())
        if action is None:
            return False
        # auto-repeat is ignored for an action that the same key would undo
        if not (event.isAutoRepeat() and action == "play"):
            self._actions[action].trigger()
        return True
