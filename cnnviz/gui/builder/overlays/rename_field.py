"""The field in which a node or block is renamed, over its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.restyling import restyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QKeyEvent

LEAST_WIDTH = 110


class RenameField(QLineEdit):
    """Enter calls ``rename(new name)`` and closes the field if it returns True, else marks the name; Esc closes."""

    def __init__(self, canvas: QWidget, rename: Callable[[str], bool]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._rename = rename
        self.setAccessibleName(self.tr("New name"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        OwnUndo(self)
        self.returnPressed.connect(self._finish)
        self.textEdited.connect(lambda: restyle(self, "invalid", False))
        self.hide()

    def open(self, name: str) -> None:
        """Show the field with the old name selected."""
        self.setText(name)
        restyle(self, "invalid", False)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus()

    def stand_over(self, header: QRect) -> None:
        """Place the field over a header; the field may be wider."""
        width = max(LEAST_WIDTH, header.width())
        self.setGeometry(header.center().x() - width // 2, header.top(), width, self.sizeHint().height())

    def close_field(self) -> None:
        """Hide the field, and return the focus to the canvas if the field had it."""
        focused = self.hasFocus()
        self.hide()
        if focused:
            self._canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes. No key is passed on to the canvas, where it would have another meaning."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_field()
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close without renaming when the focus is lost."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.hide()

    def _finish(self) -> None:
        if self._rename(self.text().strip()):
            self.close_field()
        else:
            restyle(self, "invalid", True)
