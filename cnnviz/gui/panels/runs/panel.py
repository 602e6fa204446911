"""The Runs tab: all recorded runs, to be looked at, named, opened and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.language import text
from cnnviz.gui.panels.runs.model import NOTES, SORT_ROLE, RunsModel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.runs.library import Library
    from cnnviz.runs.summary import RunSummary

POLL_MILLISECONDS = 30
RELOAD_MILLISECONDS = 3000
"""So often a list that is visible is read again: runs grow, and other windows record too."""


class RunsPanel(Panel):
    """The table and its buttons.

    ``looked(Path, steps)`` follows the wish to look at a run, ``opened(Project)`` that to open its project in a window
    of its own; ``failed(str)`` says what could not be done.
    """

    looked = Signal(object, object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: Job[None, list[RunSummary]] | None = None
        self._deleted: list[str] = []
        """The runs that were deleted from this table, the newest last."""
        self.model = RunsModel()
        self.model.labelled.connect(self._label)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self.table.setModel(self._sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(22)
        self.table.setAccessibleName(self.tr("Recorded runs"))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NOTES, QHeaderView.ResizeMode.Stretch)
        self._empty = PlainLabel(self.tr("Every run is listed here once it has been trained."))
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._make_controls()
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.model.modelReset.connect(self._enable)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._read)
        self._again = QTimer(self)
        self._again.setInterval(RELOAD_MILLISECONDS)
        self._again.timeout.connect(self.reload)
        self._enable()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self._controls

    def chosen(self) -> RunSummary | None:
        """The run that is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.runs[self._sorted.mapToSource(rows[0]).row()] if rows else None

    def choose(self, run: str) -> None:
        """Select a run."""
        for row, one in enumerate(self.model.runs):
            if one.id == run:
                self.table.selectRow(self._sorted.mapFromSource(self.model.index(row, 0, QModelIndex())).row())

    def reload(self) -> None:
        """Read the list of runs, beside the window."""
        if self._job is None and self.table.state() != QAbstractItemView.State.EditingState:
            self._job = Job("cnnviz-runs", lambda _: _library().runs(), said).start()
            self._poll.start()

    def close_reading(self) -> bool:
        """End the reading of the list; whether it has ended."""
        self._poll.stop()
        self._again.stop()
        return self._job is None or self._job.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the list is read when it is looked at."""
        super().showEvent(event)
        self.reload()
        self._again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing is read while hidden."""
        self._again.stop()
        super().hideEvent(event)

    def _make_controls(self) -> None:
        self.look = QPushButton(self.tr("Look at it"))
        self.look.setToolTip(self.tr("Show the curves of this run, and kernels and maps at its recorded moments"))
        self.open = QPushButton(self.tr("Open its project"))
        self.open.setToolTip(self.tr("Open the network and the recipe of this run in another window"))
        self.delete = QPushButton(self.tr("Delete"))
        self.delete.setToolTip(self.tr("Move this run to the trash, from which it can be brought back for 30 days"))
        self.restore = QPushButton(self.tr("Bring back"))
        self.restore.setToolTip(self.tr("Bring back the run that was deleted last"))
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for button, action in (
            (self.look, self._look),
            (self.open, self._open),
            (self.delete, self._delete),
            (self.restore, self._restore),
        ):
            button.clicked.connect(action)
            row.addWidget(button)
        self.table.doubleClicked.connect(lambda index: None if index.column() in (0, NOTES) else self._look())
        self._controls.hide()

    def _enable(self) -> None:
        run = self.chosen()
        for button in (self.look, self.open, self.delete):
            button.setEnabled(run is not None)
        self.restore.setVisible(bool(self._deleted))
        self._stack.setCurrentWidget(self.table if self.model.runs else self._empty)

    def _read(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None or not state.ended:
            return
        self._job = None
        self._poll.stop()
        if state.result is not None:
            run = self.chosen()
            self.model.set_runs(state.result)
            if run is not None:
                self.choose(run.id)
            self._enable()

    def _look(self) -> None:
        run = self.chosen()
        if run is not None and (folder := self._folder(run)) is not None:
            self.looked.emit(folder, tuple(moment.step for moment in run.moments))

    def _open(self) -> None:
        from cnnviz.runs.folder import RunError, project_at

        run = self.chosen()
        if run is None or (folder := self._folder(run)) is None:
            return
        try:
            self.opened.emit(project_at(folder, run.numbers.steps))
        except RunError as error:
            self.failed.emit(text(error.sentence))

    def _delete(self) -> None:
        run = self.chosen()
        if run is not None and self._done(lambda library: library.delete(run.id)):
            self._deleted.append(run.id)
            self.model.set_runs([one for one in self.model.runs if one.id != run.id])
            self._enable()

    def _restore(self) -> None:
        if self._deleted and self._done(lambda library: library.restore(self._deleted.pop())):
            self._enable()
            self.reload()

    def _label(self, run: str, name: str, notes: str) -> None:
        if self._done(lambda library: library.label(run, name, notes)):
            self.reload()

    def _folder(self, run: RunSummary) -> Path | None:
        found: list[Path] = []
        self._done(lambda library: found.append(library.folder(run.id)))
        return found[0] if found else None

    def _done(self, action: Callable[[Library], object]) -> bool:
        """Do something with the library; whether that was possible."""
        from cnnviz.runs.folder import RunError

        try:
            action(_library())
        except RunError as error:
            self.failed.emit(text(error.sentence))
            self.reload()
            return False
        return True


def _library() -> Library:
    # not at the top of the file: a window that lists no runs needs none of this
    from cnnviz.runs.library import Library
    from cnnviz.runs.recorder import runs_folder

    return Library(runs_folder())
