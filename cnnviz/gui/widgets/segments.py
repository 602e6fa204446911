"""One control of several segments, of which one is chosen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QWidget


class Segments(QFrame):
    """``chosen(id)`` follows a click on a segment; :meth:`choose` marks one and says nothing."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name`` says of all of them together what is chosen."""
        super().__init__(parent)
        self.setProperty("segments", True)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2, 2, 2, 2)
        self._row.setSpacing(0)

    def add(self, identifier: str, text: str, tip: str) -> None:
        """One more segment at the right."""
        button = QPushButton(text)
        button.setObjectName(identifier)
        button.setCheckable(True)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.clicked.connect(lambda: self.chosen.emit(identifier))
        self._group.addButton(button)
        self._row.addWidget(button)

    def buttons(self) -> list[QPushButton]:
        """The segments from left to right."""
        return [button for button in self._group.buttons() if isinstance(button, QPushButton)]

    def choose(self, identifier: str) -> None:
        """Mark one."""
        for button in self.buttons():
            button.setChecked(button.objectName() == identifier)
