"""What a run has measured so far, on the axis that the user chose. numpy, no Qt."""

from __future__ import annotations

import csv
import io
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.gui.panels.curves.history import Floats, Series, Times, window
from cnnviz.network.layers.regularization import RandomDropping
from cnnviz.training.channels import (
    BatchMetrics,
    EpochsAdded,
    Evaluation,
    Event,
    Metrics,
    NetworkChanged,
    RateChanged,
    RunResumed,
    RunStarted,
)
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cnnviz.project.project import Project

Axis = Literal["steps", "epochs", "seconds"]
Mark = RateChanged | EpochsAdded | NetworkChanged
"""What happened at a step of a run and is marked on its curves."""


@dataclass(frozen=True)
class Reading:
    """All that is known of one step, counted from 1; ``validation`` is the last one up to it.

    The smooth values are means over the last ``averaged`` steps. ``dropout`` and ``augmented`` say how the training
    figures were measured: with values dropped at random, on changed images. All are computed in ``precision``.
    """

    step: int
    loss: float
    accuracy: float
    smooth_loss: float
    smooth_accuracy: float
    validation: Evaluation | None
    averaged: int = 1
    dropout: bool = False
    augmented: bool = False
    precision: str = ""


@dataclass
class _Record:
    """What one run has measured."""

    run: int | None = None
    loss: Series = field(default_factory=Series)
    accuracy: Series = field(default_factory=Series)
    times: Times = field(default_factory=Times)
    evaluations: list[Evaluation] = field(default_factory=list)
    splits: dict[str, list[Evaluation]] = field(default_factory=dict)
    changes: list[Mark] = field(default_factory=list)
    project: Project | None = None
    """What the run trains."""


def _step(one: Evaluation) -> int:
    return one.step


def _marks(change: Mark) -> bool:
    """Whether a change is worth a mark: it came after the first step, and something is different."""
    if change.step < 1:
        return False
    if isinstance(change, RateChanged):
        return change.before is None or change.value != change.before
    return True


def _drops(project: Project) -> bool:
    layers = (node.layer for node in project.network.nodes.values())
    return any(isinstance(layer, RandomDropping) and layer.p > 0 for layer in layers)


