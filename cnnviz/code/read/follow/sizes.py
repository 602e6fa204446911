"""Sizes that a source passes to functions of tensors and arrays."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.values import NotKnown, Value

if TYPE_CHECKING:
    from collections.abc import Sequence


def sizes_in(values: Sequence[Value]) -> list[Value]:
    """Sizes that are given one by one, or as a single tuple or list."""
    if len(values) == 1 and isinstance(values[0], tuple | list):
        return list(values[0])
    return list(values)


def reshaped(shape: tuple[int, ...], values: Sequence[Value]) -> tuple[int, ...]:
    """The shape that ``reshape`` with these sizes makes of another one; raises NotKnown."""
    sizes = sizes_in(values)
    if not sizes or not all(type(size) is int for size in sizes) or sizes.count(-1) > 1:
        raise NotKnown
    product, count = prod(size for size in sizes if size != -1), prod(shape)
    if product < 1 or count % product:
        raise NotKnown
    return tuple(count // product if size == -1 else size for size in sizes)
