"""Quick add: type the name of a layer on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from cnnviz.gui.builder.kinds import KindList
from cnnviz.gui.widgets.own_undo import OwnUndo

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

WIDTH, HEIGHT = 560, 330


class QuickAdd(QFrame):
    """A box on the canvas with a field and the matching layer kinds. Enter emits ``chosen(kind)``, Esc closes."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setObjectName("quickAdd")
        self.setAccessibleName(self.tr("Add a layer"))
        self.field = QLineEdit(self)
        OwnUndo(self.field)
        self.field.setAccessibleName(self.tr("Name of the layer"))
        self.field.setPlaceholderText(self.tr("Add a layer: type its name"))
        self.list = KindList(theme, 1, self)
        self.list.setAccessibleName(self.tr("Matching layers"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.textChanged.connect(self.list.filter)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self._choose())
        self.set_theme(theme)
        self.hide()

    def open(self) -> None:
        """Show the box in the upper middle of the canvas, empty."""
        parent = self._canvas
        width, height = min(WIDTH, parent.width() - 16), min(HEIGHT, parent.height() - 16)
        self.setGeometry((parent.width() - width) // 2, max(8, (parent.height() - height) // 3), width, height)
        self.field.clear()
        self.list.filter("")
        self.list.step(1)
        self.show()
        self.raise_()
        self.field.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.list.set_theme(theme)
        self.setStyleSheet(
            f"#quickAdd {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: 8px; }}"
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field: Enter chooses, Up and Down move through the list, Esc closes."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._choose()
                case Qt.Key.Key_Down | Qt.Key.Key_Tab:
                    self.list.step(1)
                case Qt.Key.Key_Up | Qt.Key.Key_Backtab:
                    self.list.step(-1)
                case Qt.Key.Key_Escape:
                    self._close()
                case _:
                    return False
            return True
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            self._leave(event.reason())
        return False

    def _leave(self, reason: Qt.FocusReason) -> None:
        """The field lost the focus; the box stays open if only the window lost it."""
        if reason != Qt.FocusReason.ActiveWindowFocusReason:
            self._close()

    def _choose(self) -> None:
        kind = self.list.chosen()
        if kind is not None:
            self._close()
            self.chosen.emit(kind)

    def _close(self) -> None:
        if self.isVisible():
            self.hide()
            self.closed.emit()
