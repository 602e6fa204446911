"""Writes each layer kind in Keras 3, with channels last.

Options of calls are given as (value, default): a value that is the default is not written.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.write.keras_step import Spot, Step, Written, lacks
from cnnviz.code.write.keras_windows import adaptive, avg_pool, conv2d, conv_transpose2d, max_pool
from cnnviz.code.write.source import (
    SourceError,
    Verbatim,
    call,
    channels_last,
    is_normalized,
    literal,
    per_channel,
    tuple_of,
)
from cnnviz.network.layers import Input, Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LEAST_THRESHOLD = 20.0
"""torch computes a softplus above its threshold as a line. From this threshold on float32 shows no difference."""


def steps(layer: Layer, spot: Spot) -> tuple[Step, ...]:
    """The lines for a layer, applied one after the other; raises SourceError if Keras has no such layer."""
    if layer.most_inputs is None and len(spot.inputs) == 1:
        # Keras' Add, Multiply and Concatenate take two inputs or more
        return (Step(call("layers.Identity", name=spot.name)),)
    written = _WRITERS.get(layer.kind)
    if written is None:
        raise SourceError("no_match", spot.node, kind=layer.kind)
    return tuple(step if isinstance(step, Step) else Step(step) for step in written(layer, spot))


def _input(layer: Any, spot: Spot) -> Written:
    assert isinstance(layer, Input)
    if not is_normalized(layer):
        return []
    mean, std = layer.mean, layer.std
    length = max(len(mean), len(std))
    if len(mean) != len(std):
        mean, std = (values * (length // len(values)) for values in (mean, std))
    squares = [f"{literal(value)} ** 2" for value in std]
    variance = Verbatim(squares[0] if length == 1 else f"[{', '.join(squares)}]")
    options = {"mean": (per_channel(mean), None), "variance": (variance, None)}
    return [call("layers.Normalization", **options, name=spot.name)]


def _flatten(layer: Any, spot: Spot) -> Written:
    del layer
    flat = call("layers.Flatten", name=spot.name)
    return [_channels_first(spot), flat] if spot.reordered else [flat]


def _reshape(layer: Any, spot: Spot) -> Written:
    shaped = call("layers.Reshape", Verbatim(tuple_of(layer.shape)), name=spot.name)
    back = call("layers.Permute", Verbatim("(2, 3, 1)"), name=spot.part("channels_last"))
    return [_channels_first(spot), shaped, back] if len(spot.inputs[0]) == 3 else [shaped, back]


def _channels_first(spot: Spot) -> str:
    return call("layers.Permute", Verbatim("(3, 1, 2)"), name=spot.part("channels_first"))


def _activation(function: str) -> Callable[[Any, Spot], Written]:
    return lambda _, spot: [call("layers.Activation", function, name=spot.name)]


def _prelu(layer: Any, spot: Spot) -> Written:
    maps = len(spot.inputs[0]) == 3
    shared = [1, 2] if maps else []
    if not layer.per_channel:
        shared.append(3 if maps else 1)
    axes = Verbatim(repr(shared)) if shared else None
    # torch's initial slopes are 0.25
    start = Verbatim("keras.initializers.Constant(0.25)")
    return [call("layers.PReLU", alpha_initializer=(start, None), shared_axes=(axes, None), name=spot.name)]


def _gelu(layer: Any, spot: Spot) -> Written:
    if layer.approximate == "none":
        return [call("layers.Activation", "gelu", name=spot.name)]
    return [Step("keras.activations.gelu({x}, approximate=True)", "expression")]


def _softplus(layer: Any, spot: Spot) -> Written:
    if layer.threshold < LEAST_THRESHOLD:
        raise lacks(spot, layer, f"threshold={layer.threshold:g}")
    if layer.beta == 1:
        return [call("layers.Activation", "softplus", name=spot.name)]
    beta = literal(layer.beta)
    return [Step(f"keras.activations.softplus({beta} * {{x}}) / {beta}", "expression")]


def _batch_norm(layer: Any, spot: Spot) -> Written:
    return [
        call(
            "layers.BatchNormalization",
            # Keras' momentum is the share of the old value, PyTorch's that of the new one
            momentum=(round(1 - layer.momentum, 12), 0.99),
            epsilon=(layer.eps, 1e-3),
            **_affine(layer),
            name=spot.name,
        )
    ]


def _layer_norm(layer: Any, spot: Spot) -> Written:
    axes = Verbatim("[1, 2, 3]") if len(spot.inputs[0]) == 3 else -1
    options = {"axis": (axes, -1), "epsilon": (layer.eps, 1e-3), **_affine(layer)}
    return [call("layers.LayerNormalization", **options, name=spot.name)]


def _channel_norm(layer: Any, spot: Spot) -> Written:
    return [call("layers.LayerNormalization", epsilon=(layer.eps, 1e-3), **_affine(layer), name=spot.name)]


def _layer_scale(layer: Any, spot: Spot) -> Written:
    # a depthwise convolution of 1x1 multiplies each map by its own number
    start = Verbatim(f"keras.initializers.Constant({literal(layer.init_value)})")
    options = {"use_bias": (False, True), "depthwise_initializer": (start, None)}
    return [call("layers.DepthwiseConv2D", 1, **options, name=spot.name)]


def _stochastic_depth(layer: Any, spot: Spot) -> Written:
    first = "None" if layer.mode == "row" else "1"
    shape = Verbatim(f"({', '.join([first, *('1' for _ in spot.inputs[0])])})")
    return [call("layers.Dropout", layer.p, noise_shape=(shape, None), name=spot.name)]


def _chunk(layer: Any, spot: Spot) -> Written:
    part = layer.part(spot.inputs[0][0])
    return [Step(f"{{x}}[..., {part.start}:{part.stop}]", "expression")]


def _channel_shuffle(layer: Any, spot: Spot) -> Written:
    channels, height, width = spot.inputs[0]
    grouped = Verbatim(tuple_of((height, width, layer.groups, channels // layer.groups)))
    return [
        call("layers.Reshape", grouped, name=spot.part("groups")),
        call("layers.Permute", Verbatim("(1, 2, 4, 3)"), name=spot.name),
        call("layers.Reshape", Verbatim(tuple_of(channels_last(spot.output))), name=spot.part("maps")),
    ]


def _group_norm(layer: Any, spot: Spot) -> Written:
    # -1 groups: each map is a group
    groups = getattr(layer, "num_groups", -1)
    options = {"groups": (groups, 32), "epsilon": (layer.eps, 1e-3), **_affine(layer)}
    return [call("layers.GroupNormalization", **options, name=spot.name)]


def _affine(layer: Any) -> dict[str, tuple[object, object]]:
    return {"center": (layer.affine, True), "scale": (layer.affine, True)}


def _attention(layer: Any, spot: Spot) -> Written:
    channels, height, width = spot.inputs[0]
    heads = (layer.num_heads, channels // layer.num_heads)
    return [
        call("layers.Reshape", Verbatim(f"({height * width}, {channels})"), name=spot.part("tokens")),
        Step(call("layers.MultiHeadAttention", *heads, use_bias=(layer.bias, True), name=spot.name), "twice"),
        call("layers.Reshape", Verbatim(tuple_of(channels_last(spot.output))), name=spot.part("maps")),
    ]


def _zero_pad(layer: Any, spot: Spot) -> Written:
    left, right, top, bottom = layer.padding
    sides = Verbatim(f"(({top}, {bottom}), ({left}, {right}))")
    simple = (top, left) if (top, left) == (bottom, right) else sides
    return [call("layers.ZeroPadding2D", simple, name=spot.name)]


def _upsample(layer: Any, spot: Spot) -> Written:
    interpolation = (layer.mode, "nearest")
    return [call("layers.UpSampling2D", layer.scale_factor, interpolation=interpolation, name=spot.name)]


def _merged(name: str) -> Callable[[Any, Spot], Written]:
    return lambda _, spot: [Step(call(f"layers.{name}", name=spot.name), "many")]


_WRITERS: Mapping[str, Callable[[Any, Spot], Written]] = MappingProxyType(
    {
        "Input": _input,
        "Output": lambda _, __: [],
        "Conv2d": conv2d,
        "ConvTranspose2d": conv_transpose2d,
        "MaxPool2d": max_pool,
        "AvgPool2d": avg_pool,
        "AdaptiveMaxPool2d": adaptive("Max"),
        "AdaptiveAvgPool2d": adaptive("Average"),
        "GlobalMaxPool2d": lambda _, spot: [call("layers.GlobalMaxPooling2D", name=spot.name)],
        "GlobalAvgPool2d": lambda _, spot: [call("layers.GlobalAveragePooling2D", name=spot.name)],
        "Dense": lambda layer, spot: [
            call("layers.Dense", layer.out_features, use_bias=(layer.bias, True), name=spot.name)
        ],
        "ReLU": lambda _, spot: [call("layers.ReLU", name=spot.name)],
        "ReLU6": lambda _, spot: [call("layers.ReLU", max_value=(6, None), name=spot.name)],
        "LeakyReLU": lambda layer, spot: [
            call("layers.LeakyReLU", negative_slope=(layer.negative_slope, None), name=spot.name)
        ],
        "PReLU": _prelu,
        "ELU": lambda layer, spot: [call("layers.ELU", alpha=(layer.alpha, 1.0), name=spot.name)],
        "SELU": _activation("selu"),
        "GELU": _gelu,
        "SiLU": _activation("silu"),
        "Mish": _activation("mish"),
        "Hardswish": _activation("hard_silu"),
        "Sigmoid": _activation("sigmoid"),
        "Hardsigmoid": _activation("hard_sigmoid"),
        "Tanh": _activation("tanh"),
        "Softplus": _softplus,
        "Softmax": lambda _, spot: [call("layers.Softmax", name=spot.name)],
        "BatchNorm2d": _batch_norm,
        "BatchNorm1d": _batch_norm,
        "LayerNorm": _layer_norm,
        "LayerNorm2d": _channel_norm,
        "LayerScale": _layer_scale,
        "GroupNorm": _group_norm,
        "InstanceNorm2d": _group_norm,
        "Dropout": lambda layer, spot: [call("layers.Dropout", layer.p, name=spot.name)],
        "Dropout2d": lambda layer, spot: [call("layers.SpatialDropout2D", layer.p, name=spot.name)],
        "StochasticDepth": _stochastic_depth,
        "MultiheadSelfAttention": _attention,
        "Add": _merged("Add"),
        "Multiply": _merged("Multiply"),
        "Concat": _merged("Concatenate"),
        "Chunk": _chunk,
        "ChannelShuffle": _channel_shuffle,
        "Flatten": _flatten,
        "Reshape": _reshape,
        "Upsample": _upsample,
        "ZeroPad2d": _zero_pad,
    }
)
"""The function that writes the lines of each layer kind. LocalResponseNorm is missing: Keras has none."""
