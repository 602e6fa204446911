"""A line in a panel about what has just happened, with a button that undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.restyling import restyle

if TYPE_CHECKING:
    from collections.abc import Callable


class Remark(QWidget):
    """Hidden without a text. ``roomTaken`` follows when the line appears or disappears."""

    roomTaken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = PlainLabel()
        self.label.setWordWrap(True)
        self.button = QPushButton()
        self.button.setStyleSheet("padding: 4px;")
        self.button.clicked.connect(self._press)
        self._do: Callable[[], object] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.hide()

    def say(self, text: str, choice: str = "", do: Callable[[], object] | None = None, *, bad: bool = False) -> None:
        """Show a sentence, as an error if ``bad``, and a button with the text ``choice`` that calls ``do``."""
        restyle(self.label, "role", "error" if bad else "muted")
        self.label.setText(text)
        self.label.setAccessibleName(text)
        self._do = do
        self.button.setText(choice)
        self.button.setAccessibleName(choice)
        self.button.setVisible(do is not None)
        self.show()
        self.roomTaken.emit()

    def withdraw(self) -> None:
        """Hide the line."""
        self._do = None
        if not self.isHidden():
            self.hide()
            self.roomTaken.emit()

    def _press(self) -> None:
        do = self._do
        self.withdraw()
        if do is not None:
            do()
