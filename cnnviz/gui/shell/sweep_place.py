"""Sweeps in a window: the dialog that starts them, the page that shows them, and the question when it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.gui.widgets.focus_order import follow
from cnnviz.gui.widgets.plain import literal
from cnnviz.sentence import SaidError

if TYPE_CHECKING:
    from cnnviz.gui.panels.sweep.panel import SweepPage
    from cnnviz.gui.shell.middle_place import MiddlePlace
    from cnnviz.gui.widgets.panel_set import PanelSet
    from cnnviz.gui.workbench import Workbench
    from cnnviz.sweeps.results import Result


class SweepPlace(QObject):
    """Makes the page of a sweep when it is opened for the first time, and shows it in the place of the network."""

    def __init__(self, middle: MiddlePlace, panels: PanelSet, bench: Workbench) -> None:
        super().__init__(middle)
        self._middle, self._panels, self._bench = middle, panels, bench
        panels.when_made("sweep", self._add)
        bench.requests.sweepStarted.connect(self.open)

    @property
    def page(self) -> SweepPage:
        """The page; it is made on first use."""
        return cast("SweepPage", self._panels["sweep"])

    def open(self, storage: str = "", name: str = "") -> None:
        """Show the page with the sweep of this name in this ``storage``.

        Without a storage the page keeps the sweep that it shows; if it shows none, it shows the newest on this machine.
        """
        page = self.page
        if storage:
            page.follow(storage, name)
        else:
            page.follow_newest()
        self._middle.show_page(page, self.tr("Sweep"))

    def ask(self) -> None:
        """Show the dialog for a new sweep."""
        from cnnviz.gui.shell.sweep_dialog import show_sweep

        show_sweep(self._bench)

    def may_close(self) -> bool:
        """Ask what becomes of the sweeps that were started in this window and still run; returns whether the window
        may close."""
        if not (running := self._bench.sweeping.running):
            return True
        question = QMessageBox(self._bench.window)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle(self.tr("Sweep"))
        question.setText(literal(self.tr("The sweep “{name}” still runs.").format(name=", ".join(running))))
        question.setInformativeText(
            self.tr("It is a process of its own and can go on without this window; File > Sweeps shows it again.")
        )
        on = question.addButton(self.tr("Let it go on"), QMessageBox.ButtonRole.AcceptRole)
        end = question.addButton(self.tr("End it"), QMessageBox.ButtonRole.DestructiveRole)
        question.addButton(QMessageBox.StandardButton.Cancel)
        question.setDefaultButton(on)
        question.exec()
        chosen = question.clickedButton()
        question.deleteLater()
        if chosen is end:
            self._bench.sweeping.end()
        return chosen is on or chosen is end

    def _add(self, page: SweepPage) -> None:
        self._middle.addWidget(page)
        follow(self._middle.canvas, page)
        requests = self._bench.requests
        page.newAsked.connect(self.ask)
        page.looked.connect(lambda run: self._bench.look(run))
        page.opened.connect(requests.projectAsked)
        page.endAsked.connect(_end)
        page.goOnAsked.connect(lambda name: self._bench.sweeping.go_on(name))
        page.taken.connect(self._take)

    def _take(self, trial: Result) -> None:
        """Put the values of a trial into the project."""
        from cnnviz.sweeps.space import applied

        editor = self._bench.editor
        nodes = (target.rpartition(".")[0] for target in trial.values)
        missing = [node for node in nodes if node and node not in editor.project.network.nodes]
        if missing:
            sentence = self.tr("This network has no layer “{node}”: the sweep is of another network.")
            self._bench.requests.message.emit(sentence.format(node=missing[0]))
            return
        try:
            project = applied(editor.project, trial.values)
        except SaidError as error:
            self._bench.requests.message.emit(text(error.sentence))
            return
        editor.apply(self.tr("Take the values of trial {number}").format(number=grouped(trial.number)), project)
        sentence = self.tr("The project has the values of trial {number} now. Undo takes them back.")
        self._bench.requests.message.emit(sentence.format(number=grouped(trial.number)))


def _end(name: str) -> None:
    from cnnviz.sweeps import beside

    beside.end(name)
