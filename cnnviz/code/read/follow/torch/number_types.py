"""Number types of torch, as tensors of known numbers have them: which type a result has, and what numbers fit in it.

See https://docs.pytorch.org/docs/stable/tensor_attributes.html for the rules of promotion.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.values import NotKnown, Path, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("int8", "int16", "int32", "int64", "uint8", "float32", "float64")},
        "int": "int32",
        "long": "int64",
        "short": "int16",
        "float": "float32",
        "double": "float64",
    }
)
"""The names of types, with the usual ones for the others. Numbers in types with fewer digits are not known."""
_WIDTHS: Mapping[str, int] = MappingProxyType({"int8": 8, "uint8": 8, "int16": 16, "int32": 32, "int64": 64})
_UNSURE = 1e-4
"""A number this near to a whole one is not cut off: torch computes with fewer digits, and may get that whole number."""


def type_named(value: Value) -> str:
    """The type that a ``dtype`` of a source names; raises NotKnown."""
    name = value.name.removeprefix("torch.") if isinstance(value, Path) else ""
    if name not in _TYPES:
        raise NotKnown
    return _TYPES[name]


def is_whole_type(value: Value) -> bool:
    """Whether a value is a type of torch for integers or truth values, which images never have."""
    name = value.name.removeprefix("torch.") if isinstance(value, Path) else ""
    return _TYPES.get(name, name) in _WIDTHS or name in ("bool", "uint16", "uint32", "uint64")


def is_float(number_type: str) -> bool:
    """Whether numbers of a type have digits behind the point."""
    return number_type.startswith("float")


def type_of(values: tuple[float, ...]) -> str:
    """The type that ``torch.tensor`` gives numbers."""
    return "float32" if any(isinstance(value, float) for value in values) else "int64"


def fitted(value: float, number_type: str) -> float:
    """A number in a type; raises NotKnown where it overflows, or torch may round it."""
    if is_float(number_type):
        return float(value)
    if not math.isfinite(value):
        raise NotKnown
    if value != round(value) and abs(value - round(value)) < _UNSURE:
        raise NotKnown
    cut = int(value)
    width, unsigned = _WIDTHS[number_type], number_type == "uint8"
    low, high = (0, 2**width) if unsigned else (-(2 ** (width - 1)), 2 ** (width - 1))
    if not low <= cut < high:
        raise NotKnown
    return cut


def joint_type(first: str, first_single: bool, second: str, second_single: bool) -> str:
    """The type of what is computed from tensors of two types; ``…_single`` says that one has no axes."""
    if is_float(first) != is_float(second):
        return first if is_float(first) else second
    if first_single != second_single:
        return second if first_single else first
    if is_float(first):
        return max(first, second)
    if {first, second} == {"int8", "uint8"}:
        return "int16"
    return first if _WIDTHS[first] >= _WIDTHS[second] else second


def type_with_number(number_type: str, number: float) -> str:
    """The type of what is computed from a tensor and a number of Python."""
    return "float32" if isinstance(number, float) and not is_float(number_type) else number_type
