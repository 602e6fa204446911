"""Layers of torch on maps whose channels a permutation has moved to the last axis, as ConvNeXt has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import Remark
from cnnviz.code.read.torch_layers import CLASSES
from cnnviz.network.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.code.read.follow.torch.tensors import Tensor
    from cnnviz.code.read.syntax import Call

_TO_LAST = (1, 2, 0)
"""The axes of maps (C, H, W) after they became (H, W, C)."""


def has_channels_last(tensor: Tensor) -> bool:
    """Whether a tensor is maps (H, W, C), moved from (C, H, W)."""
    return len(tensor.moves) == 1 and tensor.moves[0].kind == "permute" and tensor.moves[0].to == _TO_LAST


def with_channels_last(tensor: Tensor, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """What a layer computes of maps (C, H, W), as maps (H, W, C)."""
    after = compute(tensor.unmoved())
    if after.shape is None or len(after.shape) != 3:
        return after
    return replace(after, shape=tuple(after.shape[axis] for axis in _TO_LAST), moves=tensor.moves)


def layer_on_last(layer: Call, tensor: Tensor) -> Call | None:
    """The layer on (C, H, W) that is equivalent to ``layer`` on (H, W, C); None if there is none."""
    if tensor.shape is None or not has_channels_last(tensor):
        return None
    arguments = dict(layer.arguments)
    match layer.name:
        case "LayerNorm":
            shape = arguments.pop("normalized_shape", None)
            channels = tensor.shape[-1]
            if shape not in (channels, (channels,)):
                return None
            return replace(layer, name="LayerNorm2d", arguments={"normalized_shape": channels, **arguments})
        case "Linear" | "LazyLinear":
            sizes = {"in_channels": arguments.pop("in_features", tensor.shape[-1])}
            sizes["out_channels"] = arguments.pop("out_features", None)
            tensor.trace.notes.append(Remark("dense_on_maps", layer.line))
            return replace(layer, name="Conv2d", arguments={**sizes, "kernel_size": 1, **arguments})
    spelling = CLASSES.get(layer.name)
    # PReLU has a slope for each index of the second axis, which differs between the two orders
    alike = spelling is not None and KINDS[spelling.kind].elementwise and layer.name != "PReLU"
    return layer if alike else None
