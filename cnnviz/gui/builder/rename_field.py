"""A field over the header of a node or block in which it gets another name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

LEAST_WIDTH = 110


class RenameField(QLineEdit):
    """Enter calls ``rename(key, new name)`` and closes when that returns True; Esc or leaving closes."""

    def __init__(self, parent: QWidget, rename: Callable[[str, str], bool]) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._rename = rename
        self._key = ""
        self.setAccessibleName(self.tr("New name"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.returnPressed.connect(self._finish)
        self.hide()

    def open(self, key: str, name: str, over: QRect) -> None:
        """Ask for the new name of a node or block, by its key, whose header stands at ``over``."""
        self._key = key
        self.setText(name)
        width = max(LEAST_WIDTH, over.width())
        self.setGeometry(over.center().x() - width // 2, over.top(), width, self.sizeHint().height())
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes. No key goes on to the canvas, where it would mean something else."""
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving closes without renaming."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.hide()

    def _finish(self) -> None:
        if self._rename(self._key, self.text().strip()):
            self._close()

    def _close(self) -> None:
        self.hide()
        self._canvas.setFocus()
