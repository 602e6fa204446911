"""Parts of the top bar: joined buttons, and what they say and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from cnnviz.gui.widgets.plain import PlainLabel, RichLabel


def with_keys(tip: str, action: QAction) -> str:
    """A tooltip followed by the action's shortcut in brackets."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{tip} ({keys})" if keys else tip


def width(part: QWidget) -> int:
    """The width of a part of the row; for a gap, which has no preferred size, its least width."""
    return max(part.sizeHint().width(), part.minimumWidth())


def gap() -> QWidget:
    """A gap of 10 pixels."""
    frame = QFrame()
    frame.setFixedWidth(10)
    return frame


def joined(button: QPushButton, arrow: QToolButton) -> QWidget:
    """A widget with a button and its arrow side by side."""
    button.setStyleSheet("border-top-right-radius: 0; border-bottom-right-radius: 0; border-right: 0;")
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(button)
    row.addWidget(arrow, 0)
    arrow.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
    return pair


def set_text(label: PlainLabel | RichLabel, text: str) -> None:
    """Set the text of a label, unless it has it already."""
    if label.text() != text:
        label.setText(text)
