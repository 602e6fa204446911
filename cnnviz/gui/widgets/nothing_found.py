"""The text shown in an empty list of matches."""

from __future__ import annotations

from PySide6.QtWidgets import QListWidget, QVBoxLayout

from cnnviz.gui.widgets.muted import MutedLabel


class NothingFound(MutedLabel):
    """A label inside a list, visible while the list is empty."""

    def __init__(self, found: QListWidget) -> None:
        super().__init__()
        self._found = found
        self.setText(self.tr("Nothing found: try fewer letters."))
        column = QVBoxLayout(found.viewport())
        column.addWidget(self)
        column.addStretch(1)

    def follow(self) -> None:
        """Update the visibility after the list was filled."""
        self.setVisible(not self._found.count())
