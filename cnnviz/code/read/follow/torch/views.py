"""Methods of tensors that change their shape, and means over the rows and columns of maps, for the table of methods in
:mod:`cnnviz.code.read.follow.torch.functions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.code.read.follow.sizes import sizes_in
from cnnviz.code.read.follow.torch.tensor_parts import Move
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.values import no_counterpart
from cnnviz.network.layers import AdaptiveAvgPool2d, GlobalAvgPool2d

if TYPE_CHECKING:
    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.code.read.follow.values import Given, Value


def view(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``view`` and ``reshape``: the same values in another shape."""
    sizes = sizes_in(given.positional)
    if not sizes or given.named:
        raise no_counterpart(given.node)
    return tensor.viewed(sizes, given.node)


def flatten(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``flatten``: several axes as a single one."""
    values = given.bind(start_dim=0, end_dim=-1)
    return tensor.flattened(values["start_dim"], values["end_dim"], given.node)


def size(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``size``: the sizes of all axes, or of one."""
    dim = given.bind(dim=None)["dim"]
    sizes = tensor.sizes()
    return sizes if dim is None else sizes[tensor.axis(dim, given.node)]


def mean(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``mean`` over the rows and columns of maps."""
    values = given.bind(dim=None, keepdim=False, dtype=None)
    dims = values["dim"]
    if any(move.kind == "permute" for move in tensor.moves):
        tensor = tensor.after(tensor.settled(given.node))
    if tensor.shape is None:
        return tensor
    axes = {tensor.axis(dim, given.node) for dim in (dims if isinstance(dims, tuple | list) else (dims,))}
    maps = tensor.trace.steps[tensor.step].shape
    only_views = maps is not None and len(maps) == 3 and all(move.kind == "view" for move in tensor.moves)
    keep = values["keepdim"]
    if only_views and tensor.shape == maps and axes == {2, 3}:
        layer = AdaptiveAvgPool2d((1, 1)) if keep else GlobalAvgPool2d()
    elif only_views and maps is not None and axes == {2} and not keep and len(tensor.shape) == 2:
        # (C, H * W): the rows and columns were joined before
        if tensor.shape[0] != maps[0]:
            raise no_counterpart(given.node)
        layer = GlobalAvgPool2d()
    elif tensor.shape == maps and len(tensor.shape) == 3 and axes <= {2, 3} and len(axes) == 1 and not keep:
        # the first of two means in a row, over the rows or the columns
        shape = tuple(size for axis, size in enumerate(tensor.shape, 1) if axis not in axes)
        return tensor.moved(Move("mean", tuple(axes), given.node), shape)
    elif [move.kind for move in tensor.moves] == ["mean"] and axes == {2} and not keep:
        # the second of two means
        layer = GlobalAvgPool2d()
    else:
        raise no_counterpart(given.node)
    # the layer reads the maps themselves: it takes the first of two means too
    maps_alone = tensor.after(tensor.step)
    return maps_alone.then(layer, given.node)


def squeeze(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``squeeze``: axes of size 1 left out."""
    dim = given.bind(dim=None)["dim"]
    if tensor.shape is None:
        return tensor
    if dim is None:
        shape = tuple(size for size in tensor.shape if size != 1) or (1,)
    else:
        axes = {tensor.axis(axis, given.node) for axis in (dim if isinstance(dim, tuple | list) else (dim,))}
        if 0 in axes:
            raise no_counterpart(given.node)
        shape = tuple(size for axis, size in enumerate(tensor.shape, 1) if axis not in axes or size != 1)
    if not shape:
        raise no_counterpart(given.node)
    return tensor if shape == tensor.shape else tensor.moved(Move("view", shape, given.node), shape)


def unsqueeze(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``unsqueeze``: another axis of size 1."""
    dim = given.bind("dim")["dim"]
    if tensor.shape is None:
        return tensor
    axes = len(tensor.shape) + 2
    if type(dim) is not int or not -axes <= dim < axes or dim % axes == 0:
        raise no_counterpart(given.node)
    place = dim % axes - 1
    shape = (*tensor.shape[:place], 1, *tensor.shape[place:])
    return tensor.moved(Move("view", shape, given.node), shape)


def transpose(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``transpose``: two axes exchanged."""
    values = given.bind("dim0", "dim1")
    if tensor.shape is None:
        return tensor
    first, second = (tensor.axis(values[name], given.node) for name in ("dim0", "dim1"))
    axes = list(range(len(tensor.shape) + 1))
    axes[first], axes[second] = axes[second], axes[first]
    return tensor.permuted(tuple(axes), given.node)


def permute(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``permute``: the axes in another order."""
    dims = sizes_in(given.positional)
    if tensor.shape is None:
        return tensor
    return tensor.permuted(tuple(tensor.axis(dim, given.node) for dim in dims), given.node)


def same(run: Machine, tensor: Tensor, given: Given) -> Value:
    """Methods that return the same values."""
    return tensor


def expand(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``expand``: the tensor itself, because a sum or a product with a larger tensor repeats its values.

    It may repeat numbers for each map (C, 1, 1), or one map (1, H, W), as Add and Multiply do.
    """
    sizes = sizes_in(given.positional)
    if len(sizes) == 1 and isinstance(sizes[0], Tensor):
        sizes = list(sizes[0].sizes())
    if tensor.shape is None:
        return tensor
    if len(sizes) != len(tensor.shape) + 1:
        raise no_counterpart(given.node)
    # -1 keeps the size of an axis
    pairs = list(zip(sizes[1:], tensor.shape, strict=True))
    repeated = [own == 1 and wanted not in (1, -1) for wanted, own in pairs]
    if any(own not in (1, wanted) and wanted != -1 for wanted, own in pairs):
        raise no_counterpart(given.node)
    if any(repeated) and (len(pairs) != 3 or (repeated[0] and any(repeated[1:]))):
        raise no_counterpart(given.node)
    return tensor


def dim(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``dim``: the number of axes."""
    return len(tensor.sizes())
