"""The content of the Kernels tab, computed from a layer's weights. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.widgets.map_scales import ROBUST, Scale, count_clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.panels.kernels.stacks import SliceOrder, StackForm
    from cnnviz.inspection.answers.kernels import Kernels
    from cnnviz.inspection.questions import Array


@dataclass(frozen=True)
class Options:
    """The options chosen by the user.

    ``reads`` restricts the slices to those that read this map of the source; ``average`` shows the mean slice of each
    filter. ``pinned`` filters come first. With ``since`` the change of the weights since this step is shown.
    """

    scale: Scale = ROBUST
    reads: int | None = None
    average: bool = False
    pinned: tuple[int, ...] = ()
    since: int | None = None


@dataclass(frozen=True)
class State:
    """The weights of a step, displayed as tiles in rows.

    ``filters`` are in displayed order. ``single``: each filter is a single tile. The colour scale ends at ``limit``;
    ``clipped`` weights lie beyond it and get its end colours.
    """

    kernels: Kernels
    form: StackForm
    step: int
    options: Options
    filters: tuple[int, ...]
    single: bool
    limit: float
    clipped: int

    @cached_property
    def stack(self) -> Array:
        """The weights, float32 (filters, slices, height, width)."""
        return self.form.stack(self.kernels.weight)

    @property
    def columns(self) -> int:
        """The number of tiles of a filter."""
        return 1 if self.single else self.form.slices

    def filter_at(self, position: int) -> int:
        """The filter to which a tile belongs."""
        return self.filters[position // self.columns]

    def index_at(self, position: int, row: int, column: int, order: SliceOrder) -> tuple[int, ...] | None:
        """The index in the parameter of the weight at a place of a tile; None for an average."""
        slice = self.slice_at(position, order)
        if slice is None:
            return None
        return self.form.index(self.filter_at(position), slice, row, column, self.kernels.weight.shape)

    def slice_at(self, position: int, order: SliceOrder) -> int | None:
        """The slice that a tile shows; None for an average."""
        filter, rank = self.filter_at(position), position % self.columns
        if self.options.average and self.form.slices > 1:
            return None
        if self.options.reads is not None:
            return self.form.slice_of(filter, self.options.reads)
        return int(order.of(filter, self.stack)[rank])

    def tiles(self, positions: NDArray[np.intp], order: SliceOrder) -> Array:
        """The values of the tiles at positions intp (k,): float32 (k, height, width)."""
        stack = self.stack
        filters = np.asarray(self.filters, np.intp)[positions // self.columns]
        if self.options.average:
            means: Array = stack[filters].mean(axis=1, dtype=np.float32)
            return means
        if self.options.reads is not None:
            # the slices of a group are in the order of the maps that they read
            slices: Array = stack[filters, self.options.reads % self.form.slices]
            return slices
        values: Array = stack[filters, order.slices(filters, positions % self.columns, stack)]
        return values


def state(kernels: Kernels, form: StackForm, step: int, options: Options) -> State:
    """The content of the tab; options that the layer does not allow are ignored."""
    reads = options.reads if options.reads is not None and options.reads < form.sources else None
    reads = reads if form.sources > 1 and not options.average else None
    average = options.average and form.slices > 1
    pinned = tuple([filter for filter in options.pinned if filter < form.filters])
    # the scale over all layers is for weights and does not fit their changes
    unfit = options.since is not None and options.scale.kind == "network"
    scale = Scale(recorded=options.scale.recorded) if unfit else options.scale
    options = Options(scale, reads, average, pinned, options.since)
    shown = _filters(form, pinned, reads)
    limit = scale.limit(kernels)
    single = average or reads is not None or form.slices == 1
    return State(kernels, form, step, options, shown, single, limit, count_clipped(kernels.weight, limit))


@lru_cache(maxsize=8)
def _filters(form: StackForm, pinned: tuple[int, ...], reads: int | None) -> tuple[int, ...]:
    """The filters in displayed order, the pinned ones first; with ``reads`` only the filters that read that map."""
    every = (*pinned, *(filter for filter in range(form.filters) if filter not in pinned))
    return every if reads is None else tuple(filter for filter in every if form.slice_of(filter, reads) is not None)
