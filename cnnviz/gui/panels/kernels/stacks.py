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
"""An order is out of date if a slice is weaker than a later one by this share of the filter's strongest slice."""


@dataclass(frozen=True)
class StackForm:
    """How the weights of a layer are arranged: ``filters`` stacks of ``slices`` tiles of size ``tile`` (height, width).

    ``source`` is the node whose maps or values the slices read. ``dense``: the layer is fully connected. ``folded``:
    its weights are also arranged as the maps before a Flatten. ``groups`` is the number of groups of a convolution.
    ``classes``: each unit of a fully connected layer gives the score of a class.
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
        """How many maps, or values of a vector, the layer reads."""
        return self.slices * self.groups

    def slice_of(self, filter: int, source: int) -> int | None:
        """The slice of a filter that reads a map; None if the map belongs to another group."""
        group, slice = divmod(source, self.slices)
        return slice if filter // (self.filters // self.groups) == group else None

    def reads(self, filter: int, slice: int) -> int:
        """The number of the map that a slice reads."""
        return filter // (self.filters // self.groups) * self.slices + slice


def stack_form(network: Network, node: str, weight_shape: Shape) -> StackForm:
    """How a weight of shape (O, I, kH, kW) or (O, I) is arranged."""
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


@dataclass(eq=False)
class SliceOrder:
    """The order of the slices of each filter: from the strongest (largest absolute weight) to the weakest.

    A filter is sorted when its order is first requested. It keeps this order until :meth:`sort_again`, so that slices
    do not move on screen while weights change.
    """

    turn: int = 0
    """How often the slices were sorted again."""
    _orders: dict[int, NDArray[np.intp]] = field(default_factory=dict)
    _numbers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _last: tuple[bytes, bytes, NDArray[np.intp]] | None = None
    """The last question and answer of :meth:`slices`."""

    def of(self, filter: int, weight: Array) -> NDArray[np.intp]:
        """The order of a filter's slices, intp (slices,); ``weight`` is float32 (filters, slices, height, width)."""
        if filter not in self._orders:
            self._orders[filter] = np.argsort(-strengths(weight[filter]), kind="stable")
        return self._orders[filter]

    def slices(self, filters: NDArray[np.intp], ranks: NDArray[np.intp], weight: Array) -> NDArray[np.intp]:
        """The slices that have these ranks in their filters, each intp (k,); ``weight`` as for :meth:`of`."""
        asked = filters.tobytes(), ranks.tobytes()
        if self._last is None or self._last[:2] != asked:
            found = np.empty_like(ranks)
            for filter in np.unique(filters).tolist():
                mine = filters == filter
                found[mine] = self.of(filter, weight)[ranks[mine]]
            self._last = (*asked, found)
        return self._last[2]

    def numbers(self, filter: int, form: StackForm, weight: Array) -> tuple[str, ...]:
        """The numbers of the maps that a filter's slices read, as texts in the order of the slices; ``weight`` as for
        :meth:`of`."""
        if filter not in self._numbers:
            order = self.of(filter, weight).tolist()
            self._numbers[filter] = tuple(str(form.reads(filter, slice)) for slice in order)
        return self._numbers[filter]

    def stale(self, filters: Iterable[int], weight: Array) -> bool:
        """Whether the order of any of these filters is out of date; ``weight`` as for :meth:`of`."""
        for filter in filters:
            if filter in self._orders:
                ordered = strengths(weight[filter])[self._orders[filter]]
                behind = np.maximum.accumulate(ordered[::-1])[::-1]
                if np.any(behind - ordered > TOLERANCE * behind[0]):
                    return True
        return False

    def sort_again(self) -> None:
        """Forget all orders, so that every filter is sorted again when next requested."""
        self._orders.clear()
        self._numbers.clear()
        self._last, self.turn = None, self.turn + 1


def strengths(filter: Array) -> Array:
    """The largest absolute weight of each slice: float32 (slices, height, width) -> float32 (slices,)."""
    strongest: Array = np.abs(filter).max(axis=(1, 2))
    return strongest
