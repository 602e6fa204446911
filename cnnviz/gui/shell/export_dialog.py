"""The dialog of exports: formats, weights and folder; then progress, and what other programs say of the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cnnviz.export.formats import FORMATS, Format, missing
from cnnviz.export.subject import stem_of
from cnnviz.files import from_unicode, is_there, shown, to_unicode
from cnnviz.gui.file_places import beginning, remember
from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.gui.run.exporting import Asked, Outcome
from cnnviz.gui.shell.export_choices import command_of, weights_entries
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.sentence import Sentence
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from cnnviz.export.exporting import Progress
    from cnnviz.gui.workbench import Workbench

SIZE = (700, 540)
FIRST = ("torch",)
"""The formats that are chosen at first."""


class OutcomeRow(QWidget):
    """The outcome of one export: its name, and what is said of it."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.said = PlainLabel(), PlainLabel()
        self.name.setStyleSheet("font-weight: 600")
        self.said.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for label in (self.name, self.said):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)

    def show_outcome(self, outcome: Outcome) -> None:
        """Show an outcome."""
        made, title = outcome.made, _title(outcome.format)
        self.name.setText(title if made is None else f"{title} · {shown(made.place.name)}")
        self.said.setText(text(outcome.sentence))
        role = "good" if made is not None and made.verified else "error" if made is None or made.failed else "muted"
        if self.said.property("role") != role:
            self.said.setProperty("role", role)
            self.said.style().unpolish(self.said)
            self.said.style().polish(self.said)


