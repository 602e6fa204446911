"""Weights of torch modules for Keras layers, converted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from cnnviz.code.write.keras import keeps_order

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report

Arrays = list[NDArray[Any]]


def give_weights(model: Any, network: Network, report: Report, state: dict[str, Tensor]) -> None:
    """Give every layer of a Keras model the weights of the node it is named by."""
    layers = {layer.name: layer for layer in model.layers}
    for name in report.used:
        prefix = f"{name}."
        own = {key.removeprefix(prefix): value.numpy() for key, value in state.items() if key.startswith(prefix)}
        own.pop("num_batches_tracked", None)
        if own:
            arrays = _weights(network, report, name, own)
            # a Dense layer of Keras acts on each pixel, as a convolution of one pixel does
            sizes = [tuple(weight.shape) for weight in layers[name].weights]
            pixel = len(arrays) == len(sizes) and arrays[0].shape == (1, 1, *sizes[0])
            layers[name].set_weights([arrays[0][0, 0], *arrays[1:]] if pixel else arrays)


def _weights(network: Network, report: Report, name: str, own: dict[str, NDArray[Any]]) -> Arrays:
    """The weights in the order and with the axes that Keras has."""
    shape = report.nodes[name].inputs[0]
    assert shape is not None
    rest = [own["bias"]] if "bias" in own else []
    layer: Any = network[name]
    match layer.kind:
        case "Conv2d" if 1 < layer.groups == shape[0] and len(set(layer.stride)) == 1:
            each = own["weight"].reshape(layer.groups, -1, *layer.kernel_size)
            return [each.transpose(2, 3, 0, 1), *rest]
        case "Conv2d":
            return [own["weight"].transpose(2, 3, 1, 0), *rest]
        case "ConvTranspose2d":
            return [own["weight"].transpose(2, 3, 1, 0), *rest]
        case "Dense":
            return [_by_position(network, report, name, own["weight"]).T, *rest]
        case "BatchNorm2d" | "BatchNorm1d":
            scale = [own["weight"], own["bias"]] if layer.affine else []
            return [*scale, own["running_mean"], own["running_var"]]
        case "LayerNorm":
            axes = (1, 2, 0) if len(shape) == 3 else (0,)
            return [own["weight"].transpose(axes), own["bias"].transpose(axes)]
        case "LayerScale":
            return [own["weight"].reshape(1, 1, -1, 1)]
        case "LayerNorm2d" | "GroupNorm" | "InstanceNorm2d":
            return [own["weight"], own["bias"]]
        case "PReLU":
            return [own["weight"].reshape((1, 1, -1) if len(shape) == 3 else (-1,))]
        case "MultiheadSelfAttention":
            return _attention(layer.num_heads, own)
    raise NotImplementedError(layer.kind)


def _by_position(network: Network, report: Report, name: str, weight: NDArray[Any]) -> NDArray[Any]:
    """The weight (out, C * H * W) of a Dense behind a Flatten as (out, H * W * C)."""
    (source,) = network.inputs[name]
    while network[source].elementwise and len(network.inputs[source]) == 1:
        (source,) = network.inputs[source]
    shape = report.nodes[source].inputs[0] if network.inputs[source] else None
    if network[source].kind != "Flatten" or shape is None or len(shape) != 3 or keeps_order(network, report, source):
        return weight
    return weight.reshape(len(weight), *shape).transpose(0, 2, 3, 1).reshape(len(weight), -1)


def _attention(heads: int, own: dict[str, NDArray[Any]]) -> Arrays:
    """Query, key, value: kernel (C, heads, C / heads) and bias (heads, C / heads) each; then what mixes the heads."""
    size = own["in_proj_weight"].shape[1]
    made: Arrays = []
    for part in range(3):
        rows = slice(part * size, (part + 1) * size)
        made.append(own["in_proj_weight"][rows].T.reshape(size, heads, -1))
        if "in_proj_bias" in own:
            made.append(own["in_proj_bias"][rows].reshape(heads, -1))
    made.append(own["out_proj.weight"].T.reshape(heads, -1, size))
    return [*made, own["out_proj.bias"]] if "out_proj.bias" in own else made


def maps_last(images: Tensor) -> NDArray[np.float32]:
    """Images (N, C, H, W) as (N, H, W, C)."""
    last: NDArray[np.float32] = images.permute(0, 2, 3, 1).contiguous().numpy()
    return last
