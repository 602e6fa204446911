"""How the weights of a layer, and the values that it gives for the sample, are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.questions import Array, NodeQuestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.network.graph import Network

BINS = 61
"""Odd, so that 0 lies in the middle of a bin where the range is symmetric."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many values that are not 0 lie in each of :data:`BINS` equal parts of their range.

    The zeros of a ReLU would make all other bars too low to be seen; they are a share of their own.

    ``edges``: float64 (BINS + 1,), ascending. ``counts``: int64 (BINS,). ``mean``, ``deviation`` (standard deviation)
    and ``zeros``, the share in [0, 1] that is 0, are of all finite values; ``strange`` counts the others, which no bin
    holds.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    mean: float
    deviation: float
    zeros: float
    strange: int


@dataclass(frozen=True, eq=False)
class Histograms:
    """The histograms of a layer; ``weights`` is None for a layer that has none."""

    outputs: Histogram
    weights: Histogram | None


@dataclass(frozen=True)
class HistogramsOf(NodeQuestion[Histograms]):
    """How the weights and the outputs of a node are spread."""

    node: str

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node,)


def histograms(look: Look, question: HistogramsOf) -> Histograms:
    """The answer: the histogram of the outputs for the sample, and that of the weights."""
    weight = look.moment.tensors.get(f"{question.node}.weight")
    return Histograms(histogram(look.outputs[question.node]), None if weight is None else histogram(as_array(weight)))


def histogram(values: Array) -> Histogram:
    """The histogram of all values from their least to their largest; the range is symmetric to 0 where both signs are
    in it."""
    flat = values.ravel()
    finite = flat[np.isfinite(flat)].astype(np.float64)
    if not finite.size:
        return Histogram(np.linspace(-1, 1, BINS + 1), np.zeros(BINS, np.int64), 0.0, 0.0, 0.0, int(flat.size))
    low, high = float(finite.min()), float(finite.max())
    if low < 0 < high:
        low, high = -max(-low, high), max(-low, high)
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(finite[finite != 0], BINS, (low, high))
    for array in (counts, edges):
        array.flags.writeable = False
    zeros = 1 - np.count_nonzero(finite) / finite.size
    return Histogram(edges, counts, float(finite.mean()), float(finite.std()), zeros, int(flat.size - finite.size))
