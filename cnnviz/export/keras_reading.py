"""What each layer of Keras is here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cnnviz.export.keras_arguments import KerasArguments, add_activation, pair_of
from cnnviz.export.reading import Names, NotAConstant, Opaque, bound
from cnnviz.export.reading_chain import ReadChain
from cnnviz.export.remarks import PasteError, Remark
from cnnviz.export.source import channels_last
from cnnviz.export.torch_reading import set_normalization
from cnnviz.network.layers import KINDS, Layer, ParameterError
from cnnviz.network.layers.base import Misfit
from cnnviz.network.problems import Shape


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
    word = one.take("padding", "valid")
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
    one.only("padding", "valid")
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


def _cropping(one: KerasArguments) -> None:
    crop = one.take("cropping", 0)
    last = one.read.layers[-1] if one.read.layers else None
    if last is None or last[1].kind != "ConvTranspose2d" or one.name != f"{last[0]}.crop":
        raise PasteError(Remark("unknown_layer", one.call.line, {"name": one.call.name}))
    one.finish()
    changed: Any = last[1]
    layer: Layer = replace(changed, padding=crop)
    one.read.replace_last(layer, one.call.line)


def _pool(kind: str) -> Callable[[KerasArguments], None]:
    def read(one: KerasArguments) -> None:
        kernel = pair_of(one, "pool_size", one.take("pool_size", 2))
        strides = one.take("strides")
        stride = kernel if strides is None else pair_of(one, "strides", strides)
        word = one.take("padding", "valid")
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
            whole = one.shape is None or len(one.shape) == 1 or axis in ((1, 2, 3), (-3, -2, -1))
            if not whole:
                raise one.refuse("axis", axis)
        elif axis not in (-1, 3):
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
    if maps and shared not in ((1, 2), (1, 2, 3)):
        raise one.refuse("shared_axes", shared)
    # torch's slopes begin at 0.25 whatever Keras would begin with
    one.add("PReLU", ("alpha_initializer",), per_channel=shared == (1, 2) if maps else not shared)


def _relu(one: KerasArguments) -> None:
    one.only("max_value", None)
    one.only("threshold", 0, 0.0)
    slope = one.take("negative_slope", 0)
    if slope == 0:
        one.add("ReLU")
    else:
        one.add("LeakyReLU", negative_slope=slope)


def _softmax(one: KerasArguments) -> None:
    one.only("axis", -1)
    one.add("Softmax")


def _activation(one: KerasArguments) -> None:
    value = one.left.pop("activation", None)
    one.finish()
    add_activation(one.read, one.call, value, one.name)


def _zero_padding(one: KerasArguments) -> None:
    value = one.take("padding", 1)
    pairs = value if isinstance(value, tuple) else (value, value)
    sides = [side if isinstance(side, tuple) else (side, side) for side in pairs]
    if len(sides) != 2 or any(len(side) != 2 for side in sides):
        raise one.refuse("padding", value)
    (top, bottom), (left, right) = sides
    one.add("ZeroPad2d", padding=(left, right, top, bottom))


def _permute(one: KerasArguments) -> None:
    dims = one.take("dims")
    if dims == (3, 1, 2) and one.name is not None and one.name.endswith(".channels_first"):
        return
    last = one.read.layers[-1] if one.read.layers else None
    if last is not None and dims == (2, 3, 1) and one.name == f"{last[0]}.channels_last":
        # what was reshaped before is in the order of PyTorch
        shaped: Any = last[1]
        channels, height, width = shaped.shape
        one.read.replace_last(replace(shaped, shape=(height, width, channels)), one.call.line)
        return
    raise PasteError(Remark("unknown_layer", one.call.line, {"name": one.call.name}))


def _reshape(one: KerasArguments) -> None:
    shape = one.need("target_shape")
    if not isinstance(shape, tuple) or len(shape) != 3:
        raise one.refuse("target_shape", shape)
    if not one.read.layers and one.name is None and one.shape is not None and shape == channels_last(one.shape):
        # (28, 28) images become (28, 28, 1) ones, which they are here
        return
    one.add("Reshape", shape=(shape[2], *shape[:2]))


def _rescaling(one: KerasArguments) -> None:
    if one.read.layers:
        raise PasteError(Remark("unknown_layer", one.call.line, {"name": one.call.name}))
    scale, offset = one.need("scale"), one.take("offset", 0)
    for denominator, shift, mean, std in ((255, 0, 0.0, 1.0), (127.5, -1, 0.5, 0.5)):
        if isinstance(scale, float) and abs(scale * denominator - 1) < 1e-6 and offset == shift:
            set_normalization(one.read, one.call, mean, std)
            one.read.note("rescaled", one.call.line)
            return
    raise one.refuse("scale", scale)


def _normalization(one: KerasArguments) -> None:
    if one.read.layers:
        raise PasteError(Remark("unknown_layer", one.call.line, {"name": one.call.name}))
    mean, variance = one.need("mean"), one.need("variance")
    roots = _roots(one)
    values = variance if isinstance(variance, tuple) else (variance,)
    if roots is None:
        if any(isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 for value in values):
            raise one.refuse("variance", variance)
        roots = tuple(round(float(value) ** 0.5, 12) for value in values)
    set_normalization(one.read, one.call, mean, roots)
    one.read.input_name = one.name


def _roots(one: KerasArguments) -> tuple[float, ...] | None:
    """The numbers that are squared where the variance is written as ``0.5 ** 2``: they are exact."""
    node = one.call.nodes["variance"]
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    roots = []
    for part in parts:
        match part:
            case ast.BinOp(left=root, op=ast.Pow(), right=ast.Constant(value=2)):
                try:
                    roots.append(Names().constant(root))
                except NotAConstant:
                    return None
            case _:
                return None
    return tuple(roots)


def _simple(kind: str, **renamed: tuple[str, Any]) -> Callable[[KerasArguments], None]:
    """A layer whose arguments have other names: ours = (Keras' name, Keras' default)."""

    def read(one: KerasArguments) -> None:
        one.add(kind, **{ours: one.take(*theirs) for ours, theirs in renamed.items()})

    return read


def _needed(kind: str, ours: str, theirs: str, **renamed: tuple[str, Any]) -> Callable[[KerasArguments], None]:
    def read(one: KerasArguments) -> None:
        parameters = {ours: one.need(theirs), **{name: one.take(*other) for name, other in renamed.items()}}
        one.add(kind, **parameters)

    return read


_CONV = ("filters", "kernel_size", "strides", "padding")
_POOL = ("pool_size", "strides", "padding", "data_format")

LAYERS: Mapping[str, tuple[tuple[str, ...], Callable[[KerasArguments], None]]] = MappingProxyType(
    {
        "Conv2D": ((*_CONV, "data_format", "dilation_rate", "groups", "activation", "use_bias"), _conv),
        "Conv2DTranspose": ((*_CONV, "data_format", "dilation_rate", "activation", "use_bias"), _conv_transpose),
        "Cropping2D": (("cropping",), _cropping),
        "MaxPooling2D": (_POOL, _pool("MaxPool2d")),
        "MaxPool2D": (_POOL, _pool("MaxPool2d")),
        "AveragePooling2D": (_POOL, _pool("AvgPool2d")),
        "AvgPool2D": (_POOL, _pool("AvgPool2d")),
        "GlobalMaxPooling2D": ((), _global_pool("Max")),
        "GlobalMaxPool2D": ((), _global_pool("Max")),
        "GlobalAveragePooling2D": ((), _global_pool("Avg")),
        "GlobalAvgPool2D": ((), _global_pool("Avg")),
        "AdaptiveMaxPooling2D": (("output_size",), _needed("AdaptiveMaxPool2d", "output_size", "output_size")),
        "AdaptiveAveragePooling2D": (("output_size",), _needed("AdaptiveAvgPool2d", "output_size", "output_size")),
        "Dense": (
            ("units", "activation", "use_bias"),
            _needed("Dense", "out_features", "units", bias=("use_bias", True)),
        ),
        "Flatten": ((), _simple("Flatten")),
        "Reshape": (("target_shape",), _reshape),
        "Permute": (("dims",), _permute),
        "Dropout": (("rate", "noise_shape", "seed"), _needed("Dropout", "p", "rate")),
        "SpatialDropout2D": (("rate",), _needed("Dropout2d", "p", "rate")),
        "BatchNormalization": (("axis", "momentum", "epsilon", "center", "scale"), _norm("BatchNorm2d")),
        "LayerNormalization": (("axis", "epsilon", "center", "scale"), _norm("LayerNorm")),
        "GroupNormalization": (("groups", "axis", "epsilon", "center", "scale"), _norm("GroupNorm")),
        "Activation": (("activation",), _activation),
        "ReLU": (("max_value", "negative_slope", "threshold"), _relu),
        "LeakyReLU": (("negative_slope",), _simple("LeakyReLU", negative_slope=("negative_slope", 0.3))),
        "PReLU": ((), _prelu),
        "ELU": (("alpha",), _simple("ELU", alpha=("alpha", 1.0))),
        "Softmax": (("axis",), _softmax),
        "UpSampling2D": (
            ("size", "data_format", "interpolation"),
            _simple("Upsample", scale_factor=("size", 2), mode=("interpolation", "nearest")),
        ),
        "ZeroPadding2D": (("padding",), _zero_padding),
        "Normalization": (("axis", "mean", "variance"), _normalization),
        "Rescaling": (("scale", "offset"), _rescaling),
    }
)
"""Layer of Keras -> its arguments in their order, and what reads them."""


def add_keras_layer(read: ReadChain, node: ast.Call, name: str, names: Names) -> None:
    """Add the layer that a call of the class ``name`` makes; raises PasteError."""
    if name == "Identity":
        return
    if name not in LAYERS:
        raise PasteError(Remark("unknown_layer", node.lineno, {"name": name}))
    signature, reader = LAYERS[name]
    reader(KerasArguments(read, bound(node, name, signature, names)))


def image_of(node: ast.Call, name: str, names: Names) -> tuple[Shape | None, str | None]:
    """The images (C, H, W) that an Input or the first layer names, and the name of the Input; raises PasteError."""
    stated = node if name in ("Input", "InputLayer") else ast.Call(node.func, [], node.keywords, lineno=node.lineno)
    call = bound(stated, name, ("shape",), names)
    shape = call.arguments.get("input_shape")
    if name in ("Input", "InputLayer"):
        shape = call.arguments.get("shape", shape)
        for argument in ("batch_shape", "batch_input_shape"):
            if isinstance(whole := call.arguments.get(argument), tuple):
                shape = whole[1:]
    given = call.arguments.get("name")
    label = given if isinstance(given, str) else None
    if shape is None:
        return None, label
    whole_numbers = isinstance(shape, tuple) and all(isinstance(size, int) and size > 0 for size in shape)
    if not whole_numbers or len(shape) not in (2, 3):
        shown = shape.text if isinstance(shape, Opaque) else str(shape)
        raise PasteError(Remark("bad_value", call.line, {"name": name, "argument": "shape", "value": shown}))
    height, width, *channels = shape
    return (channels[0] if channels else 1, height, width), label
