"""Functions of Keras that set or return the format of maps, and other functions without tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cnnviz.code.read.follow.values import Given, NotKnown, Path, Unknown, Value, line_of
from cnnviz.code.read.keras_format import SETTERS, format_named
from cnnviz.code.read.remarks import Remark

if TYPE_CHECKING:
    from cnnviz.code.read.follow.keras.conventions import Conventions
    from cnnviz.code.read.follow.machine import Machine


class MapFormat(Protocol):
    """What the Keras of a source knows of the format of maps; ``doubt`` says why it does not know it."""

    conventions: Conventions
    doubt: Remark | None


def setting(keras: MapFormat, run: Machine, name: str, given: Given) -> Value:
    """The value of a function without tensors; raises NotKnown."""
    values = list(given.all())
    if name == "obtain_input_shape":
        return _image_size(keras, given)
    if name == "image_data_format":
        return keras.conventions.default
    if name == "image_dim_ordering":
        return "th" if keras.conventions.default == "channels_first" else "tf"
    if name in SETTERS:
        word = format_named(values[0]) if values else None
        if word is None or run.regions:
            code = "sometimes" if run.regions else "unknown_value"
            keras.doubt = Remark(code, line_of(given.node), {"value": Unknown(given.node).text})
            raise NotKnown(keras.doubt)
        keras.conventions.default = word
        return None
    if name == "get" and len(values) == 1 and isinstance(values[0], str):
        return Path(f"keras.activations.{values[0]}")
    raise NotKnown


def _image_size(keras: MapFormat, given: Given) -> Value:
    """The size of the images of a network of ``keras.applications``: the one that is asked for, else the usual one."""
    asked = given.positional[0] if given.positional else given.named.get("input_shape")
    side = given.named.get("default_size")
    if asked is not None or type(side) is not int:
        return asked if asked is not None else Unknown(given.node)
    first = keras.conventions.default == "channels_first"
    return (3, side, side) if first else (side, side, 3)
