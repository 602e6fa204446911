"""Histograms of the weights of a layer and of its outputs for the sample."""

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
"""Number of bins. It is odd, so that 0 is in the middle of a bin if the range is symmetric."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """The counts of the non-zero values in :data:`BINS` bins of equal width.

    Zeros are counted apart: the many zeros after a ReLU would make all other bars too low to be seen. ``edges``:
    float64 (BINS + 1,), ascending. ``counts``: int64 (BINS,), >= 0. ``mean``, ``deviation`` (standard deviation) and
    ``zeros`` (the share of zeros, in [0, 1]) are taken over all finite values. ``non_finite`` counts the values that
    are infinite or NaN; they are in no bin.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    mean: float
    deviation: float
    zeros: float
    non_finite: int


@dataclass(frozen=True, eq=False)
class Histograms:
    """The histograms of a layer; ``weights`` is None for a layer without weights."""

    outputs: Histogram
    weights: Histogram | None


@dataclass(frozen=True)
class HistogramsOf(NodeQuestion[Histograms]):
    """Asks for the histograms of the weights and of the outputs of a node."""

    node: str

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node,)


def histograms(look: Look, question: HistogramsOf) -> Histograms:
    """Answer the question: the histogram of the outputs for the sample, and that of the weights."""
    weight = look.moment.tensors.get(f"{question.node}.weight")
    return Histograms(histogram(look.outputs[question.node]), None if weight is None else histogram(as_array(weight)))


def histogram(values: Array) -> Histogram:
    """The histogram of all values: float32 of any shape, such as (C, H, W) or (O, I, kH, kW).

    The range is from the smallest to the largest finite value. With values of both signs it is symmetric about 0.
    """
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
