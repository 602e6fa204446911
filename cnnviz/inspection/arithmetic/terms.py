"""The forms of arithmetic with many terms. All arrays are read-only.

The ``total`` of each form is computed from its terms alone, in float64, not read from the output of the layer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import log, prod
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.arrays import frozen

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Array

Indices = NDArray[np.intp]
Numbers = NDArray[np.float64]

quietly = np.errstate(over="ignore", invalid="ignore")
"""Suppresses numpy's warnings, because the arithmetic is also computed for weights that are not finite."""


@dataclass(frozen=True)
class Place:
    """The place of a value in a node's output: ``row`` and ``column`` in the map ``channel``; in a vector ``channel``
    is the index."""

    node: str
    channel: int
    row: int = 0
    column: int = 0

    @property
    def index(self) -> tuple[int, int, int]:
        """Channel, row and column."""
        return self.channel, self.row, self.column


def by_size(numbers: Numbers) -> Indices:
    """The indices, int (n,), of ``numbers``, float64 (n,), by descending absolute value."""
    return frozen(np.argsort(-np.abs(numbers), kind="stable"))


class Sum(ABC):
    """A sum of products that stand in n groups (input maps, or heads), and a bias."""

    bias: float | None

    @property
    @abstractmethod
    def factors(self) -> tuple[Array, Array]:
        """The two factors of each product, float32 (n, H, W)."""

    @cached_property
    @quietly
    def products(self) -> Numbers:
        """Each product, float64 (n, H, W)."""
        first, second = self.factors
        return frozen(first.astype(np.float64) * second)

    @cached_property
    @quietly
    def partials(self) -> Numbers:
        """The sum of the products of each group, float64 (n,)."""
        return frozen(self.products.sum(axis=(1, 2)))

    @cached_property
    def order(self) -> Indices:
        """The groups as int (n,) indices, by descending absolute partial sum."""
        return by_size(self.partials)

    @property
    @quietly
    def total(self) -> float:
        """The sum of all products and the bias."""
        return float(self.partials.sum()) + (self.bias or 0.0)


@dataclass(frozen=True, eq=False)
class Products(Sum):
    """A sum of products over a window that lies at the same place in n maps of ``source``, and a bias.

    Convolution, transposed convolution, Dense, average pooling, bilinear Upsample. ``channels``: int (n,), the maps (of
    a vector: the values) that are read. ``rows``: int (kH,) and ``columns``: int (kW,), where the window reads; places
    outside the input lie in the padding. ``values`` and ``weights``: float32 (n, kH, kW), ``values`` with what the
    padding holds. ``inside``: bool (kH, kW), False in the padding. ``learned``: int (n, kH, kW), the index of each
    weight in the flattened parameter ``weight`` of the node; None where the weights are not learned. A window of a
    transposed convolution holds the weights that meet a value, a part of the kernel, and may be empty.
    """

    source: str
    channels: Indices
    rows: Indices
    columns: Indices
    values: Array
    weights: Array
    inside: NDArray[np.bool_]
    bias: float | None = None
    learned: Indices | None = None

    @property
    def factors(self) -> tuple[Array, Array]:
        """See :attr:`Sum.factors`: the values in the window, and their weights, float32 (n, kH, kW)."""
        return self.values, self.weights

    def place(self, at: int, row: int, column: int) -> Place | None:
        """The place of the value ``[at, row, column]`` of the window; None in the padding."""
        if not self.inside[row, column]:
            return None
        return Place(self.source, int(self.channels[at]), int(self.rows[row]), int(self.columns[column]))


@dataclass(frozen=True, eq=False)
class Choice:
    """The largest value of a window in the map ``channel`` of ``source``: every kind of max pooling.

    ``rows``: int (kH,), ``columns``: int (kW,); places outside the input lie in the padding, which never wins.
    ``values``: float32 (kH, kW), minus infinity in the padding. ``inside``: bool (kH, kW), False in the padding.
    """

    source: str
    channel: int
    rows: Indices
    columns: Indices
    values: Array
    inside: NDArray[np.bool_]

    @property
    def total(self) -> float:
        """The largest value."""
        return float(self.values.max())

    @cached_property
    def winner(self) -> tuple[int, int]:
        """Row and column in the window of the value that torch takes: the first of the largest values. Only this value
        gets a gradient."""
        row, column = np.unravel_index(int(np.argmax(self.values)), self.values.shape)
        return int(row), int(column)

    @cached_property
    def ties(self) -> NDArray[np.bool_]:
        """Which values of the window equal the largest, bool (kH, kW)."""
        return frozen(self.values == self.values.max())

    def place(self, row: int, column: int) -> Place | None:
        """The place of the value ``[row, column]`` of the window; None in the padding."""
        if not self.inside[row, column]:
            return None
        return Place(self.source, self.channel, int(self.rows[row]), int(self.columns[column]))


