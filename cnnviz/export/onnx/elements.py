"""Activations, merges and layers that move values, as ONNX operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.export.onnx.operators import LayerOperators
    from cnnviz.network import layers
    from cnnviz.network.layers import Layer

EXACT_THRESHOLD = 17.0
"""For larger x, softplus(x) and x are the same float32."""


def plain(kind: str) -> Callable[[Layer, LayerOperators], None]:
    """A layer that is one operator without attributes."""

    def write(_: Layer, to: LayerOperators) -> None:
        to.last(kind, to.x)

    return write


def relu6(_: layers.ReLU6, to: LayerOperators) -> None:
    """Clip from 0 to 6."""
    to.last("Clip", to.x, to.floats("lowest", 0), to.floats("highest", 6))


def prelu(layer: layers.PReLU, to: LayerOperators) -> None:
    """PRelu, whose slope is broadcast to the maps."""
    count = to.shape[0] if layer.per_channel else 1
    to.last("PRelu", to.x, to.weight("weight", (count, *(1 for _ in to.shape[1:]))))


def silu(_: layers.SiLU, to: LayerOperators) -> None:
    """Sigmoid and Mul."""
    to.last("Mul", to.x, to.inner("sigmoid", "Sigmoid", to.x))


def softplus(layer: layers.Softplus, to: LayerOperators) -> None:
    """Softplus of β·x, divided by β; x itself where β·x is above the threshold."""
    threshold_matters = layer.threshold < EXACT_THRESHOLD
    if layer.beta == 1 and not threshold_matters:
        to.last("Softplus", to.x)
        return
    beta = to.floats("beta", layer.beta)
    scaled = to.inner("scaled", "Mul", to.x, beta)
    soft = to.inner("soft", "Softplus", scaled)
    if not threshold_matters:
        to.last("Div", soft, beta)
        return
    above = to.inner("above", "Greater", scaled, to.floats("threshold", layer.threshold))
    to.last("Where", above, to.x, to.inner("bent", "Div", soft, beta))


def add(_: layers.Add, to: LayerOperators) -> None:
    """Add, Sum for more than two inputs, Identity for one."""
    to.last({1: "Identity", 2: "Add"}.get(len(to.inputs), "Sum"), *to.inputs)


def multiply(_: layers.Multiply, to: LayerOperators) -> None:
    """Mul, a chain of them for more than two inputs, Identity for one."""
    first, *others = to.inputs
    if not others:
        to.last("Identity", first)
        return
    for number, other in enumerate(others[:-1], 1):
        first = to.inner(f"product{number}", "Mul", first, other)
    to.last("Mul", first, others[-1])


def concat(_: layers.Concat, to: LayerOperators) -> None:
    """Concat along the channels."""
    to.last("Concat", *to.inputs, axis=1)


def chunk(layer: layers.Chunk, to: LayerOperators) -> None:
    """Slice of the channels."""
    part = layer.part(to.shape[0])
    places = {"start": part.start, "stop": part.stop, "axis": 1}
    ends = [to.whole_numbers(name, [value]) for name, value in places.items()]
    to.last("Slice", to.x, *ends)


def channel_shuffle(layer: layers.ChannelShuffle, to: LayerOperators) -> None:
    """Reshape, Transpose and Reshape: groups and the channels of a group are exchanged."""
    channels, height, width = to.shape
    groups = to.whole_numbers("group_shape", [0, layer.groups, channels // layer.groups, height, width])
    turned = to.inner("turned", "Transpose", to.inner("groups", "Reshape", to.x, groups), perm=[0, 2, 1, 3, 4])
    to.last("Reshape", turned, to.whole_numbers("map_shape", [0, *to.shape]))


def dropout(layer: layers.RandomDropping, to: LayerOperators) -> None:
    """Dropout, which does nothing outside training."""
    to.last("Dropout", to.x, to.floats("ratio", layer.p))


def reshape(layer: layers.Reshape, to: LayerOperators) -> None:
    """Reshape; the batch axis stays."""
    to.last("Reshape", to.x, to.whole_numbers("shape", [0, *layer.shape]))


def upsample(layer: layers.Upsample, to: LayerOperators) -> None:
    """Resize by whole factors."""
    scales = to.floats("scales", [1, 1, *layer.scale_factor])
    if layer.mode == "nearest":
        to.last(
            "Resize",
            to.x,
            "",
            scales,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
    else:
        to.last("Resize", to.x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")


def zero_pad(layer: layers.ZeroPad2d, to: LayerOperators) -> None:
    """Pad."""
    left, right, top, bottom = layer.padding
    to.last("Pad", to.x, to.whole_numbers("pads", [0, 0, top, left, 0, 0, bottom, right]))
