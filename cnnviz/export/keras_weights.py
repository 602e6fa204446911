"""The weights of a network for the Keras source of the same network: names, order and axes as Keras has them.

PyTorch's kernels are (O, I, kH, kW), Keras' (kH, kW, I, O); a Dense behind a Flatten reads channel by channel in
PyTorch, position by position in Keras (see :mod:`cnnviz.code.write.keras`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.code.write.keras import keeps_order
from cnnviz.code.write.keras_windows import is_depthwise
from cnnviz.network.vectors import maps_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import Report
    from cnnviz.network.shape import Shape

Arrays = dict[str, "NDArray[np.float32]"]
"""Weights of a layer, by their names in PyTorch or in Keras."""


def keras_weights(network: Network, report: Report, tensors: Mapping[str, NDArray[np.generic]]) -> Arrays:
    """All weights, float32, by layer and name in Keras: ``conv1/kernel`` is (kH, kW, I, O).

    Those of a layer are in the order of its ``set_weights``.
    ``tensors`` are named and shaped as in the torch module, see :class:`~cnnviz.export.subject.Subject`.
    """
    arrays: Arrays = {}
    for name in report.used:
        prefix = f"{name}."
        # Keras counts no batches
        own = {
            key.removeprefix(prefix): each.astype(np.float32, copy=False)
            for key, each in tensors.items()
            if key.startswith(prefix) and not key.endswith(".num_batches_tracked")
        }
        if not own:
            continue
        layer, shape = network[name], report.nodes[name].inputs[0]
        assert shape is not None
        if layer.kind == "Dense":
            own["weight"] = _by_position(network, report, name, own["weight"])
        for key, array in CONVERTED[layer.kind](layer, shape, own).items():
            arrays[f"{name}/{key}"] = np.ascontiguousarray(array, np.float32)
    return arrays


def _by_position(network: Network, report: Report, name: str, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weight (O, C * H * W) of a Dense, as (O, H * W * C) if its input is flattened position by position."""
    (flatten,) = network.inputs[name]
    while network[flatten].elementwise and len(network.inputs[flatten]) == 1:
        (flatten,) = network.inputs[flatten]
    flattened = maps_before(network, report, flatten)
    if flattened is None or keeps_order(network, report, flatten):
        return weight
    _, shape = flattened  # (C, H, W)
    return weight.reshape(len(weight), *shape).transpose(0, 2, 3, 1).reshape(len(weight), -1)


def _with_kernel(axes: tuple[int, ...]) -> Callable[[Any, Shape, Arrays], Arrays]:
    def converted(_: Layer, __: Shape, own: Arrays) -> Arrays:
        bias = {"bias": own["bias"]} if "bias" in own else {}
        return {"kernel": own["weight"].transpose(axes), **bias}

    return converted


def _convolution(layer: Any, shape: Shape, own: Arrays) -> Arrays:
    """``kernel`` (kH, kW, I, O); of a DepthwiseConv2D (kH, kW, C, O / C)."""
    if not is_depthwise(layer, shape):
        return _with_kernel((2, 3, 1, 0))(layer, shape, own)
    by_group = own["weight"].reshape(layer.groups, -1, *layer.kernel_size)  # (C, O / C, kH, kW)
    return _with_kernel((2, 3, 0, 1))(layer, shape, {**own, "weight": by_group})


def _normalization(_: Layer, __: Shape, own: Arrays) -> Arrays:
    """``gamma`` and ``beta``, of a LayerNorm over maps as (H, W, C), and the statistics of a batch normalization."""
    named = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    arrays = {name: own[key] for key, name in named.items() if key in own}
    return {key: array.transpose(1, 2, 0) if array.ndim == 3 else array for key, array in arrays.items()}


def _prelu(_: Layer, shape: Shape, own: Arrays) -> Arrays:
    return {"alpha": own["weight"].reshape((1, 1, -1) if len(shape) == 3 else (-1,))}


def _attention(layer: Any, shape: Shape, own: Arrays) -> Arrays:
    """Kernels (C, heads, C / heads) of query, key and value, and (heads, C / heads, C) of the layer after them."""
    heads, channels = layer.num_heads, shape[0]
    arrays: Arrays = {}
    for part, name in enumerate(("query", "key", "value")):
        rows = slice(part * channels, (part + 1) * channels)
        arrays[f"{name}/kernel"] = own["in_proj_weight"][rows].T.reshape(channels, heads, -1)
        if "in_proj_bias" in own:
            arrays[f"{name}/bias"] = own["in_proj_bias"][rows].reshape(heads, -1)
    arrays["attention_output/kernel"] = own["out_proj.weight"].T.reshape(heads, -1, channels)
    if "out_proj.bias" in own:
        arrays["attention_output/bias"] = own["out_proj.bias"]
    return arrays


CONVERTED: Mapping[str, Callable[[Any, Shape, Arrays], Arrays]] = MappingProxyType(
    {
        "Conv2d": _convolution,
        # (I, O, kH, kW) in PyTorch, (kH, kW, O, I) in Keras
        "ConvTranspose2d": _with_kernel((2, 3, 1, 0)),
        "Dense": _with_kernel((1, 0)),
        "BatchNorm1d": _normalization,
        "BatchNorm2d": _normalization,
        "LayerNorm": _normalization,
        "LayerNorm2d": _normalization,
        # a depthwise convolution of 1x1 in Keras
        "LayerScale": lambda _, __, own: {"kernel": own["weight"].reshape(1, 1, -1, 1)},
        "GroupNorm": _normalization,
        "InstanceNorm2d": _normalization,
        "PReLU": _prelu,
        "MultiheadSelfAttention": _attention,
    }
)
"""For each layer kind with parameters that Keras has too, its weights as Keras has them.

The function is given the layer, the shape of its input and the weights by their names in PyTorch.
"""
