"""Keys without Ctrl or Alt that mean something wherever no text is being typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

KEYS: Mapping[str, str] = {" ": "play", ".": "batch"}
"""Actions by what the key types."""


class PlainKeys(QObject):
    """Takes the keys that no part of a window took for itself, as fields, buttons and lists do.

    Space trains and ``.`` does one batch; Esc calls ``leave``, which says whether there was something to leave.
    """

    def __init__(self, window: QWidget, actions: Mapping[str, QAction], leave: Callable[[], bool]) -> None:
        super().__init__(window)
        self._actions, self._leave = actions, leave
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: a key has come up to the window."""
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
        # a key that is held down is meant once where the same key takes back what it does
        if not (event.isAutoRepeat() and action == "play"):
            self._actions[action].trigger()
        return True
