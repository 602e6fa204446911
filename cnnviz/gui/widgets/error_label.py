"""A label for the sentence why something cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class ErrorLabel(PlainLabel):
    """A label in the colour of errors that wraps its text; it is hidden while there is none.

    It keeps room for ``lines`` of text also while it is hidden, so that a sentence moves nothing beside it.
    """

    def __init__(self, lines: int = 0) -> None:
        super().__init__()
        if lines:
            keep_room(self)
            self.setMinimumHeight(lines * self.fontMetrics().lineSpacing())
            self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setProperty("role", "error")
        self.setWordWrap(True)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence; an empty one hides the label."""
        self.setText(sentence)
        self.setVisible(bool(sentence))


def keep_room(widget: QWidget) -> None:
    """Have the layout of a widget keep its room while it is hidden."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
