"""Convolutions, dense layers and poolings from ONNX operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.imports.onnx.made import Made
from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    Dense,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    Layer,
    MaxPool2d,
    ZeroPad2d,
)
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.made import Asked

Pair = tuple[int, int]


def conv(asked: Asked, bias: NDArray[Any] | None = None) -> Made:
    """Conv, with its own bias or the constant ``bias``, float32 (O,), that is added to it.

    Uneven padding becomes a layer of its own.
    """
    channels, *size = asked.maps()
    weight = asked.weights(1)
    kernel, stride, dilation = _geometry(asked, weight)
    if asked.has(2):
        bias = asked.weights(2)
    begin, end = _pads(asked, size, kernel, stride, dilation)
    groups = asked.attribute("group", 1)
    around, before = _padding(begin, end)
    # a window that is even in size needs one zero more at the end to keep the size, which "same" adds by itself
    keeping_size = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    keeps_size = stride == (1, 1) and [b + e for b, e in zip(begin, end, strict=True)] == keeping_size
    if before and keeps_size and list(begin) == [zeros // 2 for zeros in keeping_size]:
        around, before = "same", ()
    if channels != weight.shape[1] * groups:
        raise asked.refused(Sentence("its weights are for {count} channels", count=weight.shape[1] * groups))
    layer = Conv2d(weight.shape[0], kernel, stride, around, dilation, groups, bias is not None)
    return Made(layer, {"weight": weight, **({} if bias is None else {"bias": bias})}, before)


def conv_transpose(asked: Asked) -> Made:
    """ConvTranspose; only even padding has a layer."""
    _, *size = asked.maps()
    weight = asked.weights(1)
    kernel, stride, dilation = _geometry(asked, weight)
    if asked.attribute("output_shape") is not None or asked.attribute("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise asked.refused(Sentence("it states its output size, not its padding"))
    begin, end = _pads(asked, size, kernel, stride, dilation)
    extra = _pair(asked, "output_padding", (0, 0))
    if any(e > b for b, e in zip(begin, end, strict=True)):
        raise asked.refused(Sentence("it cuts off more at the bottom or right than at the top or left"))
    extra = (extra[0] + begin[0] - end[0], extra[1] + begin[1] - end[1])
    groups = asked.attribute("group", 1)
    bias = asked.weights(2) if asked.has(2) else None
    layer = ConvTranspose2d(weight.shape[1] * groups, kernel, stride, begin, extra, dilation, groups, bias is not None)
    return Made(layer, {"weight": weight, **({} if bias is None else {"bias": bias})})


def gemm(asked: Asked) -> Made:
    """Gemm with a constant matrix."""
    asked.require("alpha", 1.0, default=1.0)
    asked.require("transA", 0, default=0)
    weight = asked.weights(1)
    bias = asked.weights(2) if asked.has(2) else None
    if bias is not None:
        asked.require("beta", 1.0, default=1.0)
    return dense(asked, weight if asked.attribute("transB", 0) else weight.T, bias)


def dense(asked: Asked, weight: NDArray[Any], bias: NDArray[Any] | None) -> Made:
    """Dense; ``weight``: float32 (outputs, inputs)."""
    if weight.ndim != 2 or len(asked.shape) != 1:
        raise asked.refused(Sentence("it multiplies maps, not flat vectors, with a matrix"))
    if bias is not None and bias.size != len(weight):
        raise asked.refused(Sentence("its bias does not have one number for each output"))
    return Made(
        Dense(len(weight), bias is not None),
        {"weight": weight, **({} if bias is None else {"bias": bias.reshape(-1)})},
    )


def max_pool(asked: Asked) -> Made:
    """MaxPool. Uneven padding is ``ceil_mode`` where that has the same windows, or zeros where no value is below 0."""
    if len([name for name in asked.operation.outputs if name]) > 1:
        raise asked.refused(Sentence("it also returns the places of the maxima"))
    asked.require("dilations", (1, 1), default=(1, 1))
    channels, *size = asked.maps()
    kernel, stride, begin, end, out = _pool(asked)
    for ceil in (False, True):
        layer = _fitting(MaxPool2d(kernel, stride, begin, ceil), (channels, *size), out)
        if layer is not None:
            return Made(layer)
    if not asked.x.signed and not asked.attribute("ceil_mode", 0):
        padded = (channels, size[0] + begin[0] + end[0], size[1] + begin[1] + end[1])
        layer = _fitting(MaxPool2d(kernel, stride), padded, out)
        if layer is not None:
            return Made(layer, before=(ZeroPad2d((begin[1], end[1], begin[0], end[0])),))
    raise asked.refused(Sentence("its padding differs between the sides"))


def average_pool(asked: Asked) -> Made:
    """AveragePool. Here zeros of the padding count, and what a last window has beyond the padding does not."""
    asked.require("dilations", (1, 1), default=(1, 1))
    channels, *size = asked.maps()
    kernel, stride, begin, end, out = _pool(asked)
    counted = bool(asked.attribute("count_include_pad", 0))
    if begin == end and (counted or begin == (0, 0)):
        for ceil in (False, True):
            layer = _fitting(AvgPool2d(kernel, stride, begin, ceil), (channels, *size), out)
            if layer is not None:
                return Made(layer)
    if not counted and begin == (0, 0):
        layer = _fitting(AvgPool2d(kernel, stride, begin, ceil_mode=True), (channels, *size), out)
        if layer is not None:
            return Made(layer)
    if counted and not asked.attribute("ceil_mode", 0):
        padded = (channels, size[0] + begin[0] + end[0], size[1] + begin[1] + end[1])
        layer = _fitting(AvgPool2d(kernel, stride), padded, out)
        if layer is not None:
            return Made(layer, before=(ZeroPad2d((begin[1], end[1], begin[0], end[0])),))
    raise asked.refused(Sentence("zeros of its padding count in another way than here"))


def _fitting(layer: Layer, shape: tuple[int, ...], out: tuple[int, ...]) -> Layer | None:
    """The layer, if its output has this size."""
    from cnnviz.network.layers.base import Misfit

    try:
        return layer if layer.infer((shape,)).output[1:] == out else None
    except Misfit:
        return None


def _pool(asked: Asked) -> tuple[Pair, Pair, Pair, Pair, tuple[int, ...]]:
    """Kernel, stride, padding at the beginning and at the end, and output size of a pooling."""
    _, *size = asked.maps()
    kernel = _pair(asked, "kernel_shape", None)
    stride = _pair(asked, "strides", (1, 1))
    begin, end = _pads(asked, size, kernel, stride, (1, 1))
    ceil = asked.attribute("ceil_mode", 0)
    out = []
    for n, k, s, b, e in zip(size, kernel, stride, begin, end, strict=True):
        room = n + b + e - k
        steps = (-(-room // s) if ceil else room // s) + 1
        # a last window must begin inside the image or the padding before it
        out.append(steps - 1 if ceil and (steps - 1) * s >= n + b else steps)
    return kernel, stride, begin, end, tuple(out)


def global_average(asked: Asked) -> Made:
    """GlobalAveragePool, whose output are maps of 1 x 1."""
    asked.maps()
    return Made(AdaptiveAvgPool2d())


def global_max(asked: Asked) -> Made:
    """GlobalMaxPool, whose output are maps of 1 x 1."""
    asked.maps()
    return Made(AdaptiveMaxPool2d())


def reduced(asked: Asked, *, mean: bool) -> Made:
    """ReduceMean or ReduceMax over height and width."""
    asked.maps()
    axes = asked.attribute("axes") or (asked.sizes(1) if asked.has(1) else None)
    image_axes = [2, 3] if asked.x.channels_last is None else [1, 2]
    if axes is None or sorted(axis % 4 for axis in axes if axis is not None) != image_axes:
        raise asked.refused(Sentence("it reduces other axes than height and width"))
    if asked.attribute("keepdims", 1):
        return Made(AdaptiveAvgPool2d() if mean else AdaptiveMaxPool2d())
    return Made(GlobalAvgPool2d() if mean else GlobalMaxPool2d())


def _geometry(asked: Asked, weight: NDArray[Any]) -> tuple[Pair, Pair, Pair]:
    """Kernel, stride and dilation of a convolution."""
    if weight.ndim != 4:
        raise asked.refused(Sentence("it does not have two axes"))
    kernel = (weight.shape[2], weight.shape[3])
    if _pair(asked, "kernel_shape", kernel) != kernel:
        raise asked.refused(Sentence("its weights have another size than its kernel"))
    return kernel, _pair(asked, "strides", (1, 1)), _pair(asked, "dilations", (1, 1))


def _pair(asked: Asked, name: str, default: Pair | None) -> Pair:
    value = asked.attribute(name, default)
    if not isinstance(value, tuple) or len(value) != 2:
        raise asked.refused(Sentence("it does not have two axes"))
    return value[0], value[1]


def _pads(asked: Asked, size: list[int], kernel: Pair, stride: Pair, dilation: Pair) -> tuple[Pair, Pair]:
    """The padding at the beginning and at the end."""
    automatic = asked.attribute("auto_pad", "NOTSET")
    if automatic in ("NOTSET", ""):
        pads = asked.attribute("pads", (0, 0, 0, 0))
        if len(pads) != 4 or min(pads) < 0:
            raise asked.refused(Sentence("its padding is not four numbers from 0 on"))
        return (pads[0], pads[1]), (pads[2], pads[3])
    if automatic == "VALID":
        return (0, 0), (0, 0)
    if automatic not in ("SAME_UPPER", "SAME_LOWER") or min(stride) < 1:
        raise asked.refused(Sentence("its padding is not known"))
    begin, end = [], []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        less, more = total // 2, total - total // 2
        begin.append(less if automatic == "SAME_UPPER" else more)
        end.append(more if automatic == "SAME_UPPER" else less)
    return (begin[0], begin[1]), (end[0], end[1])


def _padding(begin: Pair, end: Pair) -> tuple[Any, tuple[Layer, ...]]:
    """The padding of a layer, and the layer before it that adds zeros, where the sides differ."""
    if begin == end:
        return begin, ()
    return (0, 0), (ZeroPad2d((begin[1], end[1], begin[0], end[0])),)