class ExportDialog(QDialog):
    """Shows the export of a window; one that runs goes on when the dialog is closed."""

    def __init__(self, bench: Workbench) -> None:
        self._bench, self._exporting = bench, bench.exporting
        super().__init__(bench.exporting.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export"))
        self._out = beginning("export", bench.document.beside("-export"))
        self.formats = {name: QCheckBox(_title(format)) for name, format in FORMATS.items()}
        self._lacking = {name: missing(format) for name, format in FORMATS.items()}
        self.weights = ChoiceBox()
        self.weights.setAccessibleName(self.tr("Weights"))
        self.place, self.choose = ElidedLabel(), QPushButton(self.tr("Choose …"))
        self.replace = QCheckBox()
        self.hindrance = PlainLabel()
        self.hindrance.setProperty("role", "error")
        self.hindrance.setWordWrap(True)
        self.stage, self.bar = PlainLabel(), QProgressBar()
        self.bar.setTextVisible(False)
        self._results = QVBoxLayout()
        self._results.setSpacing(8)
        self.results: list[OutcomeRow] = []
        self._known: tuple[object, ...] = ()
        """What the list of weights was made from."""
        self.open_folder = QPushButton(self.tr("Open the folder"))
        self.copy_command = QPushButton(self.tr("Copy the command"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.export = QPushButton(self.tr("Export"))
        self.export.setProperty("primary", True)
        self._lay_out()
        self._connect()
        self._fill_weights()
        self._show()

    @property
    def asked(self) -> Asked:
        """What is chosen now."""
        formats = tuple(FORMATS[name] for name, box in self.formats.items() if box.isChecked())
        return Asked(formats, self.weights.currentData(), self._out, self.replace.isChecked())

    def set_folder(self, folder: Path) -> None:
        """Export into this folder."""
        self._out = folder
        self._show()

    def begin(self) -> None:
        """Export what is chosen."""
        remember("export", self._out)
        self._exporting.start(self.asked)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        about = _muted(
            self.tr(
                "What is exported runs without this program. Before it takes its place, the program that it is for"
                " classifies the validation images."
            )
        )
        column.addWidget(about)
        column.addLayout(self._format_rows())
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(PlainLabel(self.tr("Weights")), 0, 0)
        grid.addWidget(self.weights, 0, 1, 1, 2)
        grid.addWidget(PlainLabel(self.tr("Folder")), 1, 0)
        grid.addWidget(self.place, 1, 1)
        grid.addWidget(self.choose, 1, 2)
        column.addLayout(grid)
        column.addWidget(self.hindrance)
        column.addWidget(self.replace)
        column.addWidget(self.stage)
        column.addWidget(self.bar)
        held = QWidget()
        held.setLayout(self._results)
        self._results.setContentsMargins(0, 0, 0, 0)
        self._results.addStretch(1)
        area = QScrollArea()
        area.setWidget(held)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(area, 1)
        buttons = QHBoxLayout()
        for button in (self.open_folder, self.copy_command):
            buttons.addWidget(button)
        buttons.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        for part in (self.cancel, self.export, close):
            buttons.addWidget(part)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self.export.setDefault(True)
        column.addLayout(buttons)
        room = self._exporting.window.size()
        self.resize(min(SIZE[0], room.width() - 60), min(SIZE[1], room.height() - 60))

    def _format_rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (name, box) in enumerate(self.formats.items()):
            format = FORMATS[name]
            lacking = self._lacking[name]
            note = lacking or missing(format, to_verify=True)
            box.setEnabled(lacking is None)
            box.setChecked(name in FIRST and lacking is None)
            about = text(Sentence(format.about))
            box.setAccessibleDescription(about)
            grid.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_muted(about if note is None else f"{about} {text(note)}"), row, 1)
        return grid

    def _connect(self) -> None:
        for box in self.formats.values():
            box.toggled.connect(self._show)
        self.replace.toggled.connect(self._show)
        self.weights.activated.connect(self._show)
        self.choose.clicked.connect(self._ask_folder)
        self.export.clicked.connect(self.begin)
        self.cancel.clicked.connect(self._exporting.cancel)
        self.open_folder.clicked.connect(self._open_folder)
        self.copy_command.clicked.connect(self._copy_command)
        self._exporting.changed.connect(self._show)
        self._bench.editor.changed.connect(self._show)
        for changed in (self._bench.past.recorded, self._bench.past.changed, self._bench.moments.changed):
            changed.connect(self._fill_weights)
        self._bench.bridge.status.connect(self._fill_weights)

    def _fill_weights(self, *_: object) -> None:
        """Offer the weights that there are now, and keep the choice if it is still there."""
        status, past = self._bench.bridge.session.status, self._bench.past
        moving = status.state in MOVING
        known = moving, 0 if moving else status.step, past.step, past.run_folder, self._bench.moments.known
        # a list that is open stays as it is
        if known == self._known or self.weights.view().isVisible():
            return
        self._known = known
        chosen, entries = self.weights.currentData(), weights_entries(self._bench)
        self.weights.clear()
        for entry in entries:
            self.weights.addItem(entry.text, entry.choice)
        choices = [entry.choice for entry in entries]
        self.weights.setCurrentIndex(choices.index(chosen) if chosen in choices else 0)

    def _show(self, *_: object) -> None:
        running, asked = self._exporting.running, self.asked
        self.place.setText(to_unicode(self._out))
        stem = stem_of(self._exporting.stem())
        there = [path for format in asked.formats if is_there(path := self._out / f"{stem}{format.ending}")]
        finished = not running and self._exporting.asked is not None
        self.replace.setVisible(bool(there) and not running)
        self.replace.setText(self.tr("Replace {names}").format(names=", ".join(shown(path.name) for path in there)))
        hindrance = self._hindrance()
        self.hindrance.setText(hindrance)
        self.hindrance.setVisible(bool(hindrance))
        free = not there or self.replace.isChecked()
        self.export.setEnabled(bool(asked.formats) and free and not running and not hindrance)
        for part in (self.weights, self.choose):
            part.setEnabled(not running)
        for name, box in self.formats.items():
            box.setEnabled(not running and self._lacking[name] is None)
        self.cancel.setVisible(running)
        self.export.setVisible(not running)
        self.bar.setVisible(running)
        self.stage.setVisible(running or bool(self._ending()))
        self.stage.setText(self._stage() if running else self._ending())
        self._show_progress(self._exporting.progress)
        self._show_outcomes(self._exporting.outcomes)
        self.open_folder.setVisible(finished and any(each.made is not None for each in self._exporting.outcomes))
        self.copy_command.setVisible(finished)
        command = command_of(self._exporting.asked, self._exporting) if self._exporting.asked is not None else ""
        self.copy_command.setEnabled(bool(command))
        self.copy_command.setToolTip(
            "" if command else self.tr("The command line exports recorded runs, and this training is not recorded.")
        )

    def _hindrance(self) -> str:
        """Why the network on screen cannot be exported; empty if it can, or if it is not the one to export."""
        from cnnviz.code.write.source import hindrance
        from cnnviz.gui.document.sentences import problem_sentence

        chosen = self.weights.currentData()
        problem = hindrance(self._bench.editor.report) if chosen is not None and chosen.untrained else None
        return "" if problem is None else problem_sentence(problem)

    def _stage(self) -> str:
        if self._exporting.cancelled:
            return self.tr("Cancelling …")
        progress = self._exporting.progress
        if progress is None:
            return self.tr("Loading the weights …")
        title = _title(progress.format)
        if not progress.verifying:
            return self.tr("{format}: writing …").format(format=title)
        if not progress.done:
            return self.tr("{format}: the other program loads it …").format(format=title)
        return self.tr("{format}: compared {done} of {images} images").format(
            format=title, done=grouped(progress.done), images=grouped(progress.images)
        )

    def _ending(self) -> str:
        """What is said of an export that has ended, beside its outcomes."""
        if self._exporting.running:
            return ""
        if self._exporting.failed is not None:
            return text(self._exporting.failed)
        return self.tr("Cancelled; what was finished before stays.") if self._exporting.cancelled else ""

    def _show_progress(self, progress: Progress | None) -> None:
        known = progress is not None and progress.verifying and progress.done > 0
        self.bar.setRange(0, progress.images if progress is not None and known else 0)
        if progress is not None and known:
            self.bar.setValue(progress.done)

    def _show_outcomes(self, outcomes: tuple[Outcome, ...]) -> None:
        while len(self.results) > len(outcomes):
            row = self.results.pop()
            self._results.removeWidget(row)
            row.deleteLater()
        while len(self.results) < len(outcomes):
            self.results.append(OutcomeRow())
            # before the room at the end
            self._results.insertWidget(len(self.results) - 1, self.results[-1])
        for row, outcome in zip(self.results, outcomes, strict=True):
            row.show_outcome(outcome)

    def _ask_folder(self) -> None:
        title = self.tr("Export into a folder")
        if chosen := QFileDialog.getExistingDirectory(self, title, to_unicode(_existing(self._out))):
            self.set_folder(from_unicode(chosen))

    def _open_folder(self) -> None:
        asked = self._exporting.asked
        if asked is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(to_unicode(asked.out))):
            self.stage.setText(self.tr("This desktop opens no folders."))
            self.stage.show()

    def _copy_command(self) -> None:
        if self._exporting.asked is not None:
            QGuiApplication.clipboard().setText(command_of(self._exporting.asked, self._exporting))


def show_export(bench: Workbench) -> ExportDialog:
    """Show the dialog over the window of ``bench``; if it is open already, bring it to the front."""
    found = bench.exporting.window.findChild(ExportDialog)
    dialog = found if isinstance(found, ExportDialog) else ExportDialog(bench)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def _title(format: Format) -> str:
    return text(Sentence(format.title))


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    return next((each for each in (folder, *folder.parents) if each.is_dir()), Path())


def _muted(said: str) -> MutedLabel:
    label = MutedLabel(said)
    label.setWordWrap(True)
    return label
