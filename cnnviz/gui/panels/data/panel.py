"""The data page: the datasets that there are, and what is in the chosen dataset."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.data.catalogue import describe, origin_path
from cnnviz.data.errors import DataError
from cnnviz.data.sources import registry
from cnnviz.data.sources.source import Form
from cnnviz.data.survey import Preview, Survey, preview, survey, survey_path
from cnnviz.files import shown
from cnnviz.gui.language import text
from cnnviz.gui.panels.data import state, words
from cnnviz.gui.panels.data.adding import AddButton
from cnnviz.gui.panels.data.dataset_list import DatasetList
from cnnviz.gui.panels.data.public_sets import PublicSets
from cnnviz.gui.panels.data.reading import Reading
from cnnviz.gui.panels.data.summary import Summary
from cnnviz.gui.widgets.panel import Panel

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from cnnviz.data.choice import DatasetChoice
    from cnnviz.data.sources.public import Public
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.panels.data.state import Entry
    from cnnviz.gui.theme import Theme
    from cnnviz.project.project import Project

LIST = 184
"""Width of the list of datasets, in pixels."""
KEPT = 2
"""How many surveys are kept, so that going back to a dataset shows it at once."""


class DataPage(Panel):
    """Shows datasets, adds folders and files, and chooses the dataset of the project.

    ``drawingAsked`` follows the button for drawing one's own data.
    """

    drawingAsked = Signal()

    def __init__(self, editor: ProjectEditor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._entries: tuple[Entry, ...] = ()
        self._entry: Entry | None = None
        """The dataset that is shown; None while a folder or file is being added."""
        self._path: Path | None = None
        """The folder or file that is being added."""
        self.survey: Survey | None = None
        """What is in the dataset that is shown; None until it has been read."""
        self._kept: OrderedDict[DatasetChoice, Survey] = OrderedDict()
        self._use: state.Use | None = None
        self.reading: Reading[Survey] = Reading("cnnviz-survey", self)
        self.previewing: Reading[Preview] = Reading("cnnviz-preview", self)
        self.list, self.summary = DatasetList(), Summary(theme)
        self.list.currentRowChanged.connect(self._choose_row)
        self.add_button = AddButton()
        self.add_button.picked.connect(self.add)
        self.draw = QPushButton(self.tr("Draw your own …"))
        self.draw.setToolTip(self.tr("Name classes, draw some of each, and train on them"))
        self.draw.clicked.connect(self.drawingAsked)
        self.public = PublicSets()
        self.remove = QPushButton(self.tr("Remove from the list"))
        self.remove.setToolTip(self.tr("The images stay where they are"))
        self.remove.clicked.connect(self._remove)
        self._lay_out()
        self._connect()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        self.summary.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Show the datasets that there are now; at first that of the project is chosen."""
        super().showEvent(event)
        self._list_again()
        if self._entry is None and self._path is None and self.public.isHidden():
            self._choose(next(entry for entry in self._entries if entry.used))
        elif self.survey is not None:
            self._show_use()

    def add(self, path: Path, title: str = "") -> None:
        """Read a folder or file, and add it to the list, called ``title`` or by its own name."""
        self._list_again()
        added = next((entry for entry in self._entries if entry.kind == "added" and state.is_at(entry, path)), None)
        if added is not None and title in ("", added.description.title):
            # its files may have changed since
            self._kept.pop(added.choice, None)
            self._choose(added)
            return
        self._entry, self._path = added, None if added is not None else path
        self.public.show_public(None)
        self.list.failed = False
        self._list_again()
        self.summary.clear()
        self.summary.show_about(title or shown(path.name), "", shown(str(path)))
        self.summary.change.setChecked(True)
        self._read(path, None, title)

    def close_reading(self) -> bool:
        """End the threads; returns whether they have ended in time."""
        return all([self.reading.close(), self.previewing.close(), self.public.reading.close()])

    def _connect(self) -> None:
        summary, reading = self.summary, self.reading
        reading.progressed.connect(lambda stage: summary.show_stage(stage, running=True))
        reading.finished.connect(self._take)
        reading.failed.connect(self._fail)
        self.previewing.finished.connect(self._take_preview)
        self.public.chosen.connect(self._offer)
        self.public.fetched.connect(self._take_fetched)
        summary.options.previewAsked.connect(self._preview)
        summary.options.readAsked.connect(self._read_again)
        summary.cancel.clicked.connect(self._cancel)
        summary.use.clicked.connect(lambda: self._apply(fitted=True))
        summary.only.clicked.connect(lambda: self._apply(fitted=False))
        summary.set_normalization.clicked.connect(self._set_normalization)
        summary.split.changed.connect(self._set_aside)
        self._editor.changed.connect(self._follow)

    def _follow(self, old: Project, new: Project) -> None:
        if not self.isVisible() or (old.dataset == new.dataset and old.network == new.network):
            return
        self._list_again()
        self._show_use()

    def _list_again(self) -> None:
        """Fill the list; the chosen dataset stays chosen."""
        self._entries = state.entries(self._editor.project.dataset)
        found = self.list.show_entries(self._entries, self._entry, self._path)
        self._entry = found or self._entry
        self._show_removable()

    def _offer(self, public: Public) -> None:
        """Show a public dataset, which is downloaded when that is asked for."""
        self.reading.cancel()
        self.previewing.cancel()
        self._entry = self._path = self.survey = None
        self._list_again()
        self.summary.clear()
        self.summary.show_about(public.title, public.about, "")
        self.public.show_public(public)

    def _take_fetched(self, choice: DatasetChoice) -> None:
        """List a public dataset that has arrived, and show it unless another one is looked at."""
        self._list_again()
        self.message.emit(self.tr("“{name}” was added to the data").format(name=describe(choice).title))
        if not self.public.isHidden():
            self._choose(next(entry for entry in self._entries if entry.choice.is_of_same_images(choice)))

    def _choose_row(self, row: int) -> None:
        if 0 <= row < len(self._entries):
            self._choose(self._entries[row])

    def _choose(self, entry: Entry) -> None:
        """Show a dataset, which is read if that was not done."""
        self.reading.cancel()
        self.previewing.cancel()
        self._entry, self._path = entry, None
        self.survey = None
        self.public.show_public(None)
        if self.list.count() > len(self._entries):
            # the last row is that of a folder or file that is not being added any more
            self._list_again()
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(self._entries.index(entry))
        about = entry.description
        self.summary.clear()
        self.summary.change.setChecked(False)
        self.summary.show_about(about.title, words.facts(about), words.place(about))
        self._show_removable()
        if not about.at_hand:
            self.summary.show_error(words.gone(about))
            return
        if about.origin is not None:
            form = Form(*about.image, about.origin.fit)
            self.summary.show_form(form)
            self._preview(form)
        if (found := self._kept.get(entry.choice)) is not None:
            self._show(found)
            return
        self.summary.show_stage(None, running=True)
        self.reading.start(partial(survey, entry.choice))

    def _read(self, path: Path, form: Form | None, title: str = "") -> None:
        """Read the folder or file that is being added; ``title`` is its name, if that is not its own."""
        self.survey = None
        self.summary.show_error("")
        self.summary.show_survey(None, None)
        self.summary.show_use(None)
        self.summary.show_stage(None, running=True)
        name = state.free_name(title or path.stem) if self._entry is None else self._entry.choice.name
        if form is not None:
            self.summary.show_form(form)
        self._preview(form)
        own = None if self._entry is None else self._entry.choice.own
        # read in another form, a dataset keeps its place and its title
        place = "" if own is None or own.origin is None else own.origin.path
        title = title or ("" if own is None else own.title)
        self.reading.start(
            lambda report, cancelled: survey_path(path, form, name, report, cancelled, place=place, title=title)
        )

    def _read_again(self, form: Form) -> None:
        """Read the pictures in another form."""
        path = self._place()
        if path is not None:
            self._read(path, form)

    def _place(self) -> Path | None:
        """The folder or file that is shown."""
        if self._entry is None or self._entry.choice.own is None:
            return self._path
        return origin_path(self._entry.choice.own)

    def _preview(self, form: Form | None) -> None:
        if (path := self._place()) is not None:
            self.previewing.start(lambda *_: preview(path, form))

    def _take_preview(self, found: Preview) -> None:
        if not self.summary.has_form:
            self.summary.show_form(found.form)
        self.summary.options.show_preview(found)

    def _take(self, found: Survey) -> None:
        """Show what was read, and keep it in the list."""
        before = self._entry
        if before is None or (before.kind == "added" and before.choice != found.choice):
            try:
                # the name of a public dataset is allowed: it is that of a downloaded one, as new names are free
                registry.add(found.choice, replacing=before is not None, downloaded=True)
            except DataError as error:
                self._fail(text(error.sentence))
                return
            if before is None:
                self.message.emit(self.tr("“{name}” was added to the data").format(name=found.dataset.title))
        kind: state.Kind = "added" if before is None else before.kind
        used = found.choice.is_of_same_images(self._editor.project.dataset)
        self._entry, self._path = state.Entry(found.choice, kind, used), None
        self._kept[found.choice] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self._list_again()
        self._show(found)

    def _show(self, found: Survey) -> None:
        self.survey = found
        about = describe(found.choice)
        self.summary.show_stage(None, running=False)
        self.summary.show_error("")
        self.summary.show_about(about.title, words.facts(about), words.place(about))
        self.summary.show_form(None if about.origin is None else Form(*about.image, about.origin.fit))
        entry = self._entry
        settable = entry is not None and (entry.used or entry.kind == "added") and not about.validation
        self.summary.show_survey(found, about, editable=settable)
        self._show_use()

    def _show_use(self) -> None:
        self._use = None if self.survey is None else state.use(self._editor.project, self.survey.choice)
        self.summary.show_use(self._use)
        if self.survey is not None:
            self.summary.show_error(words.missing(self._entry))
        shown_is_used = self._use is not None and self._use.used
        self.summary.show_normalization(state.normalized_otherwise(self._editor.project) if shown_is_used else "")

    def _show_removable(self) -> None:
        self.remove.setVisible(self._entry is not None and self._entry.kind == "added")

    def _fail(self, sentence: str) -> None:
        self.list.failed = True
        self._list_again()
        self.summary.show_stage(None, running=False)
        self.summary.show_error(sentence)

    def _cancel(self) -> None:
        self.reading.cancel()
        self._fail(self.tr("Reading was cancelled. Choose other options and read the pictures, or another dataset."))

    def _apply(self, *, fitted: bool) -> None:
        """Use the dataset that is shown, as a step that can be undone."""
        if self._use is None or self.survey is None:
            return
        title = describe(self.survey.choice).title
        label = self.tr("fit to {title}") if self._use.used else self.tr("use {title}")
        self._editor.apply(label.format(title=title), self._use.fitted if fitted else self._use.plain)

    def _set_normalization(self) -> None:
        self._editor.apply(self.tr("set mean and deviation"), state.with_normalization(self._editor.project))

    def _set_aside(self, count: int) -> None:
        """Set aside another number of validation images; a step that can be undone if the project uses the images."""
        entry = self._entry
        assert entry is not None
        choice = replace(entry.choice, validation=count)
        try:
            if entry.kind == "added":
                registry.add(choice, replacing=True, downloaded=True)
        except DataError as error:
            self.failed.emit(text(error.sentence))
            return
        if entry.used:
            project = replace(self._editor.project, dataset=choice)
            self._editor.apply(self.tr("set validation images aside"), project)
        self._list_again()
        self._choose(next(each for each in self._entries if each.choice.is_of_same_images(choice)))

    def _remove(self) -> None:
        if self._entry is None or self._entry.kind != "added":
            return
        try:
            registry.remove(self._entry.choice.name)
        except DataError as error:
            self.failed.emit(text(error.sentence))
        self._entry = None
        self._list_again()
        self._choose(next(entry for entry in self._entries if entry.used))

    def _lay_out(self) -> None:
        side, column = QWidget(), QVBoxLayout()
        side.setFixedWidth(LIST)
        side.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.list, 1)
        column.addWidget(self.remove)
        column.addWidget(self.draw)
        column.addWidget(self.public.button)
        column.addWidget(self.add_button)
        self.summary.add_part(self.public)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 4, 8)
        row.setSpacing(14)
        row.addWidget(side)
        row.addWidget(self.summary, 1)
        self.setFocusProxy(self.list)
