"""Reads Keras layers that change the shape of their input or the order of its values."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from cnnviz.code.read.chain import Order
    from cnnviz.code.read.keras_arguments import KerasArguments
    from cnnviz.network.shape import Shape


def cropping(arguments: KerasArguments) -> None:
    """Read a Cropping2D after a transposed convolution, as in generated source. It becomes the padding."""
    crop = arguments.take("cropping", 0)
    name, layer, _ = arguments.read.layers[-1] if arguments.read.layers else ("", None, None)
    if layer is None or layer.kind != "ConvTranspose2d" or arguments.name != f"{name}.crop":
        raise PasteError(Remark("unknown_layer", arguments.call.line, {"name": arguments.call.name}))
    arguments.finish()
    transposed: Any = layer
    arguments.read.replace_last(replace(transposed, padding=crop), arguments.call.line)


def zero_padding(arguments: KerasArguments) -> None:
    """Read a ZeroPadding2D."""
    value = arguments.take("padding", 1)
    pairs = value if isinstance(value, tuple) else (value, value)
    sides = [side if isinstance(side, tuple) else (side, side) for side in pairs]
    if len(sides) != 2 or any(len(side) != 2 for side in sides):
        raise arguments.refuse("padding", value)
    (top, bottom), (left, right) = sides
    arguments.add("ZeroPad2d", padding=(left, right, top, bottom))


def flatten(arguments: KerasArguments) -> None:
    """Read a Flatten. With ``data_format="channels_first"`` Keras moves the channels to the end before it flattens."""
    moved = arguments.data_format() == "channels_first"
    # finish() compares it with the format of the maps; here any is fine
    arguments.left["data_format"] = arguments.formats.maps
    shape, order = arguments.shape, arguments.read.order
    arguments.add("Flatten")
    if shape is None or len(shape) == 1:
        return
    if moved:
        order = "keras" if order == "torch" else "other"
    # single values and a single map have the same order in both, but moving may have mixed rows and columns
    arguments.read.order = "torch" if prod(shape[1:]) == 1 or (shape[0] == 1 and order != "other") else order


def dense(arguments: KerasArguments) -> None:
    """Read a Dense. Its outputs may have any order. On maps with their channels last it is a 1×1 convolution."""
    if arguments.shape is not None and len(arguments.shape) == 3 and arguments.read.order == "keras":
        arguments.read.note("dense_on_maps", arguments.call.line)
        units, bias = arguments.need("units"), arguments.take("use_bias", True)
        arguments.add("Conv2d", out_channels=units, kernel_size=1, bias=bias)
        return
    arguments.add("Dense", out_features=arguments.need("units"), bias=arguments.take("use_bias", True))
    arguments.read.order = "free"


def permute(arguments: KerasArguments) -> None:
    """Read a Permute that moves the channels to the front or to the back, or is the second of the three layers of a
    channel shuffle; others are refused."""
    dims = arguments.need("dims")
    arguments.finish()
    if arguments.read.order == "grouped" and dims == GROUPS_LAST:
        # the ChannelShuffle was added at the Reshape before, but generated source gives its name to the Permute
        _, layer, before = arguments.read.layers[-1]
        arguments.read.layers[-1] = arguments.name, layer, before
        arguments.read.order = "shuffled"
        return
    maps = arguments.shape is not None and len(arguments.shape) == 3 and not arguments.formats.channels_first
    if maps and dims == (3, 1, 2) and arguments.read.order == "keras":
        arguments.read.order = "torch"
    elif maps and dims == (2, 3, 1) and arguments.read.order == "torch":
        arguments.read.order = "keras"
    else:
        raise PasteError(Remark("unknown_layer", arguments.call.line, {"name": arguments.call.name}))


def reshape(arguments: KerasArguments) -> None:
    """Read a Reshape if the order of its values gives the same maps here; else it is refused."""
    target = arguments.need("target_shape")
    if _shuffle(arguments, target):
        return
    if isinstance(target, tuple) and len(target) == 1 and arguments.shape is not None:
        if target[0] not in (-1, prod(arguments.shape)):
            raise arguments.refuse("target_shape", target)
        flattened = arguments.shape
        if len(flattened) == 1:
            arguments.finish()
            return
        arguments.add("Flatten")
        if _one_order(flattened):
            arguments.read.order = "torch"
        return
    if not isinstance(target, tuple) or len(target) != 3:
        raise arguments.refuse("target_shape", target)
    whole = all(type(side) is int for side in target)
    if arguments.shape is not None and whole and target.count(-1) == 1 and prod(target) != 0:
        left_open = prod(arguments.shape) // prod(side for side in target if side != -1)
        target = tuple(left_open if side == -1 else side for side in target)
    permuted = arguments.following == (2, 3, 1)
    order: Order = "torch" if arguments.formats.channels_first or permuted else "keras"
    shape = target if order == "torch" else (target[2], *target[:2])
    before = arguments.shape
    if not arguments.read.layers and arguments.name is None and shape == before and not permuted:
        # images (28, 28) become (28, 28, 1), which is their shape in cnnviz from the start
        arguments.finish()
        return
    arguments.add("Reshape", shape=shape)
    after = arguments.shape
    if after is not None and before is not None and arguments.read.order != "free":
        alike_before = arguments.read.order == "torch" or (len(before) == 3 and _one_order(before))
        alike_after = order == "torch" or _one_order(after)
        unmoved = arguments.read.order == order == "keras" and after == before
        if not unmoved and not (alike_before and alike_after):
            raise PasteError(Remark("order", arguments.call.line, {"name": arguments.call.name}))
    arguments.read.order = order


GROUPS_LAST = (1, 2, 4, 3)
"""The axes of a Permute that exchanges groups and the channels of a group."""


def _shuffle(arguments: KerasArguments, target: Any) -> bool:
    """Read the first or the last Reshape of a channel shuffle, (H, W, groups, C / groups) or back to (H, W, C); False
    if this one belongs to none."""
    read = arguments.read
    if read.order == "shuffled" and read.shape is not None and target == (*read.shape[1:], read.shape[0]):
        arguments.finish()
        read.order = "keras"
        return True
    maps = read.shape is not None and len(read.shape) == 3 and read.order == "keras"
    if not maps or read.shape is None or arguments.following != GROUPS_LAST:
        return False
    channels, height, width = read.shape
    match target:
        case (int(high), int(wide), int(groups), int(size)) if groups > 0:
            if (high, wide, groups * size) != (height, width, channels):
                return False
            arguments.finish()
            read.add("ChannelShuffle", arguments.call, {"groups": groups})
            read.order = "grouped"
            return True
    return False


def _one_order(maps: Shape) -> bool:
    """Whether maps have the same order of values with channels first and channels last."""
    return maps[0] == 1 or prod(maps[1:]) == 1


def upsample(arguments: KerasArguments) -> None:
    """Read an UpSampling2D."""
    arguments.add("Upsample", scale_factor=arguments.take("size", 2), mode=arguments.word("interpolation", "nearest"))
