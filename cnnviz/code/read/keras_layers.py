"""What each layer of Keras is here."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.keras_arguments import KerasArguments, add_activation, pair_of
from cnnviz.code.read.keras_images import normalization, rescaling
from cnnviz.code.read.keras_shaping import cropping, dense, flatten, permute, reshape, upsample, zero_padding
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Names, bound
from cnnviz.network.layers import KINDS, ParameterError
from cnnviz.network.layers.base import Misfit

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.chain import ReadChain
    from cnnviz.code.read.keras_format import Formats


def _conv(one: KerasArguments) -> None:
    kernel, stride = (
        pair_of(one, "kernel_size", one.need("kernel_size")),
        pair_of(one, "strides", one.take("strides", 1)),
    )
    dilation = pair_of(one, "dilation_rate", one.take("dilation_rate", 1))
    padding = _conv_padding(one, kernel, stride, dilation)
    one.add(
        "Conv2d",
        out_channels=one.need("filters"),
        kernel_size=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=one.take("groups", 1),
        bias=one.take("use_bias", True),
    )


def _conv_padding(one: KerasArguments, kernel: Any, stride: Any, dilation: Any) -> Any:
    """Keras' word for the padding as numbers; where its zeros are uneven, a layer adds them before."""
    word = one.word("padding", "valid")
    if word == "valid":
        return _given_padding(one)
    if word != "same":
        raise one.refuse("padding", word)
    spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if stride == (1, 1):
        return tuple(span // 2 for span in spans) if all(span % 2 == 0 for span in spans) else "same"
    if one.shape is None or len(one.shape) != 3:
        return 0
    totals = [
        max(0, (-(-n // s) - 1) * s + span + 1 - n) for n, s, span in zip(one.shape[1:], stride, spans, strict=True)
    ]
    if all(total % 2 == 0 for total in totals):
        return tuple(total // 2 for total in totals)
    sides = [(total // 2, total - total // 2) for total in totals]
    one.read.add("ZeroPad2d", one.call, {"padding": (*sides[1], *sides[0])})
    return 0


def _given_padding(one: KerasArguments) -> Any:
    """The padding of a ZeroPadding2D that the generated source puts before a layer, which takes it back."""
    if one.read.layers and one.name is not None:
        name, layer, before = one.read.layers[-1]
        if name == f"{one.name}.pad" and layer.kind == "ZeroPad2d":
            zeros: Any = layer
            left, _, top, _ = zeros.padding
            one.read.take_back()
            one.read.shape = before
            return top, left
    return 0


def _conv_transpose(one: KerasArguments) -> None:
    stride = pair_of(one, "strides", one.take("strides", 1))
    kernel = pair_of(one, "kernel_size", one.need("kernel_size"))
    if (word := one.word("padding", "valid")) != "valid":
        raise one.refuse("padding", word)
    extra = one.take("output_padding")
    if extra is None:
        extra = tuple(max(0, s - k) for s, k in zip(stride, kernel, strict=True))
    one.add(
        "ConvTranspose2d",
        out_channels=one.need("filters"),
        kernel_size=kernel,
        stride=stride,
        output_padding=extra,
        dilation=one.take("dilation_rate", 1),
        bias=one.take("use_bias", True),
    )


def _pool(kind: str) -> Callable[[KerasArguments], None]:
    def read(one: KerasArguments) -> None:
        kernel = pair_of(one, "pool_size", one.take("pool_size", 2))
        strides = one.take("strides")
        stride = kernel if strides is None else pair_of(one, "strides", strides)
        word = one.word("padding", "valid")
        padding, ceil = _given_padding(one), False
        if word == "same":
            padding, ceil = _same_pool(one, kind, kernel, stride)
        elif word != "valid":
            raise one.refuse("padding", word)
        one.add(kind, kernel_size=kernel, stride=stride, padding=padding, ceil_mode=ceil)

    return read


def _same_pool(one: KerasArguments, kind: str, kernel: Any, stride: Any) -> tuple[Any, bool]:
    """Padding “same” as padding and ceil_mode: windows begin at the same places, and there are as many."""
    if one.shape is None or len(one.shape) != 3:
        return 0, False
    size = one.shape[1:]
    wanted = tuple(-(-n // s) for n, s in zip(size, stride, strict=True))
    totals = [max(0, (w - 1) * s + k - n) for w, s, k, n in zip(wanted, stride, kernel, size, strict=True)]
    padding = tuple(total // 2 for total in totals)
    if kind == "AvgPool2d" and any(padding):
        # zeros that Keras leaves out of its mean would count here
        raise one.refuse("padding", "same")
    for ceil in (False, True):
        layer: Any = KINDS[kind]
        try:
            made = layer(kernel, stride, padding, ceil).infer((one.shape,)).output
        except (Misfit, ParameterError) as error:
            raise one.refuse("padding", "same") from error
        if made[1:] == wanted:
            return padding, ceil
    raise one.refuse("padding", "same")


def _global_pool(name: str) -> Callable[[KerasArguments], None]:
    def read(one: KerasArguments) -> None:
        if one.take("keepdims", False):
            one.add(f"Adaptive{name}Pool2d", output_size=1)
        else:
            one.add(f"Global{name}Pool2d")
            one.read.order = "torch"

    return read


def _norm(kind: str) -> Callable[[KerasArguments], None]:
    def read(one: KerasArguments) -> None:
        parameters: dict[str, Any] = {"eps": one.take("epsilon", 1e-3)}
        centre, scale = one.take("center", True), one.take("scale", True)
        if centre != scale:
            raise one.refuse("center", centre)
        parameters["affine"] = scale
        axis = one.take("axis", -1)
        chosen = kind
        if kind == "BatchNorm2d":
            momentum = one.take("momentum", 0.99)
            parameters["momentum"] = round(1 - momentum, 12) if isinstance(momentum, int | float) else momentum
        if kind == "LayerNorm":
            axes = set(axis) if isinstance(axis, tuple) else axis
            whole = one.shape is None or len(one.shape) == 1 or axes in ({1, 2, 3}, {-3, -2, -1})
            if not whole:
                raise one.refuse("axis", axis)
        elif axis not in one.formats.channels:
            raise one.refuse("axis", axis)
        if kind == "GroupNorm":
            groups = one.take("groups", 32)
            if groups == -1:
                chosen = "InstanceNorm2d"
            else:
                parameters["num_groups"] = groups
        one.add(chosen, **parameters)

    return read


def _prelu(one: KerasArguments) -> None:
    shared = one.take("shared_axes")
    shared = (shared,) if isinstance(shared, int) else shared or ()
    maps = one.shape is not None and len(one.shape) == 3
    rows_and_columns = (2, 3) if one.formats.channels_first else (1, 2)
    if maps and shared not in (rows_and_columns, (1, 2, 3)):
        raise one.refuse("shared_axes", shared)
    # torch's slopes begin at 0.25 whatever Keras would begin with
    one.add("PReLU", ("alpha_initializer",), per_channel=shared == rows_and_columns if maps else not shared)


def _relu(one: KerasArguments) -> None:
    one.only("max_value", None)
    one.only("threshold", 0, 0.0)
    slope = one.take("negative_slope", 0)
    if slope == 0:
        one.add("ReLU")
    else:
        one.add("LeakyReLU", negative_slope=slope)


def _leaky_relu(one: KerasArguments) -> None:
    # alpha is its name in Keras 2, which Keras 3 still takes
    slope = one.take("alpha", one.take("negative_slope", 0.3))
    one.add("LeakyReLU", negative_slope=slope)


def _softmax(one: KerasArguments) -> None:
    axis = one.take("axis", -1)
    maps = one.shape is None or len(one.shape) == 3
    if axis not in (one.formats.channels if maps else (1, -1)):
        raise one.refuse("axis", axis)
    one.add("Softmax")


def _activation(one: KerasArguments) -> None:
    if "activation" not in one.left:
        one.need("activation")
    value = one.left.pop("activation")
    one.finish()
    add_activation(one.read, one.call, value, one.name)


def _simple(kind: str, **renamed: tuple[str, Any]) -> Callable[[KerasArguments], None]:
    """A layer whose arguments have other names: ours = (Keras' name, Keras' default)."""

    def read(one: KerasArguments) -> None:
        one.add(kind, **{ours: one.take(*theirs) for ours, theirs in renamed.items()})

    return read


def _needed(kind: str, ours: str, theirs: str) -> Callable[[KerasArguments], None]:
    """A layer of one argument that has to be there."""

    def read(one: KerasArguments) -> None:
        one.add(kind, **{ours: one.need(theirs)})

    return read


_CONV = ("filters", "kernel_size", "strides", "padding")
_POOL = ("pool_size", "strides", "padding", "data_format")
_WHOLE = ("data_format", "keepdims")

LAYERS: Mapping[str, tuple[tuple[str, ...], Callable[[KerasArguments], None]]] = MappingProxyType(
    {
        "Conv2D": ((*_CONV, "data_format", "dilation_rate", "groups", "activation", "use_bias"), _conv),
        "Conv2DTranspose": (
            (*_CONV, "output_padding", "data_format", "dilation_rate", "activation", "use_bias"),
            _conv_transpose,
        ),
        "Cropping2D": (("cropping", "data_format"), cropping),
        "MaxPooling2D": (_POOL, _pool("MaxPool2d")),
        "MaxPool2D": (_POOL, _pool("MaxPool2d")),
        "AveragePooling2D": (_POOL, _pool("AvgPool2d")),
        "AvgPool2D": (_POOL, _pool("AvgPool2d")),
        "GlobalMaxPooling2D": (_WHOLE, _global_pool("Max")),
        "GlobalMaxPool2D": (_WHOLE, _global_pool("Max")),
        "GlobalAveragePooling2D": (_WHOLE, _global_pool("Avg")),
        "GlobalAvgPool2D": (_WHOLE, _global_pool("Avg")),
        "AdaptiveMaxPooling2D": (
            ("output_size", "data_format"),
            _needed("AdaptiveMaxPool2d", "output_size", "output_size"),
        ),
        "AdaptiveAveragePooling2D": (
            ("output_size", "data_format"),
            _needed("AdaptiveAvgPool2d", "output_size", "output_size"),
        ),
        "Dense": (("units", "activation", "use_bias"), dense),
        "Flatten": (("data_format",), flatten),
        "Reshape": (("target_shape",), reshape),
        "Permute": (("dims",), permute),
        "Dropout": (("rate", "noise_shape", "seed"), _needed("Dropout", "p", "rate")),
        "SpatialDropout2D": (("rate", "data_format"), _needed("Dropout2d", "p", "rate")),
        "BatchNormalization": (("axis", "momentum", "epsilon", "center", "scale"), _norm("BatchNorm2d")),
        "LayerNormalization": (("axis", "epsilon", "center", "scale"), _norm("LayerNorm")),
        "GroupNormalization": (("groups", "axis", "epsilon", "center", "scale"), _norm("GroupNorm")),
        "Activation": (("activation",), _activation),
        "ReLU": (("max_value", "negative_slope", "threshold"), _relu),
        "LeakyReLU": (("negative_slope",), _leaky_relu),
        "PReLU": ((), _prelu),
        "ELU": (("alpha",), _simple("ELU", alpha=("alpha", 1.0))),
        "Softmax": (("axis",), _softmax),
        "UpSampling2D": (("size", "data_format", "interpolation"), upsample),
        "ZeroPadding2D": (("padding", "data_format"), zero_padding),
        "Normalization": (("axis", "mean", "variance", "invert"), normalization),
        "Rescaling": (("scale", "offset"), rescaling),
    }
)
"""Layer of Keras -> its arguments in their order, and what reads them."""


_ANY_ORDER = frozenset(
    {"Permute", "Flatten", "Reshape", "Dropout", "Activation", "ReLU", "LeakyReLU", "ELU", "Identity"}
)
"""Layers that do the same whichever axis the channels are."""


def add_keras_layer(
    read: ReadChain, node: ast.Call, name: str, names: Names, formats: Formats, following: ast.Call | None = None
) -> None:
    """Add the layer that a call of the class ``name`` makes; raises PasteError. ``following`` is a Permute after it."""
    if name == "Identity":
        return
    if name not in LAYERS:
        raise PasteError(Remark("unknown_layer", node.lineno, {"name": name}))
    signature, reader = LAYERS[name]
    exchanged = read.order == "torch" and not formats.channels_first
    if exchanged and read.shape is not None and len(read.shape) == 3 and name not in _ANY_ORDER:
        raise PasteError(Remark("order", node.lineno, {"name": name}))
    dims = bound(following, "Permute", ("dims",), names).arguments.get("dims") if following is not None else None
    reader(KerasArguments(read, bound(node, name, signature, names), signature, formats, dims))
