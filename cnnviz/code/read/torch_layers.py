"""Reads each class of ``torch.nn`` as a layer of cnnviz."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call, Names, Opaque, bound

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from cnnviz.code.read.chain import ReadChain

REQUIRED = object()
"""Marks an argument without a default in a signature."""


def _signature(*required: str, **optional: Any) -> Mapping[str, Any]:
    return MappingProxyType({**dict.fromkeys(required, REQUIRED), **optional})


@dataclass(frozen=True)
class Spelling:
    """How a class of torch becomes a layer of a kind.

    ``signature`` are torch's arguments in order, with torch's defaults. ``renamed`` maps arguments to parameters with
    another name. ``size`` is the argument that repeats the input size, which is checked. Arguments in ``fixed`` have no
    counterpart and must have one of the given values, keyword-only ones such as ``bias`` of a BatchNorm too. Arguments
    in ``ignored`` do not matter for the network.
    """

    kind: str
    signature: Mapping[str, Any] = field(default_factory=_signature)
    size: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ("inplace", "device", "dtype")


# arguments that several classes have, with their defaults
_TENSOR: Mapping[str, Any] = MappingProxyType({"device": None, "dtype": None})
_NORM: Mapping[str, Any] = MappingProxyType({"eps": 1e-5, "momentum": 0.1})


def _lazy(spelling: Spelling) -> Spelling:
    """The spelling of the class that finds out its input size itself."""
    signature = {argument: default for argument, default in spelling.signature.items() if argument != spelling.size}
    return replace(spelling, signature=MappingProxyType(signature), size="")


_CLASSES: Mapping[str, Spelling] = MappingProxyType(
    {
        "Conv2d": Spelling(
            "Conv2d",
            _signature(
                *("in_channels", "out_channels", "kernel_size"),
                stride=1,
                padding=0,
                dilation=1,
                groups=1,
                bias=True,
                padding_mode="zeros",
                **_TENSOR,
            ),
            "in_channels",
            fixed={"padding_mode": ("zeros",)},
        ),
        "ConvTranspose2d": Spelling(
            "ConvTranspose2d",
            _signature(
                *("in_channels", "out_channels", "kernel_size"),
                stride=1,
                padding=0,
                output_padding=0,
                groups=1,
                bias=True,
                dilation=1,
                padding_mode="zeros",
                **_TENSOR,
            ),
            "in_channels",
            fixed={"padding_mode": ("zeros",)},
        ),
        "MaxPool2d": Spelling(
            "MaxPool2d",
            _signature("kernel_size", stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False),
            fixed={"dilation": (1, (1, 1)), "return_indices": (False,)},
        ),
        "AvgPool2d": Spelling(
            "AvgPool2d",
            _signature(
                "kernel_size", stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
            ),
            fixed={"count_include_pad": (True,), "divisor_override": (None,)},
        ),
        "AdaptiveAvgPool2d": Spelling("AdaptiveAvgPool2d", _signature("output_size")),
        "AdaptiveMaxPool2d": Spelling(
            "AdaptiveMaxPool2d",
            _signature("output_size", return_indices=False),
            fixed={"return_indices": (False,)},
        ),
        "Linear": Spelling("Dense", _signature("in_features", "out_features", bias=True, **_TENSOR), "in_features"),
        "Flatten": Spelling("Flatten", _signature(start_dim=1, end_dim=-1)),
        "Unflatten": Spelling(
            "Reshape", _signature("dim", "unflattened_size"), renamed={"unflattened_size": "shape"}, fixed={"dim": (1,)}
        ),
        "ReLU": Spelling("ReLU", _signature(inplace=False)),
        "ReLU6": Spelling("ReLU6", _signature(inplace=False)),
        "LeakyReLU": Spelling("LeakyReLU", _signature(negative_slope=0.01, inplace=False)),
        "PReLU": Spelling(
            "PReLU",
            _signature(num_parameters=1, init=0.25, **_TENSOR),
            renamed={"num_parameters": "per_channel"},
            fixed={"init": (0.25,)},
        ),
        "ELU": Spelling("ELU", _signature(alpha=1.0, inplace=False)),
        "SELU": Spelling("SELU", _signature(inplace=False)),
        "GELU": Spelling("GELU", _signature(approximate="none")),
        "SiLU": Spelling("SiLU", _signature(inplace=False)),
        "Mish": Spelling("Mish", _signature(inplace=False)),
        "Hardswish": Spelling("Hardswish", _signature(inplace=False)),
        "Sigmoid": Spelling("Sigmoid"),
        "Hardsigmoid": Spelling("Hardsigmoid", _signature(inplace=False)),
        "Tanh": Spelling("Tanh"),
        "Softplus": Spelling("Softplus", _signature(beta=1.0, threshold=20.0)),
        "Softmax": Spelling("Softmax", _signature(dim=None), fixed={"dim": (1, -1, -3, None)}),
        "Dropout": Spelling("Dropout", _signature(p=0.5, inplace=False)),
        "Dropout2d": Spelling("Dropout2d", _signature(p=0.5, inplace=False)),
        "StochasticDepth": Spelling("StochasticDepth", _signature("p", mode="row")),
        **{
            kind: Spelling(
                kind,
                _signature("num_features", **_NORM, affine=True, track_running_stats=True, **_TENSOR),
                "num_features",
                fixed={"track_running_stats": (True,), "bias": (True,)},
            )
            for kind in ("BatchNorm2d", "BatchNorm1d")
        },
        "InstanceNorm2d": Spelling(
            "InstanceNorm2d",
            _signature("num_features", **_NORM, affine=False, track_running_stats=False, **_TENSOR),
            "num_features",
            fixed={"track_running_stats": (False,), "bias": (True,)},
            ignored=("momentum", "device", "dtype"),
        ),
        "GroupNorm": Spelling(
            "GroupNorm",
            _signature("num_groups", "num_channels", eps=1e-5, affine=True, **_TENSOR),
            "num_channels",
            fixed={"bias": (True,)},
        ),
        "LayerNorm": Spelling(
            "LayerNorm",
            _signature("normalized_shape", eps=1e-5, elementwise_affine=True, bias=True, **_TENSOR),
            renamed={"elementwise_affine": "affine"},
            fixed={"bias": (True,)},
        ),
        "LayerNorm2d": Spelling(
            "LayerNorm2d",
            _signature("normalized_shape", eps=1e-5, elementwise_affine=True, bias=True, **_TENSOR),
            "normalized_shape",
            renamed={"elementwise_affine": "affine"},
            fixed={"bias": (True,)},
        ),
        "LayerScale": Spelling("LayerScale", _signature("channels", init_value=1e-6), "channels"),
        "LocalResponseNorm": Spelling("LocalResponseNorm", _signature("size", alpha=1e-4, beta=0.75, k=1.0)),
        "Upsample": Spelling(
            "Upsample",
            _signature(size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None),
            fixed={"size": (None,), "align_corners": (None, False), "recompute_scale_factor": (None, False)},
        ),
        "ChannelShuffle": Spelling("ChannelShuffle", _signature("groups")),
        "ZeroPad2d": Spelling("ZeroPad2d", _signature("padding")),
        "SelfAttention": Spelling(
            "MultiheadSelfAttention",
            _signature("embed_dim", "num_heads", dropout=0.0, bias=True),
            "embed_dim",
            fixed={"dropout": (0, 0.0)},
        ),
    }
)
CLASSES: Mapping[str, Spelling] = MappingProxyType(
    {
        **_CLASSES,
        **{
            f"Lazy{name}": _lazy(_CLASSES[name])
            for name in ("Conv2d", "ConvTranspose2d", "Linear", "BatchNorm1d", "BatchNorm2d")
        },
    }
)
"""The spelling of each class of torch, and of those in generated source (:mod:`cnnviz.code.write.pytorch_layers`)."""

TOGETHER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("AdaptiveAvgPool2d", "Flatten"): "GlobalAvgPool2d",
        ("AdaptiveMaxPool2d", "Flatten"): "GlobalMaxPool2d",
        ("Flatten", "Unflatten"): "Reshape",
    }
)
"""For two classes that form a nested Sequential, the kind that they are in cnnviz."""


def add_torch_layer(read: ReadChain, node: ast.Call, name: str, names: Names, given: str | None) -> None:
    """Add the layer that a call of the class ``name`` creates; raises PasteError."""
    if name != "Identity":
        add_bound_layer(read, bound(node, name, positions_of(name, node.lineno), names), given)


def positions_of(name: str, line: int) -> tuple[str, ...]:
    """The arguments of a class of torch, in the order of their positions; raises PasteError for an unknown class."""
    if name == "Normalize":
        return ("mean", "std")
    if (spelling := CLASSES.get(name)) is None:
        raise PasteError(Remark("unknown_layer", line, {"name": name}))
    return tuple(spelling.signature)


def add_bound_layer(read: ReadChain, call: Call, given: str | None) -> None:
    """Add the layer that a call with these arguments creates; raises PasteError."""
    name = call.name
    if name == "Normalize":
        _normalize(read, call, given)
        return
    spelling = CLASSES[name]
    for argument, default in spelling.signature.items():
        if default is REQUIRED and argument not in call.arguments:
            raise PasteError(Remark("missing_argument", call.line, {"name": name, "argument": argument}))
    kind = spelling.kind
    if kind == "Dropout2d" and read.shape is not None and len(read.shape) == 1:
        # torch takes each value of a vector as a map of its own
        kind = "Dropout"
    read.add(kind, call, _parameters(read, call, spelling), given)


def _parameters(read: ReadChain, call: Call, spelling: Spelling) -> dict[str, Any]:
    parameters = {}
    if spelling.size:
        read.expect(call, spelling.size)
    for argument, value in {**spelling.signature, **call.arguments}.items():
        if argument in spelling.fixed and value not in spelling.fixed[argument] and not _without_effect(call, argument):
            raise _refused(call, argument, value)
        if argument in (spelling.size, *spelling.fixed, *spelling.ignored):
            continue
        if argument not in spelling.signature:
            raise PasteError(Remark("unknown_argument", call.line, {"name": call.name, "argument": argument}))
        parameters[spelling.renamed.get(argument, argument)] = value
    _special(read, call, parameters)
    return parameters


def _without_effect(call: Call, argument: str) -> bool:
    """Whether an argument changes nothing beside the other arguments."""
    return argument == "count_include_pad" and call.arguments.get("padding", 0) in (0, (0, 0))


def _refused(call: Call, argument: str, value: Any) -> PasteError:
    """The error for a value that has no counterpart in cnnviz."""
    shown = value.text if isinstance(value, Opaque) else str(value)
    return PasteError(Remark("bad_value", call.line, {"name": call.name, "argument": argument, "value": shown}))


def _special(read: ReadChain, call: Call, parameters: dict[str, Any]) -> None:
    """Convert defaults and arguments that have another form in torch."""
    match call.name.removeprefix("Lazy"):
        case "Conv2d" if parameters.get("padding") == "valid":
            parameters["padding"] = 0
        case "Softmax" if read.shape is not None:
            # the axis of the channels is -3 for maps and -1 for flat values
            elsewhere = -1 if len(read.shape) == 3 else -3
            if call.arguments.get("dim") == elsewhere:
                raise _refused(call, "dim", elsewhere)
        case "Flatten":
            # it must reach from the axis of the channels, 1 or -axes, to the last axis, -1 or axes
            axes = 3 if read.shape is None else len(read.shape)
            for argument, allowed in (("start_dim", (1, -axes)), ("end_dim", (-1, axes))):
                if (value := parameters.pop(argument)) not in allowed:
                    raise _refused(call, argument, value)
        case "MaxPool2d" | "AvgPool2d" if parameters["stride"] is None:
            parameters["stride"] = parameters["kernel_size"]
        case "PReLU":
            slopes = parameters["per_channel"]
            if slopes != 1:
                read.expect(call, "num_parameters")
            # with a single channel num_parameters=1 can mean both; if it is given it means one slope for each channel
            single = "num_parameters" in call.arguments and read.shape is not None and read.shape[0] == 1
            parameters["per_channel"] = slopes != 1 or single
        case "LayerNorm":
            shape = parameters.pop("normalized_shape")
            shape = (shape,) if isinstance(shape, int) else shape
            if read.shape is not None and shape != read.shape:
                values = {"name": call.name, "argument": "normalized_shape", "value": shape, "actual": read.shape}
                raise PasteError(Remark("wrong_size", call.line, values))
        case "Upsample":
            scale = parameters["scale_factor"]
            if scale is None:
                raise PasteError(Remark("missing_argument", call.line, {"name": call.name, "argument": "scale_factor"}))
            parts = scale if isinstance(scale, tuple) else (scale,)
            if all(isinstance(part, float) and part.is_integer() for part in parts):
                factors = tuple(int(part) for part in parts)
                parameters["scale_factor"] = factors if len(factors) > 1 else factors[0]
        case "Unflatten":
            shape = parameters["shape"]
            if isinstance(shape, tuple) and -1 in shape and read.shape is not None and shape.count(-1) == 1:
                rest = -prod(shape)
                parameters["shape"] = tuple(prod(read.shape) // rest if part == -1 and rest else part for part in shape)


def _normalize(read: ReadChain, call: Call, given: str | None) -> None:
    if read.layers:
        raise PasteError(Remark("unknown_layer", call.line, {"name": "Normalize"}))
    for argument in ("mean", "std"):
        if argument not in call.arguments:
            raise PasteError(Remark("missing_argument", call.line, {"name": call.name, "argument": argument}))
    set_normalization(read, call, call.arguments["mean"], call.arguments["std"])
    read.input_name = given


def set_normalization(read: ReadChain, call: Call, mean: Any, std: Any) -> None:
    """Set mean and standard deviation of the Input; raises PasteError for anything but numbers."""
    parts = []
    for value in (mean, std):
        values = value if isinstance(value, tuple) else (value,)
        if not values or any(isinstance(number, bool) or not isinstance(number, int | float) for number in values):
            shown = value.text if isinstance(value, Opaque) else str(value)
            raise PasteError(Remark("unknown_value", call.line, {"value": shown}))
        parts.append(tuple(float(number) for number in values))
    read.mean, read.std = parts
