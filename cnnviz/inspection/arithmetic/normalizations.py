"""The arithmetic of normalizations: mean and variance, and the value normalized with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.single import Normalized, Scaled
from cnnviz.inspection.arithmetic.terms import Divided
from cnnviz.inspection.arithmetic.windows import source_of
from cnnviz.inspection.arrays import frozen

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.single import Origin
    from cnnviz.inspection.arithmetic.terms import Place
    from cnnviz.inspection.look import Look
    from cnnviz.network.layers import (
        BatchNorm,
        GroupNorm,
        InstanceNorm2d,
        LayerNorm,
        LayerNorm2d,
        LayerScale,
        LocalResponseNorm,
    )


def batch_norm(look: Look, layer: BatchNorm, place: Place) -> Normalized:
    """A value normalized with the channel's running averages from training."""
    tensors, channel = look.moment.tensors, place.channel
    mean, variance = (float(tensors[f"{place.node}.{name}"][channel]) for name in ("running_mean", "running_var"))
    batches = int(tensors[f"{place.node}.num_batches_tracked"])
    return _normalized(look, place, layer.eps, mean, variance, "running", batches, (channel, channel + 1))


def layer_norm(look: Look, layer: LayerNorm, place: Place) -> Normalized:
    """A value normalized with mean and variance of all values of the layer's input for the sample."""
    _, inputs = source_of(look, place.node)
    return _over(look, place, layer.eps, "layer", (0, len(inputs)))


def channel_norm(look: Look, layer: LayerNorm2d, place: Place) -> Normalized:
    """A value normalized with mean and variance of all channels at its position."""
    _, inputs = source_of(look, place.node)  # (C, H, W)
    values = inputs[:, place.row, place.column].astype(np.float64)
    mean, variance = float(values.mean()), float(values.var())
    return _normalized(look, place, layer.eps, mean, variance, "position", values.size, (0, len(inputs)))


def scaled(look: Look, _: LayerScale, place: Place) -> Scaled:
    """A value multiplied by the learned factor of its map."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    gamma = float(look.moment.tensors[f"{place.node}.weight"][place.channel])
    return Scaled(replace(place, node=source), float(inputs[place.channel, place.row, place.column]), gamma)


def group_norm(look: Look, layer: GroupNorm, place: Place) -> Normalized:
    """A value normalized with mean and variance of the maps of its group."""
    _, inputs = source_of(look, place.node)
    size = len(inputs) // layer.num_groups
    first = place.channel // size * size
    return _over(look, place, layer.eps, "group", (first, first + size))


def instance_norm(look: Look, layer: InstanceNorm2d, place: Place) -> Normalized:
    """A value normalized with mean and variance of its map."""
    return _over(look, place, layer.eps, "map", (place.channel, place.channel + 1))


def response_norm(look: Look, layer: LocalResponseNorm, place: Place) -> Divided:
    """A value divided by the strength of ``size`` neighbouring maps, of which ``size // 2`` come before its own."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    first = place.channel - layer.size // 2
    channels = np.arange(max(0, first), min(len(inputs), first + layer.size))
    at = inputs[:, place.row, place.column]
    return Divided(
        replace(place, node=source),
        float(at[place.channel]),
        frozen(channels),
        frozen(at[channels]),
        layer.size,
        layer.alpha,
        layer.beta,
        layer.k,
    )


def _over(look: Look, place: Place, eps: float, origin: Origin, channels: tuple[int, int]) -> Normalized:
    """A value normalized with mean and variance of the maps [first, end) in ``channels``."""
    _, inputs = source_of(look, place.node)
    values = inputs[channels[0] : channels[1]].astype(np.float64)
    return _normalized(look, place, eps, float(values.mean()), float(values.var()), origin, values.size, channels)


def _normalized(
    look: Look,
    place: Place,
    eps: float,
    mean: float,
    variance: float,
    origin: Origin,
    count: int,
    channels: tuple[int, int],
) -> Normalized:
    source, inputs = source_of(look, place.node)
    at = (place.channel, place.row, place.column)[: inputs.ndim]
    learned = (look.moment.tensors.get(f"{place.node}.{name}") for name in ("weight", "bias"))
    # LayerNorm has gamma and beta for each value, the other layers for each map
    gamma, beta = (None if each is None else float(each[at[: each.dim()]]) for each in learned)
    x = float(inputs[at])
    return Normalized(replace(place, node=source), x, mean, variance, eps, gamma, beta, origin, count, channels)
