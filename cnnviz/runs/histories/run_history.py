"""The measures of the current and the previous run, and their places on the horizontal axis. numpy, no Qt."""

from __future__ import annotations

import csv
import io
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.runs.histories.measuring import drops, project_at, with_values
from cnnviz.runs.histories.series import Floats, Series, Times, window
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics
from cnnviz.training.events import EpochsAdded, Event, NetworkChanged, RunResumed, RunStarted, SettingChanged
from cnnviz.training.facts import guessing_loss

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cnnviz.project.project import Project

Axis = Literal["steps", "epochs", "seconds"]
Mark = SettingChanged | EpochsAdded | NetworkChanged
"""A change during a run that is marked on its curves."""


COLUMNS = (
    ("split", "U16"),
    ("step", "i8"),
    ("seconds", "f8"),
    ("loss", "f8"),
    ("accuracy", "f8"),
    ("loss_smoothed", "f8"),
    ("accuracy_smoothed", "f8"),
)
"""Names and types of the columns of all measures."""


@dataclass(frozen=True)
class Reading:
    """The measures of a step, counted from 1; ``validation`` is the last evaluation up to that step.

    Smooth values are means over the last ``averaged`` steps. ``dropout`` and ``augmented`` say how the training
    measures were computed: with values dropped at random, or on augmented images. ``precision`` is the
    precision of the run.
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
    """The measures of a run."""

    run: int | None = None
    loss: Series = field(default_factory=Series)
    accuracy: Series = field(default_factory=Series)
    times: Times = field(default_factory=Times)
    evaluations: list[Evaluation] = field(default_factory=list)
    splits: dict[str, list[Evaluation]] = field(default_factory=dict)
    changes: list[Mark] = field(default_factory=list)
    project: Project | None = None
    """The project that the run trains, with its present settings."""


def _step(evaluation: Evaluation) -> int:
    return evaluation.step


def _marks(change: Mark) -> bool:
    """Whether a change is marked: it came after the first step, and the value is different."""
    if change.step < 1:
        return False
    if isinstance(change, SettingChanged):
        return change.before is None or change.value != change.before
    return True


class RunHistory:
    """The measures of the current run, and of the previous run, to which the user may return."""

    def __init__(self) -> None:
        self._now = _Record()
        self._previous: _Record | None = None
        self._newest = 0
        """The highest number of a run so far: a higher one begins a new run. Measures of any other run but the current
        one come late and are dropped."""
        self.batches = 0
        """The batches of an epoch; 0 if unknown."""
        self.precision = ""
        """The precision of the run; empty if unknown."""
        self._last_reading: Reading | None = None
        """Kept, because several texts tell the measures of a step."""
        self._read_for: tuple[int, int, str] | None = None
        """On what else than the run the last reading depends."""

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
        """The evaluations on validation and test images, in the order of time."""
        return self._now.evaluations

    @property
    def tested(self) -> bool:
        """Whether the run was evaluated on the test images."""
        return "test" in self._now.splits

    @property
    def changes(self) -> list[Mark]:
        """The changes during the run, without those after which no step was trained yet."""
        return [change for change in self._now.changes if change.step < len(self)]

    @property
    def project(self) -> Project | None:
        """The project that the run trains, with the settings of its last step; None if it is unknown."""
        return self._now.project

    @property
    def guessing(self) -> float:
        """The loss of guessing, ln of the number of classes; 0 if the run's project is unknown."""
        project = self._now.project
        return guessing_loss(project) if project is not None else 0.0

    def _begin(self, run: int) -> None:
        self._last_reading = None
        if len(self):
            self._previous = self._now
        self._now, self._newest = _Record(run), run

    def _resume(self, run: int) -> None:
        """Return to the previous run, or turn to another one; the current run, if it has steps, becomes the previous
        one."""
        self._last_reading = None
        back, kept = _Record(run), self._previous
        if kept is not None and kept.run == run:
            back, kept = kept, None
        if len(self):
            kept = self._now
        self._previous, self._now = kept, back
        # a run that is left without steps does not count: the next new run gets its number
        self._newest = max(run, self._previous.run or 0) if self._previous else run

    def __len__(self) -> int:
        """The number of trained steps."""
        return len(self.loss)

    def add_metrics(self, metrics: Iterable[Metrics]) -> None:
        """Add measures; those of older runs are dropped."""
        for measure in metrics:
            if measure.run > self._newest:
                self._begin(measure.run)
            if measure.run != self.run:
                continue
            if isinstance(measure, Evaluation):
                self.evaluations.append(measure)
                self._now.splits.setdefault(measure.split, []).append(measure)
                if not self.batches and measure.epoch and measure.step:
                    self.batches = round(measure.step / measure.epoch)
            else:
                self._add_batches(measure)

    def add_events(self, events: Iterable[Event]) -> None:
        """Add events: a run that starts, a return to the previous run, a change during the run."""
        for event in events:
            if isinstance(event, RunResumed):
                self._resume(event.run)
            elif event.run > self._newest:
                self._begin(event.run)
            if event.run != self.run:
                continue
            if isinstance(event, RunStarted | RunResumed | NetworkChanged):
                self._last_reading = None
                self._now.project = event.project
            if isinstance(event, RunStarted | RunResumed):
                self.batches = 0
            elif isinstance(event, Mark):
                self._last_reading = None
                self._now.project = with_values(self._now.project, [event])
                if _marks(event):
                    self._add_change(event)

    def _add_change(self, change: Mark) -> None:
        """Mark a change. Changes of the same setting between two steps are merged into one, from the first value to the
        last, which is dropped if both are equal."""
        changes = self._now.changes
        for place, earlier in enumerate(changes):
            if (
                isinstance(earlier, SettingChanged)
                and isinstance(change, SettingChanged)
                and (earlier.step, earlier.parameter) == (change.step, change.parameter)
            ):
                del changes[place]
                change = replace(earlier, value=change.value)
                break
        if _marks(change):
            changes.append(change)

    def _add_batches(self, metrics: BatchMetrics) -> None:
        gap = metrics.first_step - 1 - len(self)
        if gap > 0:
            missing = np.full(gap, np.nan)
            self._extend(missing, missing)
        overlap = max(0, -gap)  # so many of its steps are there already
        self._extend(metrics.losses[overlap:], metrics.accuracies[overlap:])
        for steps, seconds in metrics.pieces():
            if steps > overlap:
                self._now.times.add(metrics.first_step + steps - 1, seconds)

    def _extend(self, losses: NDArray[np.floating], accuracies: NDArray[np.floating]) -> None:
        self.loss.extend(losses)
        self.accuracy.extend(accuracies)

    def at(self, steps: NDArray[np.int64], axis: Axis) -> Floats:
        """The places of steps (from 1; int64 (n,)) on the horizontal axis, float64 (n,)."""
        if axis == "epochs" and self.batches:
            return steps / self.batches
        if axis == "seconds" and len(self):
            return self._now.times.at(steps)
        return steps.astype(np.float64)

    def step_at(self, x: float, axis: Axis) -> int:
        """The step nearest to a place on the horizontal axis; 0 before the first step."""
        if axis == "epochs" and self.batches:
            x *= self.batches
        elif axis == "seconds":
            return min(len(self), max(1, self._now.times.step_at(x)))
        return int(min(len(self), max(min(1, len(self)), round(x))))

    def extent(self, axis: Axis) -> tuple[float, float]:
        """The first and last value of the horizontal axis."""
        if not len(self):
            return 0.0, 1.0
        return 0.0, float(self.at(np.array([len(self)]), axis)[0])

    def evaluated(self, split: str, first: int, last: int, most: int) -> list[Evaluation]:
        """The evaluations of a split at steps ``first`` to ``last``, and the next one beyond each end. If there are
        more than ``most``, only every second, fourth … of them and the newest."""
        evaluations = self._now.splits.get(split, [])
        begin = max(0, bisect_left(evaluations, first, key=_step) - 1)
        end = min(len(evaluations), bisect_right(evaluations, last, key=_step) + 1)
        stride = 1
        while end - begin > stride * most:
            stride *= 2
        # from a multiple of the stride on, so that the same ones stay drawn while the view moves
        thinned = evaluations[-(-begin // stride) * stride : end : stride]
        return thinned if not thinned or thinned[-1] is evaluations[end - 1] else [*thinned, evaluations[end - 1]]

    def best(self, step: int) -> Evaluation | None:
        """The evaluation on validation images with the highest accuracy up to a step, the first of equals."""
        validations = self._now.splits.get("validation", [])
        return max(
            validations[: bisect_right(validations, step, key=_step)], key=lambda each: each.accuracy, default=None
        )

    def trained(self, project: Project | None, step: int) -> Project | None:
        """``project``, which has the present settings, with the settings by which a step was trained."""
        return project_at(project, self._now.changes, step)

    def reading(self, step: int) -> Reading | None:
        """The measures of a step; None if it was not trained."""
        if not 1 <= step <= len(self):
            return None
        validations = self._now.splits.get("validation", [])
        before = bisect_right(validations, step, key=_step)
        key = (step, before, self.precision)
        if self._last_reading is not None and self._read_for == key:
            return self._last_reading
        project = self.trained(self._now.project, step)
        reading = Reading(
            step,
            self.loss.raw(step),
            self.accuracy.raw(step),
            self.loss.smooth(step),
            self.accuracy.smooth(step),
            validations[before - 1] if before else None,
            window(step),
            project is not None and drops(project),
            project is not None and project.recipe.augments,
            self.precision,
        )
        self._last_reading, self._read_for = reading, key
        return reading

    def changes_at(self, low: float, high: float, axis: Axis) -> list[Mark]:
        """The changes in a range of the horizontal axis, ends included."""
        changes = self.changes
        places = self.at(np.array([change.step for change in changes], np.int64), axis)
        return [change for change, place in zip(changes, places, strict=True) if low <= place <= high]

    def as_array(self) -> NDArray[np.void]:
        """Every step, then every evaluation: a structured array (n,) with the fields :data:`COLUMNS`.

        ``split`` is text, ``step`` int64, the others float64. Losses are >= 0, accuracies in [0, 1]; the smoothed ones
        of an evaluation are NaN.
        """
        count, found = len(self), self.evaluations
        values = np.empty(count + len(found), dtype=list(COLUMNS))
        steps = values[:count]
        steps["split"], steps["step"] = "training", np.arange(1, count + 1)
        steps["seconds"] = self._now.times.at(np.arange(1, count + 1))
        steps["loss"], steps["accuracy"] = self.loss.values(), self.accuracy.values()
        steps["loss_smoothed"], steps["accuracy_smoothed"] = self.loss.smoothed(), self.accuracy.smoothed()
        for row, each in enumerate(found, count):
            nan = float("nan")
            values[row] = (each.split, each.step, each.seconds, each.loss, each.accuracy, nan, nan)
        return values

    def as_csv(self) -> str:
        """Every step and every evaluation as CSV, one per line."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([name for name, _ in COLUMNS])
        for split, step, seconds, *values in self.as_array().tolist():
            smoothed = [f"{value:.7g}" for value in values[2:]] if split == "training" else ["", ""]
            writer.writerow([split, step, f"{seconds:.3f}", *(f"{value:.7g}" for value in values[:2]), *smoothed])
        return file.getvalue()
