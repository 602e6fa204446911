"""A layer's weights as stacks of slices, and the order in which they are shown. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.network.layers import Conv2d, ConvTranspose2d, Dense
from cnnviz.network.shapes import infer
from cnnviz.network.vectors import gives_classes, maps_before

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
    ``transposed``: the weights are those of a transposed convolution, whose first axis counts the maps that are read.
    ``classes``: each unit of a fully connected layer gives the score of a class.
    """

    filters: int
    slices: int
    tile: tuple[int, int]
    source: str
    dense: bool = False
    folded: bool = False
    groups: int = 1
    transposed: bool = False
    classes: bool = False

    @property
    def sources(self) -> int:
        """How many maps, or values of a vector, the layer reads."""
        return self.slices * self.groups

    @property
    def filters_in_group(self) -> int:
        """How many filters each group has."""
        return self.filters // self.groups

    def slice_of(self, filter: int, source: int) -> int | None:
        """The slice of a filter that reads a map; None if the map belongs to another group."""
        group, slice = divmod(source, self.slices)
        return slice if filter // self.filters_in_group == group else None

    def reads(self, filter: int, slice: int) -> int:
        """The number of the map that a slice reads."""
        return filter // self.filters_in_group * self.slices + slice

    def stack(self, weight: Array) -> Array:
        """The parameter ``weight``, float32, as stacks: (filters, slices, height, width)."""
        if self.transposed:
            grouped = weight.reshape(self.groups, self.slices, self.filters_in_group, *self.tile)
            weight = grouped.swapaxes(1, 2)
        return weight.reshape(self.filters, self.slices, *self.tile)

    def index(self, filter: int, slice: int, row: int, column: int, weight_shape: Shape) -> tuple[int, ...]:
        """The index in the parameter, of shape ``weight_shape``, of a weight of the stacks."""
        if self.transposed:
            return self.reads(filter, slice), filter % self.filters_in_group, row, column
        shape = (self.filters, self.slices, *self.tile)
        index = np.unravel_index(np.ravel_multi_index((filter, slice, row, column), shape), weight_shape)
        return tuple(int(entry) for entry in index)


def stack_form(network: Network, node: str, weight_shape: Shape) -> StackForm:
    """How a weight of shape (O, I, kH, kW), (O, I), or of a transposed convolution (I, O, kH, kW) is arranged."""
    (source,) = network.inputs[node]
    layer = network[node]
    if isinstance(layer, ConvTranspose2d):
        inputs, outputs, height, width = weight_shape
        groups = layer.groups
        return StackForm(outputs * groups, inputs // groups, (height, width), source, groups=groups, transposed=True)
    if len(weight_shape) == 4:
        filters, slices, height, width = weight_shape
        groups = layer.groups if isinstance(layer, Conv2d) else 1
        return StackForm(filters, slices, (height, width), source, groups=groups)
    filters, inputs = weight_shape
    assert isinstance(layer, Dense)
    classes = gives_classes(network, node)
    maps = maps_before(network, infer(network), source)
    if maps is not None:
        maps_node, (slices, height, width) = maps
        if slices * height * width == inputs:
            return StackForm(filters, slices, (height, width), maps_node, dense=True, folded=True, classes=classes)
    return StackForm(filters, inputs, (1, 1), source, dense=True, classes=classes)


@dataclass(eq=False)
class SliceOrder:
    """The order of the slices of each filter: from the strongest (largest absolute weight) to the weakest.

    A filter is sorted when its order is first requested, as when it is scrolled into view. It keeps this order until
    :meth:`sort_again`, so that slices do not move on screen while weights change.
    """

    sortings: int = 0
    """How often the slices were sorted again."""
    step: int = 0
    """The step of the weights by which filters are sorted from now on."""
    _orders: dict[int, NDArray[np.intp]] = field(default_factory=dict)
    _steps: dict[int, int] = field(default_factory=dict)
    """The step at which each filter was sorted."""
    _numbers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _latest: tuple[tuple[bytes, bytes], NDArray[np.intp]] | None = None
    """The arguments of the latest call of :meth:`slices`, as bytes, and its result."""

    def of(self, filter: int, weight: Array) -> NDArray[np.intp]:
        """The order of a filter's slices, intp (slices,); ``weight`` is float32 (filters, slices, height, width)."""
        if filter not in self._orders:
            self._orders[filter] = np.argsort(-strengths(weight[filter]), kind="stable")
            self._steps[filter] = self.step
        return self._orders[filter]

    def slices(self, filters: NDArray[np.intp], ranks: NDArray[np.intp], weight: Array) -> NDArray[np.intp]:
        """The slices that have these ranks in their filters, each intp (k,); ``weight`` as for :meth:`of`."""
        arguments = filters.tobytes(), ranks.tobytes()
        if self._latest is None or self._latest[0] != arguments:
            slices = np.empty_like(ranks)
            for filter in np.unique(filters).tolist():
                of_filter = filters == filter
                slices[of_filter] = self.of(filter, weight)[ranks[of_filter]]
            self._latest = arguments, slices
        _, latest_slices = self._latest
        return latest_slices

    def numbers(self, filter: int, form: StackForm, weight: Array) -> tuple[str, ...]:
        """The numbers of the maps that a filter's slices read, as texts in the order of the slices; ``weight`` as for
        :meth:`of`."""
        if filter not in self._numbers:
            order = self.of(filter, weight).tolist()
            self._numbers[filter] = tuple(str(form.reads(filter, slice)) for slice in order)
        return self._numbers[filter]

    def sorted_at(self, filters: Iterable[int]) -> tuple[int, int]:
        """The first and the last step at which these filters were sorted; the present step if none was."""
        steps = [self._steps[filter] for filter in filters if filter in self._steps] or [self.step]
        return min(steps), max(steps)

    def is_outdated(self, filters: Iterable[int], weight: Array) -> bool:
        """Whether the order of any of these filters is out of date; ``weight`` as for :meth:`of`."""
        for filter in filters:
            if filter in self._orders:
                ordered = strengths(weight[filter])[self._orders[filter]]
                # of each slice and those after it
                strongest = np.maximum.accumulate(ordered[::-1])[::-1]
                if np.any(strongest - ordered > TOLERANCE * strongest[0]):
                    return True
        return False

    def sort_again(self) -> None:
        """Forget all orders, so that every filter is sorted again when next requested."""
        self._orders.clear()
        self._steps.clear()
        self._numbers.clear()
        self._latest, self.sortings = None, self.sortings + 1


def strengths(filter: Array) -> Array:
    """The largest absolute weight of each slice: float32 (slices, height, width) -> float32 (slices,)."""
    strongest: Array = np.abs(filter).max(axis=(1, 2))
    return strongest
