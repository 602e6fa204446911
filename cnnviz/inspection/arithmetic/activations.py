"""Activations: a function of each value alone, and softmax over the channels."""

from __future__ import annotations

from math import erf, pi, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.inspection.arithmetic.single import Curve
from cnnviz.inspection.arithmetic.terms import Place, Shares
from cnnviz.inspection.arithmetic.windows import source_of
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array
from cnnviz.inspection.scales import largest
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.inspection.arithmetic.terms import Numbers
    from cnnviz.inspection.look import Look
    from cnnviz.network.layers import Layer

SAMPLES = 257
"""Points of a curve; odd, so that the corner at 0 is one of them."""
LEAST_REACH = 4.0
"""A curve reaches at least from minus this to this, so that its bend is visible even if all values are small."""
FARTHER: Mapping[type[Layer], float] = {layers.ReLU6: 8.0}
"""The least reach of kinds that bend farther away from 0."""
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
"""The fixed numbers of a SELU, λ and α, as Klambauer et al. compute them (https://arxiv.org/abs/1706.02515)."""


def curve(look: Look, layer: Layer, place: Place) -> Curve:
    """The point on the curve, and the curve over the values of the whole input."""
    source, inputs = source_of(look, place.node)
    at = (place.channel, place.row, place.column)[: inputs.ndim]
    x = float(inputs[at])
    learned = _learned_slope(look, layer, place)
    reach = max(FARTHER.get(type(layer), LEAST_REACH), largest(inputs))
    xs = np.linspace(-reach, reach, SAMPLES)
    xs[SAMPLES // 2] = 0
    return Curve(
        Place(source, place.channel, place.row, place.column),
        x,
        float(function_of(layer, learned, np.array([x]))[0]),
        frozen(xs),
        frozen(function_of(layer, learned, xs)),
        learned,
    )


def softmax(look: Look, _: layers.Softmax, place: Place) -> Shares:
    """The values of all channels at this position, and the share of each."""
    source, inputs = source_of(look, place.node)
    values = inputs[:, place.row, place.column] if inputs.ndim > 1 else inputs
    return Shares(source, place.row, place.column, frozen(values), place.channel)


def function_of(layer: Layer, learned: float | None, x: Numbers) -> Numbers:
    """The activation of each number of ``x``, float64 (n,) -> float64 (n,); ``learned`` is the slope of a PReLU."""
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(layer, layers.PReLU):
            assert learned is not None
            return np.where(x >= 0, x, learned * x)
        return FUNCTIONS[type(layer)](layer, x)


def _learned_slope(look: Look, layer: Layer, place: Place) -> float | None:
    if not isinstance(layer, layers.PReLU):
        return None
    slopes = as_array(look.moment.tensors[f"{place.node}.weight"])  # (C,) or (1,)
    return float(slopes[place.channel if len(slopes) > 1 else 0])


def _sigmoid(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-x))


def _gelu(layer: layers.GELU, x: Numbers) -> Numbers:
    y: Numbers
    if layer.approximate == "tanh":
        y = x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2
    else:
        y = x * np.array([1 + erf(each / sqrt(2)) for each in x]) / 2
    return y


def _softplus(layer: layers.Softplus, x: Numbers) -> Numbers:
    y: Numbers = np.where(layer.beta * x > layer.threshold, x, np.logaddexp(0, layer.beta * x) / layer.beta)
    return y


FUNCTIONS: Mapping[type[Layer], Callable[[Any, Numbers], Numbers]] = {
    layers.ReLU: lambda _, x: np.maximum(x, 0),
    layers.ReLU6: lambda _, x: np.clip(x, 0, 6),
    layers.LeakyReLU: lambda layer, x: np.where(x >= 0, x, layer.negative_slope * x),
    layers.ELU: lambda layer, x: np.where(x > 0, x, layer.alpha * np.expm1(x)),
    layers.SELU: lambda _, x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(x)),
    layers.GELU: _gelu,
    layers.SiLU: lambda _, x: x * _sigmoid(x),
    layers.Mish: lambda _, x: x * np.tanh(np.logaddexp(0, x)),
    layers.Hardswish: lambda _, x: x * np.clip(x + 3, 0, 6) / 6,
    layers.Sigmoid: lambda _, x: _sigmoid(x),
    layers.Hardsigmoid: lambda _, x: np.clip(x + 3, 0, 6) / 6,
    layers.Tanh: lambda _, x: np.tanh(x),
    layers.Softplus: _softplus,
}
"""The function of each activation without learned parameters: float64 (n,) -> float64 (n,)."""
