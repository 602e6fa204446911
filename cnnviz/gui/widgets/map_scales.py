"""The scales that maps are drawn on, wherever they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.inspection.answers.maps import MapsOf

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.snapshot import Snapshot

MapScale = Literal["layer", "map", "network"]
"""Maps are drawn on the scale of their layer, each on its own, or all on one."""
OWN = 0.0
"""The limit that stands for a scale of its own for each map."""
SMALLEST_LIMIT = np.float32(1e-6)


def limit_of(scale: MapScale, snapshot: Snapshot | None) -> float | None:
    """The limit of the scale for the maps of a snapshot: None for that of their layer, :data:`OWN` for their own."""
    if scale == "layer" or snapshot is None:
        return None
    if scale == "map":
        return OWN
    every = snapshot.by_node(MapsOf).values()
    return max((maps.limit for maps in every if maps.values.ndim == 3), default=None)


def own_limits(values: Array) -> Array:
    """The largest absolute value of each map, > 0: float32 (n, H, W) -> float32 (n, 1, 1)."""
    with np.errstate(invalid="ignore"):
        largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    limits: Array = np.maximum(np.nan_to_num(largest, posinf=1.0), SMALLEST_LIMIT)
    return limits
