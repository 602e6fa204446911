"""A line in a panel that says what has just happened, with a button that takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable


class Remark(QWidget):
    """Hidden while there is nothing to be said; ``roomTaken`` follows when it comes or goes."""

    roomTaken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = PlainLabel()
        self.label.setWordWrap(True)
        self.button = QPushButton()
        self.button.setStyleSheet("padding: 4px;")
        self.button.setAccessibleName(self.tr("Take it back"))
        self.button.clicked.connect(self._press)
        self._do: Callable[[], object] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.hide()

    def say(self, text: str, choice: str = "", do: Callable[[], object] | None = None, *, bad: bool = False) -> None:
        """Show a sentence and, where there is something to do about it, a button; ``bad`` is the colour of errors."""
        self.label.setProperty("role", "error" if bad else "muted")
        self.label.style().polish(self.label)
        self.label.setText(text)
        self.label.setAccessibleName(text)
        self._do = do
        self.button.setText(choice)
        self.button.setAccessibleName(choice)
        self.button.setVisible(do is not None)
        self.show()
        self.roomTaken.emit()

    def withdraw(self) -> None:
        """Nothing is to be said any more."""
        self._do = None
        if not self.isHidden():
            self.hide()
            self.roomTaken.emit()

    def _press(self) -> None:
        do = self._do
        self.withdraw()
        if do is not None:
            do()
