"""The gradient of one weight: every position that contributed to it, what came in there times what came back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.arithmetic.windows import under
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import Array, Question
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.inspection.arithmetic.terms import Numbers
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.layers import Layer

Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Window:
    """The values of one map of a node that met a weight, float32 (H, W); (1, 1) where there is one alone.

    Position ``[i, j]`` lies in row ``first[0] + i · step[0]`` of the map ``channel`` and in column
    ``first[1] + j · step[1]``. Positions outside the map, in the padding or in the border that a transposed
    convolution cuts off, hold 0.
    """

    node: str
    channel: int
    values: Array
    first: tuple[int, int] = (0, 0)
    step: tuple[int, int] = (1, 1)

    def place(self, row: int, column: int) -> Place:
        """Where position ``[row, column]`` lies, which may be outside the map."""
        top, left = self.first
        return Place(self.node, self.channel, top + row * self.step[0], left + column * self.step[1])


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """How the loss of the sample changes with one weight, in evaluation mode.

    ``parameter`` is "weight" or "bias", ``index`` the weight's place in it and ``weight`` its value. ``gradient`` is
    autograd's. ``factors`` are what the weight is multiplied by at each position: values of the input, standardized
    values for a gamma, and None for a bias, which stands by itself. ``gradients`` are how the loss changes with the
    output values that the products go to. ``loss``, ``label`` and ``labelled`` are as in
    :class:`~cnnviz.inspection.answers.gradient.Gradient`.
    """

    node: str
    parameter: str
    index: Index
    weight: float
    gradient: float
    factors: Window | None
    gradients: Window
    loss: float
    label: int
    labelled: bool

    @cached_property
    def products(self) -> Numbers:
        """What each position contributed, float64 (H, W)."""
        gradients: Numbers = self.gradients.values.astype(np.float64)
        return frozen(gradients if self.factors is None else gradients * self.factors.values)

    @property
    def total(self) -> float:
        """The sum over all positions."""
        return float(self.products.sum())


@dataclass(frozen=True)
class WeightGradientOf(Question[WeightGradient]):
    """How the loss of the sample changes with one weight of a convolution, a Dense or a normalization."""

    node: str
    index: Index
    parameter: str = "weight"
    needs_gradients: ClassVar[bool] = True
    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """The index may lie outside the parameter since the network was edited."""
        tensor = moment.tensors.get(f"{self.node}.{self.parameter}")
        if self.node not in moment.shapes.taking_part or tensor is None or len(self.index) != tensor.dim():
            return False
        inside = all(0 <= at < size for at, size in zip(self.index, tensor.shape, strict=True))
        return inside and self.parameter in ("weight", "bias") and type(moment.network[self.node]) in WEIGHTS


def weight_gradient(look: Look, question: WeightGradientOf) -> WeightGradient:
    """The answer: autograd's gradient, and the products that it is the sum of."""
    # not at the top: torch is loaded on the observer's thread
    from cnnviz.inspection.backward import backward

    node, index, name = question.node, question.index, f"{question.node}.{question.parameter}"
    (source,) = look.moment.network.inputs[node]
    parameter = look.moment.tensors[name].detach().clone().requires_grad_()
    run = backward(look, tensors={name: parameter})
    own, gradient = run.gradients([parameter, run.outputs[node]])
    used = _Use(look, node, source, as_array(run.outputs[source].detach()[0]), as_array(gradient[0]))
    layer = look.moment.network[node]
    meet = _bias if question.parameter == "bias" else WEIGHTS[type(layer)]
    factors, gradients = meet(used, layer, index)
    return WeightGradient(
        node,
        question.parameter,
        index,
        float(parameter.detach()[index]),
        float(own[index]),
        factors,
        gradients,
        float(run.loss.detach()),
        run.label,
        run.labelled,
    )


@dataclass(frozen=True, eq=False)
class _Use:
    """A layer with its input and the gradient of its output, float32 (C, H, W) or (n,) each."""

    look: Look
    node: str
    source: str
    inputs: Array
    gradient: Array


Pair = tuple[Window | None, Window]
"""What the weight is multiplied by, and the gradients of the results."""


def _convolution(use: _Use, layer: layers.Conv2d, index: Index) -> Pair:
    out, part, *at = index
    window = layer.window((use.inputs.shape,))
    assert window is not None
    channel = out // (layer.out_channels // layer.groups) * (len(use.inputs) // layer.groups) + part
    offset = tuple(n * d - p for n, d, p in zip(at, window.dilation, window.padding, strict=True))
    gradients = Window(use.node, out, use.gradient[out])
    return _strided(use.source, channel, use.inputs, gradients, offset, layer.stride), gradients


def _transposed(use: _Use, layer: layers.ConvTranspose2d, index: Index) -> Pair:
    channel, part, *at = index
    out = channel // (len(use.inputs) // layer.groups) * (layer.out_channels // layer.groups) + part
    offset = tuple(n * d - p for n, d, p in zip(at, layer.dilation, layer.padding, strict=True))
    factors = Window(use.source, channel, use.inputs[channel])
    return factors, _strided(use.node, out, use.gradient, factors, offset, layer.stride)


def _strided(
    node: str, channel: int, maps: Array, other: Window, offset: tuple[int, ...], step: tuple[int, int]
) -> Window:
    """The values of a map that meet those of the ``other``."""
    rows, columns = (
        first + distance * np.arange(size)
        for first, distance, size in zip(offset, step, other.values.shape, strict=True)
    )
    values, _ = under(maps[channel : channel + 1], rows, columns)
    return Window(node, channel, frozen(values[0]), (offset[0], offset[1]), step)


def _dense(use: _Use, _: layers.Dense, index: Index) -> Pair:
    out, at = index
    return _single(use.source, use.inputs, (at,)), _single(use.node, use.gradient, (out,))


def _scale(use: _Use, _: Layer, index: Index) -> Pair:
    """The gamma of a normalization, which multiplies what the layer gives with a gamma of 1 and a beta of 0."""
    from cnnviz.inspection.backward import standardized

    module = use.look.module._modules[use.node]
    assert module is not None
    values = standardized(module, use.look.pixels.new_tensor(use.inputs).unsqueeze(0))[0]
    return _whole(use.node, as_array(values), index), _whole(use.node, use.gradient, index)


def _bias(use: _Use, _: Layer, index: Index) -> Pair:
    return None, _whole(use.node, use.gradient, index)


def _whole(node: str, values: Array, index: Index) -> Window:
    """The map ``index``, or the one value."""
    return Window(node, index[0], values[index]) if values[index].ndim == 2 else _single(node, values, index)


def _single(node: str, values: Array, index: Index) -> Window:
    place = Place(node, *index)
    return Window(node, place.channel, frozen(values[index].reshape(1, 1)), (place.row, place.column))


WEIGHTS: Mapping[type[Layer], Callable[[_Use, Any, Index], Pair]] = {
    layers.Conv2d: _convolution,
    layers.ConvTranspose2d: _transposed,
    layers.Dense: _dense,
    layers.BatchNorm2d: _scale,
    layers.LayerNorm: _scale,
    layers.GroupNorm: _scale,
    layers.InstanceNorm2d: _scale,
}
"""For each kind what its ``weight`` at an index meets."""
