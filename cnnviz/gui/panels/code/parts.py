"""Small parts that the Code tab is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plain import PlainLabel


def wrapped_label(role: str) -> PlainLabel:
    """Lines of text with a role of the style sheet."""
    label = PlainLabel()
    label.setWordWrap(True)
    label.setProperty("role", role)
    policy = label.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
    label.setSizePolicy(policy)
    return label


def tab_button(text: str) -> QPushButton:
    """A button that takes the focus from the keyboard alone."""
    button = QPushButton(text)
    # a click leaves the focus where it was
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def packed_column(widget: QWidget) -> QVBoxLayout:
    """The layout of a widget, without margins."""
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    return column
