"""What a run has measured so far, on the axis that the user chose. numpy, no Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.gui.panels.history import Floats, Growing, Series
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

Axis = Literal["steps", "epochs", "seconds"]
Mark = RateChanged | EpochsAdded | NetworkChanged
"""What happened at a step of a run and is marked on its curves."""


@dataclass(frozen=True)
class Reading:
    """All that is known of one step, counted from 1; ``validation`` is the last one up to it."""

    step: int
    loss: float
    accuracy: float
    smooth_loss: float
    smooth_accuracy: float
    validation: Evaluation | None


@dataclass
class _Record:
    """What one run has measured."""

    run: int | None = None
    loss: Series = field(default_factory=Series)
    accuracy: Series = field(default_factory=Series)
    seconds: Growing = field(default_factory=Growing)
    evaluations: list[Evaluation] = field(default_factory=list)
    changes: list[Mark] = field(default_factory=list)


class RunHistory:
    """The metrics of the current run; those of the one before it are kept, for it may be gone back to."""

    def __init__(self) -> None:
        self._now = _Record()
        self._left: _Record | None = None
        self._newest = 0
        self.batches = 0

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
    def changes(self) -> list[Mark]:
        """What happened while it ran."""
        return self._now.changes

    @property
    def _seconds(self) -> Growing:
        return self._now.seconds

    def _begin(self, run: int) -> None:
        if len(self):
            self._left = self._now
        self._now, self._newest = _Record(run), run

    def _resume(self, run: int) -> None:
        """Go back to the run that was left, which leaves the present one."""
        back = self._left if self._left is not None and self._left.run == run else _Record(run)
        self._left, self._now = self._now if len(self) else None, back

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
            if isinstance(event, RunStarted | RunResumed) and event.run == self.run:
                self.batches = 0
            elif isinstance(event, Mark) and event.run == self.run:
                self.changes.append(event)

    def _add_batches(self, metrics: BatchMetrics) -> None:
        known = len(self) + 1 - metrics.first_step
        if known < 0:
            missing = np.full(-known, np.nan)
            self._append(missing, missing, metrics.seconds)
            known = 0
        if known < len(metrics.losses):
            self._append(metrics.losses[known:], metrics.accuracies[known:], metrics.seconds)

    def _append(self, losses: NDArray[np.floating], accuracies: NDArray[np.floating], seconds: float) -> None:
        self.loss.extend(losses)
        self.accuracy.extend(accuracies)
        before = self._seconds.view()[-1] if len(self._seconds) else 0.0
        self._seconds.extend(np.linspace(before, seconds, len(losses) + 1)[1:])

    def at(self, steps: NDArray[np.int64], axis: Axis) -> Floats:
        """Where steps (from 1; int64 (n,)) stand on the horizontal axis."""
        if axis == "epochs" and self.batches:
            return steps / self.batches
        if axis == "seconds" and len(self._seconds):
            return self._seconds.view()[np.clip(steps, 1, len(self._seconds)) - 1]
        return steps.astype(np.float64)

    def step_at(self, x: float, axis: Axis) -> int:
        """The known step nearest to a place on the horizontal axis, 0 where there is none."""
        if axis == "epochs" and self.batches:
            x *= self.batches
        elif axis == "seconds":
            return min(len(self), int(np.searchsorted(self._seconds.view(), x)) + 1)
        return int(min(len(self), max(min(1, len(self)), round(x))))

    def extent(self, axis: Axis) -> tuple[float, float]:
        """How far the horizontal axis goes."""
        if not len(self):
            return 0.0, 1.0
        return 0.0, float(self.at(np.array([len(self)]), axis)[0])

    def validations(self) -> list[Evaluation]:
        """The evaluations of the validation images."""
        return [one for one in self.evaluations if one.split == "validation"]

    def reading(self, step: int) -> Reading | None:
        """What is known of a step."""
        if not 1 <= step <= len(self):
            return None
        before = [one for one in self.validations() if one.step <= step]
        return Reading(
            step,
            self.loss.raw(step),
            self.accuracy.raw(step),
            self.loss.smooth(step),
            self.accuracy.smooth(step),
            before[-1] if before else None,
        )

    def changes_at(self, low: float, high: float, axis: Axis) -> list[Mark]:
        """What happened on a stretch of the horizontal axis."""
        places = self.at(np.array([change.step for change in self.changes], np.int64), axis)
        return [change for change, place in zip(self.changes, places, strict=True) if low <= place <= high]

    def as_csv(self) -> str:
        """Every step and every evaluation, one a line."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["split", "step", "seconds", "loss", "accuracy", "loss_mean_50", "accuracy_mean_50"])
        columns = (self.loss.values(), self.accuracy.values(), self.loss.smoothed(), self.accuracy.smoothed())
        rows = zip(self._seconds.view().tolist(), *(column.tolist() for column in columns), strict=True)
        for step, (seconds, *values) in enumerate(rows, 1):
            writer.writerow(["training", step, f"{seconds:.3f}", *(f"{value:.7g}" for value in values)])
        for one in self.evaluations:
            writer.writerow(
                [one.split, one.step, f"{one.seconds:.3f}", f"{one.loss:.7g}", f"{one.accuracy:.7g}", "", ""]
            )
        return file.getvalue()
