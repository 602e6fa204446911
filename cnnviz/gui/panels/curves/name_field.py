"""The field in which a recorded moment is named, above its place on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.gui.localized import grouped
from cnnviz.runs.marks import LONGEST_NAME

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent

WIDTH = 200


class NameField(QLineEdit):
    """``named(step, name)`` follows Enter; Escape and the loss of the focus keep the old name. An empty name takes the
    name away."""

    named = Signal(int, str)

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._step = panel, 0
        self.setMaxLength(LONGEST_NAME)
        self.hide()
        self.returnPressed.connect(self._accept)

    def open(self, step: int, name: str, at: QPoint) -> None:
        """Ask for the name of a moment; the field stands above ``at``, a place on the panel."""
        self._step = step
        words = self.tr("Name of step {step}").format(step=grouped(step))
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setToolTip(self.tr("Enter keeps the name, Esc the old one"))
        self.setText(name)
        self.selectAll()
        height, room = self.sizeHint().height(), self._panel.width()
        width = min(WIDTH, room)
        left = min(max(0, at.x() - width // 2), room - width)
        self.setGeometry(left, max(0, at.y() - height), width, height)
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Escape closes the field."""
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: close, unless the window or a menu of the field took the focus."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.hide()

    def _accept(self) -> None:
        step, name = self._step, self.text()
        self._close()
        self.named.emit(step, name)

    def _close(self) -> None:
        self.hide()
        self._panel.setFocus()
