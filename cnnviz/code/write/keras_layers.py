"""Writes each layer kind in Keras 3, with channels last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from cnnviz.code.write.source import (
    ExportError,
    Verbatim,
    call,
    channels_last,
    is_normalized,
    literal,
    per_channel,
    tuple_of,
)
from cnnviz.network.layers import Input, Layer
from cnnviz.numerals import spell
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

Place = Literal["alone", "twice", "many", "expression"]
LEAST_THRESHOLD = 20.0
"""torch computes a softplus above its threshold as a line. From this threshold on float32 shows no difference."""


@dataclass(frozen=True)
class Step:
    """One line of Keras source.

    ``place`` says how ``text`` gets its input. It is a layer that is called with the input, with the input ``twice``,
    or with a list of ``many``; or it is an ``expression`` with ``{x}`` for the input, which is not possible in a
    Sequential.
    """

    text: str
    place: Place = "alone"


@dataclass(frozen=True)
class Spot:
    """The node of a layer, with its input and output shapes (C, H, W).

    ``reordered`` is True if a vector made from maps must have PyTorch's order, channel by channel.
    """

    node: str
    inputs: tuple[Shape, ...]
    output: Shape
    reordered: bool = False

    @property
    def name(self) -> tuple[object, object]:
        """The option ``name`` with the id of the node."""
        return self.node, None

    def part(self, what: str) -> tuple[object, object]:
        """The option ``name`` for an auxiliary layer. It contains a dot, so it is not the id of a node."""
        return f"{self.node}.{what}", None


def steps(layer: Layer, spot: Spot) -> tuple[Step, ...]:
    """The lines for a layer, applied one after the other; raises ExportError if Keras has no such layer."""
    if layer.most_inputs is None and len(spot.inputs) == 1:
        return (Step(call("layers.Identity", name=spot.name)),)
    written = _WRITERS.get(layer.kind)
    if written is None:
        raise ExportError("no_match", spot.node, kind=layer.kind)
    return tuple(step if isinstance(step, Step) else Step(step) for step in written(layer, spot))


Written = Iterable[Step | str]


def _lacks(spot: Spot, layer: Layer, what: str | Sentence) -> ExportError:
    return ExportError("no_match_with", spot.node, kind=layer.kind, what=what)


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


def _conv2d(layer: Any, spot: Spot) -> Written:
    _require_one(layer, spot)
    padding, helping = _conv_padding(layer, spot)
    return [
        *helping,
        call(
            "layers.Conv2D",
            layer.out_channels,
            layer.kernel_size,
            strides=(layer.stride, (1, 1)),
            padding=(padding, "valid"),
            dilation_rate=(layer.dilation, (1, 1)),
            groups=(layer.groups, 1),
            use_bias=(layer.bias, True),
            name=spot.name,
        ),
    ]


def _require_one(layer: Any, spot: Spot) -> None:
    """Raise ExportError for a layer with stride and dilation: Keras allows only one of them."""
    if layer.dilation != (1, 1) and layer.stride != (1, 1):
        raise _lacks(
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
    spans = [d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
    if layer.stride == (1, 1) and [2 * p for p in layer.padding] == spans:
        return "same", []
    return "valid", [call("layers.ZeroPadding2D", layer.padding, name=spot.part("pad"))]


def _conv_transpose2d(layer: Any, spot: Spot) -> Written:
    if layer.groups != 1:
        raise _lacks(spot, layer, f"groups={layer.groups}")
    _require_one(layer, spot)
    if any(extra >= stride for extra, stride in zip(layer.output_padding, layer.stride, strict=True)):
        raise _lacks(spot, layer, f"output_padding={spell(layer.output_padding)}")
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


def _max_pool(layer: Any, spot: Spot) -> Written:
    _, *size = spot.inputs[0]
    _, *out = spot.output
    needed = []
    as_same = True
    for axis in (0, 1):
        stride, kernel, before = layer.stride[axis], layer.kernel_size[axis], layer.padding[axis]
        # at the far side, pad as far as the last window reaches
        after = max(0, (out[axis] - 1) * stride + kernel - before - size[axis])
        needed.append((before, after))
        total = max(0, (-(-size[axis] // stride) - 1) * stride + kernel - size[axis])
        as_same = as_same and out[axis] == -(-size[axis] // stride) and before == total // 2
    if needed == [(0, 0), (0, 0)]:
        return [_pooling(layer, spot, "layers.MaxPooling2D")]
    if as_same:
        return [_pooling(layer, spot, "layers.MaxPooling2D", "same")]
    widths = f"((0, 0), {_plain(needed[0])}, {_plain(needed[1])}, (0, 0))"
    lowest = f'keras.ops.pad({{x}}, {widths}, constant_values=-float("inf"))'
    return [Step(lowest, "expression"), _pooling(layer, spot, "layers.MaxPooling2D")]


def _avg_pool(layer: Any, spot: Spot) -> Written:
    _, *size = spot.inputs[0]
    _, *out = spot.output
    sides = zip(out, layer.stride, layer.kernel_size, layer.padding, size, strict=True)
    if any((o - 1) * s + k > n + 2 * p for o, s, k, p, n in sides):
        raise _lacks(spot, layer, Sentence("a last window that hangs over the edge (ceil_mode)"))
    pool = _pooling(layer, spot, "layers.AveragePooling2D")
    if layer.padding == (0, 0):
        return [pool]
    return [call("layers.ZeroPadding2D", layer.padding, name=spot.part("pad")), pool]


def _adaptive(name: str) -> Callable[[Any, Spot], Written]:
    def written(layer: Any, spot: Spot) -> Written:
        if layer.output_size == (1, 1):
            return [call(f"layers.Global{name}Pooling2D", keepdims=(True, False), name=spot.name)]
        return [call(f"layers.Adaptive{name}Pooling2D", layer.output_size, name=spot.name)]

    return written


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
        raise _lacks(spot, layer, f"threshold={layer.threshold:g}")
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


def _plain(pair: tuple[int, int]) -> str:
    return f"({pair[0]}, {pair[1]})"


_WRITERS: Mapping[str, Callable[[Any, Spot], Written]] = MappingProxyType(
    {
        "Input": _input,
        "Output": lambda _, __: [],
        "Conv2d": _conv2d,
        "ConvTranspose2d": _conv_transpose2d,
        "MaxPool2d": _max_pool,
        "AvgPool2d": _avg_pool,
        "AdaptiveMaxPool2d": _adaptive("Max"),
        "AdaptiveAvgPool2d": _adaptive("Average"),
        "GlobalMaxPool2d": lambda _, spot: [call("layers.GlobalMaxPooling2D", name=spot.name)],
        "GlobalAvgPool2d": lambda _, spot: [call("layers.GlobalAveragePooling2D", name=spot.name)],
        "Dense": lambda layer, spot: [
            call("layers.Dense", layer.out_features, use_bias=(layer.bias, True), name=spot.name)
        ],
        "ReLU": lambda _, spot: [call("layers.ReLU", name=spot.name)],
        "LeakyReLU": lambda layer, spot: [
            call("layers.LeakyReLU", negative_slope=(layer.negative_slope, None), name=spot.name)
        ],
        "PReLU": _prelu,
        "ELU": lambda layer, spot: [call("layers.ELU", alpha=(layer.alpha, 1.0), name=spot.name)],
        "GELU": _gelu,
        "SiLU": _activation("silu"),
        "Hardswish": _activation("hard_silu"),
        "Sigmoid": _activation("sigmoid"),
        "Tanh": _activation("tanh"),
        "Softplus": _softplus,
        "Softmax": lambda _, spot: [call("layers.Softmax", name=spot.name)],
        "BatchNorm2d": _batch_norm,
        "LayerNorm": _layer_norm,
        "GroupNorm": _group_norm,
        "InstanceNorm2d": _group_norm,
        "Dropout": lambda layer, spot: [call("layers.Dropout", layer.p, name=spot.name)],
        "Dropout2d": lambda layer, spot: [call("layers.SpatialDropout2D", layer.p, name=spot.name)],
        "MultiheadSelfAttention": _attention,
        "Add": _merged("Add"),
        "Multiply": _merged("Multiply"),
        "Concat": _merged("Concatenate"),
        "Flatten": _flatten,
        "Reshape": _reshape,
        "Upsample": _upsample,
        "ZeroPad2d": _zero_pad,
    }
)
"""The function that writes the lines of each layer kind. LocalResponseNorm is missing: Keras has none."""
