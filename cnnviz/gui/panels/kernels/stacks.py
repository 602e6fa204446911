"""A layer's weights as stacks of slices, and the order in which they are shown. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.network.layers import Conv2d, Dense, Flatten
from cnnviz.network.shapes import infer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network
    from cnnviz.network.shape import Shape

TOLERANCE = 0.1
"""An order has gone stale when a slice is weaker than a later one by this share of the filter's strongest."""


@dataclass(frozen=True)
class StackForm:
    """How the weights of a layer are seen: ``filters`` stacks of ``slices`` tiles of (height, width) each.

    ``source`` names the node whose maps the slices read. ``folded`` says that the layer is fully connected and that
    its weights are arranged as the maps before the Flatten; ``groups`` is the number of groups of a convolution.
    """

    filters: int
    slices: int
    tile: tuple[int, int]
    source: str
    dense: bool = False
    folded: bool = False
    groups: int = 1

    def reads(self, filter: int, slice: int) -> int:
        """The number of the map that a slice reads."""
        return filter // (self.filters // self.groups) * self.slices + slice


def stack_form(network: Network, node: str, weight_shape: Shape) -> StackForm:
    """How to see a weight of shape (O, I, kH, kW) or (O, I)."""
    (source,) = network.inputs[node]
    layer = network[node]
    if len(weight_shape) == 4:
        filters, slices, high, wide = weight_shape
        groups = layer.groups if isinstance(layer, Conv2d) else 1
        return StackForm(filters, slices, (high, wide), source, groups=groups)
    filters, inputs = weight_shape
    assert isinstance(layer, Dense)
    if isinstance(network[source], Flatten):
        (maps,) = infer(network).nodes[source].inputs
        if maps is not None and len(maps) == 3 and maps[0] * maps[1] * maps[2] == inputs:
            (before,) = network.inputs[source]
            return StackForm(filters, maps[0], (maps[1], maps[2]), before, dense=True, folded=True)
    return StackForm(filters, inputs, (1, 1), source, dense=True)


@dataclass
class SliceOrder:
    """For each filter its slices from the strongest (largest absolute weight) to the weakest.

    A filter is sorted when it is first asked for, and then keeps its order until :meth:`sort_again`, so that nothing
    moves on screen while weights change.
    """

    _orders: dict[int, NDArray[np.intp]] = field(default_factory=dict)

    def of(self, filter: int, weight: Array) -> NDArray[np.intp]:
        """The order of one filter: intp (slices,). ``weight``: float32 (filters, slices, height, width)."""
        if filter not in self._orders:
            self._orders[filter] = np.argsort(-strengths(weight[filter]), kind="stable")
        return self._orders[filter]

    def stale(self, filters: range, weight: Array) -> bool:
        """Whether one of these filters is no longer in the order of its strengths."""
        for filter in filters:
            if filter in self._orders:
                ordered = strengths(weight[filter])[self._orders[filter]]
                behind = np.maximum.accumulate(ordered[::-1])[::-1]
                if np.any(behind - ordered > TOLERANCE * behind[0]):
                    return True
        return False

    def sort_again(self) -> None:
        """Sort every filter anew when it is next asked for."""
        self._orders.clear()


def strengths(filter: Array) -> Array:
    """The largest absolute weight of each slice: float32 (slices, height, width) -> (slices,)."""
    strongest: Array = np.abs(filter).max(axis=(1, 2))
    return strongest
