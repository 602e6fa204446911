"""Hypothesis strategies: layers of every kind, with any parameters or with parameters that fit an input shape."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch
from hypothesis import strategies as st

from cnnviz.network.layers import (
    KINDS,
    ChannelShuffle,
    Chunk,
    Conv2d,
    ConvTranspose2d,
    GroupNorm,
    Layer,
    LayerNorm2d,
    MultiheadSelfAttention,
    Reshape,
)
from cnnviz.network.layers.base import Misfit

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape
    from cnnviz.parameters import Parameter


def values_of(parameter: Parameter, most: int) -> st.SearchStrategy[Any]:
    """Any allowed value of a parameter; whole numbers are at most ``most``, but not below the parameter's range."""
    low, high = int(parameter.low), int(min(parameter.high, most))
    whole = st.integers(low, max(low, high))
    match parameter.form:
        case "integer":
            return whole
        case "number":
            return st.floats(parameter.low, parameter.high)
        case "switch":
            return st.booleans()
        case "pair":
            return st.tuples(whole, whole)
        case "padding":
            return st.one_of(st.tuples(whole, whole), st.just("same"))
        case "shape":
            return st.tuples(whole, whole, whole)
        case "sides":
            return st.tuples(whole, whole, whole, whole)
        case "numbers":
            return st.lists(st.floats(parameter.low, parameter.high), min_size=1, max_size=3).map(tuple)
    return st.sampled_from(parameter.choices)


def layers(kind: str | None = None, most: int = 4) -> st.SearchStrategy[Layer]:
    """A layer, of any kind where None, its whole-numbered parameters at most ``most`` (but not below their range)."""
    if kind is None:
        return st.sampled_from(sorted(KINDS)).flatmap(lambda name: layers(name, most))
    parameters = {parameter.name: values_of(parameter, most) for parameter in KINDS[kind].parameters()}
    return st.fixed_dictionaries(parameters).map(lambda values: KINDS[kind](**values))


def layers_on(shape: Shape) -> st.SearchStrategy[Layer]:
    """A layer of any kind that accepts an input of this shape."""
    return st.sampled_from(_kinds_on(shape)).flatmap(lambda kind: layer_on(kind, shape))


def _kinds_on(shape: Shape) -> list[str]:
    kinds = KINDS.keys() - {"Input", "Output"}
    if len(shape) == 1:
        return sorted({kind for kind in kinds if KINDS[kind].elementwise} | ANYWHERE | FLAT)
    lacking = {
        *FLAT,
        *(["InstanceNorm2d"] if shape[1:] == (1, 1) else []),
        *(["GroupNorm"] if prod(shape) == 1 else []),
    }
    return sorted(kinds - lacking)


ANYWHERE = {"Softmax", "LayerNorm", "Add", "Multiply", "Concat", "Chunk", "Flatten", "Reshape"}
"""Kinds that take flat vectors and maps alike, besides those that act on each value alone."""
FLAT = {"Dense", "BatchNorm1d"}
"""Kinds that take flat vectors only."""


def layer_on(kind: str, shape: Shape) -> st.SearchStrategy[Layer]:
    """A layer of this kind that accepts an input of this shape."""
    match kind:
        case "Conv2d":
            return _convolutions(shape).filter(lambda layer: _meets_values(layer, shape))
        case "ConvTranspose2d":
            return _transposed(shape).filter(lambda layer: _meets_values(layer, shape))
        case "MaxPool2d" | "AvgPool2d":
            return _pools(kind, shape)
        case "Reshape":
            return _reshapes(shape)
        case "GroupNorm":
            groups = _divisors(shape[0]).filter(lambda count: count < prod(shape))
            return st.builds(GroupNorm, groups, affine=st.booleans())
        case "LayerNorm2d":
            # the normalized values of a few channels that are nearly equal depend on their last bits
            return st.builds(LayerNorm2d, st.floats(1e-3, 1.0), st.booleans())
        case "ChannelShuffle":
            return st.builds(ChannelShuffle, _divisors(shape[0]))
        case "Chunk":
            return st.integers(1, shape[0]).flatmap(lambda count: _chunks(count, shape[0]))
        case "MultiheadSelfAttention":
            return st.builds(MultiheadSelfAttention, _divisors(shape[0]), st.booleans())
    return layers(kind)


def _meets_values(layer: Layer, shape: Shape) -> bool:
    """Whether no window of a convolution lies in the padding alone."""
    try:
        layer.infer((shape,))
    except Misfit as misfit:
        assert misfit.code in ("windows_in_padding", "values_cut_off")
        return False
    return True


def _chunks(chunks: int, channels: int) -> st.SearchStrategy[Layer]:
    return st.builds(Chunk, st.just(chunks), st.integers(0, len(torch.arange(channels).chunk(chunks)) - 1))


def _divisors(count: int) -> st.SearchStrategy[int]:
    return st.sampled_from([divisor for divisor in range(1, count + 1) if count % divisor == 0])


@st.composite
def _reshapes(draw: st.DrawFn, shape: Shape) -> Layer:
    height = draw(_divisors(prod(shape)))
    width = draw(_divisors(prod(shape) // height))
    return Reshape((prod(shape) // height // width, height, width))


@st.composite
def _transposed(draw: st.DrawFn, shape: Shape) -> Layer:
    groups = draw(_divisors(shape[0]))
    per_axis = []
    for size in shape[1:]:
        kernel, stride, dilation = (draw(st.integers(1, 3)) for _ in range(3))
        extra = draw(st.integers(0, max(stride, dilation) - 1))
        uncut = (size - 1) * stride + dilation * (kernel - 1) + extra + 1
        per_axis.append((kernel, stride, draw(st.integers(0, min(2, (uncut - 1) // 2))), extra, dilation))
    kernel_size, strides, padding, output_padding, dilations = zip(*per_axis, strict=True)
    return ConvTranspose2d(
        groups * draw(st.integers(1, 3)),
        kernel_size,
        strides,
        padding,
        output_padding,
        dilations,
        groups,
        draw(st.booleans()),
    )


@st.composite
def _convolutions(draw: st.DrawFn, shape: Shape) -> Layer:
    groups = draw(_divisors(shape[0]))
    same = draw(st.booleans())
    around = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    kernel, dilation = [], []
    for size, border in zip(shape[1:], around, strict=True):
        kernel.append(draw(st.integers(1, 4 if same else min(4, size + 2 * border))))
        reach = 3 if same else (size + 2 * border - 1) // max(1, kernel[-1] - 1)
        dilation.append(draw(st.integers(1, max(1, min(3, reach)))))
    stride = (1, 1) if same else draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return Conv2d(
        out_channels=groups * draw(st.integers(1, 3)),
        kernel_size=(kernel[0], kernel[1]),
        stride=stride,
        padding="same" if same else around,
        dilation=(dilation[0], dilation[1]),
        groups=groups,
        bias=draw(st.booleans()),
    )


@st.composite
def _pools(draw: st.DrawFn, kind: str, shape: Shape) -> Layer:
    kernel = [draw(st.integers(1, min(4, size))) for size in shape[1:]]
    around = [draw(st.integers(0, size // 2)) for size in kernel]
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    parameters: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": around}
    return KINDS[kind](**parameters | {"ceil_mode": draw(st.booleans())})
