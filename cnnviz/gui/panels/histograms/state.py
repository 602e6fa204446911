"""What the Spread tab shows of an answer. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.numerals import signed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.answers.histograms import Histogram, Histograms


@dataclass(frozen=True)
class Bars:
    """One histogram as it is drawn.

    ``heights``: one for each bin, in [0, 1], the highest 1, which stands for ``highest`` values. ``zero``: where 0 lies
    from left (0) to right (1); None where it is not in the range. ``least`` and ``most``: the texts at both ends.
    ``mean``, ``deviation``, ``zeros`` in per cent, and ``non_finite``, the count of values that are not numbers.
    """

    heights: tuple[float, ...]
    highest: int
    zero: float | None
    least: str
    most: str
    mean: str
    deviation: str
    zeros: float
    non_finite: int


@dataclass(frozen=True)
class State:
    """What is on screen: the histograms of outputs and weights at one step; None where there is none."""

    outputs: Bars
    weights: Bars | None
    step: int


def table(answer: Histograms) -> NDArray[np.float64]:
    """The bins of outputs and, where there are some, of weights: float64 (1 or 2, bins, 3) of their lower ends, their
    upper ends and the counts of values in them."""
    every = [answer.outputs] if answer.weights is None else [answer.outputs, answer.weights]
    return np.stack([np.stack([one.edges[:-1], one.edges[1:], one.counts], axis=1) for one in every])


def as_csv(answer: Histograms) -> str:
    """The same as a table with a line for each bin."""
    lines = ["values,from,to,count"]
    for name, bins in zip(("outputs", "weights"), table(answer), strict=False):
        lines += [f"{name},{low!r},{high!r},{int(count)}" for low, high, count in bins.tolist()]
    return "\n".join(lines) + "\n"


def state(answer: Histograms, step: int) -> State:
    """What an answer looks like."""
    return State(bars(answer.outputs), None if answer.weights is None else bars(answer.weights), step)


def bars(histogram: Histogram) -> Bars:
    """One histogram, its bars as high as their counts."""
    highest = int(histogram.counts.max())
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    return Bars(
        tuple((histogram.counts / max(1, highest)).tolist()),
        highest,
        -low / (high - low) if low <= 0 <= high else None,
        _end(low),
        _end(high),
        signed(histogram.mean),
        f"{histogram.deviation:.3g}",
        100 * histogram.zeros,
        histogram.non_finite,
    )


def _end(value: float) -> str:
    return signed(value) if value else "0"
