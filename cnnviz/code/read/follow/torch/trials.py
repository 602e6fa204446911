"""Batches that a constructor makes, with which it tries layers out to learn their sizes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.calls import fatal
from cnnviz.code.read.follow.torch.tensor_parts import Storage
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.tracing import Trace
from cnnviz.code.read.follow.values import Given, NotKnown, Value
from cnnviz.code.read.remarks import PasteError
from cnnviz.network.layers import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.code.read.follow.machine import Machine

_MAKERS = frozenset({"torch.rand", "torch.randn", "torch.zeros", "torch.ones", "torch.empty"})


def is_constructing(run: Machine) -> bool:
    """Whether an object of the source is just being made."""
    return any(frame.function.name == "__init__" for frame in run.frames)


def batch(run: Machine, path: str, given: Given) -> Tensor | None:
    """A batch of images that a constructor makes; None for anything else."""
    if path not in _MAKERS or run.tracing or not is_constructing(run):
        return None
    sizes = given.positional or [given.named.get("size")]
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = list(sizes[0])
    return batch_of(run, tuple(sizes))


def batch_of(run: Machine, sizes: tuple[Value, ...]) -> Tensor | None:
    """A batch of images of these sizes; None if they are not the sizes of such a batch."""
    if len(sizes) != 4 or not all(type(size) is int and size > 0 for size in sizes):
        return None
    number, channels, height, width = sizes
    try:
        trace = Trace((channels, height, width))
    except ParameterError:
        return None
    run.framework.shown.append(trace.image)
    return Tensor(trace, Storage(0), trace.image, (), number)


def tried(run: Machine, compute: Callable[[], Value]) -> Value:
    """What a computation with tensors returns. Outside of a network that is traced, errors make it not known."""
    if run.tracing:
        return compute()
    run.tracing += 1
    try:
        return compute()
    except PasteError as error:
        if fatal(error):
            raise
        raise NotKnown(error.remarks[0]) from error
    finally:
        run.tracing -= 1


def count(tensor: Tensor) -> int:
    """How many values a batch of known size has; raises NotKnown for another."""
    if tensor.shape is None or tensor.batch is None:
        raise NotKnown
    return tensor.batch * prod(tensor.shape)
