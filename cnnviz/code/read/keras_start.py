"""Finds where a chain of Keras layers begins: the size of its images, the format of its maps, and its first layer."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.code.read.chain import ReadChain
from cnnviz.code.read.images import stated
from cnnviz.code.read.keras_format import Formats, formats_of
from cnnviz.code.read.keras_images import ImageSize, image_of, images, laid_out
from cnnviz.code.read.keras_older import OlderKeras
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import bound
from cnnviz.network.layers import Flatten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.code.read.containers import Entry
    from cnnviz.code.read.model import Model
    from cnnviz.network.shape import Shape

CHANNELS = (1, 3)
"""The usual numbers of channels of images."""
MOST_CHANNELS = 4
"""The most channels that images usually have."""


@dataclass(frozen=True)
class KerasStart:
    """``read`` is the chain at its begin, ``image`` the shape (C, H, W) of the images, ``layers`` the layers to read,
    with the names of today."""

    read: ReadChain
    image: Shape
    formats: Formats
    layers: Sequence[Entry]
    older: OlderKeras


def keras_start(model: Model, entries: Sequence[Entry], image: Shape) -> KerasStart:
    """The begin of a chain; ``image`` is the shape of the images if the source states none. Remarks are added to the
    model. Raises PasteError."""
    older = OlderKeras(model.origins, model.names)
    layers = [
        replace(entry, node=older.call(entry.node)) if isinstance(entry.node, ast.Call) else entry for entry in entries
    ]
    size, formats = _size(model, layers, older)
    if layers and model.origins.name(layers[0].node) in ("Input", "InputLayer"):
        layers = layers[1:]
    shape, flat = size.shape, False
    if shape is None:
        shape = image if size.channels is None else (size.channels, *image[1:])
        code, values = ("size_unknown", {"value": size.text}) if size.text else ("size_assumed", {})
        model.notes.append(Remark(code, size.line if size.text else 0, {**values, "size": shape}))
    elif len(shape) == 1:
        reshaped = _reshaped(model, formats, layers)
        layers, flat = (layers[1:], False) if reshaped else (layers, True)
        (count,) = shape
        shape = reshaped or laid_out(count, image)
        if shape is None:
            values = {"name": "Input", "argument": "shape", "value": f"({count},)"}
            raise PasteError(Remark("bad_value", size.line, values))
        if flat:
            model.notes.append(Remark("flat_images", size.line, {"count": count, "size": shape}))
    read = ReadChain(None if model.wrong else shape, input_name=size.name)
    read.order = "torch" if formats.channels_first else "keras"
    if flat:
        read.append(Flatten(), size.line, None)
        read.order = "torch" if shape[0] == 1 else read.order
    return KerasStart(read, shape, formats, layers, older)


def _size(model: Model, layers: Sequence[Entry], older: OlderKeras) -> tuple[ImageSize, Formats]:
    """The size in the Input, in the first layer or in ``build``, and the formats."""
    calls = [layer.node for layer in layers if isinstance(layer.node, ast.Call)]
    formats = formats_of(calls, model.origins, model.names)
    if older.keras_1:
        # in Keras 1 the format of a layer is mostly that of all
        formats = replace(formats, default=formats.maps)
    first = layers[0].node if layers else None
    if not isinstance(first, ast.Call):
        return ImageSize(None, None, 0), formats
    name = model.origins.name(first)
    size = image_of(first, name, model.names, formats)
    if size.shape is None and name not in ("Input", "InputLayer"):
        built = stated(model.changes, model.names, model.keys)
        line = model.sequential.lineno
        if built is not None:
            size = ImageSize(images(built, line, "build", formats), size.name, line, str(built))
    if size.shape is not None and not formats.stated and looks_channels_first(size.shape):
        if older.keras_1:
            formats = formats_of(calls, model.origins, model.names, "channels_first")
            size = image_of(first, name, model.names, formats)
        code = "channels_first_assumed" if older.keras_1 else "channels_last_assumed"
        model.notes.append(Remark(code, size.line, {"value": size.text}))
    return size, formats


def looks_channels_first(shape: Shape) -> bool:
    """Whether a shape (C, H, W), read as channels last, has as many rows as images have channels."""
    return len(shape) == 3 and shape[1] in CHANNELS and min(shape[0], shape[2]) > MOST_CHANNELS


def _reshaped(model: Model, formats: Formats, layers: Sequence[Entry]) -> Shape | None:
    """The shape (C, H, W) that a Reshape as the first layer makes of flat values; None if there is none."""
    first = layers[0].node if layers else None
    if not isinstance(first, ast.Call) or model.origins.name(first) != "Reshape":
        return None
    target = bound(first, "Reshape", ("target_shape",), model.names).arguments.get("target_shape")
    if not isinstance(target, tuple) or len(target) < 2 or not all(type(axis) is int and axis > 0 for axis in target):
        return None
    return images(target, first.lineno, "Reshape", formats)
