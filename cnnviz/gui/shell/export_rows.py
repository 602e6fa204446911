"""The rows of the export dialog: a format, the file that it makes, what has to be installed, and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QGridLayout, QPushButton, QWidget

from cnnviz.export.formats import missing, not_verified
from cnnviz.files import shown
from cnnviz.gui.language import text
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.program import is_standalone, to_install
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.export.formats import Format
    from cnnviz.gui.run.exporting import Outcome

BOX_WIDTH, FILE_WIDTH = 126, 170
"""The widths of the columns with the formats and with the names of files, in pixels."""


class FormatRow(QWidget):
    """A format to choose: ``box``, what the format is for, and the name of the file or folder that it makes.

    ``lacking`` are the packages that verifying it takes and that are not installed. ``said`` tells the outcome of an
    export.
    """

    def __init__(self, format: Format) -> None:
        super().__init__()
        self.format = format
        self.lacking = missing(format)
        self.outcome: Outcome | None = None
        about = text(Sentence(format.about))
        self.box = QCheckBox(title(format))
        self.box.setAccessibleDescription(about)
        self.box.setMinimumWidth(BOX_WIDTH)
        self.file = PlainLabel()
        self.file.setFixedWidth(FILE_WIDTH)
        self.file.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.said = PlainLabel()
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.box, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(MutedLabel(about), 0, 1)
        grid.addWidget(self.file, 0, 2, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.said, 2, 1, 1, 2)
        self.copy = QPushButton(self.tr("Copy the command"))
        if self.lacking:
            note = PlainLabel(text(not_verified(self.lacking)))
            note.setWordWrap(True)
            note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(to_install(*self.lacking)))
            grid.addWidget(note, 1, 1)
            if not is_standalone():
                grid.addWidget(self.copy, 1, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)

    @property
    def chosen(self) -> bool:
        """Whether the format is chosen."""
        return self.box.isChecked()

    def show_place(self, place: Path, outcome: Outcome | None, *, there: bool) -> None:
        """Show the name of the file or folder that an export makes, and the ``outcome`` of the last export.

        ``there`` says that it exists already. That is a warning, unless the last export has made it.
        """
        made = None if outcome is None else outcome.exported
        warned = there and self.chosen and (made is None or made.place != place)
        restyle(self.file, "role", "warning" if warned else "" if self.chosen else "muted")
        self.file.setText(shown(place.name))
        self.outcome = outcome
        self.said.setVisible(outcome is not None)
        if outcome is None:
            return
        sentence = text(outcome.sentence)
        self.said.setText(sentence if made is None or made.place == place else f"{shown(made.place.name)}: {sentence}")
        good = made is not None and made.verified
        restyle(self.said, "role", "good" if good else "error" if made is None or made.failed else "muted")


def title(format: Format) -> str:
    """The name of a format."""
    return text(Sentence(format.title))
