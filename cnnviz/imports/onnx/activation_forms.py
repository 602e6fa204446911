"""Activations that files write as several operators.

A form is a pattern and a function that makes its layer; the function returns None where the constants of a match are
not those of the layer.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

from cnnviz.imports.onnx.elements import has_torch_slope, short
from cnnviz.imports.onnx.made import Made
from cnnviz.imports.onnx.patterns import Constant, Number, Tree, X, op
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz.imports.onnx.channel_forms import Form
    from cnnviz.imports.onnx.made import Asked

C, N = Constant, Number
GELU_CUBE = 0.044715
"""The factor of x³ in the approximation of GELU (Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415)."""


def activations() -> Iterator[Form]:
    """The patterns of all activations."""
    yield from _gelu()
    yield from _hard()
    yield from _soft()


def _layer(make: Callable[[], layers.Layer]) -> Callable[[Asked], Made | None]:
    return lambda _: Made(make())


def _gelu() -> Iterator[Form]:
    for inside in (op("Div", X, N(sqrt(2))), op("Mul", X, N(1 / sqrt(2)))):
        yield from _half_times(op("Add", op("Erf", inside), N(1)), "none")
    for cube in (op("Pow", X, N(3)), op("Mul", X, op("Mul", X, X)), op("Mul", op("Mul", X, X), X)):
        argument = op("Add", X, op("Mul", cube, N(GELU_CUBE)))
        yield from _half_times(op("Add", op("Tanh", op("Mul", argument, N(sqrt(2 / pi)))), N(1)), "tanh")


def _half_times(factor: Tree, approximate: str) -> Iterator[Form]:
    """x · factor / 2 in the orders in which it is written."""
    read = _layer(lambda: layers.GELU(approximate))
    yield op("Mul", op("Mul", X, factor), N(0.5)), read
    yield op("Mul", op("Mul", X, N(0.5)), factor), read
    yield op("Mul", X, op("Mul", factor, N(0.5))), read


def _hard() -> Iterator[Form]:
    clipped = op("Clip", op("Add", X, N(3)), N(0), N(6))
    swish = _layer(layers.Hardswish)
    yield op("Div", op("Mul", X, clipped), N(6)), swish
    yield op("Mul", op("Mul", X, clipped), N(1 / 6)), swish
    yield op("Mul", X, op("Div", clipped, N(6))), swish
    yield op("Mul", X, op("Mul", clipped, N(1 / 6))), swish
    yield op("Mul", X, op("HardSigmoid", X, label="gate")), _hard_swish
    sigmoid = _layer(layers.Hardsigmoid)
    yield op("Div", clipped, N(6)), sigmoid
    yield op("Mul", clipped, N(1 / 6)), sigmoid


def _hard_swish(asked: Asked) -> Made | None:
    return Made(layers.Hardswish()) if has_torch_slope(asked, "gate") else None


def _soft() -> Iterator[Form]:
    yield op("Mul", X, op("Sigmoid", X)), _layer(layers.SiLU)
    yield op("Mul", X, op("Tanh", op("Softplus", X))), _layer(layers.Mish)
    scaled = op("Mul", X, C("beta"))
    yield op("Div", op("Softplus", scaled), C("beta")), _softplus
    yield op("Where", op("Greater", scaled, C("threshold")), X, op("Div", op("Softplus", scaled), C("beta"))), _softplus
    yield op("Where", op("Greater", X, C("threshold")), X, op("Softplus", X)), _softplus


def _softplus(asked: Asked) -> Made | None:
    numbers = []
    for name, default in (("beta", 1.0), ("threshold", 20.0)):
        array = asked.maybe_held(name)
        if array is not None and array.size != 1:
            return None
        numbers.append(default if array is None else short(float(array.reshape(-1)[0])))
    return Made(layers.Softplus(*numbers))
