"""``keras.Input``: the size of the images, as far as the source states it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.keras.tensors import KerasTensor, KerasTrace
from cnnviz.code.read.follow.values import Given, Unknown, Value, line_of
from cnnviz.code.read.keras_format import Formats
from cnnviz.code.read.keras_images import images, laid_out
from cnnviz.code.read.keras_start import looks_channels_first
from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.code.read.chain import Order
    from cnnviz.code.read.follow.keras.conventions import Conventions

    Around = Callable[[], tuple[str, ...]]
    """Returns the blocks around the next step."""


def symbolic_input(keras: Conventions, around: Around, given: Given) -> KerasTensor:
    """The images of a new trace; raises PasteError."""
    if given.rest is not None:
        raise PasteError(given.rest.why())
    named = dict(given.named)
    shape: Value = given.positional[0] if given.positional else None
    for argument in ("shape", "input_shape"):
        shape = named.get(argument, shape)
    for argument in ("batch_shape", "batch_input_shape"):
        batch_shape = named.get(argument)
        if isinstance(batch_shape, tuple | list):
            shape = tuple(batch_shape[1:])
        elif batch_shape is not None:
            shape = batch_shape
    name = named.get("name")
    return images_of_shape(keras, around, shape, given, name if isinstance(name, str) else None)


def images_of_shape(
    keras: Conventions, around: Around, shape: Value, given: Given, name: str | None = None
) -> KerasTensor:
    """The images of a new trace, of a ``shape`` in Keras' order, which may be unknown; raises PasteError."""
    line = line_of(given.node)
    trace = KerasTrace(keras.image, input_name=name, around=around, input_line=line)
    order: Order = "torch" if keras.maps == "channels_first" else "keras"
    sides = tuple(shape) if isinstance(shape, list | tuple) else shape
    partial = isinstance(sides, tuple) and any(side is None or isinstance(side, Unknown) for side in sides)
    if sides is None or isinstance(sides, Unknown) or partial:
        keras.assumed = True
        trace.resize(_assumed(keras, sides))
        text = sides.text if isinstance(sides, Unknown) else _written(given, sides)
        code, values = ("size_unknown", {"value": text}) if sides is not None else ("size_assumed", {})
        remark = Remark(code, line if sides is not None else 0, {**values, "size": trace.image})
        trace.note(0, remark)
        return KerasTensor(trace, 0, trace.image, order)
    formats = Formats(keras.default, keras.maps, keras.stated is not None)
    size = images(sides, line, "Input", formats)
    if keras.stated is None and keras.default == "channels_last" and looks_channels_first(size):
        if keras.keras_1:
            keras.stated, keras.default, order = "channels_first", "channels_first", "torch"
            size = images(sides, line, "Input", replace(formats, maps="channels_first"))
        code = "channels_first_assumed" if keras.keras_1 else "channels_last_assumed"
        trace.note(0, Remark(code, line, {"value": str(sides)}))
    if len(size) == 1:
        (count,) = size
        image = laid_out(count, keras.image)
        if image is None:
            raise PasteError(Remark("bad_value", line, {"name": "Input", "argument": "shape", "value": f"({count},)"}))
        trace.resize(image)
        trace.note(0, Remark("flat_images", line, {"count": count, "size": image}))
        return KerasTensor(trace, 0, size, order, image, flat=True)
    trace.resize(size)
    return KerasTensor(trace, 0, size, order)


def _assumed(keras: Conventions, sides: Value) -> tuple[int, ...]:
    """The size that is assumed, with the number of channels in the source, if it can be told."""
    if not isinstance(sides, tuple) or len(sides) != 3:
        return keras.image
    channels = sides[0 if keras.maps == "channels_first" else -1]
    return (channels, *keras.image[1:]) if type(channels) is int and channels > 0 else keras.image


def _written(given: Given, sides: Value) -> str:
    shown = ", ".join(side.text if isinstance(side, Unknown) else str(side) for side in sides or ())
    return f"({shown})"
