"""Advice about layers with weights that follow each other without an activation between them."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

from cnnviz.network.fixes import insertion
from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    RandomDropping,
    ReLU,
    Reshape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.network.advice_context import AdviceContext
    from cnnviz.network.graph import Network
    from cnnviz.network.problems import Problem

LINEAR = (AdaptiveAvgPool2d, AvgPool2d, BatchNorm, Flatten, GlobalAvgPool2d, RandomDropping, Reshape)
"""Layers that only add and scale what they get, if the trained network runs. A LayerNorm, GroupNorm or InstanceNorm is
none of them: it divides by the deviation of its own input."""


def linear_pair(context: AdviceContext, name: str) -> Iterator[Problem]:
    """Two layers with weights without an activation between them, which could be one layer.

    Convolutions that are split on purpose are left alone: depthwise and pointwise, rows and columns, and 1×1
    convolutions to fewer or more maps, as in MobileNet. So is an output that something else reads as well, as in
    squeeze and excitation.
    """
    layer, between = context.network[name], list[str]()
    before = context.before(name)
    while before is not None and isinstance(before.layer, LINEAR) and len(context.followers(before.name)) == 1:
        between.insert(0, before.name)
        before = context.before(before.name)
    if before is None or (between and len(context.followers(before.name)) > 1):
        return
    if (code := _code(before.layer, layer)) is not None:
        # an activation stands behind the BatchNorm of its layer
        norms = list(takewhile(lambda each: isinstance(context.network[each], BatchNorm), between))
        place = [*between, name][len(norms)]
        yield context.warning(name, code, insertion(place, _usual_activation(context.network)), before=before.name)


def _code(before: Layer, after: Layer) -> str | None:
    if isinstance(after, Dense) and isinstance(before, Dense):
        return "linear_pair"
    if _is_full(before) and isinstance(after, Dense):
        return "linear_convolution"
    if _is_full(before) and _is_full(after):
        return "linear_convolutions"
    return None


def _usual_activation(network: Network) -> Layer:
    """The activation that a network uses most often; ReLU if it uses none."""
    layers = (node.layer for node in network.nodes.values())
    used = Counter(layer for layer in layers if layer.family == "activation" and layer.elementwise)
    return max(used, key=used.__getitem__, default=ReLU())


def _is_full(layer: Layer) -> bool:
    """Whether a layer is a convolution over all channels with a window of several rows and columns."""
    return isinstance(layer, Conv2d) and layer.groups == 1 and min(layer.kernel_size) > 1
