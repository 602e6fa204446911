"""A label for the sentence why something cannot be done."""

from __future__ import annotations

from PySide6.QtCore import Qt

from cnnviz.gui.widgets.kept_room import keep_room
from cnnviz.gui.widgets.plain import PlainLabel


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
