"""What the page of a sweep draws: the axes, a line for each trial, and the best so far. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.sweeps.results import best_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz.sweeps.results import Result
    from cnnviz.sweeps.space import Axis, Value

    Floats = NDArray[np.float64]

SPREAD = 3.0
"""The scale of accuracies reaches from the best one down to so many times the distance to the median."""
INSET = 0.06
"""Empty space at both ends of an axis of choices, as a share of it."""


@dataclass(frozen=True)
class Scale:
    """The accuracies that are drawn, from ``low`` to ``high``; lower ones are drawn at ``low`` if ``cut``."""

    low: float
    high: float
    cut: bool = False

    def share(self, accuracy: float) -> float:
        """Where an accuracy is on the scale, in [0, 1]."""
        return min(1.0, max(0.0, (accuracy - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class DrawnAxis:
    """An axis of the parallel coordinates: its title, and its ticks as pairs of place in [0, 1] and value.

    ``places`` float64 (n,) are the places of the trials, NaN where a trial has no value.
    """

    title: str
    ticks: tuple[tuple[float, Value], ...]
    places: Floats


@dataclass(frozen=True, eq=False)
class Drawn:
    """The trials of a sweep as the page draws them.

    ``shares`` float64 (n,) are the accuracies on ``scale``, NaN without one; ``best`` is the row of the best trial.
    ``so_far`` float64 (n,) is the best accuracy of complete trials up to each row, NaN before the first.
    """

    results: tuple[Result, ...]
    axes: tuple[DrawnAxis, ...]
    scale: Scale
    shares: Floats
    so_far: Floats
    best: int | None

    def row(self, number: int) -> int | None:
        """The row of the trial with this number; None if it is not there."""
        return next((row for row, each in enumerate(self.results) if each.number == number), None)


def drawn(results: tuple[Result, ...], axes: Sequence[Axis]) -> Drawn:
    """The trials of a sweep that varies ``axes``."""
    scale = scale_of([each.accuracy for each in results if each.accuracy is not None])
    shares = [math.nan if each.accuracy is None else scale.share(each.accuracy) for each in results]
    complete = [each.accuracy if each.complete and each.accuracy is not None else -math.inf for each in results]
    so_far = np.maximum.accumulate(np.array(complete, np.float64)) if results else np.empty(0)
    best = best_of(results)
    return Drawn(
        results,
        tuple(drawn_axis(axis, results) for axis in axes),
        scale,
        np.array(shares, np.float64),
        np.where(np.isfinite(so_far), so_far, math.nan),
        None if best is None else results.index(best),
    )


def scale_of(accuracies: Sequence[float]) -> Scale:
    """The scale that shows the good trials apart: single bad ones do not press them together."""
    if not accuracies:
        return Scale(0.0, 1.0)
    high, low = max(accuracies), min(accuracies)
    limit = high - SPREAD * (high - float(np.median(accuracies)))
    cut = low < limit < high
    low = limit if cut else low
    return Scale(low, high, cut) if high > low else Scale(low - 0.005, high + 0.005)


def drawn_axis(axis: Axis, results: Sequence[Result]) -> DrawnAxis:
    """An axis with the places of the trials on it."""
    values = [each.values.get(axis.target) for each in results]
    if axis.choices:
        step = (1 - 2 * INSET) / max(1, len(axis.choices) - 1)
        at = [INSET + step * number if len(axis.choices) > 1 else 0.5 for number in range(len(axis.choices))]
        place_of = {_key(choice): place for choice, place in zip(axis.choices, at, strict=True)}
        places = [place_of.get(_key(value), math.nan) for value in values]
        return DrawnAxis(axis.target, tuple(zip(at, axis.choices, strict=True)), np.array(places, np.float64))
    ticks = tuple((place_on(axis, value), value) for value in _ticks(axis))
    places = [place_on(axis, value) if isinstance(value, int | float) else math.nan for value in values]
    return DrawnAxis(axis.target, ticks, np.array(places, np.float64))


def place_on(axis: Axis, value: float) -> float:
    """Where a number is on the axis of a range, in [0, 1]."""
    if axis.high <= axis.low:
        return 0.5
    if axis.scale == "log":
        return math.log(value / axis.low) / math.log(axis.high / axis.low) if value > 0 else math.nan
    return (value - axis.low) / (axis.high - axis.low)


def _ticks(axis: Axis) -> list[float]:
    """Both ends of a range, and between them the powers of ten, or the middle."""
    low, high = (int(axis.low), int(axis.high)) if axis.whole else (axis.low, axis.high)
    if axis.scale == "log":
        powers = range(math.floor(math.log10(low)) + 1, math.ceil(math.log10(high)))
        inner: list[float] = [10**power if axis.whole else 10.0**power for power in powers]
        # a power of ten beside an end would stand on its text
        inner = [each for each in inner if 0.08 < place_on(axis, each) < 0.92]
    else:
        inner = [] if axis.whole and (high - low) % 2 else [(low + high) // 2 if axis.whole else (low + high) / 2]
    return [low, *inner, high]


def _key(value: object) -> tuple[type, object]:
    """Tells True from 1, which are equal."""
    return type(value), value


def nearest(lines: Floats, across: Floats, x: float, y: float, reach: float) -> int | None:
    """The row of the line that passes nearest to a point, at most ``reach`` away vertically; None if there is none.

    ``lines`` float64 (n, axes) are the heights of the lines at the axes, ``across`` float64 (axes,) the x coordinates
    of the axes in ascending order.
    """
    if len(across) < 2 or not len(lines) or not across[0] - reach <= x <= across[-1] + reach:
        return None
    right = int(np.clip(np.searchsorted(across, x), 1, len(across) - 1))
    share = np.clip((x - across[right - 1]) / (across[right] - across[right - 1]), 0, 1)
    heights = lines[:, right - 1] * (1 - share) + lines[:, right] * share
    away = np.where(np.isfinite(heights), np.abs(heights - y), np.inf)
    row = int(away.argmin())
    return row if away[row] <= reach else None


def as_csv(results: Sequence[Result], axes: Sequence[Axis]) -> str:
    """The trials as a CSV table."""
    import csv
    import io

    targets = [axis.target for axis in axes]
    table = csv.writer(file := io.StringIO(), lineterminator="\n")
    table.writerow(["trial", "state", "validation_accuracy", "epochs", *targets, "run", "reason"])
    for each in results:
        accuracy = "" if each.accuracy is None else repr(each.accuracy)
        values = [each.values.get(target, "") for target in targets]
        table.writerow([each.number, each.state, accuracy, each.epochs, *values, each.run, each.reason])
    return file.getvalue()
