"""Reads the convolutions of Keras."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.keras_arguments import pair_of
from cnnviz.code.read.syntax import Opaque

if TYPE_CHECKING:
    from cnnviz.code.read.keras_arguments import KerasArguments


def convolution(arguments: KerasArguments) -> None:
    """Read a Conv2D."""
    kernel, stride = _kernel_and_stride(arguments)
    dilation = pair_of(arguments, "dilation_rate", arguments.take("dilation_rate", 1))
    padding = _padding(arguments, kernel, stride, dilation)
    arguments.add(
        "Conv2d",
        out_channels=arguments.need("filters"),
        kernel_size=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=arguments.take("groups", 1),
        bias=arguments.take("use_bias", True),
    )


def _kernel_and_stride(arguments: KerasArguments) -> tuple[Any, Any]:
    """The size of the kernel and the stride, each as two whole numbers."""
    kernel = pair_of(arguments, "kernel_size", arguments.need("kernel_size"))
    return kernel, pair_of(arguments, "strides", arguments.take("strides", 1))


def _padding(arguments: KerasArguments, kernel: Any, stride: Any, dilation: Any) -> Any:
    """The padding as numbers, or "same" as in torch, where the stride is 1.

    Where the stride is larger and Keras' "same" adds different zeros on both sides, a ZeroPad2d is added before.
    """
    word = arguments.word("padding", "valid")
    if word == "valid":
        return given_padding(arguments)
    if word != "same":
        raise arguments.refuse("padding", word)
    spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if stride == (1, 1):
        return tuple(span // 2 for span in spans) if all(span % 2 == 0 for span in spans) else "same"
    if arguments.shape is None or len(arguments.shape) != 3:
        # any number will do: the source is refused for another reason
        return 0
    # the output has ceil(size / step) rows or columns, and the last window ends behind the input
    totals = [
        max(0, (ceil(size / step) - 1) * step + span + 1 - size)
        for size, step, span in zip(arguments.shape[1:], stride, spans, strict=True)
    ]
    if all(total % 2 == 0 for total in totals):
        return tuple(total // 2 for total in totals)
    sides = [(total // 2, total - total // 2) for total in totals]
    arguments.read.add("ZeroPad2d", arguments.call, {"padding": (*sides[1], *sides[0])})
    return 0


def given_padding(arguments: KerasArguments) -> Any:
    """The padding from a ZeroPadding2D named after this layer, as in generated source; it is removed. 0 without it."""
    if arguments.read.layers and arguments.name is not None:
        name, layer, before = arguments.read.layers[-1]
        if name == f"{arguments.name}.pad" and layer.kind == "ZeroPad2d":
            zeros: Any = layer
            left, _, top, _ = zeros.padding
            arguments.read.pop()
            arguments.read.shape = before
            return top, left
    return 0


def transposed(arguments: KerasArguments) -> None:
    """Read a Conv2DTranspose."""
    kernel, stride = _kernel_and_stride(arguments)
    word, extra, padding = arguments.word("padding", "valid"), arguments.take("output_padding"), (0, 0)
    if word == "same":
        # as many rows and columns are left out at both sides
        beyond = [max(0, k - s) for k, s in zip(kernel, stride, strict=True)]
        if (
            extra is not None
            or any(count % 2 for count in beyond)
            or arguments.left.get("dilation_rate", 1) not in (1, (1, 1))
        ):
            raise arguments.refuse("padding", word)
        padding = (beyond[0] // 2, beyond[1] // 2)
    elif word != "valid":
        raise arguments.refuse("padding", word)
    if extra is None:
        extra = tuple(max(0, s - k) for s, k in zip(stride, kernel, strict=True))
    arguments.add(
        "ConvTranspose2d",
        out_channels=arguments.need("filters"),
        kernel_size=kernel,
        stride=stride,
        padding=padding,
        output_padding=extra,
        dilation=arguments.take("dilation_rate", 1),
        bias=arguments.take("use_bias", True),
    )


_CONSTANT_START = re.compile(r"(?:keras\.)?(?:initializers\.)?Constant\((?:value=)?([-+]?\d+\.?\d*(?:[eE][-+]?\d+)?)\)")
"""An initializer that sets all weights to one number, which is the group."""


def depthwise(arguments: KerasArguments) -> None:
    """Read a DepthwiseConv2D: a convolution with a group for each map; of 1x1 without a bias, a LayerScale."""
    kernel, stride = _kernel_and_stride(arguments)
    times, bias = arguments.take("depth_multiplier", 1), arguments.take("use_bias", True)
    scales_maps = kernel == stride == (1, 1) and times == 1 and bias is False
    start = arguments.left.get("depthwise_initializer")
    if scales_maps and isinstance(start, Opaque) and (found := _CONSTANT_START.fullmatch(start.text)):
        arguments.left.pop("depthwise_initializer")
        for argument in ("padding", "dilation_rate"):
            arguments.left.pop(argument, None)
        arguments.add("LayerScale", init_value=float(found[1]))
        return
    arguments.add("Conv2d", **_depthwise_parameters(arguments, kernel, stride, times), bias=bias)


def separable(arguments: KerasArguments) -> None:
    """Read a SeparableConv2D: a depthwise convolution, then a convolution of 1x1."""
    filters = arguments.need("filters")
    kernel, stride = _kernel_and_stride(arguments)
    depthwise = _depthwise_parameters(arguments, kernel, stride, arguments.take("depth_multiplier", 1))
    name = None if arguments.name is None else f"{arguments.name}_depthwise"
    arguments.read.add("Conv2d", arguments.call, {**depthwise, "bias": False}, name)
    arguments.add("Conv2d", out_channels=filters, kernel_size=1, bias=arguments.take("use_bias", True))


def _depthwise_parameters(arguments: KerasArguments, kernel: Any, stride: Any, times: Any) -> dict[str, Any]:
    """The parameters, but for the bias, of a Conv2d with a group and ``times`` kernels for each map."""
    dilation = pair_of(arguments, "dilation_rate", arguments.take("dilation_rate", 1))
    padding = _padding(arguments, kernel, stride, dilation)
    if type(times) is not int or times < 1:
        raise arguments.refuse("depth_multiplier", times)
    groups = 1 if arguments.shape is None else arguments.shape[0]
    return {
        "out_channels": groups * times,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }
