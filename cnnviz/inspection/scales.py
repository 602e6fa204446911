"""What stays the same from one snapshot to the next, so that pictures can be compared: scales, and choices of maps."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Array

SMALLEST_LIMIT = 1e-6
"""The scale of a layer that is silent."""


class Scales:
    """The scale of each layer, and the order of its maps, as long as the same network and sample are looked at."""

    def __init__(self) -> None:
        self._limits: dict[tuple[str, str], float] = {}
        self._strongest: dict[str, tuple[int, ...]] = {}

    def forget_limits(self) -> None:
        """Begin every scale anew."""
        self._limits.clear()

    def forget_strongest(self) -> None:
        """Choose the strongest maps anew."""
        self._strongest.clear()

    def known(self, kind: str, node: str) -> float:
        """The scale of a node's values of this kind; 0 before the first."""
        return self._limits.get((kind, node), 0.0)

    def limit(self, kind: str, node: str, span: float) -> float:
        """The scale > 0 of a node's values of this kind, which now reach ``span``: it widens at once and never narrows.

        A span that is not finite leaves the scale as it is.
        """
        if not isfinite(span):
            span = SMALLEST_LIMIT
        limit = max(SMALLEST_LIMIT, span, self.known(kind, node))
        self._limits[kind, node] = limit
        return limit

    def strongest(self, node: str, values: Array) -> tuple[int, ...]:
        """The channels of a node's maps (C, H, W), the strongest first, as they were when they were first asked for."""
        if node not in self._strongest:
            self._strongest[node] = by_strength(values)
        return self._strongest[node]


def by_strength(values: Array) -> tuple[int, ...]:
    """The channels of maps (C, H, W) by how much their values differ (standard deviation), then by their mean size."""
    flat = values.reshape(len(values), -1)
    with np.errstate(over="ignore", invalid="ignore"):
        spread, size = flat.std(axis=1), np.abs(flat).mean(axis=1)
    order = np.lexsort((-np.nan_to_num(size), -np.nan_to_num(spread)))
    return tuple(order.tolist())


def largest(values: Array) -> float:
    """The largest absolute value; NaN where one is."""
    return max(float(values.max()), -float(values.min())) if values.size else 0.0
