"""How strongly the images of a split excite each map or unit of a layer. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array

Order = Literal["strongest", "weakest", "lowest"]
ORDERS: tuple[Order, ...] = ("strongest", "weakest", "lowest")
Goal = Literal["value", "map"]
"""What is climbed: the value in the middle of a map, or the mean of the map."""
KEPT = 18
"""The number of images that are kept of each map in each order."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """The first k images of each of C maps in one order.

    All are (C, k). ``images``: int64, indices in the split. ``values``: float32, the value that decides on the order.
    ``positions``: int64, the place of the value in its map, counted row by row; 0 for a unit of a vector.
    """

    images: NDArray[np.int64]
    values: Array
    positions: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Excitations:
    """How N images excite the C maps of ``node`` at ``step`` of ``run``.

    The excitation of a map by an image is the largest value of the map. A unit of a vector is a map with a single
    value. ``shape`` is (C, H, W), of a ``vector`` (n, 1, 1).

    ``rankings``: the images that excite a map most ("strongest") and least ("weakest"), and, for maps with negative
    values, the images with the lowest value of the map ("lowest"). Of equal values the first image comes first.
    ``means``: float32 (K, C), the mean excitation over the images of each of K classes; NaN for a class without images.
    """

    node: str
    run: int
    step: int
    shape: tuple[int, int, int]
    vector: bool
    count: int
    rankings: Mapping[Order, Ranking]
    means: Array

    @property
    def bytes(self) -> int:
        """The memory that the arrays take."""
        return self.means.nbytes + sum(
            ranking.images.nbytes + ranking.values.nbytes + ranking.positions.nbytes
            for ranking in self.rankings.values()
        )


@dataclass(frozen=True, eq=False)
class Climbed:
    """An image made to excite a map, after ``step`` of ``steps``, from the noise of ``seed``.

    ``image``: uint8 (C, H, W). ``value``: the largest value that the map has for it, at ``position``, counted row by
    row.
    """

    image: NDArray[np.uint8]
    value: float
    position: int
    step: int
    steps: int
    seed: int


def map_shape(output: tuple[int, ...]) -> tuple[int, int, int]:
    """Maps, rows and columns of a layer's output; a vector has a map of a single value for each of its units."""
    channels, high, wide = (*output, 1, 1)[:3]
    return channels, high, wide
