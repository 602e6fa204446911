"""The Compare tab: two moments, two runs or two samples side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.panels.compare.answers_page import AnswersPage
from cnnviz.gui.panels.compare.curves_page import CurvesPage
from cnnviz.gui.panels.compare.mistakes_page import MistakesPage
from cnnviz.gui.panels.compare.observed import ObservedSide
from cnnviz.gui.panels.compare.results_page import ResultsPage
from cnnviz.gui.panels.compare.samples_page import SamplesPage
from cnnviz.gui.panels.compare.side_row import SideRow
from cnnviz.gui.panels.compare.tiles_page import TilesPage
from cnnviz.gui.run.run_names import listed_folder
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.panel import Panel
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.sides import Sides
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.runs.summary import RunSummary

RESULTS, KERNELS, MAPS, ANSWERS, MISTAKES = "results", "kernels", "maps", "answers", "mistakes"
SAMPLES, CURVES = "samples", "curves"
POLL_MILLISECONDS = 30
SPACE = 4
"""Pixels between the buttons of the pages."""
MOST_ROOM = 2**15
"""Room for all controls, in pixels."""
LOWEST = 56
"""The least height of a page, in pixels."""


class ComparePanel(Panel):
    """``overlayAsked(list)`` follows the wish to see curves, with pairs of a folder and a :class:`RunSummary`;
    ``sampleAsked(Sample)`` the choice of an image."""

    overlayAsked = Signal(object)
    sampleAsked = Signal(object)

    def __init__(
        self, bridge: Bridge, sides: Sides, selection: Selection, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._sides, self._selection = bridge, sides, selection
        self._sample: Sample | None = None
        self._room = MOST_ROOM
        """The room for the controls, in pixels."""
        self._runs: list[tuple[Path, RunSummary]] = []
        self._present: Path | None = None
        """The folder of the present run, as the lists of runs have it."""
        self._job: Job[None, list[tuple[Path, RunSummary]]] | None = None
        self.sides = ObservedSide(bridge, self), ObservedSide(bridge, self)
        self.rows = SideRow("A", sides.pair[0]), SideRow("B", sides.pair[1])
        self.exchange = QToolButton()
        self.exchange.setText("⇄")
        self.exchange.setToolTip(self.tr("Exchange A and B"))
        self.exchange.setAccessibleName(self.exchange.toolTip())
        self.exchange.clicked.connect(sides.swap)
        self.results, self.answers = ResultsPage(), AnswersPage(theme)
        self.kernels, self.maps = TilesPage(theme, kernels=True), TilesPage(theme, kernels=False)
        self.mistakes, self.samples = MistakesPage(theme), SamplesPage(theme)
        self.curves = CurvesPage(theme)
        self._pages = {
            RESULTS: self.results,
            CURVES: self.curves,
            KERNELS: self.kernels,
            MAPS: self.maps,
            ANSWERS: self.answers,
            MISTAKES: self.mistakes,
            SAMPLES: self.samples,
        }
        self._stack = QStackedWidget()
        for page in self._pages.values():
            self._stack.addWidget(page)
        # a page that needs more must not push the network away
        self._stack.setMinimumHeight(LOWEST)
        self._make_controls()
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.rows[0], 1)
        row.addWidget(self.exchange)
        row.addWidget(self.rows[1], 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._head)
        column.addWidget(self._stack, 1)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._take_runs)
        self._connect()
        self.set_theme(theme)
        self._follow_sides()
        self.samples.choose_layer(selection.current or "")
        if sides.reference is not None:
            self._follow_reference()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self._controls

    def fit_controls(self, room: int) -> None:
        """See :meth:`Panel.fit_controls`; a list takes the place of the buttons that have no room. The switches of the
        curves, which are in their menu too, give way if there is no room beside the list."""
        self._room = room
        buttons, curves = tuple(self.buttons.values()), self._stack.currentWidget() is self.curves
        switches = _width(self.curves.scales.switches) if curves else 0
        narrow = _width(buttons) + switches > room
        for button in buttons:
            button.setVisible(not narrow)
        self.page.setVisible(narrow)
        beside = curves and (not narrow or _width([self.page]) + switches <= room)
        for switch in self.curves.scales.switches:
            switch.setVisible(beside)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for page in (self.curves, self.answers, self.kernels, self.maps, self.mistakes, self.samples):
            page.set_theme(theme)

    def set_dataset(self, dataset: Dataset) -> None:
        """Set the images that both sides predict, and the names of the classes."""
        for page in (self.answers, self.samples):
            page.set_classes(dataset.classes)
        self.mistakes.set_dataset(dataset)

    def show_page(self, identifier: str) -> None:
        """Bring a page to the front."""
        self.buttons[identifier].setChecked(True)
        self.page.setCurrentIndex(self.page.findData(identifier))
        self._stack.setCurrentWidget(self._pages[identifier])
        self.fit_controls(self._room)
        # this page compares samples at the moment on screen
        self._head.setHidden(identifier == SAMPLES)
        self._draw()

    def questions(self) -> Questions:
        """See :meth:`Panel.questions`; the other pages ask observers of their own."""
        front = self._stack.currentWidget() is self.samples and self.isVisible()
        return self.samples.questions() if front else frozenset()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Follow the sample of the window."""
        self._set_sample(snapshot.sample)
        self.samples.show_snapshot(snapshot)

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self.samples.show_snapshot(None)

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: both sides are observed while they are looked at."""
        super().showEvent(event)
        if self._bridge.shown is not None:
            self._set_sample(self._bridge.shown.sample)
        self._read_runs()
        for side in self.sides:
            side.watch(True)
        self._draw()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing is observed while hidden."""
        for side in self.sides:
            side.watch(False)
        super().hideEvent(event)

    def close_sides(self) -> bool:
        """End the threads; returns whether they have ended in time."""
        self._poll.stop()
        ended = [self.mistakes.predicted.close(), *(side.close() for side in self.sides)]
        return (self._job is None or self._job.close()) and all(ended)

    def _make_controls(self) -> None:
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        self.page = ChoiceBox()
        self.page.setAccessibleName(self.tr("What to compare"))
        self.page.activated.connect(lambda _: self.show_page(self.page.currentData()))
        for identifier, title, tip in (
            (RESULTS, self.tr("Results"), self.tr("What differs in the projects, and results and costs")),
            (CURVES, self.tr("Curves"), self.tr("Loss and accuracy of both runs on one pair of axes")),
            (KERNELS, self.tr("Kernels"), self.tr("The weights of a layer on one scale, or their difference")),
            (MAPS, self.tr("Maps"), self.tr("The maps of a layer on one scale, or their difference")),
            (ANSWERS, self.tr("Answers"), self.tr("What both say of the sample")),
            (MISTAKES, self.tr("Mistakes"), self.tr("The validation images that one gets wrong, or both")),
            (SAMPLES, self.tr("Two samples"), self.tr("The layer at which two samples become different")),
        ):
            button = self.buttons[identifier] = QToolButton()
            button.setText(title)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, identifier=identifier: self.show_page(identifier))
            group.addButton(button)
            row.addWidget(button)
            self.page.addItem(title, identifier)
        row.addWidget(self.page)
        self.page.hide()
        for switch in self.curves.scales.switches:
            row.addWidget(switch)
            switch.hide()
        self.buttons[RESULTS].setChecked(True)
        self._controls.hide()

    def _connect(self) -> None:
        self._sides.changed.connect(self._follow_sides)
        self._sides.referenceChanged.connect(self._follow_reference)
        self._selection.changed.connect(self._follow_selection)
        for menu in (self.samples.menu, self.curves.menu):
            menu.message.connect(self.message)
        self.samples.keepAsked.connect(self._keep_sample)
        self.samples.layerAsked.connect(lambda node: self._selection.select([node]))
        self.results.overlayAsked.connect(self._overlay)
        self.results.mistakesAsked.connect(lambda: self.show_page(MISTAKES))
        self.mistakes.sampleAsked.connect(self.sampleAsked)
        for place, (row, side) in enumerate(zip(self.rows, self.sides, strict=True)):
            row.chosen.connect(lambda chosen, place=place: self._sides.choose(place, chosen))
            side.changed.connect(self._draw)
        for page in (self.kernels, self.maps):
            page.changed.connect(self._draw)

    def _follow_sides(self) -> None:
        for row, side, chosen in zip(self.rows, self.sides, self._sides.pair, strict=True):
            row.show_side(chosen)
            side.set_side(chosen)
        self._draw()

    def _follow_reference(self) -> None:
        self.samples.set_reference(self._sides.reference)
        self.show_page(SAMPLES)

    def _keep_sample(self) -> None:
        if self._sample is not None and not self._sample.blank:
            self._sides.set_reference(self._sample)

    def _follow_selection(self) -> None:
        self.samples.choose_layer(self._selection.current or "")
        for page in (self.kernels, self.maps):
            page.choose_layer(self._selection.current)

    def _set_sample(self, sample: Sample) -> None:
        if sample is not self._sample:
            self._sample = sample
            for row in self.rows:
                row.show_sample(sample)
            self._draw()

    def _draw(self) -> None:
        """Ask the questions of the page in front, and draw the newest answers."""
        if not self.isVisible():
            return
        present = listed_folder(self._bridge.recorder, self._bridge.session.status.run)
        if present != self._present:
            self._present = present
            self._list_runs()
            # the run that was the present one before may not be listed yet
            self._read_runs()
        a, b = self.sides
        for row, side in zip(self.rows, self.sides, strict=True):
            row.show_steps(() if side.loaded is None else side.loaded.steps)
        page = self._stack.currentWidget()
        questions: tuple[Questions, Questions] = (frozenset(), frozenset())
        if isinstance(page, TilesPage):
            page.show_layers(a.loaded, self._selection.current)
            questions = page.questions(a.loaded, b.loaded)
        elif isinstance(page, AnswersPage):
            questions = (page.questions(), page.questions())
        for side, chosen, asked in zip(self.sides, self._sides.pair, questions, strict=True):
            side.ask(chosen.sample or self._sample, asked)
        if isinstance(page, ResultsPage):
            page.show_sides(a.loaded, b.loaded)
        elif isinstance(page, CurvesPage):
            one, other = self._sides.pair
            page.show_sides(a.loaded, b.loaded, same=one.folder == other.folder)
        elif isinstance(page, TilesPage | AnswersPage | MistakesPage):
            page.show_sides(a, b)

    def _overlay(self) -> None:
        known = dict(self._runs)
        folders = [side.folder for side in self.sides]
        self.overlayAsked.emit([(folder, known[folder]) for folder in dict.fromkeys(folders) if folder in known])

    def _read_runs(self) -> None:
        if self._job is None:
            self._job = Job("cnnviz-compared-runs", lambda _: _recorded_runs(), said).start()
            self._poll.start()

    def _take_runs(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None or not state.ended:
            return
        self._job = None
        self._poll.stop()
        if state.result is not None:
            self._runs = state.result
            self._list_runs()

    def _list_runs(self) -> None:
        for row in self.rows:
            row.show_runs(self._runs, self._present)


def _width(parts: Sequence[QWidget]) -> int:
    """The width of controls side by side, in pixels."""
    return sum(part.sizeHint().width() + SPACE for part in parts)


def _recorded_runs() -> list[tuple[Path, RunSummary]]:
    from cnnviz.runs.context import in_context
    from cnnviz.runs.library import Library
    from cnnviz.runs.recorder import runs_folder

    home = runs_folder()
    return [(home / run.id, run) for run in in_context(home, Library(home).runs())]
