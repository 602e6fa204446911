"""The palette: all layer kinds, which can be dragged onto the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QVBoxLayout, QWidget

from cnnviz.gui.builder.kinds import KIND, KindList
from cnnviz.gui.widgets.own_undo import OwnUndo

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

HEADLINE_LINES = 2
"""The palette is narrow: the headline below the name of a kind takes so many lines."""


class Palette(QWidget):
    """All layer kinds by family, with a filter. A double click or Enter emits ``chosen(kind)``."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Layer palette"))
        self.field = QLineEdit(self)
        OwnUndo(self.field)
        self.field.setPlaceholderText(self.tr("Filter layers"))
        self.field.setAccessibleName(self.tr("Filter layers"))
        self.field.setClearButtonEnabled(True)
        self.list = KindList(theme, HEADLINE_LINES, self)
        self.list.setAccessibleName(self.tr("Layers"))
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QListWidget.DragDropMode.DragOnly)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.textChanged.connect(self.list.filter)
        self.field.installEventFilter(self)
        self.list.installEventFilter(self)
        self.list.itemDoubleClicked.connect(lambda _: self._choose())

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.list.set_theme(theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter chooses; Up and Down in the field move through the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
            if watched is self.field and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.list.step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
        return super().eventFilter(watched, event)

    def _choose(self) -> None:
        entry = self.list.currentItem()
        if entry is not None and entry.data(KIND):
            self.chosen.emit(entry.data(KIND))
