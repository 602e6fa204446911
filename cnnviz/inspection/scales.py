"""The colour scale of each layer and the order of its maps; kept between snapshots so that pictures can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.questions import Array

SMALLEST_LIMIT = 1e-6
"""The scale of a layer whose values are all 0."""
SCALE_QUANTILE = 0.997
"""Share of a layer's values that the robust colour scale covers; a few larger values do not make all others dark."""
LONG = 1000
"""A vector with at least this many values, such as the output of a Flatten, gets a robust scale, as maps do."""
MAX_SAMPLED = 2**16
"""A robust colour scale is computed from at most about this many values, evenly spaced."""


@dataclass(frozen=True, eq=False)
class MapOrder:
    """All channels of a node's maps, strongest first, at ``step`` and for ``sample``."""

    channels: tuple[int, ...]
    step: int
    sample: Sample


class Scales:
    """The colour scale of each layer and the order of its maps, for one network and one sample.

    All recorded moments of a run are drawn on the same scales, the widest that any moment of the run needed so far,
    whether it was shown live or as a recording. The scales of the present moment do not depend on recorded ones.
    """

    def __init__(self) -> None:
        self._limits: dict[tuple[str, str], float] = {}
        """The scales of the present moment, by kind and node."""
        self._widest: dict[int, dict[tuple[str, str], float]] = {}
        """The scales of whole runs, by the number of the run."""
        self._run, self._recorded = 0, False
        self._orders: dict[str, MapOrder] = {}
        self._present_orders: dict[str, tuple[int, ...]] = {}

    def turn_to(self, run: int, *, recorded: bool) -> None:
        """Set where the next values come from: a recorded moment of a run, or its present moment."""
        self._run, self._recorded = run, recorded

    def widest(self, run: int) -> Mapping[tuple[str, str], float]:
        """The scales of a whole run so far, by kind and node."""
        return self._widest.get(run, {})

    def widen(self, run: int, limits: Mapping[tuple[str, str], float]) -> None:
        """Widen the scales of a whole run to ``limits``."""
        widest = self._widest.setdefault(run, {})
        for key, limit in limits.items():
            widest[key] = max(limit, widest.get(key, 0.0))

    def forget_limits(self) -> None:
        """Forget the scales of the present moment; the next values set them."""
        self._limits.clear()

    def forget_strongest(self) -> None:
        """Forget which maps are the strongest; the next values decide."""
        self._orders.clear()
        self._present_orders.clear()

    def known(self, kind: str, node: str) -> float:
        """The scale of a node's values of this ``kind`` ("maps", "kernels"); 0 if there were none yet."""
        limits = self._widest.get(self._run, {}) if self._recorded else self._limits
        return limits.get((kind, node), 0.0)

    def limit(self, kind: str, node: str, span: float) -> float:
        """Widen the scale to ``span``, the largest value that is to be drawn, and return it (> 0). It never narrows.

        A span that is not finite leaves the scale as it is.
        """
        if not isfinite(span):
            span = SMALLEST_LIMIT
        limit = max(SMALLEST_LIMIT, span, self.known(kind, node))
        if not self._recorded:
            self._limits[kind, node] = limit
        self.widen(self._run, {(kind, node): limit})
        return limit

    def limits(self, kind: str, node: str, values: Array) -> tuple[float, float]:
        """The robust scale of a node's values, see :func:`span`, and the full scale, which covers all values.

        ``values``: float32 of any shape, such as (C, H, W).
        """
        robust = self.limit(kind, node, span(values, self.known(kind, node)))
        return robust, max(robust, self.limit(f"{kind}, full", node, largest(values)))

    def orders(
        self, node: str, values: Array, step: int, sample: Sample, *, judge: bool
    ) -> tuple[MapOrder, tuple[int, ...]]:
        """The order of the first call for a node, and the channels as they were ordered last.

        ``values``: float32 (C, H, W), at ``step`` and for ``sample``. The first order stays, whatever the values are;
        ``judge`` orders the channels by these values too.
        """
        if node not in self._orders:
            self._orders[node] = MapOrder(by_strength(values), step, sample)
            self._present_orders[node] = self._orders[node].channels
        elif judge:
            self._present_orders[node] = by_strength(values)
        return self._orders[node], self._present_orders[node]


def by_strength(values: Array) -> tuple[int, ...]:
    """The channels of maps, strongest first: by standard deviation, then by mean absolute value.

    ``values``: float32 (C, H, W).
    """
    flat = values.reshape(len(values), -1)
    with np.errstate(over="ignore", invalid="ignore"):
        # sums order maps of one size as means do, in half the time
        centred = flat - flat.mean(axis=1, keepdims=True)
        spread = np.vecdot(centred, centred)
        size = np.add.reduce(np.abs(flat, out=centred), axis=1)
    # values that are not numbers come last
    order = np.lexsort((-size, -spread))
    return tuple(order.tolist())


def largest(values: Array) -> float:
    """The largest finite absolute value of an array: float32 of any shape, () included; 0 if there is none."""
    size = max(float(values.max()), -float(values.min())) if values.size else 0.0
    if isfinite(size):
        return size
    finite = values[np.isfinite(values)]
    return max(float(finite.max()), -float(finite.min())) if finite.size else 0.0


def span(values: Array, least: float = 0.0) -> float:
    """The colour limit that the values need: their :data:`SCALE_QUANTILE` quantile by size. float32 of any shape.

    For a vector (n,) of less than :data:`LONG` values it is the largest absolute value. Else it is ``least``, the
    present limit, if that is large enough. Values that are not finite do not count.
    """
    if values.ndim == 1 and len(values) < LONG:
        return largest(values)
    sizes = np.abs(values.ravel()[:: -(-values.size // MAX_SAMPLED)])
    if len(sizes) and not isfinite(float(sizes.max())):
        sizes = sizes[np.isfinite(sizes)]
        if not len(sizes):
            return least
    place = int(SCALE_QUANTILE * (len(sizes) - 1))
    # counting is twenty times faster than partitioning, and a scale seldom widens
    if np.count_nonzero(sizes > least) < len(sizes) - place:
        return least
    return float(np.partition(sizes, place)[place])
