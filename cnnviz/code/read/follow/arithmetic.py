"""Operators on known values, within limits so that no result is large."""

from __future__ import annotations

import ast
import math
import operator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.effort import MOST_ENTRIES
from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.values import MISSING, Bound, Class, Function, Instance, Native, NotKnown, Path, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.effort import Effort
    from cnnviz.code.read.follow.values import Value

MOST_NUMBER = 10**12
"""The largest number; anything larger is not known."""
MOST_EXPONENT = 64

SIGNS: Mapping[type[ast.AST], str] = MappingProxyType(
    {
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
        ast.FloorDiv: "//",
        ast.Mod: "%",
        ast.Pow: "**",
        ast.MatMult: "@",
        ast.LShift: "<<",
        ast.RShift: ">>",
        ast.BitAnd: "&",
        ast.BitOr: "|",
        ast.BitXor: "^",
    }
)
_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "//": operator.floordiv,
        "%": operator.mod,
        "**": operator.pow,
        "&": operator.and_,
        "|": operator.or_,
        "^": operator.xor,
    }
)
_ORDER: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = MappingProxyType(
    {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
)
_DEEPEST = 3
"""How deep lists that are compared may be nested."""
_ENTRIES_IN_A_STEP = 10
"""How many entries of a list are compared for a step of the effort."""
_OBJECTS = (Instance, Class, Function, Bound, Native, Path)
_SEQUENCES = (list, tuple, str)
_PLAIN = frozenset({bool, int, float, str, type(None)})


def bounded(value: Value) -> Value:
    """A value within the limits, or infinity; raises NotKnown for any other, such as nan."""
    match value:
        case bool():
            pass
        case int() | float() if not -MOST_NUMBER <= value <= MOST_NUMBER:
            if value not in (math.inf, -math.inf):
                raise NotKnown
        case str() | list() | tuple() | dict() | set() | range() if len(value) > MOST_ENTRIES:
            raise NotKnown
        case complex():
            raise NotKnown
    return value


def operated(sign: str, left: Value, right: Value) -> Value:
    """``left sign right`` for known values that no framework owns; raises NotKnown."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    match sign:
        case "**" if not numbers or abs(right) > MOST_EXPONENT:
            raise NotKnown
        case "*" if not numbers and _length(left) * _length(right) > MOST_ENTRIES:
            raise NotKnown
        case "<<" | ">>" | "@":
            raise NotKnown
        case "%" if isinstance(left, str):
            return _percent(left, right)
    try:
        return bounded(_OPERATIONS[sign](left, right))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise NotKnown from error


def _percent(template: str, values: Value) -> str:
    parts = values if isinstance(values, tuple) else (values,)
    if not all(isinstance(part, int | float | str) for part in parts) or "*" in template or wide(template):
        raise NotKnown
    if sum(len(str(part)) for part in parts) > MOST_ENTRIES:
        raise NotKnown
    try:
        return str(bounded(template % parts))
    except (TypeError, ValueError) as error:
        raise NotKnown from error


def _length(value: Value) -> int:
    """How often a factor repeats, or how long a sequence is."""
    if isinstance(value, int):
        return max(0, value)
    if isinstance(value, _SEQUENCES):
        return max(1, len(value))
    raise NotKnown


def wide(template: str) -> bool:
    """Whether a format may ask for many characters."""
    digits = 0
    for character in template:
        digits = digits + 1 if character.isdigit() else 0
        if digits > 2:
            return True
    return False


def formatted(value: Value, specification: str) -> str:
    """A known value in an f-string; raises NotKnown."""
    if not isinstance(value, bool | int | float | str | type(None)) or wide(specification):
        raise NotKnown
    try:
        return format(value, specification)
    except (TypeError, ValueError) as error:
        raise NotKnown from error


def negated(sign: type[ast.AST], value: Value) -> Value:
    """``-value``, ``+value`` or ``~value`` for a number; raises NotKnown."""
    if not isinstance(value, int | float):
        raise NotKnown
    if sign is ast.USub:
        return -value
    if sign is ast.UAdd:
        return +value
    if isinstance(value, int) and sign is ast.Invert:
        return ~value
    raise NotKnown


def same(left: Value, right: Value) -> bool:
    """Whether ``left is right``; raises NotKnown."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        raise NotKnown
    if isinstance(left, Path) or isinstance(right, Path):
        if isinstance(left, Native | Class) or isinstance(right, Native | Class):
            return False
        if left is None or right is None or (isinstance(left, Path) and isinstance(right, Path)):
            return bool(left == right)
        raise NotKnown
    if isinstance(left, bool | int | float | str) and type(left) is type(right):
        return bool(left == right)
    return left is right


def compared(sign: type[ast.AST], left: Value, right: Value, effort: Effort) -> bool:
    """``left sign right`` for known values; raises NotKnown, and PasteError if that takes too much ``effort``."""
    match sign:
        case ast.Is:
            return same(left, right)
        case ast.IsNot:
            return not same(left, right)
        case ast.In | ast.NotIn:
            return _contains(right, left, effort) == (sign is ast.In)
        case ast.Eq | ast.NotEq:
            return equal(left, right, effort) == (sign is ast.Eq)
    for value in (left, right):
        if not all(isinstance(part, int | float | str) for part in (value if isinstance(value, tuple) else (value,))):
            raise NotKnown
    try:
        return bool(_ORDER[sign](left, right))
    except (TypeError, KeyError) as error:
        raise NotKnown from error


def equal(left: Value, right: Value, effort: Effort, depth: int = 0) -> bool:
    """Whether ``left == right``; raises NotKnown if an entry is not known, or nested deeply.

    Raises PasteError if the entries of lists and dicts take too much ``effort``.
    """
    if type(left) in _PLAIN and type(right) in _PLAIN:
        return bool(left == right)
    if depth > _DEEPEST or isinstance(left, (Unknown, FrameworkValue)) or isinstance(right, (Unknown, FrameworkValue)):
        raise NotKnown
    if isinstance(left, _OBJECTS) or isinstance(right, _OBJECTS):
        if isinstance(left, Path) and isinstance(right, Path):
            return left == right
        if left is not right and any(_compares_itself(value) for value in (left, right)):
            raise NotKnown
        return left is right
    if isinstance(left, list | tuple) and type(left) is type(right):
        if len(left) != len(right):
            return False
        effort.step(1 + len(left) // _ENTRIES_IN_A_STEP)
        return all(equal(*pair, effort, depth + 1) for pair in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False
        effort.step(1 + len(left) // _ENTRIES_IN_A_STEP)
        return all(equal(left[key], right[key], effort, depth + 1) for key in left)
    return bool(left == right)


def _compares_itself(value: Value) -> bool:
    """Whether an object is of a class of the source that says which of its objects are equal."""
    own = value.own if isinstance(value, Instance) else None
    return own is not None and (own.is_data or own.find("__eq__") is not MISSING)


def _contains(holder: Value, value: Value, effort: Effort) -> bool:
    match holder:
        case str() if isinstance(value, str):
            return value in holder
        case dict() | range():
            if isinstance(value, int | float | str | None):
                return value in holder
        case list() | tuple() | set() | frozenset():
            effort.step(1 + len(holder) // _ENTRIES_IN_A_STEP)
            return any(equal(entry, value, effort) for entry in holder)
        case Instance(attributes=attributes) if isinstance(value, str):
            return value in attributes
    raise NotKnown
