"""The page of a sweep: its trials as a table, the best so far, parallel coordinates, and what mattered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.language import text
from cnnviz.gui.panels.sweep import words
from cnnviz.gui.panels.sweep.best_curve import BestCurve
from cnnviz.gui.panels.sweep.importance import ImportanceBars
from cnnviz.gui.panels.sweep.model import TrialsModel
from cnnviz.gui.panels.sweep.opening import OpenButton, entries
from cnnviz.gui.panels.sweep.parallel import ParallelPlot
from cnnviz.gui.panels.sweep.state import as_csv, drawn
from cnnviz.gui.panels.sweep.table import ShownTrials, TrialsTable
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.error_label import ErrorLabel
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.sweeps.results import LEAST_FOR_IMPORTANCE, RUNNING

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.gui.panels.sweep.state import Drawn
    from cnnviz.gui.run.sweep_watch import SweepWatch
    from cnnviz.gui.theme import Theme
    from cnnviz.sweeps.results import Result


AGAIN_MILLISECONDS = 10_000
"""After this time a process that still runs can be asked to end again."""


class SweepPage(Panel):
    """Shows what ``watch`` finds.

    ``looked(Path)`` asks to show the run of a trial, ``opened(Project)`` to open its project in another window,
    ``taken(Result)`` to put its values into the project. ``newAsked`` follows the button for a new sweep, ``endAsked``
    the button that ends the process of this one, ``goOnAsked`` the button that starts its command again.
    """

    looked = Signal(object)
    opened = Signal(object)
    taken = Signal(object)
    newAsked = Signal()
    endAsked = Signal(str)
    goOnAsked = Signal(str)

    def __init__(self, watch: SweepWatch, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watch = watch
        self._drawn: Drawn | None = None
        self.sweeps = ChoiceBox()
        self.sweeps.setAccessibleName(self.tr("Sweep"))
        self.sweeps.setMinimumWidth(120)
        self.open = OpenButton()
        self.new = QPushButton(self.tr("New sweep …"))
        self.end = QPushButton(self.tr("End it"))
        self.end.setToolTip(self.tr("End the process of this sweep; the trials under way do not count"))
        self.go_on = QPushButton(self.tr("Go on"))
        self.go_on.setToolTip(self.tr("Start the command of this sweep again, to make the trials that are left"))
        self.summary, self.trouble, self.reading = ElidedLabel(), ErrorLabel(), ElidedLabel()
        self.reading.setProperty("role", "muted")
        self.parallel, self.curve, self.importance = ParallelPlot(theme), BestCurve(theme), ImportanceBars(theme)
        self.model = TrialsModel(theme)
        self.shown = ShownTrials(self.model)
        self.table = TrialsTable(self.shown)
        self.look = QPushButton(self.tr("Look at its run"))
        self.look.setToolTip(self.tr("Show the curves of this trial, and kernels and maps at its recorded moments"))
        self.project = QPushButton(self.tr("Open its project"))
        self.project.setToolTip(self.tr("Open the network and the recipe of this trial in another window"))
        self.take = QPushButton(self.tr("Take its values"))
        self.take.setToolTip(
            self.tr("Put the values of this trial into the project of this window; undo takes them back")
        )
        self._empty = MutedLabel(centred=True)
        self._lay_out()
        self.setFocusProxy(self.table)
        self._connect()
        self.menu = PictureMenu(self, self.tr("Sweep"), self._file_name, {"csv": self._as_csv})
        self.menu.message.connect(self.message)
        self._refresh()

    def picture_menu(self) -> PictureMenu:
        """See :meth:`Panel.picture_menu`."""
        return self.menu

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        for part in (self.parallel, self.curve, self.importance, self.model):
            part.set_theme(theme)

    def follow(self, storage: str, name: str = "") -> None:
        """Show the sweep of this name in a storage."""
        self._watch.follow(storage, name)

    def follow_newest(self) -> None:
        """Show the newest sweep on this machine, unless a sweep is shown already."""
        from cnnviz.sweeps.watching import kept_sweeps

        if not self._watch.storage and (kept := kept_sweeps()):
            self._watch.follow(str(kept[0]))

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the sweep is followed while it is looked at."""
        super().showEvent(event)
        self._watch.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing is read while hidden."""
        self._watch.watch(False)
        super().hideEvent(event)

    def look_at(self) -> None:
        """Show the run of the selected trial."""
        if (folder := self._folder()) is not None:
            self.looked.emit(folder)

    def open_project(self) -> None:
        """Open the project of the selected trial in another window."""
        from cnnviz.runs.folder import RunError, moments
        from cnnviz.runs.live_changes import trained_project

        if (folder := self._folder()) is not None:
            try:
                self.opened.emit(trained_project(folder, max(moments(folder), default=0)))
            except RunError as error:
                self.failed.emit(text(error.sentence))

    def _folder(self) -> Path | None:
        """The folder of the run of the selected trial; a sentence says why it has none."""
        from cnnviz.runs.folder import RunError
        from cnnviz.runs.library import Library
        from cnnviz.runs.recorder import runs_folder

        chosen = self.table.chosen()
        if chosen is None:
            return None
        if not chosen.run:
            self.message.emit(
                self.tr("This trial is still trained; it can be looked at once it has ended.")
                if chosen.state == RUNNING
                else self.tr("This trial was not recorded.")
            )
            return None
        try:
            return Library(runs_folder()).folder(chosen.run)
        except RunError as error:
            self.failed.emit(text(error.sentence))
            return None

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.sweeps)
        head.addWidget(self.open)
        head.addWidget(self.summary, 1)
        head.addWidget(self.end)
        head.addWidget(self.go_on)
        head.addWidget(self.new)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.curve)
        right.addWidget(self.importance)
        diagrams = QSplitter(Qt.Orientation.Horizontal)
        diagrams.addWidget(self.parallel)
        diagrams.addWidget(right)
        diagrams.setStretchFactor(0, 5)
        diagrams.setStretchFactor(1, 2)
        beside = QHBoxLayout()
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(6)
        beside.addWidget(self.reading, 1)
        for button in (self.look, self.project, self.take):
            beside.addWidget(button)
        below = QVBoxLayout(lower := QWidget())
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addLayout(beside)
        below.addWidget(self.table, 1)
        content = QSplitter(Qt.Orientation.Vertical)
        content.addWidget(diagrams)
        content.addWidget(lower)
        content.setStretchFactor(0, 1)
        content.setStretchFactor(1, 1)
        for splitter in (right, diagrams, content):
            splitter.setChildrenCollapsible(False)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.trouble)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self._watch.changed.connect(self._refresh)
        self.sweeps.activated.connect(lambda at: self._watch.follow(*self.sweeps.itemData(at)))
        self.open.chosen.connect(self._watch.follow)
        self.open.failed.connect(self.failed)
        self.new.clicked.connect(self.newAsked)
        self.end.clicked.connect(self._end)
        self.go_on.clicked.connect(lambda: self.goOnAsked.emit(self._watch.state.process))
        for plot in (self.parallel, self.curve):
            plot.pointed.connect(self._point_row)
            plot.chosen.connect(self._choose_row)
        self.parallel.asked.connect(self._look_at_row)
        self.parallel.brushed.connect(self._show_chosen)
        self.table.pointed.connect(self._point)
        self.table.asked.connect(self.look_at)
        self.table.selected.connect(self._select)
        self.look.clicked.connect(self.look_at)
        self.project.clicked.connect(self.open_project)
        self.take.clicked.connect(lambda: self.taken.emit(self.table.chosen()))

    def _refresh(self) -> None:
        """Show what was found of the sweep that is followed."""
        state = self._watch.state
        snapshot, before = state.snapshot, self._drawn
        self._show_sweeps()
        if snapshot is None:
            self._drawn = None
        elif before is None or before.results != snapshot.results or len(before.axes) != len(snapshot.axes):
            self._drawn = drawn(snapshot.results, snapshot.axes)
        best = None if self._drawn is None or self._drawn.best is None else self._drawn.results[self._drawn.best]
        self.summary.setText(words.summary(state, best))
        trouble = words.trouble(state)
        self.trouble.say(trouble)
        self.end.setVisible(state.running)
        self.go_on.setVisible(state.restartable and (snapshot is None or snapshot.ended < snapshot.trials_wanted))
        self._stack.setCurrentIndex(1 if snapshot is not None and snapshot.results else 0)
        self._empty.setText("" if trouble else words.why_empty(kept=bool(state.kept), chosen=bool(self._watch.storage)))
        if snapshot is not None:
            sentence = words.why_no_importance(snapshot, LEAST_FOR_IMPORTANCE)
            self.importance.set_shares(snapshot.importance, "" if snapshot.importance else sentence)
        if self._drawn is not before:
            self._show_trials(best)
        self._select()

    def _show_trials(self, best: Result | None) -> None:
        found = self._drawn
        titles = () if found is None else tuple(axis.title for axis in found.axes)
        chosen = self.table.chosen()
        results = () if found is None else found.results
        all_rows_new = self.model.set_results(results, titles, None if best is None else best.number)
        self.table.show_reasons(any(each.reason for each in results))
        for plot in (self.parallel, self.curve):
            plot.set_state(found)
        self._show_chosen()
        if all_rows_new:
            self.table.fit_columns()
        if chosen is not None and self.table.chosen() is None:
            self.table.choose(chosen.number)

    def _show_sweeps(self) -> None:
        """List the sweeps of this machine, and the one that is followed."""
        state, storage = self._watch.state, self._watch.storage
        found = entries(state.kept, storage, state.snapshot)
        if found != [(self.sweeps.itemText(at), self.sweeps.itemData(at)) for at in range(self.sweeps.count())]:
            with QSignalBlocker(self.sweeps):
                self.sweeps.clear()
                for title, data in found:
                    self.sweeps.addItem(title, data)
        in_storage = next((at for at, (_, data) in enumerate(found) if data[0] == storage), -1)
        sweep = next((at for at, (_, data) in enumerate(found) if data == (storage, self._watch.name)), in_storage)
        self.sweeps.setCurrentIndex(sweep)
        self.sweeps.setVisible(bool(found))

    def _show_chosen(self) -> None:
        """Show those trials in the table that pass through the chosen parts of axes."""
        found = self._drawn
        if found is None or not self.parallel.brushes:
            self.shown.show_only(None)
        else:
            within = zip(found.results, self.parallel.inside.tolist(), strict=True)
            self.shown.show_only(frozenset(each.number for each, inside in within if inside))

    def _point(self, number: int | None) -> None:
        """Highlight a trial in both plots and in the table."""
        found = self._drawn
        row = None if number is None or found is None else found.row(number)
        self.model.point(number)
        for plot in (self.parallel, self.curve):
            plot.point(row)
        chosen = self.table.chosen()
        read = chosen if row is None or found is None else found.results[row]
        self.reading.setText("" if read is None else words.trial(read))

    def _point_row(self, row: int | None) -> None:
        number = None if row is None or self._drawn is None else self._drawn.results[row].number
        self._point(number)
        if number is not None:
            self.table.show_row(number)

    def _choose_row(self, row: int) -> None:
        if self._drawn is not None:
            self.table.choose(self._drawn.results[row].number)

    def _end(self) -> None:
        # the trials under way take a moment to end
        self.end.setEnabled(False)
        QTimer.singleShot(AGAIN_MILLISECONDS, self, lambda: self.end.setEnabled(True))
        self.endAsked.emit(self._watch.state.process)

    def _look_at_row(self, row: int) -> None:
        self._choose_row(row)
        self.look_at()

    def _select(self) -> None:
        chosen, found = self.table.chosen(), self._drawn
        self.parallel.select(None if chosen is None or found is None else found.row(chosen.number))
        for button in (self.look, self.project, self.take):
            button.setEnabled(chosen is not None)
        self._point(self.model.pointed)

    def _file_name(self) -> str:
        return "" if self._drawn is None or not self._drawn.results else f"sweep-{self._watch.name}"

    def _as_csv(self) -> str:
        snapshot = self._watch.state.snapshot
        assert snapshot is not None
        return as_csv(snapshot.results, snapshot.axes)
