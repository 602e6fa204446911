"""Reads the size of the images in Keras source, and how they are scaled before the first layer."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from math import isqrt, prod
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Names, NotAConstant, Opaque, bound, written
from cnnviz.code.read.torch_layers import set_normalization

if TYPE_CHECKING:
    from cnnviz.code.read.keras_arguments import KerasArguments
    from cnnviz.code.read.keras_format import Formats
    from cnnviz.network.shape import Shape


ROUNDING = 1e-6
"""How much a scale may differ from 1 / 255, as a share of it: it may be written with few digits."""
ROOT_DIGITS = 12
"""Digits of a standard deviation that is the root of a variance: 0.3081 ** 2 has 0.3081 as its root."""


@dataclass(frozen=True)
class ImageSize:
    """What an Input or the first layer says of the images.

    ``shape`` is (C, H, W), or (N,) for flat values; None if it is not known. ``text`` is what is written there.
    ``channels`` is the number of channels of an unknown size, if it can be told.
    """

    shape: Shape | None
    name: str | None
    line: int
    text: str = ""
    channels: int | None = None


def rescaling(arguments: KerasArguments) -> None:
    """Read a Rescaling, which becomes a part of the Input, or nothing if the Input does the same."""
    if arguments.read.layers:
        raise PasteError(Remark("unknown_layer", arguments.call.line, {"name": arguments.call.name}))
    scale, offset = arguments.need("scale"), arguments.take("offset", 0)
    arguments.finish()
    # from [0, 255] to [0, 1] or [-1, 1]; here images are in [0, 1] already
    for denominator, shift, mean, std in ((255, 0, 0.0, 1.0), (127.5, -1, 0.5, 0.5)):
        if isinstance(scale, float) and abs(scale * denominator - 1) < ROUNDING and offset == shift:
            set_normalization(arguments.read, arguments.call, mean, std)
            arguments.read.note("rescaled", arguments.call.line)
            return
    raise arguments.refuse("scale", scale)


def normalization(arguments: KerasArguments) -> None:
    """Read a Normalization, which becomes a part of the Input."""
    if arguments.read.layers:
        raise PasteError(Remark("unknown_layer", arguments.call.line, {"name": arguments.call.name}))
    mean, variance = arguments.need("mean"), arguments.need("variance")
    arguments.require("invert", False)
    axis = arguments.take("axis", -1)
    if axis not in arguments.formats.channel_axes and (isinstance(mean, tuple) or isinstance(variance, tuple)):
        raise arguments.refuse("axis", axis)
    arguments.finish()
    roots = _roots(arguments)
    values = variance if isinstance(variance, tuple) else (variance,)
    if roots is None:
        if any(isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 for value in values):
            raise arguments.refuse("variance", variance)
        roots = tuple(round(float(value) ** 0.5, ROOT_DIGITS) for value in values)
    set_normalization(arguments.read, arguments.call, mean, roots)
    arguments.read.input_name = arguments.name


def _roots(arguments: KerasArguments) -> tuple[float, ...] | None:
    """The standard deviations if the variance is written as ``0.5 ** 2``, which is exact; else None."""
    node = arguments.call.nodes.get("variance")
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


def image_of(node: ast.Call, name: str, names: Names, formats: Formats) -> ImageSize:
    """The size in an Input or in the first layer; raises PasteError."""
    is_input = name in ("Input", "InputLayer")
    # the positional arguments of another layer are its own, such as filters
    stated = node if is_input else ast.Call(node.func, [], node.keywords, lineno=node.lineno)
    call = bound(stated, name, ("shape", "batch_size"), names)
    given = call.arguments.get("name")
    label = given if isinstance(given, str) else None
    for argument in ("batch_shape", "batch_input_shape", *(("shape",) if is_input else ()), "input_shape", "input_dim"):
        shape = call.arguments.get(argument)
        if shape is None:
            continue
        if isinstance(shape, Opaque):
            return ImageSize(None, label, call.line, shape.text, _channels(call.nodes[argument], names, formats))
        if argument == "input_dim":
            shape = (shape,)
        elif argument.startswith("batch"):
            shape = shape[1:] if isinstance(shape, tuple) else shape
        return ImageSize(images(shape, call.line, name, formats), label, call.line, written(call.nodes[argument]))
    return ImageSize(None, label, call.line)


def _channels(node: ast.expr, names: Names, formats: Formats) -> int | None:
    """The number of channels in a size that is not known as a whole, such as ``(rows, columns, 3)``."""
    node = names.resolve(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        node = node.left if formats.channels_first else node.right
    if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
        return None
    try:
        count = names.constant(node.elts[0 if formats.channels_first else -1])
    except NotAConstant:
        return None
    return count if type(count) is int and count > 0 else None


def images(shape: Any, line: int, name: str, formats: Formats) -> Shape:
    """The image shape (C, H, W), or (N,) for flat values, of a ``shape`` in Keras' order; raises PasteError."""
    if isinstance(shape, int):
        shape = (shape,)
    whole_numbers = isinstance(shape, tuple) and all(type(size) is int and size > 0 for size in shape)
    if not whole_numbers or len(shape) not in (1, 2, 3):
        raise PasteError(Remark("bad_value", line, {"name": name, "argument": "shape", "value": str(shape)}))
    if len(shape) == 2:
        return (1, *shape)
    return tuple(shape) if len(shape) == 1 or formats.channels_first else (shape[2], *shape[:2])


def laid_out(count: int, image: Shape) -> Shape | None:
    """The shape (C, H, W) of images that are ``count`` values each: ``image`` if it fits, else square ones, grey or in
    colour; None if there are none."""
    if prod(image) == count:
        return image
    for channels in (1, 3):
        side = isqrt(count // channels)
        if channels * side * side == count:
            return channels, side, side
    return None
