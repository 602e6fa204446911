"""Batches that a constructor makes, with which it tries layers out to learn their sizes."""

from __future__ import annotations

from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.calls import fatal
from cnnviz.code.read.follow.sizes import sizes_in
from cnnviz.code.read.follow.torch.tensor_parts import Storage
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.tracing import Trace
from cnnviz.code.read.follow.values import Given, NotKnown, Value
from cnnviz.code.read.remarks import PasteError
from cnnviz.network.layers import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine

FILLS: Mapping[str, float | None] = MappingProxyType(
    {"torch.ones": 1.0, "torch.zeros": 0.0, "torch.randn": None, "torch.rand": None, "torch.empty": None}
)
"""Functions of torch that make a tensor of a given size, with the number in it; None for numbers that are not known."""


def is_constructing(run: Machine) -> bool:
    """Whether an object of the source is just being made."""
    return any(frame.function.name == "__init__" for frame in run.frames)


def batch(run: Machine, path: str, given: Given) -> Tensor | None:
    """A batch of images that a constructor makes; None for anything else."""
    if path not in FILLS or run.tracing or not is_constructing(run):
        return None
    return batch_of(run, tuple(sizes_in(given.positional or [given.named.get("size")])))


def batch_of(run: Machine, sizes: tuple[Value, ...]) -> Tensor | None:
    """A batch of images of these sizes; None if they are not the sizes of such a batch."""
    if len(sizes) != 4 or not all(type(size) is int and size > 0 for size in sizes):
        return None
    number, channels, height, width = sizes
    try:
        trace = Trace((channels, height, width))
    except ParameterError:
        return None
    run.framework.tried_sizes.append(trace.image)
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
