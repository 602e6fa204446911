"""Reads each kind of Keras layer as a layer of cnnviz."""

from __future__ import annotations

import ast
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.keras_arguments import KerasArguments, add_activation, pair_of
from cnnviz.code.read.keras_convolutions import convolution, depthwise, given_padding, separable, transposed
from cnnviz.code.read.keras_images import normalization, rescaling
from cnnviz.code.read.keras_shaping import cropping, dense, flatten, permute, reshape, upsample, zero_padding
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call, Names, bound
from cnnviz.network.layers import KINDS, ParameterError
from cnnviz.network.layers.base import Misfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.chain import ReadChain
    from cnnviz.code.read.keras_format import Formats


def _pool(kind: str) -> Callable[[KerasArguments], None]:
    def read(arguments: KerasArguments) -> None:
        kernel = pair_of(arguments, "pool_size", arguments.take("pool_size", 2))
        strides = arguments.take("strides")
        stride = kernel if strides is None else pair_of(arguments, "strides", strides)
        word = arguments.word("padding", "valid")
        padding, ceil = given_padding(arguments), False
        if word == "same":
            padding, ceil = _same_pool(arguments, kind, kernel, stride)
        elif word != "valid":
            raise arguments.refuse("padding", word)
        arguments.add(kind, kernel_size=kernel, stride=stride, padding=padding, ceil_mode=ceil)

    return read


