"""The row in which the user chooses a side of the comparison: a run, one of its moments, and a sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, percent
from cnnviz.gui.run.run_names import news, rates
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.plain import PlainLabel, literal
from cnnviz.runs.names import fitted, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.gui.run.sides import Side
    from cnnviz.inspection.moment import Sample
    from cnnviz.runs.summary import RunSummary

LETTERS = 40
"""The most letters of the name of a run or a dataset in the list."""
NAME_ROLE = Qt.ItemDataRole.UserRole + 1
"""The role of the name of a run in the list."""
NETWORK_LETTERS = 18
"""The most letters of the name of a network before the time of a run."""
RUN_WIDTH, STEP_WIDTH = 90, 84
"""The least widths of the lists, in pixels."""


class RunBox(ChoiceBox):
    """A list of runs. In a narrow box the name of the network is shortened, so that the time remains."""

    def fitting_text(self, text: str, room: int) -> str:
        """What is shown of a text in ``room`` pixels."""
        name, fits = self.currentData(NAME_ROLE) or "", self.fontMetrics().horizontalAdvance
        if not name or fits(f"{name} …") <= room:
            return super().fitting_text(text, room)
        return super().fitting_text(fitted(name, "", lambda short: fits(short) <= room), room)


class SideRow(QWidget):
    """``chosen(Side)`` follows a choice of the user."""

    chosen = Signal(object)

    def __init__(self, letter: str, side: Side) -> None:
        super().__init__()
        self._letter, self._side = letter, side
        self._sample: Sample | None = None
        """The sample of the window."""
        self._steps: tuple[int, ...] | None = None
        self._runs: Sequence[tuple[Path, RunSummary]] = ()
        self._present: Path | None = None
        """The folder of the present run."""
        head = PlainLabel(letter)
        head.setProperty("role", "title")
        self.run, self.step, self.keep = RunBox(), ChoiceBox(), QToolButton()
        self.run.setAccessibleName(self.tr("Run of side {letter}").format(letter=letter))
        self.step.setAccessibleName(self.tr("Moment of side {letter}").format(letter=letter))
        self.run.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.run.setMinimumWidth(RUN_WIDTH)
        self.step.setMinimumWidth(STEP_WIDTH)
        self.keep.setCheckable(True)
        self.run.addItem(self.tr("present run"), None)
        self.run.activated.connect(self._choose_run)
        self.step.activated.connect(lambda _: self._choose(replace(self._side, step=self.step.currentData())))
        self.keep.clicked.connect(lambda on: self._choose(replace(self._side, sample=self._sample if on else None)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(head)
        row.addWidget(self.run, 1)
        row.addWidget(self.step)
        row.addWidget(self.keep)
        self.show_side(side)
        self.show_steps(())

    def show_side(self, side: Side) -> None:
        """Show the chosen run, moment and sample."""
        self._side = side
        self._list_runs()
        # not findData: Qt compares objects of Python by identity
        folders = [self.run.itemData(place) for place in range(self.run.count())]
        at = folders.index(side.folder) if side.folder in folders else -1
        if at < 0 and side.folder is not None:
            self.run.addItem(side.folder.name, side.folder)
            at = self.run.count() - 1
        self.run.setCurrentIndex(at)
        # the whole name, where the box has no room for it
        self.run.setToolTip(literal(self.run.currentText()))
        self._show_sample()

    def show_runs(self, runs: Sequence[tuple[Path, RunSummary]], present: Path | None = None) -> None:
        """Offer these recorded runs, the newest first. The run in the folder ``present`` is the present run."""
        self._runs, self._present = runs, present
        self.show_side(self._side)

    def show_steps(self, steps: tuple[int, ...]) -> None:
        """Offer the moments at these steps, and the last state."""
        now = self.tr("now") if self._side.folder is None else self.tr("last")
        chosen = self._side.step
        if (steps, now) != (self._steps, self.step.itemText(0)):
            self._steps = steps
            with QSignalBlocker(self.step):
                self.step.clear()
                self.step.addItem(now, None)
                for step in steps:
                    self.step.addItem(self.tr("step {step}").format(step=grouped(step)), step)
        at = self.step.findData(chosen)
        if at < 0:
            self.step.addItem(self.tr("step {step}").format(step=grouped(chosen or 0)), chosen)
            at = self.step.count() - 1
        self.step.setCurrentIndex(at)

    def show_sample(self, sample: Sample | None) -> None:
        """Show the sample of the window, which can be kept."""
        self._sample = sample
        self._show_sample()

    def _list_runs(self) -> None:
        """List each run once: the present run by its folder only if it was chosen so."""
        with QSignalBlocker(self.run):
            while self.run.count() > 1:
                self.run.removeItem(1)
            for folder, run in self._runs:
                if folder != self._present:
                    self.run.addItem(_title(run), folder)
                elif folder == self._side.folder:
                    name = self.tr("{name} (present run)").format(name=_name(run))
                    self.run.addItem(name, folder)
                else:
                    continue
                self.run.setItemData(self.run.count() - 1, _name(run), NAME_ROLE)

    def _show_sample(self) -> None:
        kept = self._side.sample
        self.keep.setEnabled(kept is not None or self._sample is not None)
        self.keep.setChecked(kept is not None)
        self.keep.setText(
            (self.tr("Keep sample for {side}") if kept is None else self.tr("{side} keeps {sample}")).format(
                side=self._letter, sample="" if kept is None else name_of(kept)
            )
        )
        self.keep.setToolTip(
            self.tr("This side keeps the present sample, also after another is chosen. The other side changes.")
            if kept is None
            else self.tr("Show again whichever sample is chosen in Sample")
        )

    def _choose_run(self, index: int) -> None:
        self._choose(replace(self._side, folder=self.run.itemData(index), step=None))

    def _choose(self, side: Side) -> None:
        self._side = side
        self.chosen.emit(side)


def name_of(sample: Sample) -> str:
    """A short name of a sample: its label and number, or where it is from, and whether it was changed."""
    has_number = sample.label is not None and sample.index is not None
    name = f"{sample.label} (#{sample.index})" if has_number else sample.split
    if sample.undamaged is None:
        return name
    return QCoreApplication.translate("samples", "{name}, changed").format(name=name)


def _name(run: RunSummary) -> str:
    """The name of the run. A narrow list shows its beginning only, so that of the network is short."""
    short = replace(run.facts, network=shortened(run.facts.network, NETWORK_LETTERS))
    return shortened(replace(run, facts=short).title, LETTERS)


def _title(run: RunSummary) -> str:
    """The run in the list. After the name of one that the user has not named follows what is new in it."""
    accuracy, new = run.numbers.validation_accuracy, "" if run.name else news(run)
    parts = [part for part in (_name(run), new) if part]
    parts.append(counted("{count} steps", "1 step", run.numbers.steps))
    if accuracy is not None:
        parts.append(percent(accuracy))
    if run.facts.optimizer:
        rate = QCoreApplication.translate("SideRow", "rate {rate}").format(rate=rates(run))
        parts += [] if rate in new else [rate]
    if run.facts.dataset:
        parts.append(shortened(run.facts.dataset, LETTERS))
    return " · ".join(parts)
