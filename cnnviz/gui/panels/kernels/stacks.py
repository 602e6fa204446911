"""A layer's weights as stacks of slices, and the order in which they are shown. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.network.layers import Conv2d, Dense
from cnnviz.network.shapes import infer
from cnnviz.network.vectors import gives_classes, maps_behind

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    its weights are arranged as the maps before the Flatten; ``groups`` is the number of groups of a convolution, and
    ``classes`` says that each unit of a fully connected layer gives the score of one class.
    """

    filters: int
    slices: int
    tile: tuple[int, int]
    source: str
    dense: bool = False
    folded: bool = False
    groups: int = 1
    classes: bool = False

    @property
    def sources(self) -> int:
        """How many maps the layer reads, or values where it reads no maps."""
        return self.slices * self.groups

    def slice_of(self, filter: int, source: int) -> int | None:
        """The slice of a filter that reads a map; None where the map belongs to another group."""
        group, slice = divmod(source, self.slices)
        return slice if filter // (self.filters // self.groups) == group else None

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
    classes = gives_classes(network, node)
    behind = maps_behind(network, infer(network), source)
    if behind is not None and prod(behind[1]) == inputs:
        before, (slices, high, wide) = behind
        return StackForm(filters, slices, (high, wide), before, dense=True, folded=True, classes=classes)
    return StackForm(filters, inputs, (1, 1), source, dense=True, classes=classes)


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

    def stale(self, filters: Iterable[int], weight: Array) -> bool:
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
