"""The forms of a value that one value alone makes. Arrays are read-only."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Numbers, Place


@dataclass(frozen=True, eq=False)
class Curve:
    """A function of one value: an activation. ``total`` is the function at ``x``.

    ``xs`` and ``ys``: float64 (n,), the function over the values that the layer gets, 0 in the middle. ``learned`` is
    the slope of negative values that PReLU has learned, None for other kinds.
    """

    place: Place
    x: float
    total: float
    xs: Numbers
    ys: Numbers
    learned: float | None = None


@dataclass(frozen=True, eq=False)
class Normalized:
    """A value minus a mean, divided by a standard deviation, scaled and shifted.

    ``origin`` says where mean and variance come from: "running" averages of the batches of training, or the values of
    this sample: of the whole "layer", a "group" of maps or one "map". ``count`` is how many values (of "running":
    batches) they were computed from, and ``channels`` the first map and the one behind the last that these are in.
    ``gamma`` and ``beta`` are None where none are learned.
    """

    place: Place
    x: float
    mean: float
    variance: float
    eps: float
    gamma: float | None
    beta: float | None
    origin: Literal["running", "layer", "group", "map"]
    count: int
    channels: tuple[int, int]

    @property
    def deviation(self) -> float:
        """The square root of the variance and ``eps``."""
        return sqrt(self.variance + self.eps)

    @property
    def standardized(self) -> float:
        """The value before it is scaled and shifted."""
        return (self.x - self.mean) / self.deviation

    @property
    def total(self) -> float:
        """``gamma · (x − mean) / √(variance + eps) + beta``."""
        gamma = 1.0 if self.gamma is None else self.gamma
        return gamma * self.standardized + (self.beta or 0.0)


@dataclass(frozen=True, eq=False)
class Copied:
    """A value taken over from ``place``: Concat (from its input ``port``), Flatten, Reshape, Upsample, ZeroPad2d.

    ``place`` is None in the border of ZeroPad2d, whose ``total`` is 0.
    """

    place: Place | None
    total: float
    port: int = 0


@dataclass(frozen=True, eq=False)
class Dropped:
    """A value taken over from ``place``, which dropout would set to 0 or enlarge while training.

    ``probability`` in [0, 1) is that of 0; ``whole_map`` says whether all values of a map are dropped together.
    """

    place: Place
    total: float
    probability: float
    whole_map: bool

    @property
    def factor(self) -> float:
        """What values that are not dropped are multiplied by while training."""
        return 1 / (1 - self.probability)


@dataclass(frozen=True, eq=False)
class Pixel:
    """A pixel of the image as the network sees it. ``raw`` is in [0, 255]."""

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
