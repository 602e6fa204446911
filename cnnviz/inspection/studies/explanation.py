"""The explanation of a sample's logit by an attribution method, and the check of the method. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.moment import Moment

Method = Literal["integrated_gradients", "gradient_times_input", "gradient", "smooth_gradient", "grad_cam", "occlusion"]
METHODS: tuple[Method, ...] = (
    "integrated_gradients",
    "gradient_times_input",
    "gradient",
    "smooth_gradient",
    "grad_cam",
    "occlusion",
)
SIDE = 4
"""The usual side of the square of an occlusion on an image of 28 x 28, in pixels."""
SIDES = (2, 3, SIDE, 6, 8, 12)
"""Sides to choose from on such an image."""
MOST_ERROR = 0.01
"""The largest :attr:`Explanation.error` of integrated gradients, unless the network is too large for more points."""
INEXACT_ERROR = 0.05
"""Above this :attr:`Explanation.error`, the user is warned that the values of integrated gradients are not exact."""
CANCELLING = 0.1
"""Share of the absolute values; a difference of logits below it is nearly 0, because the values cancel."""
ALIKE = 0.5
"""A method fails its check if its picture for random weights has at least this rank correlation with the true one."""


@dataclass(frozen=True)
class Asked:
    """A request for an explanation of the logit of the class ``target`` by a method.

    ``layer`` is the layer of Grad-CAM, whose output has maps. ``side`` is the side of the square that
    occlusion moves over the image.
    """

    method: Method
    target: int
    layer: str = ""
    side: int = SIDE


@dataclass(frozen=True, eq=False)
class Explanation:
    """The attribution of each pixel.

    ``values``: float32 (H, W), summed over the channels of the image. ``logit`` belongs to the explained class;
    ``black`` is its value for a black image. With integrated gradients ``values`` sum to nearly ``logit - black``.
    """

    asked: Asked
    values: NDArray[np.float32]
    logit: float
    black: float

    @property
    def total(self) -> float:
        """The sum of all values."""
        return float(self.values.sum(dtype=np.float64))

    @property
    def missed(self) -> float:
        """By how much the values of integrated gradients miss the difference ``logit - black``; at least 0."""
        return abs(self.total - (self.logit - self.black))

    @property
    def error(self) -> float:
        """:attr:`missed` as a share of the difference, or of a tenth of the sum of the absolute values if that is more.

        No share of a difference near 0 would say anything: large positive and negative values cancel there.
        """
        scale = max(abs(self.logit - self.black), self._cancelling)
        return self.missed / scale if scale else 0.0

    @property
    def cancels(self) -> bool:
        """Whether the difference is nearly 0, because positive and negative values cancel."""
        return abs(self.logit - self.black) < self._cancelling

    @property
    def _cancelling(self) -> float:
        return CANCELLING * float(np.abs(self.values).sum(dtype=np.float64))

    @property
    def signed(self) -> bool:
        """Whether values can be negative."""
        return self.asked.method != "grad_cam"


@dataclass(frozen=True)
class Similarity:
    """How alike the picture is if ``node`` and all layers after it have random weights: the rank correlation of its
    values with the true ones, in [-1, 1]."""

    node: str
    correlation: float


def sides_for(length: int) -> tuple[int, ...]:
    """:data:`SIDES` in proportion to an image with sides of ``length`` pixels; an image below 56 has those of 28."""
    return tuple(side * max(1, length // 28) for side in SIDES)


def usual_side(length: int) -> int:
    """:data:`SIDE` in the same proportion."""
    return sides_for(length)[SIDES.index(SIDE)]


def fails(check: tuple[Similarity, ...]) -> bool:
    """Whether a method shows nearly the same for a network with random weights."""
    return bool(check) and check[-1].correlation >= ALIKE


def rank_correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Spearman's rank correlation, in [-1, 1], of two arrays, float32 (H, W); 0 if either is constant."""
    ranks = [_ranks(each.ravel()) for each in (one, other)]
    deviations = [each - each.mean() for each in ranks]
    lengths = [float(np.sqrt((each**2).sum())) for each in deviations]
    if not all(lengths):
        return 0.0
    return float((deviations[0] * deviations[1]).sum() / (lengths[0] * lengths[1]))


def _ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """The rank of each value, float64 (n,); equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: NDArray[np.float64] = (last - counts + 1 + last) / 2
    return means[inverse]


def layers_with_maps(moment: Moment) -> tuple[str, ...]:
    """The layers that Grad-CAM can look at, in the order of the network: their outputs have maps of several pixels."""
    return tuple(
        name
        for name in moment.shapes.used
        if (output := moment.shapes.nodes[name].output) is not None
        and len(output) == 3
        and output[1] * output[2] > 1
        and moment.network.inputs[name]
    )
