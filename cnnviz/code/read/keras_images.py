"""Reads the size of the images in Keras source, and how they are scaled before the first layer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Names, NotAConstant, Opaque, bound
from cnnviz.code.read.torch_layers import set_normalization

if TYPE_CHECKING:
    from cnnviz.code.read.keras_arguments import KerasArguments
    from cnnviz.code.read.keras_format import Formats
    from cnnviz.network.shape import Shape


def rescaling(arguments: KerasArguments) -> None:
    """Read a Rescaling, which becomes a part of the Input, or nothing if the Input does the same."""
    if arguments.read.layers:
        raise PasteError(Remark("unknown_layer", arguments.call.line, {"name": arguments.call.name}))
    scale, offset = arguments.need("scale"), arguments.take("offset", 0)
    arguments.finish()
    for denominator, shift, mean, std in ((255, 0, 0.0, 1.0), (127.5, -1, 0.5, 0.5)):
        if isinstance(scale, float) and abs(scale * denominator - 1) < 1e-6 and offset == shift:
            set_normalization(arguments.read, arguments.call, mean, std)
            arguments.read.note("rescaled", arguments.call.line)
            return
    raise arguments.refuse("scale", scale)


def normalization(arguments: KerasArguments) -> None:
    """Read a Normalization, which becomes a part of the Input."""
    if arguments.read.layers:
        raise PasteError(Remark("unknown_layer", arguments.call.line, {"name": arguments.call.name}))
    mean, variance = arguments.need("mean"), arguments.need("variance")
    arguments.only("invert", False)
    axis = arguments.take("axis", -1)
    if axis not in arguments.formats.channels and (isinstance(mean, tuple) or isinstance(variance, tuple)):
        raise arguments.refuse("axis", axis)
    arguments.finish()
    roots = _roots(arguments)
    values = variance if isinstance(variance, tuple) else (variance,)
    if roots is None:
        if any(isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 for value in values):
            raise arguments.refuse("variance", variance)
        roots = tuple(round(float(value) ** 0.5, 12) for value in values)
    set_normalization(arguments.read, arguments.call, mean, roots)
    arguments.read.input_name = arguments.name


def _roots(arguments: KerasArguments) -> tuple[float, ...] | None:
    """The standard deviations if the variance is written as ``0.5 ** 2``, which is exact; else None."""
    node = arguments.call.nodes["variance"]
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


def image_of(node: ast.Call, name: str, names: Names, formats: Formats) -> tuple[Shape | None, str | None]:
    """The image shape (C, H, W) in an Input or the first layer, and the name of the Input; raises PasteError."""
    stated = node if name in ("Input", "InputLayer") else ast.Call(node.func, [], node.keywords, lineno=node.lineno)
    call = bound(stated, name, ("shape", "batch_size"), names)
    shape = call.arguments.get("input_shape")
    if name in ("Input", "InputLayer"):
        shape = call.arguments.get("shape", shape)
        for argument in ("batch_shape", "batch_input_shape"):
            if isinstance(whole := call.arguments.get(argument), tuple):
                shape = whole[1:]
    given = call.arguments.get("name")
    label = given if isinstance(given, str) else None
    return (None if shape is None else images(shape, call.line, name, formats)), label


def images(shape: Any, line: int, name: str, formats: Formats) -> Shape:
    """The image shape (C, H, W) of a ``shape`` in Keras' order; raises PasteError if it is not valid."""
    if isinstance(shape, Opaque):
        raise PasteError(Remark("unknown_value", line, {"value": shape.text}))
    whole_numbers = isinstance(shape, tuple) and all(type(size) is int and size > 0 for size in shape)
    if not whole_numbers or len(shape) not in (2, 3):
        raise PasteError(Remark("bad_value", line, {"name": name, "argument": "shape", "value": str(shape)}))
    if len(shape) == 2:
        return (1, *shape)
    return tuple(shape) if formats.channels_first else (shape[2], *shape[:2])
