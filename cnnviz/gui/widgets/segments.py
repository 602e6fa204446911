"""A segmented control: a row of buttons, of which exactly one is chosen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QWidget


class Segments(QFrame):
    """``chosen(id)`` follows a click on a segment; :meth:`choose` marks a segment without a signal."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name`` is the accessible name of the control."""
        super().__init__(parent)
        self.setProperty("segments", True)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2, 2, 2, 2)
        self._row.setSpacing(0)

    def add(self, identifier: str, text: str, tip: str) -> None:
        """Add a segment at the right."""
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
        """Mark a segment as chosen, or none if there is none of this id."""
        # an exclusive group does not let its chosen button go
        self._group.setExclusive(False)
        for button in self.buttons():
            button.setChecked(button.objectName() == identifier)
        self._group.setExclusive(True)
