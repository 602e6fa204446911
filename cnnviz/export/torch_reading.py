"""What each class of ``torch.nn`` is here."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any

from cnnviz.export.reading import Call, Names, Opaque, bound
from cnnviz.export.reading_chain import ReadChain
from cnnviz.export.remarks import PasteError, Remark


@dataclass(frozen=True)
class Spelling:
    """How one class of torch becomes a kind.

    ``signature`` are torch's arguments in their order, of which the first ``required`` have to be there; ``renamed``
    are those that the kind calls otherwise. ``size`` repeats what comes in and is checked; an argument of ``fixed`` has
    no counterpart and must have that value, one of ``ignored`` says nothing of the network.
    """

    kind: str
    signature: tuple[str, ...] = ()
    required: int = 0
    size: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ("inplace", "device", "dtype")


_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_ZEROS = {"padding_mode": ("zeros",)}
_NORM = ("num_features", "eps", "momentum", "affine", "track_running_stats")

CLASSES: Mapping[str, Spelling] = MappingProxyType(
    {
        "Conv2d": Spelling(
            "Conv2d", (*_CONV, "dilation", "groups", "bias", "padding_mode"), 3, "in_channels", fixed=_ZEROS
        ),
        "ConvTranspose2d": Spelling(
            "ConvTranspose2d",
            (*_CONV, "output_padding", "groups", "bias", "dilation", "padding_mode"),
            3,
            "in_channels",
            fixed=_ZEROS,
        ),
        "MaxPool2d": Spelling(
            "MaxPool2d",
            ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"),
            1,
            fixed={"dilation": (1, (1, 1)), "return_indices": (False,)},
        ),
        "AvgPool2d": Spelling(
            "AvgPool2d",
            ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
            1,
            fixed={"count_include_pad": (True,), "divisor_override": (None,)},
        ),
        "AdaptiveAvgPool2d": Spelling("AdaptiveAvgPool2d", ("output_size",), 1),
        "AdaptiveMaxPool2d": Spelling(
            "AdaptiveMaxPool2d", ("output_size", "return_indices"), 1, fixed={"return_indices": (False,)}
        ),
        "Linear": Spelling("Dense", ("in_features", "out_features", "bias"), 2, "in_features"),
        "Flatten": Spelling("Flatten", ("start_dim", "end_dim"), fixed={"start_dim": (1,), "end_dim": (-1,)}),
        "Unflatten": Spelling(
            "Reshape", ("dim", "unflattened_size"), 2, renamed={"unflattened_size": "shape"}, fixed={"dim": (1,)}
        ),
        "ReLU": Spelling("ReLU", ("inplace",)),
        "LeakyReLU": Spelling("LeakyReLU", ("negative_slope", "inplace")),
        "PReLU": Spelling(
            "PReLU", ("num_parameters", "init"), renamed={"num_parameters": "per_channel"}, fixed={"init": (0.25,)}
        ),
        "ELU": Spelling("ELU", ("alpha", "inplace")),
        "GELU": Spelling("GELU", ("approximate",)),
        "SiLU": Spelling("SiLU", ("inplace",)),
        "Hardswish": Spelling("Hardswish", ("inplace",)),
        "Sigmoid": Spelling("Sigmoid"),
        "Tanh": Spelling("Tanh"),
        "Softplus": Spelling("Softplus", ("beta", "threshold")),
        "Softmax": Spelling("Softmax", ("dim",), fixed={"dim": (1, -1, -3, None)}),
        "Dropout": Spelling("Dropout", ("p", "inplace")),
        "Dropout2d": Spelling("Dropout2d", ("p", "inplace")),
        "BatchNorm2d": Spelling("BatchNorm2d", _NORM, 1, "num_features", fixed={"track_running_stats": (True,)}),
        "InstanceNorm2d": Spelling(
            "InstanceNorm2d",
            _NORM,
            1,
            "num_features",
            fixed={"track_running_stats": (False,)},
            ignored=("momentum", "device", "dtype"),
        ),
        "GroupNorm": Spelling("GroupNorm", ("num_groups", "num_channels", "eps", "affine"), 2, "num_channels"),
        "LayerNorm": Spelling(
            "LayerNorm",
            ("normalized_shape", "eps", "elementwise_affine", "bias"),
            1,
            renamed={"elementwise_affine": "affine"},
            fixed={"bias": (True,)},
        ),
        "LocalResponseNorm": Spelling("LocalResponseNorm", ("size", "alpha", "beta", "k"), 1),
        "Upsample": Spelling(
            "Upsample",
            ("size", "scale_factor", "mode", "align_corners"),
            fixed={"size": (None,), "align_corners": (None, False)},
        ),
        "ZeroPad2d": Spelling("ZeroPad2d", ("padding",), 1),
        "SelfAttention": Spelling(
            "MultiheadSelfAttention",
            ("embed_dim", "num_heads", "dropout", "bias"),
            2,
            "embed_dim",
            fixed={"dropout": (0, 0.0), "batch_first": (True,)},
        ),
    }
)
"""Class of torch -> kind. ``SelfAttention`` is the class that :mod:`cnnviz.export.pytorch` writes."""

TOGETHER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("AdaptiveAvgPool2d", "Flatten"): "GlobalAvgPool2d",
        ("AdaptiveMaxPool2d", "Flatten"): "GlobalMaxPool2d",
        ("Flatten", "Unflatten"): "Reshape",
    }
)
"""Two classes in a Sequential of their own -> the one kind that they are."""


def add_torch_layer(read: ReadChain, node: ast.Call, name: str, names: Names, given: str | None) -> None:
    """Add the layer that a call of the class ``name`` makes; raises PasteError."""
    if name == "Identity":
        return
    if name == "Normalize":
        _normalize(read, bound(node, name, ("mean", "std"), names), given)
        return
    if (spelling := CLASSES.get(name)) is None:
        raise PasteError(Remark("unknown_layer", node.lineno, {"name": name}))
    call = bound(node, name, spelling.signature, names)
    for argument in spelling.signature[: spelling.required]:
        if argument not in call.arguments:
            raise PasteError(Remark("missing_argument", call.line, {"name": name, "argument": argument}))
    read.add(spelling.kind, call, _parameters(read, call, spelling), given)


def _parameters(read: ReadChain, call: Call, spelling: Spelling) -> dict[str, Any]:
    known = {*spelling.signature, *spelling.fixed}
    parameters = {}
    if spelling.size:
        read.expect(call, spelling.size)
    for argument, value in call.arguments.items():
        if argument in spelling.fixed and value not in spelling.fixed[argument]:
            shown = value.text if isinstance(value, Opaque) else value
            raise PasteError(
                Remark("bad_value", call.line, {"name": call.name, "argument": argument, "value": str(shown)})
            )
        if argument in (spelling.size, *spelling.fixed, *spelling.ignored):
            continue
        if argument not in known:
            raise PasteError(Remark("unknown_argument", call.line, {"name": call.name, "argument": argument}))
        parameters[spelling.renamed.get(argument, argument)] = value
    _special(read, call, parameters)
    return parameters


def _special(read: ReadChain, call: Call, parameters: dict[str, Any]) -> None:
    """Defaults and arguments that torch has in another form."""
    match call.name:
        case "Conv2d" if parameters.get("padding") == "valid":
            parameters["padding"] = 0
        case "Softmax" if read.shape is not None:
            # the last axis is that of the columns unless there is only one; the third but last is that of the channels
            elsewhere = -1 if len(read.shape) == 3 else -3
            if call.arguments.get("dim") == elsewhere:
                raise PasteError(
                    Remark("bad_value", call.line, {"name": call.name, "argument": "dim", "value": str(elsewhere)})
                )
        case "MaxPool2d" | "AvgPool2d" if parameters.get("stride") is None:
            parameters["stride"] = parameters["kernel_size"]
        case "PReLU":
            slopes = parameters.get("per_channel", 1)
            if slopes != 1:
                read.expect(call, "num_parameters")
            # with a single channel, a slope for each is one that is counted
            single = "per_channel" in parameters and read.shape is not None and read.shape[0] == 1
            parameters["per_channel"] = slopes != 1 or single
        case "LayerNorm":
            shape = parameters.pop("normalized_shape")
            shape = (shape,) if isinstance(shape, int) else shape
            if read.shape is not None and shape != read.shape:
                values = {"name": call.name, "argument": "normalized_shape", "value": shape, "actual": read.shape}
                raise PasteError(Remark("wrong_size", call.line, values))
        case "Upsample":
            scale = parameters.get("scale_factor")
            parts = scale if isinstance(scale, tuple) else (scale,)
            if all(isinstance(part, float) and part.is_integer() for part in parts):
                whole = tuple(int(part) for part in parts)
                parameters["scale_factor"] = whole if len(whole) > 1 else whole[0]
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
    """The Input normalizes by these; raises PasteError for what is no list of numbers."""
    made = []
    for value in (mean, std):
        values = value if isinstance(value, tuple) else (value,)
        if not values or any(isinstance(one, bool) or not isinstance(one, int | float) for one in values):
            shown = value.text if isinstance(value, Opaque) else str(value)
            raise PasteError(Remark("unknown_value", call.line, {"value": shown}))
        made.append(tuple(float(one) for one in values))
    read.mean, read.std = made
