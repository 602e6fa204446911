"""Layers of Keras that change the form of what they are given, and the order in which its values stand."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from cnnviz.code.read.chain import Order
    from cnnviz.code.read.keras_arguments import KerasArguments
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape


def cropping(one: KerasArguments) -> None:
    """Cropping2D: the padding of the transposed convolution before it, as the generated source has it."""
    crop = one.take("cropping", 0)
    last = one.read.layers[-1] if one.read.layers else None
    if last is None or last[1].kind != "ConvTranspose2d" or one.name != f"{last[0]}.crop":
        raise PasteError(Remark("unknown_layer", one.call.line, {"name": one.call.name}))
    one.finish()
    changed: Any = last[1]
    layer: Layer = replace(changed, padding=crop)
    one.read.replace_last(layer, one.call.line)


def zero_padding(one: KerasArguments) -> None:
    """ZeroPadding2D."""
    value = one.take("padding", 1)
    pairs = value if isinstance(value, tuple) else (value, value)
    sides = [side if isinstance(side, tuple) else (side, side) for side in pairs]
    if len(sides) != 2 or any(len(side) != 2 for side in sides):
        raise one.refuse("padding", value)
    (top, bottom), (left, right) = sides
    one.add("ZeroPad2d", padding=(left, right, top, bottom))


def flatten(one: KerasArguments) -> None:
    """Flatten, which writes channels last, whichever axis they are before."""
    moved = one.data_format() == "channels_first"
    # whichever it is, the values are the same
    one.left["data_format"] = one.formats.maps
    shape, order = one.shape, one.read.order
    one.add("Flatten")
    if shape is None or len(shape) == 1:
        return
    if moved:
        # Keras puts the axis after the batch last
        order = "keras" if order == "torch" else "other"
    one.read.order = "torch" if prod(shape[1:]) == 1 or (shape[0] == 1 and order != "other") else order


def dense(one: KerasArguments) -> None:
    """Dense, whose outputs may stand in any order."""
    one.add("Dense", out_features=one.need("units"), bias=one.take("use_bias", True))
    one.read.order = "free"


def permute(one: KerasArguments) -> None:
    """Permute, where it brings the channels to the front or back."""
    dims = one.need("dims")
    one.finish()
    maps = one.shape is not None and len(one.shape) == 3 and not one.formats.channels_first
    if maps and dims == (3, 1, 2) and one.read.order == "keras":
        one.read.order = "torch"
    elif maps and dims == (2, 3, 1) and one.read.order == "torch":
        one.read.order = "keras"
    else:
        raise PasteError(Remark("unknown_layer", one.call.line, {"name": one.call.name}))


def reshape(one: KerasArguments) -> None:
    """Reshape, where the values stand in an order that leads to the same here."""
    target = one.need("target_shape")
    if not isinstance(target, tuple) or len(target) != 3:
        raise one.refuse("target_shape", target)
    permuted = one.following == (2, 3, 1)
    order: Order = "torch" if one.formats.channels_first or permuted else "keras"
    shape = target if order == "torch" else (target[2], *target[:2])
    before = one.shape
    if not one.read.layers and one.name is None and shape == before and not permuted:
        # (28, 28) images become (28, 28, 1) ones, which they are here
        one.finish()
        return
    one.add("Reshape", shape=shape)
    if one.shape is not None and before is not None and one.read.order != "free":
        alike_before = one.read.order == "torch" or (len(before) == 3 and _one_order(before))
        alike_after = order == "torch" or _one_order(one.shape)
        unmoved = one.read.order == order == "keras" and one.shape == before
        if not unmoved and not (alike_before and alike_after):
            raise PasteError(Remark("order", one.call.line, {"name": one.call.name}))
    one.read.order = order


def _one_order(maps: Shape) -> bool:
    """Whether the values of maps follow each other alike with the channels first and with the channels last."""
    return maps[0] == 1 or prod(maps[1:]) == 1


def upsample(one: KerasArguments) -> None:
    """UpSampling2D."""
    one.add("Upsample", scale_factor=one.take("size", 2), mode=one.word("interpolation", "nearest"))
