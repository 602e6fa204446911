"""The list of a layer's inputs in order, which the user can move up and down and disconnect."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.fonts import small_font
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.theme import Theme

MOST_ROWS = 8
"""At most this many inputs are visible without scrolling."""


class InputList(QWidget):
    """Rows ``1 · conv2 · 8×28×28``. ``moved(port, to)`` and ``removed(port)`` request edits; the list changes nothing
    itself."""

    moved = Signal(int, int)
    removed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = ""
        self._inputs: tuple[tuple[str, str], ...] = ()
        self.rows = QListWidget()
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.rows.currentRowChanged.connect(self._enable)
        self.rows.installEventFilter(self)
        self.up = self._button(self.tr("Move the input up (Alt+Up)"), lambda: self.move_current(-1))
        self.down = self._button(self.tr("Move the input down (Alt+Down)"), lambda: self.move_current(1))
        self.cut = self._button(self.tr("Disconnect the input (Del)"), self._remove)
        self._title = PlainLabel(self.tr("inputs"))
        self._title.setBuddy(self.rows)
        self._help = MutedLabel()
        self._help.setFont(small_font(self._help.font()))
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addStretch(1)
        for button in (self.up, self.down, self.cut):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self.rows)
        column.addWidget(self._help)
        for before, after in pairwise((self.rows, self.up, self.down, self.cut)):
            QWidget.setTabOrder(before, after)
        self.setFocusProxy(self.rows)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for button, name in ((self.up, "chevron-up"), (self.down, "chevron-down"), (self.cut, "close")):
            button.setIcon(icon(name, theme.text))
        self.rows.setStyleSheet(
            f"QListWidget {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 5px; }}"
            f"QListWidget:focus {{ border-color: {theme.accent}; }}"
            "QListWidget::item { padding: 3px 4px; }"
        )

    def show_inputs(self, node: str, inputs: Sequence[tuple[str, str]], help_text: str) -> None:
        """Show the inputs of ``node``: for each the name of its source and its shape."""
        self.rows.setAccessibleName(self.tr("Inputs of {0}, in order").format(node))
        self._help.setText(help_text)
        if (node, tuple(inputs)) == (self._node, self._inputs):
            return
        row = max(0, min(self.rows.currentRow(), len(inputs) - 1)) if node == self._node else 0
        self._node, self._inputs = node, tuple(inputs)
        with QSignalBlocker(self.rows):
            self.rows.clear()
            for number, (source, shape) in enumerate(inputs, 1):
                item = QListWidgetItem(f"{number} · {source} · {shape}", self.rows)
                item.setToolTip(literal(item.text()))
            self.rows.setCurrentRow(row)
        height = self.rows.sizeHintForRow(0) if inputs else 0
        self.rows.setFixedHeight(height * min(MOST_ROWS, len(inputs)) + 2 * self.rows.frameWidth() + 4)
        self._enable()

    def move_current(self, by: int) -> None:
        """Request to move the current input up (-1) or down (1); it stays current."""
        port = self.rows.currentRow()
        if 0 <= port < len(self._inputs) and 0 <= port + by < len(self._inputs):
            self.moved.emit(port, port + by)
            self.rows.setCurrentRow(port + by)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle keys of the list: Alt+Up and Alt+Down move the input, Del disconnects it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            match event.key():
                case Qt.Key.Key_Up if alt:
                    self.move_current(-1)
                case Qt.Key.Key_Down if alt:
                    self.move_current(1)
                case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                    self._remove()
                case _:
                    return False
            return True
        return False

    def _remove(self) -> None:
        if 0 <= self.rows.currentRow() < len(self._inputs):
            self.removed.emit(self.rows.currentRow())

    def _enable(self) -> None:
        row = self.rows.currentRow()
        # Qt would move the focus from a button that is disabled to the next widget
        for button, possible in ((self.up, row > 0), (self.down, 0 <= row < len(self._inputs) - 1)):
            if not possible and button.hasFocus():
                self.rows.setFocus()
            button.setEnabled(possible)
        self.cut.setEnabled(row >= 0)

    def _button(self, name: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setStyleSheet("padding: 3px;")
        button.clicked.connect(act)
        return button
