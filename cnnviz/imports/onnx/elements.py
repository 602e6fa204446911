"""Activations, normalizations, merges and layers that move values from ONNX operators."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.imports.onnx.made import Made
from cnnviz.network import layers
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.made import Asked
    from cnnviz.network.layers import Layer


ROUNDING = 1e-4
"""The largest difference of a constant that an exporter has rounded."""
ENDLESS = 3e38
"""A limit beyond this is none: exporters write the largest float32 where there is no limit."""


def plain(make: Callable[[], Layer]) -> Callable[[Asked], Made]:
    """An operator that is a layer without parameters."""

    def read(asked: Asked) -> Made:
        asked.x  # noqa: B018 - raises if the input is a constant
        return Made(make())

    return read


def softmax(asked: Asked) -> Made:
    """Softmax over the channels."""
    axis = asked.attribute("axis", -1)
    if axis % (len(asked.shape) + 1) != 1:
        raise asked.refused(Sentence("it runs along another axis than that of the channels"))
    return Made(layers.Softmax())


def clip(asked: Asked) -> Made:
    """Clip from 0 to infinity, or from 0 to 6."""
    low, high = (_limit(asked, name, at) for at, name in ((1, "min"), (2, "max")))
    if low == 0 and high is None:
        return Made(layers.ReLU())
    if low == 0 and high == 6:
        return Made(layers.ReLU6())
    raise asked.refused(Sentence("values can only be cut off below 0, or below 0 and above 6"))


def _limit(asked: Asked, name: str, at: int) -> float | None:
    """A limit of a Clip, from its attribute or its input ``at``; None if there is none."""
    if asked.has(at):
        array = asked.held(at)
        # NaN, which is no limit of a layer, for what is not a single number
        value = float(array.reshape(-1)[0]) if array.size == 1 else np.nan
    else:
        value = asked.attribute(name)
    return None if value is None or abs(value) > ENDLESS else float(value)


def prelu(asked: Asked) -> Made:
    """PRelu with one slope, or one for each channel."""
    slope = asked.weights(1)
    # one for each channel must lie along the axis of the channels
    if slope.size not in (1, asked.shape[0]) or max(slope.shape, default=1) != slope.size:
        raise asked.refused(Sentence("its slopes are not one for all or one for each channel"))
    if slope.size > 1 and len(asked.shape) == 3 and (slope.ndim < 3 or slope.shape[-3] != slope.size):
        raise asked.refused(Sentence("its slopes are not one for all or one for each channel"))
    return Made(layers.PReLU(slope.size > 1), {"weight": slope.reshape(-1)})


def batch_norm(asked: Asked) -> Made:
    """BatchNormalization with fixed mean and variance."""
    asked.require("training_mode", 0, default=0)
    kind = layers.BatchNorm1d if len(asked.shape) == 1 else layers.BatchNorm2d
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = {name: asked.weights(at) for at, name in enumerate(names, 1)}
    momentum = min(1.0, max(0.0, round(1 - asked.attribute("momentum", 0.9), 6)))
    return Made(kind(eps=epsilon(asked), momentum=momentum), arrays)


def epsilon(asked: Asked, label: str = "") -> float:
    """The attribute ``epsilon`` as it was written: ONNX has float32."""
    return short(asked.attribute("epsilon", 1e-5, label))


def short(value: float) -> float:
    """The shortest decimal number that is the same float32, such as 0.1 for 0.10000000149."""
    return float(str(np.float32(value)))


def has_torch_slope(asked: Asked, label: str = "") -> bool:
    """Whether a HardSigmoid, or the one with this label in a pattern, is that of torch: clip(x/6 + 1/2, 0, 1)."""
    slope, shift = asked.attribute("alpha", 0.2, label), asked.attribute("beta", 0.5, label)
    return abs(slope - 1 / 6) <= ROUNDING and bool(shift == 0.5)


def layer_norm(asked: Asked) -> Made:
    """LayerNormalization over all axes but the batch."""
    shape = asked.shape
    if asked.attribute("axis", -1) % (len(shape) + 1) != 1:
        raise asked.refused(Sentence("it normalizes a part of the axes"))
    return layer_normed(asked, epsilon(asked), asked.weights(1), asked.weights(2) if asked.has(2) else None)


def layer_normed(asked: Asked, eps: float, scale: NDArray[Any], shift: NDArray[Any] | None) -> Made:
    """LayerNorm with a scale and a shift for each value: float32, of the shape of the input."""
    if scale.size != prod(asked.shape):
        raise asked.refused(Sentence("its scale does not have the shape of its input"))
    return Made(layers.LayerNorm(eps), {"weight": scale, "bias": np.zeros_like(scale) if shift is None else shift})


def instance_norm(asked: Asked) -> Made:
    """InstanceNormalization."""
    asked.maps()
    return Made(
        layers.InstanceNorm2d(epsilon(asked), affine=True), {"weight": asked.weights(1), "bias": asked.weights(2)}
    )


def group_norm(asked: Asked) -> Made:
    """GroupNormalization; until version 20 it has a scale for each group."""
    channels, _, _ = asked.maps()
    groups = asked.attribute("num_groups")
    scale, shift = asked.weights(1), asked.weights(2)
    if not isinstance(groups, int) or not 1 <= groups <= channels or channels % groups:
        raise asked.refused(Sentence("its groups do not divide the channels"))
    if scale.size == groups != channels:
        scale, shift = (np.repeat(array.reshape(-1), channels // groups) for array in (scale, shift))
    return Made(layers.GroupNorm(groups, epsilon(asked)), {"weight": scale, "bias": shift})


def response_norm(asked: Asked) -> Made:
    """LRN of an odd size."""
    asked.maps()
    size = asked.attribute("size", 0)
    if size % 2 == 0:
        raise asked.refused(Sentence("the maps beside each map are counted in another way than here"))
    numbers = (
        short(asked.attribute(name, default)) for name, default in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1))
    )
    return Made(layers.LocalResponseNorm(size, *numbers))


def merged(kind: type[Layer]) -> Callable[[Asked], Made]:
    """Add, Mul or Sum of values that all depend on the images."""

    def read(asked: Asked) -> Made:
        if len(asked.flows) < len(asked.operation.inputs):
            raise asked.refused(Sentence("a constant takes part that belongs to no layer"))
        return Made(kind())

    return read


def concat(asked: Asked) -> Made:
    """Concat along the channels."""
    if len(asked.flows) < len(asked.operation.inputs):
        raise asked.refused(Sentence("a constant takes part that belongs to no layer"))
    if asked.attribute("axis", 0) % (len(asked.flows[0].shape) + 1) != 1:
        raise asked.refused(Sentence("it joins along another axis than that of the channels"))
    return Made(layers.Concat())


def sliced(asked: Asked) -> Made:
    """Slice of a chunk of the channels."""
    channels, rank = asked.shape[0], len(asked.shape) + 1
    steps = asked.sizes(4) if asked.has(4) else (1,)
    places: list[int] = []
    for at, name in ((1, "starts"), (2, "ends"), (3, "axes")):
        values = asked.attribute(name) or asked.sizes(at)
        if values is None or len(values) != 1 or values[0] is None or steps != (1,):
            raise asked.refused(Sentence("it takes other values than a row of channels"))
        places.append(int(values[0]))
    start, stop, axis = places
    if axis % rank != 1:
        raise asked.refused(Sentence("it cuts along another axis than that of the channels"))
    part = range(channels)[start:stop]
    if (chunk := layers.Chunk.of(part, channels)) is None:
        raise asked.refused(Sentence("its part of the channels is none of equal chunks"))
    return Made(chunk)


def dropout(asked: Asked) -> Made:
    """Dropout; Dropout2d if the file says that it was one."""
    ratio = asked.maybe_held(1)
    share = asked.attribute("ratio", 0.5) if ratio is None or ratio.size != 1 else float(ratio.reshape(-1)[0])
    kind = asked.operation.metadata.get("cnnviz.kind")
    dropout = layers.Dropout2d if kind == "Dropout2d" and len(asked.shape) == 3 else layers.Dropout
    return Made(dropout(min(0.99, max(0.0, short(share)))))


def flatten(asked: Asked) -> Made:
    """Flatten of all axes but the batch."""
    if asked.attribute("axis", 1) % (len(asked.shape) + 1) != 1:
        raise asked.refused(Sentence("it keeps other axes than that of the batch"))
    return Made(layers.Flatten())


def reshaped(asked: Asked) -> Made:
    """Reshape or Squeeze to flat vectors or to maps."""
    out = reshaped_size(asked, 1)
    if len(out) == 1:
        return Made(layers.Flatten())
    if len(out) == 3:
        return Made(layers.Reshape((out[0], out[1], out[2])))
    raise asked.refused(Sentence("it makes neither flat vectors nor maps"))


def reshaped_size(asked: Asked, at: int | str) -> tuple[int, ...]:
    """The shape that a Reshape gives each image."""
    sizes = asked.sizes(at)
    if sizes is None or not sizes:
        raise asked.refused(Sentence("its shape is not known without the images"))
    first, *rest = sizes
    keep_zero = asked.attribute("allowzero", 0)
    own = [None, *asked.x.stored]
    image_sizes = []
    for place, size in enumerate(rest, 1):
        image_sizes.append(own[place] if size == 0 and not keep_zero and place < len(own) else size)
    count = prod(asked.shape)
    if (
        None in image_sizes
        or image_sizes.count(-1) > 1
        or not keeps_batch(asked, first, filled=-1 in image_sizes, keep_zero=bool(keep_zero))
    ):
        raise asked.refused(Sentence("it mixes the images of a batch"))
    product = prod(size for size in image_sizes if size is not None and size > 0)
    if -1 in image_sizes:
        if not product or count % product:
            raise asked.refused(Sentence("its shape does not fit"))
        image_sizes[image_sizes.index(-1)] = count // product
    shape = tuple(size for size in image_sizes if size is not None)
    if prod(shape) != count or min(shape, default=0) < 1:
        raise asked.refused(Sentence("it mixes the images of a batch"))
    return shape


def keeps_batch(asked: Asked, first: int | None, *, filled: bool, keep_zero: bool = False) -> bool:
    """Whether ``first``, the first size of a Reshape, is the number of images; ``filled`` if another is left open."""
    if first is None:
        return True
    if first == -1:
        return not filled
    if first == 0:
        return not keep_zero
    # a fixed number: where no size is left open, those of an image say how many images there are
    return not filled or first == asked.batch


def squeezed(asked: Asked) -> Made:
    """Squeeze of height and width of 1."""
    axes = asked.attribute("axes") or (asked.sizes(1) if asked.has(1) else None)
    channels, height, width = asked.maps()
    places = sorted(axis % 4 for axis in axes if axis is not None) if axes is not None else [2, 3]
    if (height, width) != (1, 1) or places != [2, 3] or (axes is None and channels == 1):
        raise asked.refused(Sentence("it removes other axes than height and width of 1"))
    return Made(layers.Flatten())


def pad(asked: Asked) -> Made:
    """Pad with zeros around the maps."""
    asked.maps()
    asked.require("mode", "constant", default="constant")
    value = asked.maybe_held(2)
    if float(asked.attribute("value", 0.0)) or (value is not None and value.any()):
        raise asked.refused(Sentence("it pads with another number than 0"))
    pads = asked.attribute("pads") or asked.sizes(1)
    if pads is None:
        raise asked.refused(Sentence("its padding is not known without the images"))
    numbers = [int(number or 0) for number in pads]
    if asked.has(3):
        axes = asked.sizes(3)
        spread = [0] * 8
        if axes is None or len(numbers) != 2 * len(axes):
            raise asked.refused(Sentence("its padding is not known without the images"))
        for place, axis in enumerate(axes):
            spread[(axis or 0) % 4], spread[4 + (axis or 0) % 4] = numbers[place], numbers[len(axes) + place]
        numbers = spread
    if len(numbers) != 8 or min(numbers) < 0 or any(numbers[at] for at in (0, 1, 4, 5)):
        raise asked.refused(Sentence("it pads or cuts other axes than height and width"))
    return Made(layers.ZeroPad2d((numbers[3], numbers[7], numbers[2], numbers[6])))


def resize(asked: Asked) -> Made:
    """Resize or Upsample by whole factors."""
    shape = asked.maps()
    factors = _factors(asked, shape)
    whole_factors = [round(factor) for factor in factors]
    if whole_factors[:2] != [1, 1] or any(
        abs(factor - whole) > 1e-6 for factor, whole in zip(factors, whole_factors, strict=True)
    ):
        raise asked.refused(Sentence("it does not enlarge maps by whole numbers"))
    mode = asked.attribute("mode", "nearest")
    place = asked.attribute(
        "coordinate_transformation_mode", "half_pixel" if asked.operation.kind == "Resize" else "asymmetric"
    )
    rounded = asked.attribute("nearest_mode", "round_prefer_floor")
    if mode == "nearest":
        exact = (place == "asymmetric" and rounded == "floor") or (
            place in ("half_pixel", "pytorch_half_pixel") and rounded.startswith("round_prefer")
        )
        if exact or asked.operation.kind == "Upsample":
            return Made(layers.Upsample((whole_factors[2], whole_factors[3]), "nearest"))
    if mode in ("linear", "bilinear") and place in ("half_pixel", "pytorch_half_pixel"):
        return Made(layers.Upsample((whole_factors[2], whole_factors[3]), "bilinear"))
    raise asked.refused(Sentence("it interpolates in another way than here"))


def _factors(asked: Asked, shape: tuple[int, int, int]) -> list[float]:
    scales = asked.attribute("scales")
    at = 2 if asked.operation.kind == "Resize" and len(asked.operation.inputs) > 2 else 1
    if scales is None and asked.has(at) and (array := asked.maybe_held(at)) is not None and array.size == 4:
        scales = [float(value) for value in array.reshape(-1)]
    if scales is None and (sizes := asked.sizes(3)) is not None and len(sizes) == 4:
        scales = [1.0, *(float(size or 0) / own for size, own in zip(sizes[1:], shape, strict=True))]
    if scales is None or len(scales) != 4 or not all(np.isfinite(scales)):
        raise asked.refused(Sentence("its factors are not known without the images"))
    return list(scales)
