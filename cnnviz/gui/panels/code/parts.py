"""Small widgets of the Code panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plain import PlainLabel


def wrapped_label(role: str) -> PlainLabel:
    """A label that wraps its text, styled by a role of the style sheet."""
    label = PlainLabel()
    label.setWordWrap(True)
    label.setProperty("role", role)
    policy = label.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
    label.setSizePolicy(policy)
    return label


def tab_button(text: str) -> QPushButton:
    """A button that gets the focus by Tab but not by a click."""
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def packed_column(widget: QWidget) -> QVBoxLayout:
    """A vertical layout for a widget, without margins, with 4 pixels between its parts."""
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    return column
