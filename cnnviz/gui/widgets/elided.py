"""A label that shortens its text instead of asking for more room."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.steady_label import SteadyLabel


class ElidedLabel(SteadyLabel):
    """One line of plain text in the width that others leave."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
