"""A label for the sentence why something cannot be done."""

from __future__ import annotations

from cnnviz.gui.widgets.plain import PlainLabel


class ErrorLabel(PlainLabel):
    """A label in the colour of errors that wraps its text; it is hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "error")
        self.setWordWrap(True)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence; an empty one hides the label."""
        self.setText(sentence)
        self.setVisible(bool(sentence))
