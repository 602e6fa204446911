"""The uses of a weight in each kind of layer: the values that it multiplies, and the outputs that they are added to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.arithmetic.windows import under
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from cnnviz.inspection.arithmetic.terms import Numbers
    from cnnviz.inspection.backward import AttentionInside
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.layers import Layer

Index = tuple[int, ...]
Inside = Literal["query", "key", "value", "gathered"]
"""An intermediate result of a self-attention: one of its three projections, or the weighted means of its heads."""


@dataclass(frozen=True, eq=False)
class Window:
    """The values of a map of a node that are used with a weight, float32 (H, W); (1, 1) for a single value.

    Position ``[i, j]`` lies in row ``first[0] + i · step[0]`` of the map ``channel`` and in column
    ``first[1] + j · step[1]``. Positions outside the map, in the padding or in the border that a transposed
    convolution cuts off, hold 0. ``inside`` names a map inside of the node; None for a map of its output.
    """

    node: str
    channel: int
    values: Array
    first: tuple[int, int] = (0, 0)
    step: tuple[int, int] = (1, 1)
    inside: Inside | None = None

    def place(self, row: int, column: int) -> Place | None:
        """The place of position ``[row, column]``, maybe outside the map; None for a map inside a node."""
        if self.inside is not None:
            return None
        top, left = self.first
        return Place(self.node, self.channel, top + row * self.step[0], left + column * self.step[1])


@dataclass(frozen=True, eq=False)
class Meeting:
    """The positions of one map at which a weight was used.

    ``factors`` are the values that the weight multiplies at each position: values of the input, standardized values for
    a gamma, negative values for the slope of a PReLU; None for a bias, which multiplies nothing. ``gradients`` are the
    derivatives of the loss with respect to the outputs that the products are added to.
    """

    factors: Window | None
    gradients: Window

    @cached_property
    def products(self) -> Numbers:
        """The part of the weight's gradient from each position, float64 (H, W)."""
        gradients: Numbers = self.gradients.values.astype(np.float64)
        return frozen(gradients if self.factors is None else gradients * self.factors.values)

    @property
    def total(self) -> float:
        """The sum of the products over all positions."""
        return float(self.products.sum())


@dataclass(frozen=True, eq=False)
class Use:
    """A layer with its input and the gradient of its output, float32 (C, H, W) or (n,) each."""

    look: Look
    node: str
    source: str
    inputs: Array
    gradient: Array

    def tensor(self, values: Array) -> Tensor:
        """Values as a batch of one, float32 (1, C, H, W) or (1, n)."""
        return self.look.pixels.new_tensor(values).unsqueeze(0)


def _convolution(use: Use, layer: layers.Conv2d, index: Index) -> list[Meeting]:
    out, part, *at = index
    window = layer.window((use.inputs.shape,))
    assert window is not None
    # ``part`` counts the channels of the group that the output channel reads
    channel = out // (layer.out_channels // layer.groups) * (len(use.inputs) // layer.groups) + part
    offset = tuple(n * d - p for n, d, p in zip(at, window.dilation, window.padding, strict=True))
    gradients = Window(use.node, out, use.gradient[out])
    return [Meeting(_strided(use.source, channel, use.inputs, gradients, offset, layer.stride), gradients)]


def _transposed(use: Use, layer: layers.ConvTranspose2d, index: Index) -> list[Meeting]:
    channel, part, *at = index
    # ``part`` counts the channels of the group that the input channel feeds
    out = channel // (len(use.inputs) // layer.groups) * (layer.out_channels // layer.groups) + part
    offset = tuple(n * d - p for n, d, p in zip(at, layer.dilation, layer.padding, strict=True))
    factors = Window(use.source, channel, use.inputs[channel])
    return [Meeting(factors, _strided(use.node, out, use.gradient, factors, offset, layer.stride))]


def _strided(
    node: str, channel: int, maps: Array, other: Window, offset: tuple[int, ...], step: tuple[int, int]
) -> Window:
    """The values of a map that are multiplied by the values of ``other``, position by position."""
    rows, columns = (
        first + distance * np.arange(size)
        for first, distance, size in zip(offset, step, other.values.shape, strict=True)
    )
    values, _ = under(maps[channel : channel + 1], rows, columns)
    return Window(node, channel, frozen(values[0]), (offset[0], offset[1]), step)


