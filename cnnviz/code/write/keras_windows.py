"""Writes convolutions and poolings in Keras 3, for the table of :mod:`cnnviz.code.write.keras_layers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.code.write.keras_step import Spot, Step, Written, lacks
from cnnviz.code.write.source import call
from cnnviz.numerals import spell
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.network.shape import Shape


def conv2d(layer: Any, spot: Spot) -> Written:
    """A Conv2D, after an auxiliary layer if Keras has no such padding."""
    _refuse_stride_with_dilation(layer, spot)
    padding, padding_layers = _conv_padding(layer, spot)
    window = {
        "strides": (layer.stride, (1, 1)),
        "padding": (padding, "valid"),
        "dilation_rate": (layer.dilation, (1, 1)),
    }
    at_end = {"use_bias": (layer.bias, True), "name": spot.name}
    if is_depthwise(layer, spot.inputs[0]):
        times = layer.out_channels // layer.groups
        written = call("layers.DepthwiseConv2D", layer.kernel_size, **window, depth_multiplier=(times, 1), **at_end)
    else:
        written = call(
            "layers.Conv2D", layer.out_channels, layer.kernel_size, **window, groups=(layer.groups, 1), **at_end
        )
    return [*padding_layers, written]


def is_depthwise(layer: Any, shape: Shape) -> bool:
    """Whether a Conv2d on maps of this shape, (C, H, W), is written as a DepthwiseConv2D, whose stride is one number.

    TensorFlow computes depthwise convolutions on every device, but other convolutions with groups only on GPUs. The
    export of weights asks too, because the weights of a DepthwiseConv2D have another shape.
    """
    high, wide = layer.stride
    return bool(1 < layer.groups == shape[0] and high == wide)


def _refuse_stride_with_dilation(layer: Any, spot: Spot) -> None:
    """Raise SourceError for a layer with stride and dilation: Keras allows only one of them."""
    if layer.dilation != (1, 1) and layer.stride != (1, 1):
        raise lacks(
            spot,
            layer,
            Sentence(
                "{first} and {second}",
                first=f"dilation={spell(layer.dilation)}",
                second=f"stride={spell(layer.stride)}",
            ),
        )


def _conv_padding(layer: Any, spot: Spot) -> tuple[str, list[str]]:
    """The padding: "same" if it adds the same zeros; else "valid" and an auxiliary layer that adds them."""
    if layer.padding in ("same", (0, 0)):
        return ("same" if layer.padding == "same" else "valid"), []
    # "same" adds so many zeros in all, at both sides
    zeros = [d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
    if layer.stride == (1, 1) and [2 * p for p in layer.padding] == zeros:
        return "same", []
    return "valid", [call("layers.ZeroPadding2D", layer.padding, name=spot.part("pad"))]


def conv_transpose2d(layer: Any, spot: Spot) -> Written:
    """A Conv2DTranspose, followed by a Cropping2D for padding."""
    if layer.groups != 1:
        raise lacks(spot, layer, f"groups={layer.groups}")
    _refuse_stride_with_dilation(layer, spot)
    if any(extra >= stride for extra, stride in zip(layer.output_padding, layer.stride, strict=True)):
        raise lacks(spot, layer, f"output_padding={spell(layer.output_padding)}")
    # without output_padding Keras enlarges the output if the stride is larger than the kernel
    unset = layer.output_padding == (0, 0) and all(k >= s for k, s in zip(layer.kernel_size, layer.stride, strict=True))
    written = [
        call(
            "layers.Conv2DTranspose",
            layer.out_channels,
            layer.kernel_size,
            strides=(layer.stride, (1, 1)),
            output_padding=(None if unset else layer.output_padding, None),
            dilation_rate=(layer.dilation, (1, 1)),
            use_bias=(layer.bias, True),
            name=spot.name,
        )
    ]
    if layer.padding != (0, 0):
        written.append(call("layers.Cropping2D", layer.padding, name=spot.part("crop")))
    return written


def _pooling(layer: Any, spot: Spot, name: str, padding: str = "valid") -> str:
    strides = (layer.stride, layer.kernel_size)
    return call(name, layer.kernel_size, strides=strides, padding=(padding, "valid"), name=spot.name)


def max_pool(layer: Any, spot: Spot) -> Written:
    """A MaxPooling2D. Padding (with -inf) is written as "same" where that is equal, else as a line before it."""
    _, *size = spot.inputs[0]
    _, *out = spot.output
    needed = []
    as_same = True
    for axis in (0, 1):
        stride, kernel, before = layer.stride[axis], layer.kernel_size[axis], layer.padding[axis]
        # at the far side, pad as far as the last window reaches
        after = max(0, (out[axis] - 1) * stride + kernel - before - size[axis])
        needed.append((before, after))
        # Keras' "same": one window for each stride, rounded up, and the smaller half of the padding before
        same_out = -(-size[axis] // stride)
        same_total = max(0, (same_out - 1) * stride + kernel - size[axis])
        as_same = as_same and out[axis] == same_out and before == same_total // 2
    if needed == [(0, 0), (0, 0)]:
        return [_pooling(layer, spot, "layers.MaxPooling2D")]
    if as_same:
        return [_pooling(layer, spot, "layers.MaxPooling2D", "same")]
    widths = f"((0, 0), {needed[0]}, {needed[1]}, (0, 0))"
    padded = f'keras.ops.pad({{x}}, {widths}, constant_values=-float("inf"))'
    return [Step(padded, "expression"), _pooling(layer, spot, "layers.MaxPooling2D")]


def avg_pool(layer: Any, spot: Spot) -> Written:
    """An AveragePooling2D, after an auxiliary layer that adds zeros for padding."""
    _, *size = spot.inputs[0]
    _, *out = spot.output
    sides = zip(out, layer.stride, layer.kernel_size, layer.padding, size, strict=True)
    if any((o - 1) * s + k > n + 2 * p for o, s, k, p, n in sides):
        raise lacks(spot, layer, Sentence("a last window that hangs over the edge (ceil_mode)"))
    pool = _pooling(layer, spot, "layers.AveragePooling2D")
    if layer.padding == (0, 0):
        return [pool]
    return [call("layers.ZeroPadding2D", layer.padding, name=spot.part("pad")), pool]


def adaptive(name: str) -> Callable[[Any, Spot], Written]:
    """The writer of an adaptive pooling; ``name`` is Max or Average."""

    def written(layer: Any, spot: Spot) -> Written:
        if layer.output_size == (1, 1):
            return [call(f"layers.Global{name}Pooling2D", keepdims=(True, False), name=spot.name)]
        return [call(f"layers.Adaptive{name}Pooling2D", layer.output_size, name=spot.name)]

    return written