@dataclass(frozen=True, eq=False)
class Shares:
    """Softmax: from the values of all channels at a position of ``source`` it computes shares that sum to 1.

    ``values``: float32 (n,). ``chosen`` is the channel whose share is the value.
    """

    source: str
    row: int
    column: int
    values: Array
    chosen: int

    @cached_property
    def shift(self) -> float:
        """The largest value. It is subtracted from all, which changes no share and keeps exponentials finite."""
        return float(self.values.max())

    @cached_property
    @quietly
    def exponentials(self) -> Numbers:
        """``exp(value - shift)`` of each channel, float64 (n,) in [0, 1]."""
        return frozen(np.exp(self.values.astype(np.float64) - self.shift))

    @cached_property
    @quietly
    def shares(self) -> Numbers:
        """The share of each channel, float64 (n,) in [0, 1]."""
        return frozen(self.exponentials / self.exponentials.sum())

    @cached_property
    def order(self) -> Indices:
        """The channels, int (n,), by descending share."""
        return by_size(self.shares)

    @property
    @quietly
    def total(self) -> float:
        """The share of the chosen channel."""
        return float(self.shares[self.chosen])

    def place(self, at: int) -> Place:
        """The place of the value of channel ``at``."""
        return Place(self.source, at, self.row, self.column)


@dataclass(frozen=True, eq=False)
class Scored:
    """A logit of the Output, which copies its input, with the softmax and loss of all logits.

    ``softmax`` holds all logits; its ``chosen`` channel is the class of this logit. ``label`` is the sample's class,
    None if it is unknown or not one of the classes.
    """

    place: Place
    softmax: Shares
    label: int | None

    @property
    def total(self) -> float:
        """The logit."""
        return float(self.softmax.values[self.softmax.chosen])

    @property
    def loss(self) -> float | None:
        """The cross-entropy, minus the logarithm of the share of the label, >= 0; None without a label."""
        if self.label is None:
            return None
        softmax = self.softmax
        return log(float(softmax.exponentials.sum())) - (float(softmax.values[self.label]) - softmax.shift)


@dataclass(frozen=True, eq=False)
class Divided:
    """A value divided by the strength of neighbouring maps: local response normalization.

    ``channels``: int (n,), the maps that count, and ``values``: float32 (n,), their values at the same position.
    """

    place: Place
    x: float
    channels: Indices
    values: Array
    size: int
    alpha: float
    beta: float
    k: float

    @cached_property
    @quietly
    def squares(self) -> Numbers:
        """The square of each value, float64 (n,)."""
        return frozen(self.values.astype(np.float64) ** 2)

    @cached_property
    def order(self) -> Indices:
        """The terms as int (n,) indices of ``channels``, by descending square."""
        return by_size(self.squares)

    @property
    @quietly
    def divisor(self) -> float:
        """``(k + alpha / size · Σ squares) ^ beta``."""
        return float((self.k + self.alpha / self.size * float(self.squares.sum())) ** self.beta)

    @property
    def total(self) -> float:
        """The value divided by ``divisor``."""
        return self.x / self.divisor


@dataclass(frozen=True, eq=False)
class Combined:
    """The sum or product of a value of each input. ``values``: float32 (n,), in the order of the ports.

    A place differs from that of the result if an input is broadcast: a value for each map, or a map for all channels.
    """

    operation: Literal["sum", "product"]
    places: tuple[Place, ...]
    values: Array

    @property
    def total(self) -> float:
        """The sum or product of all values."""
        numbers = [float(value) for value in self.values]
        return sum(numbers) if self.operation == "sum" else prod(numbers)


@dataclass(frozen=True, eq=False)
class Attended(Sum):
    """Self-attention: each head takes a weighted mean over all positions of ``source``.

    ``scores``: float32 (heads, H, W), how well the position of this value fits each other one, ``Q Kᵀ / √d``.
    ``weights``: float32 (heads, H, W), their softmax, sum 1 over the positions of a head. ``offered``: float32
    (heads, H, W), what each position would give to this value through a head: its value vector times the weights of the
    output projection.
    """

    source: str
    scores: Array
    weights: Array
    offered: Array
    bias: float | None

    @property
    def factors(self) -> tuple[Array, Array]:
        """See :attr:`Sum.factors`: the weights of the positions, and what they offer, float32 (heads, H, W)."""
        return self.weights, self.offered
