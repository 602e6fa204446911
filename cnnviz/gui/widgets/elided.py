"""A label that elides its text instead of requesting more room."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.steady_label import SteadyLabel


class ElidedLabel(SteadyLabel):
    """A line of plain text in the width that other widgets leave."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)


class WholeParts(ElidedLabel):
    """An elided label of numbers: its parts are shown whole or not at all."""

    def shown_text(self) -> str:
        """The parts that fit."""
        shown = super().shown_text()
        return shown if self.text().startswith(shown) else ""
