"""The dialog of exports: formats, weights and folder; then progress, and what other programs say of the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
)

from cnnviz import settings
from cnnviz.export.formats import FORMATS
from cnnviz.export.subject import said_of_name, stem_of
from cnnviz.files import from_unicode, is_there, shown, to_unicode
from cnnviz.gui.file_places import beginning, remember
from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.gui.run.exporting import Asked
from cnnviz.gui.shell.dialog_parts import button_row, dialog_column
from cnnviz.gui.shell.export_choices import command_of, weights_entries
from cnnviz.gui.shell.export_rows import FormatRow, title
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.error_label import ErrorLabel
from cnnviz.gui.widgets.front import show_in_front
from cnnviz.gui.widgets.kept_room import keep_room
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from cnnviz.export.exporting import Progress
    from cnnviz.gui.workbench import Workbench

SIZE = (780, 600)
"""The width, and the largest height, in pixels."""
IN_WINDOW = 60
"""The dialog is at least so many pixels narrower and lower than its window."""
BESIDE_ROWS = 40
"""Pixels of the width that are not for the rows of formats."""


class ExportDialog(QDialog):
    """Shows the export of a window; one that runs goes on when the dialog is closed."""

    def __init__(self, bench: Workbench) -> None:
        self._bench, self._exporting = bench, bench.exporting
        super().__init__(bench.exporting.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export"))
        self.rows = {name: FormatRow(format) for name, format in FORMATS.items()}
        self.formats = {name: row.box for name, row in self.rows.items()}
        for name, row in self.rows.items():
            row.box.setChecked(name in settings.load().exports)
        self.name = QLineEdit(self._exporting.stem())
        self.name.setAccessibleName(self.tr("Name of the files"))
        self.weights = ChoiceBox()
        self.weights.setAccessibleName(self.tr("Weights"))
        self.place, self.choose = QLineEdit(), QPushButton(self.tr("Choose …"))
        self.place.setAccessibleName(self.tr("Folder"))
        self.place.setText(to_unicode(beginning("export", bench.document.beside("-export"))))
        self.replace = QCheckBox()
        self.hindrance = ErrorLabel(lines=1)
        self.renamed = ElidedLabel()
        self.renamed.setProperty("role", "muted")
        """What the files are called, if not by the name that was typed."""
        self.stage, self.bar = PlainLabel(), QProgressBar()
        self.bar.setTextVisible(False)
        self._offered_from: tuple[object, ...] = ()
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
        formats = tuple(row.format for row in self.rows.values() if row.chosen)
        return Asked(formats, self.weights.currentData(), self._folder, self._name, self.replace.isChecked())

    @property
    def results(self) -> list[FormatRow]:
        """The rows of the formats that were exported, or could not be."""
        return [row for row in self.rows.values() if row.outcome is not None]

    def set_folder(self, folder: Path) -> None:
        """Export into this folder."""
        self.place.setText(to_unicode(folder))

    def begin(self) -> None:
        """Export what is chosen."""
        asked = self.asked
        remember("export", asked.folder)
        settings.save(replace(settings.load(), exports=tuple(each.name for each in asked.formats)))
        self._exporting.start(asked)

    @property
    def _folder(self) -> Path:
        return from_unicode(self.place.text().strip())

    @property
    def _name(self) -> str:
        return self.name.text().strip() or stem_of("")

    def _lay_out(self) -> None:
        column = dialog_column(self)
        column.addWidget(
            MutedLabel(
                self.tr(
                    "What is exported runs without this program. It is verified: the program that it is for loads it"
                    " and classifies the validation images."
                )
            )
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, (label, field) in enumerate(
            ((self.tr("Name"), self.name), (self.tr("Weights"), self.weights), (self.tr("Folder"), self.place))
        ):
            grid.addWidget(PlainLabel(label), number, 0)
            grid.addWidget(field, number, 1, 1, 1 if field is self.place else 2)
        grid.addWidget(self.choose, 2, 2)
        column.addLayout(grid)
        self._area = ScrolledColumn(*self.rows.values())
        self._area.column.setContentsMargins(0, 4, 0, 4)
        self._area.column.setSpacing(9)
        column.addWidget(self._area, 1)
        # one place for all: only one is shown at a time
        keep_room(self.replace)
        one_place = QGridLayout()
        one_place.addWidget(self.hindrance, 0, 0)
        one_place.addWidget(self.replace, 0, 0)
        one_place.addWidget(self.renamed, 0, 0)
        column.addLayout(one_place)
        column.addWidget(self.stage)
        column.addWidget(self.bar)
        buttons = button_row(self, (self.open_folder, self.copy_command), (self.cancel, self.export))
        self.export.setDefault(True)
        column.addLayout(buttons)

    def _fit(self) -> None:
        """Be so high that all formats and their outcomes are in view, as far as the window has room."""
        room = self._exporting.window.size()
        width = min(SIZE[0], room.width() - IN_WINDOW)
        rows = max(self._area.inside.sizeHint().height(), self._area.height_for(width - BESIDE_ROWS))
        others = self.sizeHint().height() - self._area.sizeHint().height()
        height = min(SIZE[1], room.height() - IN_WINDOW, others + rows)
        if not self.isVisible() or height > self.height():
            self.resize(max(width, self.width() if self.isVisible() else 0), height)

    def _connect(self) -> None:
        for box in self.formats.values():
            box.toggled.connect(self._show)
        for field in (self.name, self.place):
            field.textChanged.connect(self._show)
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
        offered_from = moving, 0 if moving else status.step, past.step, past.run_folder, self._bench.moments.known
        # a list that is open stays as it is
        if offered_from == self._offered_from or self.weights.view().isVisible():
            return
        self._offered_from = offered_from
        chosen, entries = self.weights.currentData(), weights_entries(self._bench)
        self.weights.clear()
        for entry in entries:
            self.weights.addItem(entry.text, entry.choice)
        choices = [entry.choice for entry in entries]
        self.weights.setCurrentIndex(choices.index(chosen) if chosen in choices else 0)

    def _show(self, *_: object) -> None:
        running, asked = self._exporting.running, self.asked
        stem = stem_of(asked.name)
        places = {row: asked.folder / f"{stem}{row.format.ending}" for row in self.rows.values()}
        present = {row: asked.folder.is_absolute() and is_there(place) for row, place in places.items()}
        outcomes = {outcome.format.name: outcome for outcome in self._exporting.outcomes}
        for name, row in self.rows.items():
            row.show_place(places[row], outcomes.get(name), there=present[row])
            row.box.setEnabled(not running)
        existing = [shown(place.name) for row, place in places.items() if row.chosen and present[row]]
        finished = not running and self._exporting.asked is not None
        hindrance = self._hindrance()
        self.replace.setVisible(bool(existing) and not running and not hindrance)
        names = ", ".join(existing)
        self.replace.setText(
            self.tr("{names} is in this folder already: replace it").format(names=names)
            if len(existing) == 1
            else self.tr("{names} are in this folder already: replace them").format(names=names)
        )
        self.hindrance.say(hindrance)
        self.renamed.setVisible(stem != asked.name and not hindrance and self.replace.isHidden())
        self.renamed.setText(text(said_of_name(asked.name)))
        free = not existing or self.replace.isChecked()
        self.export.setEnabled(bool(asked.formats) and free and not running and not hindrance)
        for part in (self.name, self.weights, self.place, self.choose):
            part.setEnabled(not running)
        self.cancel.setVisible(running)
        self.export.setVisible(not running)
        self.bar.setVisible(running)
        self.stage.setVisible(running or bool(self._ending()))
        self.stage.setText(self._stage() if running else self._ending())
        self._show_progress(self._exporting.progress)
        self.open_folder.setVisible(
            finished and any(outcome.exported is not None for outcome in self._exporting.outcomes)
        )
        self.copy_command.setVisible(finished)
        if finished:
            self._show_command()
        self._fit()

    def _show_command(self) -> str:
        """Enable the button that copies the command line, or say why there is none; returns the command line."""
        assert self._exporting.asked is not None
        command = command_of(self._exporting.asked, self._exporting)
        self.copy_command.setEnabled(bool(command.line))
        self.copy_command.setToolTip(command.why)
        return command.line

    def _hindrance(self) -> str:
        """Why nothing can be exported: the path of the folder is not whole, or the network on screen is chosen and has
        errors. Empty if it can be exported."""
        from cnnviz.code.write.source import hindrance
        from cnnviz.gui.document.sentences import problem_sentence

        if not self._folder.is_absolute():
            return self.tr("Give the whole path of the folder.")
        chosen = self.weights.currentData()
        problem = hindrance(self._bench.editor.report) if chosen is not None and chosen.untrained else None
        return "" if problem is None else problem_sentence(problem)

    def _stage(self) -> str:
        if self._exporting.cancelled:
            return self.tr("Cancelling …")
        progress = self._exporting.progress
        if progress is None:
            return self.tr("Loading the weights …")
        name = title(progress.format)
        if not progress.verifying:
            return self.tr("{format}: writing …").format(format=name)
        if not progress.done:
            return self.tr("{format}: the other program loads it …").format(format=name)
        return self.tr("{format}: compared {done} of {images} images").format(
            format=name, done=grouped(progress.done), images=grouped(progress.images)
        )

    def _ending(self) -> str:
        """What is said of an export that has ended, beside its outcomes."""
        if self._exporting.running:
            return ""
        if self._exporting.failed is not None:
            return text(self._exporting.failed)
        if self._exporting.cancelled:
            return self.tr("Cancelled; what was finished before stays.")
        origins = [outcome.exported.origin for outcome in self._exporting.outcomes if outcome.exported is not None]
        return self.tr("The last export: {origin}.").format(origin=text(origins[0])) if origins else ""

    def _show_progress(self, progress: Progress | None) -> None:
        known = progress is not None and progress.verifying and progress.done > 0
        self.bar.setRange(0, progress.images if progress is not None and known else 0)
        if progress is not None and known:
            self.bar.setValue(progress.done)

    def _ask_folder(self) -> None:
        caption = self.tr("Export into a folder")
        if chosen := QFileDialog.getExistingDirectory(self, caption, to_unicode(_existing(self._folder))):
            self.set_folder(from_unicode(chosen))

    def _open_folder(self) -> None:
        asked = self._exporting.asked
        if asked is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(to_unicode(asked.folder))):
            self.stage.setText(self.tr("This desktop opens no folders."))
            self.stage.show()

    def _copy_command(self) -> None:
        # asked again, because a recorded moment may have been deleted to save space
        if line := self._show_command():
            QGuiApplication.clipboard().setText(line)


def show_export(bench: Workbench) -> ExportDialog:
    """Show the dialog over the window of ``bench``; if it is open already, bring it to the front."""
    found = bench.exporting.window.findChild(ExportDialog)
    dialog = found if isinstance(found, ExportDialog) else ExportDialog(bench)
    show_in_front(dialog)
    return dialog


def _existing(folder: Path) -> Path:
    """The folder, or else the nearest one above it that is there."""
    return next((each for each in (folder, *folder.parents) if each.is_dir()), Path())
