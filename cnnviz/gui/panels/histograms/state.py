"""The content of the Spread tab, computed from an answer. No Qt."""

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
    """A histogram as it is drawn.

    ``heights``, in [0, 1], has a height for each bin; height 1 means ``highest`` values. ``zero`` is the place of 0
    from left (0) to right (1), less or more if 0 is out of range. ``least`` and ``most`` are the texts at both ends.
    ``zeros`` is the share, in [0, 1], of values that are 0, which are in no bar, ``non_finite`` the count of values
    that are NaN or infinite.
    """

    heights: tuple[float, ...]
    highest: int
    zero: float
    least: str
    most: str
    mean: str
    deviation: str
    zeros: float
    non_finite: int


@dataclass(frozen=True)
class State:
    """The histograms of outputs and weights at a step; ``weights`` is None for a layer without weights."""

    outputs: Bars
    weights: Bars | None
    step: int


def table(answer: Histograms) -> NDArray[np.float64]:
    """The bins of the outputs and, if there are any, of the weights, float64 (1 or 2, bins, 3): lower end, upper end,
    and count of values other than 0."""
    every = [answer.outputs] if answer.weights is None else [answer.outputs, answer.weights]
    return np.stack([np.stack([each.edges[:-1], each.edges[1:], each.counts], axis=1) for each in every])


def as_csv(answer: Histograms) -> str:
    """The bins of :func:`table` as CSV, one per line."""
    lines = ["values,from,to,count"]
    for name, bins in zip(("outputs", "weights"), table(answer), strict=False):
        lines += [f"{name},{low!r},{high!r},{int(count)}" for low, high, count in bins.tolist()]
    return "\n".join(lines) + "\n"


def state(answer: Histograms, step: int) -> State:
    """The content of the tab for an answer."""
    return State(bars(answer.outputs), None if answer.weights is None else bars(answer.weights), step)


def bars(histogram: Histogram) -> Bars:
    """A histogram scaled for drawing."""
    highest = int(histogram.counts.max())
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    return Bars(
        tuple((histogram.counts / max(1, highest)).tolist()),
        highest,
        -low / (high - low),
        _end(low),
        _end(high),
        signed(histogram.mean),
        f"{histogram.deviation:.3g}",
        histogram.zeros,
        histogram.non_finite,
    )


def _end(value: float) -> str:
    return signed(value) if value else "0"
