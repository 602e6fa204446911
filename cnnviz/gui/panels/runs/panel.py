"""The Runs tab: all recorded runs, to be looked at, compared, named, opened, deleted and exchanged."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QItemSelectionModel, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.actions import Actions
from cnnviz.gui.icons import icon
from cnnviz.gui.language import text
from cnnviz.gui.panels.runs.archives import Archives, archives_in
from cnnviz.gui.panels.runs.columns import COLUMNS, NOTES, column_of
from cnnviz.gui.panels.runs.commands import BUTTONS, RUN_COMMANDS, TIPS, fit_buttons
from cnnviz.gui.panels.runs.listing import Listing, library, why_no_runs
from cnnviz.gui.panels.runs.model import FoundRuns, RunsModel
from cnnviz.gui.panels.runs.search_row import SearchRow
from cnnviz.gui.panels.runs.table import RunsTable
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QResizeEvent, QShowEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.runs.library import Library
    from cnnviz.runs.summary import RunSummary

ROOM_FOR_ROW = 150
"""A panel less high than this, in pixels, has no row above the table unless it is needed."""


class RunsPanel(Panel):
    """The table, the search above it, and its commands.

    ``looked(Path, id)`` asks to show a run with a panel in front, ``continued(Path)`` to begin a new run that
    continues it, ``opened(Project)`` to open its project in another window. ``overlaid(list)`` asks to overlay curves
    and ``compared(list)`` to compare runs; the lists have pairs of a folder and a :class:`RunSummary`. ``moved``
    follows when runs were moved to the trash or back. ``failed(str)`` carries a sentence about an error.
    """

    looked = Signal(object, str)
    continued = Signal(object)
    opened = Signal(object)
    overlaid = Signal(object)
    compared = Signal(object)
    moved = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._deleted: list[tuple[RunSummary, ...]] = []
        """The runs deleted from this table, one tuple for each deletion, the newest last."""
        self._awaited: frozenset[str] = frozenset()
        """The runs to be selected once they are listed."""
        self.model = RunsModel()
        self.found = FoundRuns(self.model, self)
        self.table = RunsTable(self.found)
        self.table.setAccessibleName(self.tr("Recorded runs"))
        self.search = SearchRow(self.found)
        self.actions_by_id = Actions(RUN_COMMANDS, self, self.table)
        self._listing = Listing(self)
        self._archives: Archives | None = None
        self._empty = MutedLabel(centred=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self._stack, 1)
        self._make_controls(theme)
        self._connect()
        self._show()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self._controls

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.more.setIcon(icon("dots-vertical", theme.text))

    def fit_controls(self, room: int) -> None:
        """See :meth:`Panel.fit_controls`."""
        fit_buttons(tuple(self.buttons.values()), self._controls, room)

    def chosen(self) -> list[RunSummary]:
        """The selected runs, from the top of the table."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.found.run(row) for row in rows]

    def choose(self, *runs: str) -> None:
        """Select those of the runs that the search and the filter show."""
        selection = self.table.selectionModel()
        selection.clearSelection()
        rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in range(self.found.rowCount()):
            if self.found.run(row).id in runs:
                index = self.found.index(row, 0)
                if not selection.hasSelection():
                    selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
                selection.select(index, rows)

    def reload(self) -> None:
        """Read the list of runs on a separate thread."""
        self._listing.reload()

    def close_reading(self) -> bool:
        """Stop reading the list and archives; returns whether all threads ended in time."""
        return all([self._listing.close(), self._archives is None or self._archives.close()])

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the list is read while the panel is visible."""
        super().showEvent(event)
        self._listing.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing is read while hidden."""
        self._listing.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: a low panel leaves its height to the table."""
        super().resizeEvent(event)
        self._show_row()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt: files may be dropped anywhere on the panel."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt: the archives among the dropped files are added."""
        if found := archives_in(event.mimeData()):
            event.acceptProposedAction()
            self.archives.add(found)
        else:
            self.failed.emit(self.tr("That is no archive of a recorded run."))

    @property
    def archives(self) -> Archives:
        """The object that exports and imports runs; it is made on first use."""
        if self._archives is None:
            self._archives = Archives(library().home, self)
            self._archives.message.connect(self.message)
            self._archives.failed.connect(self.failed)
            self._archives.imported.connect(self._arrived)
        return self._archives

    def look(self, panel: str = "curves") -> None:
        """Show the selected run at its last moment, with a panel in front."""
        for folder, _ in self._folders(self.chosen()[:1]):
            self.looked.emit(folder, panel)

    def see_mistakes(self) -> None:
        """Show the mistakes of the selected run at its last moment."""
        self.look("mistakes")

    def overlay(self) -> None:
        """Draw the curves of the selected runs behind the curves of the present run."""
        if found := self._folders(self.chosen()):
            self.overlaid.emit(found)

    def compare(self) -> None:
        """Compare two selected runs, or the selected run with the present one."""
        if found := self._folders(self.chosen()):
            self.compared.emit(found)

    def open_project(self) -> None:
        """Open the project of the selected run in a window of its own."""
        from cnnviz.runs.folder import RunError
        from cnnviz.runs.live_changes import trained_project

        for folder, run in self._folders(self.chosen()[:1]):
            try:
                self.opened.emit(trained_project(folder, run.numbers.steps))
            except RunError as error:
                self.failed.emit(text(error.sentence))

    def go_on(self) -> None:
        """Begin a new run that goes on from the selected one."""
        for folder, _ in self._folders(self.chosen()[:1]):
            self.continued.emit(folder)

    def edit(self, title: str) -> None:
        """Edit a cell of the selected run: of the column with this title in English."""
        for index in self.table.selectionModel().selectedRows()[:1]:
            cell = self.found.index(index.row(), column_of(title))
            # not the table's method: it toggles the selection while Ctrl is held
            self.table.selectionModel().setCurrentIndex(cell, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.table.edit(cell)

    def delete(self) -> None:
        """Move the selected runs to the trash."""
        deleted = tuple(run for run in self.chosen() if self._done(methodcaller("delete", run.id)))
        if deleted:
            self._deleted.append(deleted)
            self._show_runs([run for run in self.model.runs if run not in deleted])
            self.moved.emit()
            self.reload()

    def restore(self) -> None:
        """Bring back the runs that were deleted last."""
        if self._deleted:
            last = self._deleted.pop()
            self._awaited = frozenset(run.id for run in last if self._done(methodcaller("restore", run.id)))
            self.moved.emit()
            self._show()
            self.reload()

    def export(self) -> None:
        """Write the selected runs as archives."""
        if found := self._folders(self.chosen()):
            self.archives.export([(run, folder) for folder, run in found])

    def ask_import(self) -> None:
        """Ask for archives, and add their runs."""
        self.archives.ask_import()

    def show_folder(self) -> None:
        """Show the folder of the selected run in the desktop's file manager."""
        for folder, _ in self._folders(self.chosen()[:1]):
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self.message.emit(self.tr("The run is in the folder {folder}.").format(folder=folder))

    def _make_controls(self, theme: Theme) -> None:
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.search.field)
        self.buttons = {name: QPushButton(self.actions_by_id[name].text()) for name in BUTTONS}
        for name, button in self.buttons.items():
            button.setToolTip(QCoreApplication.translate("RunsPanel", TIPS[name]))
            button.clicked.connect(self.actions_by_id[name].trigger)
            row.addWidget(button)
        self.more = QToolButton()
        self.more.setToolTip(self.tr("More that can be done with runs"))
        self.more.setAccessibleName(self.more.toolTip())
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        for spec in RUN_COMMANDS:
            action = self.actions_by_id[spec.id]
            # keys of the table only, while it has the focus
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            if spec.id in TIPS:
                action.setToolTip(QCoreApplication.translate("RunsPanel", TIPS[spec.id]))
            if spec.separated:
                self.menu.addSeparator()
            self.menu.addAction(action)
        self.more.setMenu(self.menu)
        row.addWidget(self.more)
        self.set_theme(theme)

    def _connect(self) -> None:
        self.setAcceptDrops(True)
        self.model.labelled.connect(self._label)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.table.undoAsked.connect(self.restore)
        self.table.doubleClicked.connect(
            lambda index: None if index.column() in (column_of("name"), NOTES) else self.look()
        )
        self.search.restore.clicked.connect(self.restore)
        self.search.changed.connect(self._show)
        self.search.left.connect(self._to_table)
        self._listing.read.connect(self._show_runs)

    def _arrived(self, run: str) -> None:
        """A run was imported: it is selected once it is listed."""
        self._awaited = frozenset((run,))
        self.reload()

    def _to_table(self) -> None:
        if self.found.rowCount():
            self.table.setFocus()
            if not self.table.selectionModel().hasSelection():
                self.table.selectRow(0)

    def _show_runs(self, runs: list[RunSummary]) -> None:
        if self.table.editing:
            return
        chosen = [run.id for run in self.chosen()]
        if self.model.set_runs(runs):
            self.search.show_networks(run.facts.network for run in runs)
            if [run.id for run in self.chosen()] != chosen:
                self.choose(*chosen)
        present = self.model.present()
        # the columns are fitted again when a label, or the length of a text of the present run, changes
        growing = [len(column.text(run)) for run in runs if run.id == present for column in COLUMNS]
        self.table.follow_labels((present, [(run.title, run.context, bool(run.notes)) for run in runs], growing))
        if self._awaited and self._awaited <= {run.id for run in runs}:
            self.choose(*self._awaited)
            self._awaited = frozenset()
        self._show()

    def _show(self) -> None:
        """Show the table, or say why it is empty."""
        shown, all_runs = self.found.rowCount(), len(self.model.runs)
        self.search.show_counts(shown, all_runs, [run.title for run in self._deleted[-1]] if self._deleted else ())
        self._show_row()
        self.table.undoable = bool(self._deleted)
        if not all_runs:
            self._empty.setText(self.tr("Reading the runs …") if self._listing.unread else why_no_runs())
        elif not shown:
            self._empty.setText(self.tr("No run matches. Search for fewer words, or choose all networks."))
        self._stack.setCurrentWidget(self.table if shown else self._empty)
        self._enable()

    def _show_row(self) -> None:
        roomy = self.height() >= ROOM_FOR_ROW and bool(self.model.runs)
        self.search.setVisible(roomy or self.search.needed)
        self.search.field.setEnabled(bool(self.model.runs))

    def _enable(self) -> None:
        self.actions_by_id.refresh()
        for name, button in self.buttons.items():
            button.setEnabled(self.actions_by_id[name].isEnabled())

    def _label(self, run: str, name: str, notes: str) -> None:
        self._done(lambda library: library.label(run, name, notes))
        self.table.fit_columns()
        self.reload()

    def _folders(self, runs: Iterable[RunSummary]) -> list[tuple[Path, RunSummary]]:
        """The runs that still exist, with their folders; :attr:`failed` is emitted for each of the others."""
        found: list[tuple[Path, RunSummary]] = []
        for run in runs:
            self._done(lambda library, run=run: found.append((library.folder(run.id), run)))  # type: ignore[misc]
        return found

    def _done(self, action: Callable[[Library], object]) -> bool:
        """Call a function with the library; returns whether it succeeded."""
        from cnnviz.runs.folder import RunError

        try:
            action(library())
        except RunError as error:
            self.failed.emit(text(error.sentence))
            self.reload()
            return False
        return True
