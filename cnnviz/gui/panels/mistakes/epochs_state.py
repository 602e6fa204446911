"""Loss and accuracy by class over the epochs, as lines to draw. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.gui.widgets.class_names import class_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.inspection.studies.epochs import EpochResult

Measure = Literal["accuracy", "loss"]
MOST_LINES = 20
"""The most classes with a line. If there are more, those with the worst last values have one."""
STEP = 0.05
"""The axis of accuracy begins at a multiple of this."""


@dataclass(frozen=True)
class ClassLine:
    """The values of a class, one for each epoch; NaN if it has no images."""

    label: int
    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class ClassCurves:
    """A measure by class over the ``epochs``, and its ``mean`` over all images; the axis goes from ``low`` to ``high``.

    ``of`` is the number of all classes.
    """

    measure: Measure
    epochs: tuple[int, ...]
    lines: tuple[ClassLine, ...]
    mean: tuple[float, ...]
    low: float
    high: float
    of: int


def class_curves(results: Sequence[EpochResult], names: tuple[str, ...], measure: Measure) -> ClassCurves | None:
    """The lines of the classes, in the order of their numbers; None without results."""
    if not results:
        return None
    # a network that was changed during the run may have had another number of classes
    of = len(results[-1].accuracies)
    results = [result for result in results if len(result.accuracies) == of]
    by_class = np.stack([result.accuracies if measure == "accuracy" else result.losses for result in results])
    last = by_class[-1] if measure == "loss" else -by_class[-1]
    worst = np.argsort(-np.where(np.isnan(last), -np.inf, last), kind="stable")[:MOST_LINES]
    lines = tuple(
        ClassLine(label, class_name(names, label), tuple(by_class[:, label].tolist()))
        for label in sorted(worst.tolist())
    )
    mean = tuple(result.accuracy if measure == "accuracy" else result.loss for result in results)
    values = [value for each in (mean, *(line.values for line in lines)) for value in each if isfinite(value)]
    if measure == "accuracy":
        # 1e-9: a value on a multiple, with its rounding errors, gets room below
        low, high = max(0.0, floor(min(values, default=0) / STEP - 1e-9) * STEP), 1.0
    else:
        low, high = 0.0, _round_up(max(values, default=1.0))
    return ClassCurves(measure, tuple(result.epoch for result in results), lines, mean, low, high, of)


def _round_up(value: float) -> float:
    """The least number >= ``value`` that is 1, 2 or 5 times a power of ten; 1 if ``value`` is not positive."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value / power <= step)
