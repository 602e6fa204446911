"""The forms of arithmetic with a single input value. Arrays are read-only."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Numbers, Place


@dataclass(frozen=True, eq=False)
class Curve:
    """An activation: a function of a single value. ``total`` is the function at ``x``.

    ``xs`` and ``ys``, float64 (n,), are points of the function over the range of the layer's inputs, with 0 in the
    middle. ``learned`` is the learned slope of PReLU for negative values, None for other kinds.
    """

    place: Place
    x: float
    total: float
    xs: Numbers
    ys: Numbers
    learned: float | None = None


Origin = Literal["running", "layer", "position", "group", "map"]
"""The values from which a normalization computes mean and variance."""


@dataclass(frozen=True, eq=False)
class Normalized:
    """A value minus a mean, divided by a standard deviation, scaled and shifted.

    ``origin`` is the source of mean and variance: "running" averages over batches of training, or values of this
    sample: those of the whole "layer", those at one "position" of all maps, a "group" of maps or a single "map".
    ``count`` is the number of values (for "running": of batches) from which they were computed, ``channels`` the range
    [first, end) of the maps with these values. ``gamma`` and ``beta`` are None if the layer has no learned parameters.
    """

    place: Place
    x: float
    mean: float
    variance: float
    eps: float
    gamma: float | None
    beta: float | None
    origin: Origin
    count: int
    channels: tuple[int, int]

    @property
    def deviation(self) -> float:
        """The square root of the variance plus ``eps``."""
        return sqrt(self.variance + self.eps)

    @property
    def standardized(self) -> float:
        """The value before scaling and shifting."""
        return (self.x - self.mean) / self.deviation

    @property
    def total(self) -> float:
        """``gamma · (x − mean) / √(variance + eps) + beta``."""
        gamma = 1.0 if self.gamma is None else self.gamma
        return gamma * self.standardized + (self.beta or 0.0)


@dataclass(frozen=True, eq=False)
class Scaled:
    """A value multiplied by a learned number: LayerScale."""

    place: Place
    x: float
    gamma: float

    @property
    def total(self) -> float:
        """``gamma · x``."""
        return self.gamma * self.x


@dataclass(frozen=True, eq=False)
class Copied:
    """A value copied from ``place``: Concat (from its input ``port``), Chunk, ChannelShuffle, Flatten, Reshape,
    Upsample, ZeroPad2d.

    ``place`` is None in the border of ZeroPad2d, whose ``total`` is 0.
    """

    place: Place | None
    total: float
    port: int = 0


@dataclass(frozen=True, eq=False)
class Dropped:
    """A value copied from ``place``, which dropout would set to 0 or multiply by ``factor`` in training.

    ``probability`` is the probability of dropping, in [0, 1). ``together`` are the values that are dropped at the same
    time: each "value" alone, those of a "map", of all maps of a "sample", or of a whole "batch".
    """

    place: Place
    total: float
    probability: float
    together: Literal["value", "map", "sample", "batch"]

    @property
    def factor(self) -> float:
        """The factor of values that are not dropped in training."""
        return 1 / (1 - self.probability)


@dataclass(frozen=True, eq=False)
class Pixel:
    """A pixel of the image, normalized as the network gets it. ``raw`` is in [0, 255]."""

    raw: int
    mean: float
    std: float

    @property
    def scaled(self) -> float:
        """The pixel in [0, 1]."""
        return self.raw / 255

    @property
    def total(self) -> float:
        """``(raw / 255 − mean) / std``."""
        return (self.scaled - self.mean) / self.std
