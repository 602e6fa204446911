"""A field over the header of a node or block in which it gets another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.gui.widgets.own_undo import OwnUndo

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QKeyEvent

LEAST_WIDTH = 110


class RenameField(QLineEdit):
    """Enter calls ``rename(new name)``, and closes where that returns True or else marks the name; Esc closes."""

    def __init__(self, canvas: QWidget, rename: Callable[[str], bool]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._rename = rename
        self.setAccessibleName(self.tr("New name"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        OwnUndo(self)
        self.returnPressed.connect(self._finish)
        self.textEdited.connect(lambda: self._mark(False))
        self.hide()

    def open(self, name: str) -> None:
        """Ask for a new name."""
        self.setText(name)
        self._mark(False)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus()

    def stand_over(self, header: QRect) -> None:
        """Cover a header, which may be narrower."""
        width = max(LEAST_WIDTH, header.width())
        self.setGeometry(header.center().x() - width // 2, header.top(), width, self.sizeHint().height())

    def close_field(self) -> None:
        """Go, and give the keyboard back to the canvas where the field had it."""
        focused = self.hasFocus()
        self.hide()
        if focused:
            self._canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes. No key goes on to the canvas, where it would mean something else."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_field()
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving closes without renaming."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.hide()

    def _finish(self) -> None:
        if self._rename(self.text().strip()):
            self.close_field()
        elif not self.isHidden():
            self._mark(True)

    def _mark(self, wrong: bool) -> None:
        if bool(self.property("invalid")) != wrong:
            self.setProperty("invalid", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
