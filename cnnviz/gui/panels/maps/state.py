"""The content of the Maps tab, computed from a layer's output. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.widgets.map_scales import ROBUST, Scale, count_clipped
from cnnviz.network.shapes import infer
from cnnviz.network.vectors import gives_classes, maps_before

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network
    from cnnviz.network.shape import Shape

SILENT = 1e-6
"""A map whose largest absolute value is below this share of the layer's scale is called silent."""


@dataclass(frozen=True)
class Form:
    """How the output of a layer is displayed.

    ``shape`` is (C, H, W) of tiles, or None for a vector, which is drawn as bars. ``source`` is the layer whose maps
    a vector holds in flattened form; it is empty for a layer with maps of its own. ``classes``: each value of a
    vector is the score of a class.
    """

    shape: Shape | None
    source: str = ""
    classes: bool = False


def form_of(network: Network, node: str, shape: Shape) -> Form:
    """How the output of a node, of this shape, is displayed."""
    if len(shape) == 3:
        return Form(shape)
    maps = maps_before(network, infer(network), node)
    if maps is not None:
        maps_node, maps_shape = maps
        if shape == (prod(maps_shape),):
            return Form(maps_shape, maps_node)
    return Form(None, classes=gives_classes(network, node))


@dataclass(frozen=True)
class Options:
    """The options chosen by the user. ``pinned`` maps come first. With ``since`` the change of the maps since this step
    is shown."""

    scale: Scale = ROBUST
    pinned: tuple[int, ...] = ()
    since: int | None = None


@dataclass(frozen=True)
class State:
    """The maps or values of a step, as displayed.

    ``channels`` are the numbers of the maps, or of the values of a vector, in displayed order. The colour scale
    ends at ``limit``; ``clipped`` values lie beyond it and get its end colours. ``silent`` maps are 0 for the sample.
    """

    maps: Maps
    form: Form
    step: int
    options: Options
    channels: tuple[int, ...]
    limit: float
    clipped: int
    silent: frozenset[int]

    @property
    def values(self) -> Array:
        """All values, float32: maps (C, H, W), or a vector (n,)."""
        return self.maps.values if self.form.shape is None else self.maps.values.reshape(self.form.shape)

    def tiles(self, positions: NDArray[np.intp]) -> Array:
        """The maps at positions intp (k,): float32 (k, H, W)."""
        values: Array = self.values[np.asarray(self.channels, np.intp)[positions]]
        return values


def state(maps: Maps, form: Form, step: int, options: Options) -> State:
    """The content of the tab; options that the layer does not allow are ignored."""
    # the scale over all layers is for maps and does not fit their changes
    if options.since is not None and options.scale.kind == "network":
        scale = Scale(recorded=options.scale.recorded)
    else:
        scale = options.scale
    if form.shape is None:
        channels, limit, silent = tuple(range(maps.total)), maps.limit, frozenset[int]()
        options = Options(scale, since=options.since)
    else:
        count = form.shape[0]
        # only a layer with maps of its own has pinned maps, a Flatten has none
        pinned = () if form.source else tuple(channel for channel in options.pinned if channel < count)
        options = Options(scale, pinned, options.since)
        channels = (*pinned, *(channel for channel in range(count) if channel not in set(pinned)))
        limit = scale.limit(maps)
        silent = (
            frozenset() if options.since is not None else silent_channels(maps.values.reshape(form.shape), maps.limit)
        )
    return State(maps, form, step, options, channels, limit, count_clipped(maps.values, limit), silent)


def silent_channels(values: Array, limit: float) -> frozenset[int]:
    """The channels of maps float32 (C, H, W) without any value above the share :data:`SILENT` of ``limit``."""
    strongest = np.maximum(values.max(axis=(1, 2)), -values.min(axis=(1, 2)))
    return frozenset(np.flatnonzero(strongest < SILENT * limit).tolist())
