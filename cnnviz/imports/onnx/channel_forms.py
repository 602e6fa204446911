"""Layers that act on the channels and have no ONNX operator of their own, as patterns of other operators.

A function returns None where the constants of a match are not those of its layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.imports.onnx.elements import epsilon, keeps_batch, reshaped_size
from cnnviz.imports.onnx.made import Made
from cnnviz.imports.onnx.patterns import Constant, Tree, Variable, X, op
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz.imports.onnx.made import Asked

Form = tuple[Tree, "Callable[[Asked], Made | None]"]
"""A pattern, and the function that makes its layer."""
C, V = Constant, Variable


def channel_norms() -> Iterator[Form]:
    """A normalization over the channels, and a factor for each channel."""
    channels_last = op("Transpose", X, label="channels last")
    normal = op("LayerNormalization", channels_last, C("scale"), C("shift"), label="normal")
    yield op("Transpose", normal, label="channels first"), _channel_norm
    yield op("Mul", X, C("factor")), _layer_scale


def _channel_norm(asked: Asked) -> Made | None:
    channels, _, _ = asked.maps()
    scale, shift = asked.weights("scale"), asked.weights("shift")
    if asked.attribute("perm", label="channels last") != (0, 2, 3, 1):
        return None
    if asked.attribute("perm", label="channels first") != (0, 3, 1, 2):
        return None
    if asked.attribute("axis", -1, "normal") not in (-1, 3):
        return None
    if scale.size != channels or shift.size != channels:
        return None
    return Made(layers.LayerNorm2d(epsilon(asked, "normal")), {"weight": scale, "bias": shift})


def _layer_scale(asked: Asked) -> Made | None:
    """A factor for each map, (C, 1, 1)."""
    factor = asked.maybe_held("factor")
    if len(asked.shape) != 3 or factor is None or factor.ndim < 3 or factor.shape[-3] != factor.size:
        return None
    return Made(layers.LayerScale(), {"weight": asked.weights("factor")}) if factor.size == asked.shape[0] else None


def shuffles() -> Iterator[Form]:
    """A channel shuffle."""
    turned = op("Transpose", op("Reshape", X, V("split")), label="turned")
    yield op("Reshape", turned, V("back")), _shuffle


def _shuffle(asked: Asked) -> Made | None:
    channels, height, width = asked.maps()
    split = asked.sizes("split")
    if split is None or len(split) != 5 or not split[1] or split[1] < 1 or channels % split[1]:
        return None
    groups = split[1]
    if not keeps_batch(asked, split[0], filled=False) or split[2:] != (channels // groups, height, width):
        return None
    if asked.attribute("perm", label="turned") != (0, 2, 1, 3, 4) or reshaped_size(asked, "back") != asked.shape:
        return None
    return Made(layers.ChannelShuffle(groups))