def _dense(use: Use, _: layers.Dense, index: Index) -> list[Meeting]:
    out, at = index
    return [Meeting(_single(use.source, use.inputs, (at,)), _single(use.node, use.gradient, (out,)))]


def _scale(use: Use, _: Layer, index: Index) -> list[Meeting]:
    """The gamma of a normalization. It multiplies the standardized values: the outputs without gamma and beta."""
    from cnnviz.inspection.backward import standardized

    module = use.look.module._modules[use.node]
    assert module is not None
    values = standardized(module, use.tensor(use.inputs))[0]
    return [Meeting(_whole(use.node, as_array(values), index), _whole(use.node, use.gradient, index))]


def _factor(use: Use, _: layers.LayerScale, index: Index) -> list[Meeting]:
    """The factor of a LayerScale. It multiplies the values of its map."""
    return [Meeting(_whole(use.source, use.inputs, index), _whole(use.node, use.gradient, index))]


def _bias(use: Use, _: Layer, index: Index) -> list[Meeting]:
    return [Meeting(None, _whole(use.node, use.gradient, index))]


def _slope(use: Use, layer: layers.PReLU, index: Index) -> list[Meeting]:
    """The slope of a PReLU, for a map or for all maps. It multiplies the negative values."""
    channels = index if layer.per_channel else range(len(use.inputs))
    negative = frozen(np.minimum(use.inputs, 0))
    return [
        Meeting(_whole(use.source, negative, (channel,)), _whole(use.node, use.gradient, (channel,)))
        for channel in channels
    ]


def _projection(use: Use, _: Layer, index: Index) -> list[Meeting]:
    """A weight, or with an index of one number a bias, of the matrices of queries, keys and values of an attention."""
    part, row = divmod(index[0], len(use.inputs))
    names: tuple[Inside, ...] = ("query", "key", "value")
    gradients = _inside(use).projection_gradients[part]
    factors = None if len(index) == 1 else _whole(use.source, use.inputs, index[1:])
    return [Meeting(factors, Window(use.node, row, as_array(gradients[row]), inside=names[part]))]


def _output_projection(use: Use, _: Layer, index: Index) -> list[Meeting]:
    out, at = index
    factors = Window(use.node, at, as_array(_inside(use).gathered[at]), inside="gathered")
    return [Meeting(factors, _whole(use.node, use.gradient, (out,)))]


def _inside(use: Use) -> AttentionInside:
    from cnnviz.inspection.backward import attention_inside
    from cnnviz.training.modules import SelfAttention

    module = use.look.module._modules[use.node]
    assert isinstance(module, SelfAttention)
    return attention_inside(module, use.tensor(use.inputs), use.tensor(use.gradient))


def _whole(node: str, values: Array, index: Index) -> Window:
    """The map ``index``, or the one value."""
    return Window(node, index[0], values[index]) if values[index].ndim == 2 else _single(node, values, index)


def _single(node: str, values: Array, index: Index) -> Window:
    place = Place(node, *index)
    return Window(node, place.channel, frozen(values[index].reshape(1, 1)), (place.row, place.column))


Meet = Callable[[Use, Any, Index], Sequence[Meeting]]

WEIGHTS: Mapping[type[Layer], Meet] = {
    layers.Conv2d: _convolution,
    layers.ConvTranspose2d: _transposed,
    layers.Dense: _dense,
    layers.BatchNorm2d: _scale,
    layers.BatchNorm1d: _scale,
    layers.LayerNorm: _scale,
    layers.LayerNorm2d: _scale,
    layers.LayerScale: _factor,
    layers.GroupNorm: _scale,
    layers.InstanceNorm2d: _scale,
    layers.PReLU: _slope,
}
"""For each kind what its ``weight`` at an index meets."""

PARAMETERS: Mapping[tuple[type[Layer], str], Meet] = {
    **{(kind, "weight"): meet for kind, meet in WEIGHTS.items()},
    **{(kind, "bias"): _bias for kind in WEIGHTS if kind not in (layers.PReLU, layers.LayerScale)},
    (layers.MultiheadSelfAttention, "in_proj_weight"): _projection,
    (layers.MultiheadSelfAttention, "in_proj_bias"): _projection,
    (layers.MultiheadSelfAttention, "out_proj.weight"): _output_projection,
    (layers.MultiheadSelfAttention, "out_proj.bias"): _bias,
}
"""For each kind and name of a parameter what its weight at an index meets."""
