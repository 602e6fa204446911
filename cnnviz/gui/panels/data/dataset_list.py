"""The list of the datasets that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFrame, QListWidget, QWidget

from cnnviz.files import shown
from cnnviz.gui.panels.data import words
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.two_lines import add_two_lines, set_padding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.gui.panels.data.state import Entry


class DatasetList(QListWidget):
    """Two lines for each dataset: its name, marked if the project uses it, and its size.

    ``failed`` tells whether the folder or file that is being added could not be read.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.failed = False
        self.setAccessibleName(self.tr("Datasets"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        set_padding(self)

    def show_entries(self, entries: Sequence[Entry], chosen: Entry | None, adding: Path | None) -> Entry | None:
        """List datasets, and the folder or file that is being added, if there is one, without emitting signals.

        Returns the entry of the same images as ``chosen``; None if there is none. Its row is the current one, unless
        something is being added.
        """
        row, found = -1, None
        with QSignalBlocker(self):
            self.clear()
            for at, entry in enumerate(entries):
                about = entry.description
                mark = "● " if entry.used else ""
                item = add_two_lines(self, f"{mark}{about.title}", words.short(about))
                item.setToolTip(literal(words.place(about)))
                spoken = self.tr("{title}, used by this network") if entry.used else "{title}"
                item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken.format(title=about.title))
                if chosen is not None and entry.choice.is_of_same_images(chosen.choice):
                    found, row = entry, at
            if adding is not None:
                row = len(entries)
                state_now = self.tr("not added") if self.failed else self.tr("being added")
                add_two_lines(self, shown(adding.name), state_now)
            self.setCurrentRow(row)
        return found
