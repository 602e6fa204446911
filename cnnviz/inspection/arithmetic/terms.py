"""The forms that the arithmetic of one value can have. All arrays are read-only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array


@dataclass(frozen=True)
class Place:
    """One value of a node's output: row and column of the map ``channel``; of a vector ``channel`` is its index."""

    node: str
    channel: int
    row: int = 0
    column: int = 0


@dataclass(frozen=True, eq=False)
class Products:
    """A sum of products over a window that lies at the same place in n maps of ``source``, and a bias.

    ``channels``: int (n,), the maps (of a vector: the values) that are read. ``rows``: int (kH,) and ``columns``: int
    (kW,), where the window reads; places outside the input lie in the padding. ``values`` and ``weights``: float32
    (n, kH, kW), ``values`` with what the padding holds. ``inside``: bool (kH, kW), False in the padding.
    """

    source: str
    channels: NDArray[np.intp]
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: Array
    weights: Array
    inside: NDArray[np.bool_]
    bias: float | None = None

    @cached_property
    def partials(self) -> NDArray[np.float64]:
        """The sum of the products of each map, float64 (n,)."""
        products = self.values.astype(np.float64) * self.weights
        sums: NDArray[np.float64] = products.sum(axis=(1, 2))
        return sums

    @property
    def total(self) -> float:
        """The sum of all products and the bias."""
        return float(self.partials.sum()) + (self.bias or 0.0)


Arithmetic = Products
"""Any of the forms."""
