"""Descriptions of the tensors and other objects in a pickle of PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.imports.weights.stored import MOST_AXES

if TYPE_CHECKING:
    from collections.abc import Mapping

STORAGES: Mapping[str, str] = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
"""The type of the values in each kind of storage of PyTorch."""


@dataclass(frozen=True)
class Storage:
    """A sequence of ``count`` values of type ``dtype`` in the file, named by ``key``."""

    dtype: str
    key: str
    count: int


@dataclass(frozen=True)
class View:
    """A tensor: ``shape`` and ``strides`` over the values of a storage, from ``offset`` on."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class Unread:
    """An object that is not read; ``name`` is that of its class or function, with its module."""

    name: str


def view(storage: Any, offset: Any, shape: Any, strides: Any) -> View | Unread:
    """The tensor over a storage; raises TypeError if the values are none of a tensor."""
    if isinstance(storage, Unread):
        return storage
    shape, strides = tuple(sides(shape)), tuple(sides(strides))
    if not isinstance(storage, Storage) or not is_count(offset) or len(shape) != len(strides):
        raise TypeError("no tensor")
    return View(storage, offset, shape, strides)


def sides(value: Any) -> tuple[int, ...] | list[int]:
    """The sides of a shape, or strides; raises TypeError if it is neither."""
    if not isinstance(value, tuple | list) or len(value) > MOST_AXES or not all(map(is_count, value)):
        raise TypeError("no shape")
    return value


def is_count(value: Any) -> bool:
    """Whether a value is a whole number that can be a side, a stride or a count."""
    return type(value) is int and 0 <= value < 2**63