def _same_pool(arguments: KerasArguments, kind: str, kernel: Any, stride: Any) -> tuple[Any, bool]:
    """The padding and ceil_mode that give as many windows, at the same positions, as padding "same"."""
    if arguments.shape is None or len(arguments.shape) != 3:
        return 0, False
    size = arguments.shape[1:]
    window_counts = tuple(-(-side // step) for side, step in zip(size, stride, strict=True))
    padding = tuple(
        max(0, (windows - 1) * step + width - side) // 2
        for windows, step, width, side in zip(window_counts, stride, kernel, size, strict=True)
    )
    if kind == "AvgPool2d" and any(padding):
        # Keras leaves the padding out of its mean; cnnviz counts it as zeros
        raise arguments.refuse("padding", "same")
    for ceil in (False, True):
        layer: Any = KINDS[kind]
        try:
            output = layer(kernel, stride, padding, ceil).infer((arguments.shape,)).output
        except (Misfit, ParameterError) as error:
            raise arguments.refuse("padding", "same") from error
        if output[1:] == window_counts:
            return padding, ceil
    raise arguments.refuse("padding", "same")


def _global_pool(name: str) -> Callable[[KerasArguments], None]:
    def read(arguments: KerasArguments) -> None:
        if arguments.take("keepdims", False):
            arguments.add(f"Adaptive{name}Pool2d", output_size=1)
        else:
            arguments.add(f"Global{name}Pool2d")
            arguments.read.order = "torch"

    return read


def _norm(kind: str) -> Callable[[KerasArguments], None]:
    def read(arguments: KerasArguments) -> None:
        parameters: dict[str, Any] = {"eps": arguments.take("epsilon", 1e-3)}
        centre, scale = arguments.take("center", True), arguments.take("scale", True)
        if centre != scale:
            raise arguments.refuse("center", centre)
        parameters["affine"] = scale
        axis = arguments.take("axis", -1)
        chosen = kind
        flat = arguments.shape is not None and len(arguments.shape) == 1
        if kind == "BatchNorm2d":
            momentum = arguments.take("momentum", 0.99)
            parameters["momentum"] = round(1 - momentum, 12) if isinstance(momentum, int | float) else momentum
            chosen = "BatchNorm1d" if flat else kind
        if kind == "LayerNorm":
            axes = set(axis) if isinstance(axis, tuple) else axis
            if not flat and arguments.shape is not None and axes not in ({1, 2, 3}, {-3, -2, -1}):
                if axes not in (*arguments.formats.channel_axes, *({each} for each in arguments.formats.channel_axes)):
                    raise arguments.refuse("axis", axis)
                chosen = "LayerNorm2d"
        elif axis not in ((1, -1) if flat else arguments.formats.channel_axes):
            raise arguments.refuse("axis", axis)
        if kind == "GroupNorm":
            groups = arguments.take("groups", 32)
            if groups == -1:
                chosen = "InstanceNorm2d"
            else:
                parameters["num_groups"] = groups
        arguments.add(chosen, **parameters)

    return read


def _dropout(arguments: KerasArguments) -> None:
    """Read a Dropout; its mask may be drawn for values, maps, images, or the whole batch."""
    rate, mask = arguments.need("rate"), arguments.take("noise_shape")
    if mask is None:
        arguments.add("Dropout", p=rate)
        return
    if not isinstance(mask, tuple) or not mask:
        raise arguments.refuse("noise_shape", mask)
    axes = len(mask) - 1 if arguments.shape is None else len(arguments.shape)
    maps = (None, None, 1, 1) if arguments.formats.channels_first else (None, 1, 1, None)
    if mask[0] in (None, 1) and mask[1:] == (1,) * axes:
        arguments.add("StochasticDepth", p=rate, mode="row" if mask[0] is None else "batch")
    elif arguments.shape is not None and axes == 3 and mask == maps:
        arguments.add("Dropout2d", p=rate)
    else:
        raise arguments.refuse("noise_shape", mask)


def _prelu(arguments: KerasArguments) -> None:
    shared = arguments.take("shared_axes")
    shared = (shared,) if isinstance(shared, int) else shared or ()
    maps = arguments.shape is not None and len(arguments.shape) == 3
    rows_and_columns = (2, 3) if arguments.formats.channels_first else (1, 2)
    if maps and shared not in (rows_and_columns, (1, 2, 3)):
        raise arguments.refuse("shared_axes", shared)
    # the initial slopes are torch's 0.25, whatever the initializer in Keras
    arguments.add("PReLU", ("alpha_initializer",), per_channel=shared == rows_and_columns if maps else not shared)


def _relu(arguments: KerasArguments) -> None:
    arguments.require("threshold", 0, 0.0)
    highest, slope = arguments.take("max_value"), arguments.take("negative_slope", 0)
    if highest is not None:
        if highest != 6 or slope != 0:
            raise arguments.refuse("max_value", highest)
        arguments.add("ReLU6")
    elif slope == 0:
        arguments.add("ReLU")
    else:
        arguments.add("LeakyReLU", negative_slope=slope)


def _leaky_relu(arguments: KerasArguments) -> None:
    # Keras 2 calls it alpha, and Keras 3 still accepts that
    slope = arguments.take("alpha", arguments.take("negative_slope", 0.3))
    arguments.add("LeakyReLU", negative_slope=slope)


def _softmax(arguments: KerasArguments) -> None:
    axis = arguments.take("axis", -1)
    maps = arguments.shape is None or len(arguments.shape) == 3
    if axis not in (arguments.formats.channel_axes if maps else (1, -1)):
        raise arguments.refuse("axis", axis)
    arguments.add("Softmax")


def _activation(arguments: KerasArguments) -> None:
    if "activation" not in arguments.left:
        arguments.need("activation")
    value = arguments.left.pop("activation")
    arguments.finish()
    add_activation(arguments.read, arguments.call, value, arguments.name)


def _simple(kind: str, **renamed: tuple[str, Any]) -> Callable[[KerasArguments], None]:
    """A reader for a layer whose arguments have other names: our name = (Keras' name, Keras' default)."""

    def read(arguments: KerasArguments) -> None:
        arguments.add(kind, **{ours: arguments.take(*theirs) for ours, theirs in renamed.items()})

    return read


def _needed(kind: str, ours: str, theirs: str) -> Callable[[KerasArguments], None]:
    """A reader for a layer with one required argument."""

    def read(arguments: KerasArguments) -> None:
        arguments.add(kind, **{ours: arguments.need(theirs)})

    return read


_CONV = ("filters", "kernel_size", "strides", "padding")
_POOL = ("pool_size", "strides", "padding", "data_format")
_GLOBAL_POOL = ("data_format", "keepdims")

LAYERS: Mapping[str, tuple[tuple[str, ...], Callable[[KerasArguments], None]]] = MappingProxyType(
    {
        "Conv2D": ((*_CONV, "data_format", "dilation_rate", "groups", "activation", "use_bias"), convolution),
        "DepthwiseConv2D": (
            (
                *("kernel_size", "strides", "padding", "depth_multiplier", "data_format", "dilation_rate"),
                *("activation", "use_bias"),
            ),
            depthwise,
        ),
        "SeparableConv2D": (
            (*_CONV, "data_format", "dilation_rate", "depth_multiplier", "activation", "use_bias"),
            separable,
        ),
        "Conv2DTranspose": (
            (*_CONV, "output_padding", "data_format", "dilation_rate", "activation", "use_bias"),
            transposed,
        ),
        "Cropping2D": (("cropping", "data_format"), cropping),
        "MaxPooling2D": (_POOL, _pool("MaxPool2d")),
        "MaxPool2D": (_POOL, _pool("MaxPool2d")),
        "AveragePooling2D": (_POOL, _pool("AvgPool2d")),
        "AvgPool2D": (_POOL, _pool("AvgPool2d")),
        "GlobalMaxPooling2D": (_GLOBAL_POOL, _global_pool("Max")),
        "GlobalMaxPool2D": (_GLOBAL_POOL, _global_pool("Max")),
        "GlobalAveragePooling2D": (_GLOBAL_POOL, _global_pool("Avg")),
        "GlobalAvgPool2D": (_GLOBAL_POOL, _global_pool("Avg")),
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
        "Dropout": (("rate", "noise_shape", "seed"), _dropout),
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
"""For each layer of Keras its arguments in order, and the function that reads them."""


_ANY_ORDER = frozenset({"Permute", "Flatten", "Reshape", "Dropout", "Activation", "ReLU", "LeakyReLU", "ELU"})
"""Layers whose result does not depend on the axis of the channels."""


ACTIVATION_LAYERS = frozenset({"Activation", "ReLU", "LeakyReLU", "ELU", "Softmax"})


def add_keras_layer(
    read: ReadChain, node: ast.Call, name: str, names: Names, formats: Formats, following: ast.Call | None = None
) -> None:
    """Add the layer that a call of the class ``name`` creates; raises PasteError. ``following`` is a Permute after
    it."""
    if name == "Identity":
        return
    call = bound(node, name, positions_of(name, node.lineno), names)
    dims = bound(following, "Permute", ("dims",), names).arguments.get("dims") if following is not None else None
    activation = call.nodes.get("activation")
    if isinstance(activation, ast.Call) and (inner := names.framework_name(activation)) in ACTIVATION_LAYERS:
        # an activation may be a layer of its own
        call = replace(call, arguments={**call.arguments, "activation": None})
        add_bound_keras_layer(read, call, formats, dims)
        add_keras_layer(read, activation, inner, names, formats)
    else:
        add_bound_keras_layer(read, call, formats, dims)


def positions_of(name: str, line: int) -> tuple[str, ...]:
    """The arguments of a class of Keras in the order of their positions; raises PasteError for an unknown class."""
    if name not in LAYERS:
        raise PasteError(Remark("unknown_layer", line, {"name": name}))
    return LAYERS[name][0]


def add_bound_keras_layer(read: ReadChain, call: Call, formats: Formats, following: Any = None) -> None:
    """Add the layer that a call with these arguments creates; raises PasteError. ``following`` are the axes of
    a Permute after it."""
    signature, reader = LAYERS[call.name]
    inside_shuffle = read.order in ("grouped", "shuffled") and call.name not in ("Permute", "Reshape")
    maps = read.shape is not None and len(read.shape) == 3
    # a Permute has put the channels of maps first, where this layer looks for rows
    wrong_axis = maps and read.order == "torch" and not formats.channels_first and call.name not in _ANY_ORDER
    if inside_shuffle or wrong_axis:
        raise PasteError(Remark("order", call.line, {"name": call.name}))
    reader(KerasArguments(read, call, signature, formats, following))
