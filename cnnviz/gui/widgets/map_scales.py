"""The colour scales of maps and kernels. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.scales import SMALLEST_LIMIT

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.snapshot import Snapshot

MapScale = Literal["layer", "full", "map", "network"]
"""The robust scale of the layer, its full scale, a separate scale for each tile, or the widest robust scale of all
layers."""
OWN = 0.0
"""The limit that means a separate scale for each tile."""


class Scaled(Protocol):
    """An answer about a layer that has a robust and a full scale."""

    @property
    def limit(self) -> float:
        """The limit of the robust scale, > 0."""
        ...

    @property
    def full(self) -> float:
        """The largest absolute value; 0 if it is unknown."""
        ...


@dataclass(frozen=True)
class Scale:
    """A chosen scale; ``network_limit`` is the limit of the scale of all layers, 0 while it is unknown.

    ``recorded``: a recorded moment is shown, and its scales are the widest that any moment of its run needed.
    """

    kind: MapScale = "layer"
    network_limit: float = 0.0
    recorded: bool = False

    def limit(self, layer: Scaled) -> float:
        """The limit for the values of a layer, > 0; :data:`OWN` for a separate scale for each tile."""
        if self.kind == "map":
            return OWN
        if self.kind == "full":
            return max(layer.limit, layer.full)
        return self.network_limit if self.kind == "network" and self.network_limit else layer.limit


ROBUST = Scale()
"""The default scale: the robust scale of the layer."""


def scale_for(kind: MapScale, snapshot: Snapshot | None) -> Scale:
    """The scale of a kind for the maps of a snapshot."""
    recorded = snapshot is not None and snapshot.recorded
    if kind != "network" or snapshot is None:
        return Scale(kind, recorded=recorded)
    answers = snapshot.by_node(MapsOf).values()
    return Scale(kind, max((maps.limit for maps in answers if maps.values.ndim == 3), default=0.0), recorded)


def own_limits(values: Array) -> Array:
    """The largest absolute value of each map, > 0, or 1 if it is infinite: float32 (n, H, W) -> float32 (n, 1, 1)."""
    with np.errstate(invalid="ignore"):
        largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    limits: Array = np.maximum(np.nan_to_num(largest, posinf=1.0), np.float32(SMALLEST_LIMIT))
    return limits


def count_clipped(values: Array, limit: float) -> int:
    """How many values, float32 of any shape, lie beyond the limit of a scale."""
    if limit == OWN:
        return 0
    with np.errstate(invalid="ignore"):
        return int(np.count_nonzero(np.abs(values) > limit))