class RunHistory:
    """The metrics of the current run; those of the one before it are kept, for it may be gone back to."""

    def __init__(self) -> None:
        self._now = _Record()
        self._left: _Record | None = None
        self._newest = 0
        self.batches = 0
        self.precision = ""
        """What it is computed in; empty where that is not known."""

    @property
    def run(self) -> int | None:
        """The number of the run."""
        return self._now.run

    @property
    def loss(self) -> Series:
        """The loss of every step."""
        return self._now.loss

    @property
    def accuracy(self) -> Series:
        """The accuracy of every step."""
        return self._now.accuracy

    @property
    def evaluations(self) -> list[Evaluation]:
        """What was measured on the validation and the test images."""
        return self._now.evaluations

    @property
    def tested(self) -> bool:
        """Whether the test images were looked at."""
        return "test" in self._now.splits

    @property
    def changes(self) -> list[Mark]:
        """What happened while it ran."""
        return self._now.changes

    @property
    def guessing(self) -> float:
        """The loss of guessing, ln of the number of classes; 0 where the run's project is not known."""
        project = self._now.project
        return math.log(facts_of_data(project).classes) if project is not None else 0.0

    def _begin(self, run: int) -> None:
        if len(self):
            self._left = self._now
        self._now, self._newest = _Record(run), run

    def _resume(self, run: int) -> None:
        """Go back to the run that was left, which leaves the present one."""
        back = self._left if self._left is not None and self._left.run == run else _Record(run)
        self._left, self._now = self._now if len(self) else None, back
        # a run that was never trained leaves its number to the next one
        self._newest = max(run, self._left.run or 0) if self._left else run

    def __len__(self) -> int:
        """How many steps are known."""
        return len(self.loss)

    def add_metrics(self, metrics: Iterable[Metrics]) -> None:
        """Take what was measured; what belongs to an older run is dropped."""
        for one in metrics:
            if one.run > self._newest:
                self._begin(one.run)
            if one.run != self.run:
                continue
            if isinstance(one, Evaluation):
                self.evaluations.append(one)
                self._now.splits.setdefault(one.split, []).append(one)
                if not self.batches and one.epoch and one.step:
                    self.batches = round(one.step / one.epoch)
            else:
                self._add_batches(one)

    def add_events(self, events: Iterable[Event]) -> None:
        """Take what happened: a run that starts or is gone back to, something that changes while it runs."""
        for event in events:
            if event.run > self._newest:
                self._begin(event.run)
            if isinstance(event, RunResumed):
                self._resume(event.run)
            if event.run != self.run:
                continue
            if isinstance(event, RunStarted | RunResumed | NetworkChanged):
                self._now.project = event.project
            if isinstance(event, RunStarted | RunResumed):
                self.batches = 0
            elif isinstance(event, Mark) and _marks(event):
                self._add_change(event)

    def _add_change(self, change: Mark) -> None:
        """Mark a change. Of a setting that changes again before the next step, the way from its first value to its last
        is marked; nothing where that is no way."""
        for place, one in enumerate(self.changes):
            if (
                isinstance(one, RateChanged)
                and isinstance(change, RateChanged)
                and (one.step, one.parameter) == (change.step, change.parameter)
            ):
                del self.changes[place]
                change = replace(one, value=change.value)
                break
        if _marks(change):
            self.changes.append(change)

    def _add_batches(self, metrics: BatchMetrics) -> None:
        known = len(self) + 1 - metrics.first_step
        if known < 0:
            missing = np.full(-known, np.nan)
            self._extend(missing, missing)
            known = 0
        self._extend(metrics.losses[known:], metrics.accuracies[known:])
        for steps, seconds in metrics.pieces():
            if steps > known:
                self._now.times.add(metrics.first_step + steps - 1, seconds)

    def _extend(self, losses: NDArray[np.floating], accuracies: NDArray[np.floating]) -> None:
        self.loss.extend(losses)
        self.accuracy.extend(accuracies)

    def at(self, steps: NDArray[np.int64], axis: Axis) -> Floats:
        """Where steps (from 1; int64 (n,)) stand on the horizontal axis."""
        if axis == "epochs" and self.batches:
            return steps / self.batches
        if axis == "seconds" and len(self):
            return self._now.times.at(steps)
        return steps.astype(np.float64)

    def step_at(self, x: float, axis: Axis) -> int:
        """The known step nearest to a place on the horizontal axis, 0 where there is none."""
        if axis == "epochs" and self.batches:
            x *= self.batches
        elif axis == "seconds":
            return min(len(self), max(1, self._now.times.step_at(x)))
        return int(min(len(self), max(min(1, len(self)), round(x))))

    def extent(self, axis: Axis) -> tuple[float, float]:
        """How far the horizontal axis goes."""
        if not len(self):
            return 0.0, 1.0
        return 0.0, float(self.at(np.array([len(self)]), axis)[0])

    def evaluated(self, split: str, first: int, last: int, most: int) -> list[Evaluation]:
        """The evaluations of a split at the steps ``first`` to ``last``, and one beyond each end; where there are more
        than ``most``, every second, fourth … of them and the newest."""
        every = self._now.splits.get(split, [])
        begin = max(0, bisect_left(every, first, key=_step) - 1)
        end = min(len(every), bisect_right(every, last, key=_step) + 1)
        stride = 1
        while end - begin > stride * most:
            stride *= 2
        some = every[-(-begin // stride) * stride : end : stride]
        return some if not some or some[-1] is every[end - 1] else [*some, every[end - 1]]

    def reading(self, step: int) -> Reading | None:
        """What is known of a step."""
        if not 1 <= step <= len(self):
            return None
        validations = self._now.splits.get("validation", [])
        before = bisect_right(validations, step, key=_step)
        project = self._now.project
        return Reading(
            step,
            self.loss.raw(step),
            self.accuracy.raw(step),
            self.loss.smooth(step),
            self.accuracy.smooth(step),
            validations[before - 1] if before else None,
            window(step),
            project is not None and _drops(project),
            project is not None and project.recipe.augments,
            self.precision,
        )

    def changes_at(self, low: float, high: float, axis: Axis) -> list[Mark]:
        """What happened on a stretch of the horizontal axis."""
        places = self.at(np.array([change.step for change in self.changes], np.int64), axis)
        return [change for change, place in zip(self.changes, places, strict=True) if low <= place <= high]

    def as_csv(self) -> str:
        """Every step and every evaluation, one a line."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["split", "step", "seconds", "loss", "accuracy", "loss_smoothed", "accuracy_smoothed"])
        columns = (self.loss.values(), self.accuracy.values(), self.loss.smoothed(), self.accuracy.smoothed())
        rows = zip(
            self._now.times.at(np.arange(1, len(self) + 1)).tolist(),
            *(column.tolist() for column in columns),
            strict=True,
        )
        for step, (seconds, *values) in enumerate(rows, 1):
            writer.writerow(["training", step, f"{seconds:.3f}", *(f"{value:.7g}" for value in values)])
        for one in self.evaluations:
            writer.writerow(
                [one.split, one.step, f"{one.seconds:.3f}", f"{one.loss:.7g}", f"{one.accuracy:.7g}", "", ""]
            )
        return file.getvalue()
