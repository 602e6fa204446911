"""Tensors of known numbers that a source computes its settings with, such as ``torch.linspace(0, 0.1, 12)``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.arithmetic import bounded
from cnnviz.code.read.follow.machine import NEGATION, FrameworkValue
from cnnviz.code.read.follow.torch.number_types import (
    fitted,
    is_float,
    joint_type,
    type_named,
    type_of,
    type_with_number,
)
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.values import MISSING, Given, Native, NotKnown, Path, Raised, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine

MOST_NUMBERS = 10_000
"""Longer vectors are not known."""
_UNSURE = 1e-4
"""Numbers this near to a half are not rounded: PyTorch computes with fewer digits, and may round the other way."""


@dataclass(frozen=True, eq=False)
class Numbers(FrameworkValue):
    """A vector of numbers, or a single one with an empty shape; ``number_type`` is their type, such as ``"int64"``.

    ``base`` is the vector of which it is a part: in torch both have the same memory.
    """

    path = Path("torch.Tensor")

    values: tuple[float, ...]
    is_single: bool = False
    number_type: str = "float32"
    base: Numbers | None = None

    def is_a(self, path: Path) -> bool:
        """Whether it is an object of a class of torch."""
        return path.name == "torch.Tensor"

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The shape, and methods that return the numbers."""
        if name == "shape":
            return () if self.is_single else (len(self.values),)
        self._require_known(run, node)
        if name not in ("item", "tolist", "numpy", "int", "long", "float", "double", "to", "round", "__len__"):
            return MISSING if name.startswith("__") else _unknown()
        return Native(name, lambda run, given: self._method(name, given))

    def _require_known(self, run: Machine, node: ast.AST) -> None:
        """Raise NotKnown after a change in place: other names and parts have the changed numbers too."""
        run.require_certain(self.base or self, node)

    def _method(self, name: str, given: Given) -> Value:
        if name == "to" and len(given.positional) == 1 and not given.named:
            return self.in_type(type_named(given.positional[0]))
        if given.positional or given.named:
            raise NotKnown
        match name:
            case "item" if len(self.values) == 1:
                return self.values[0]
            case "tolist" | "numpy":
                return self.values[0] if self.is_single else list(self.values)
            case "int" | "long" | "float" | "double":
                return self.in_type(type_named(Path(f"torch.{name}")))
            case "round":
                return self.mapped(_rounded)
            case "__len__" if not self.is_single:
                return len(self.values)
        raise NotKnown

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """One number, or a part of them."""
        self._require_known(run, node)
        if self.is_single or not isinstance(key, int | slice):
            raise NotKnown
        if isinstance(key, slice):
            return self._part(self.values[key], single=False)
        if not -len(self.values) <= key < len(self.values):
            raise NotKnown
        return self._part((self.values[key],), single=True)

    def _part(self, values: tuple[float, ...], *, single: bool) -> Numbers:
        return Numbers(values, single, self.number_type, self.base or self)

    def iterate(self, run: Machine, node: ast.AST) -> list[Value]:
        """The single numbers."""
        self._require_known(run, node)
        if self.is_single:
            raise NotKnown
        return [self._part((value,), single=True) for value in self.values]

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """What is computed of each number; a single number is computed with images as a number of Python is."""
        self._require_known(run, node)
        if sign == NEGATION:
            return self.mapped(lambda value: -value)
        if isinstance(other, Tensor):
            # images of 64 bits would not fit the layers, which have 32
            if len(self.values) != 1 or (self.number_type == "float64" and not self.is_single):
                raise NotKnown
            return other.operate(run, sign, self.values[0], not reflected, node)
        if isinstance(other, Numbers):
            other._require_known(run, node)
        others = other.values if isinstance(other, Numbers) else (other,)
        if not all(type(value) in (int, float) for value in others):
            raise NotKnown
        number_type = self._type_with(other)
        if sign == "/" and not is_float(number_type):
            number_type = "float32"
        if (
            sign == "**"
            and not is_float(number_type)
            and any(value < 0 for value in (self.values if reflected else others))
        ):
            # torch has no negative powers of integers
            raise Raised(node)
        counts = {len(self.values), len(others)} - {1}
        if len(counts) > 1:
            raise NotKnown
        # with no numbers on one side, there are none in the result
        count = counts.pop() if counts else 1
        own, theirs = (tuple(fitted(value, number_type) for value in values) for values in (self.values, others))
        pairs = zip(_spread(own, count), _spread(theirs, count), strict=True)
        entries = [run.operated(sign, *((b, a) if reflected else (a, b)), node) for a, b in pairs]
        single = self.is_single and (other.is_single if isinstance(other, Numbers) else True)
        return Numbers(tuple(fitted(entry, number_type) for entry in entries), single, number_type)

    def _type_with(self, other: Value) -> str:
        """The type of what is computed with a number, or with other numbers."""
        if isinstance(other, Numbers):
            return joint_type(self.number_type, self.is_single, other.number_type, other.is_single)
        return type_with_number(self.number_type, other)

    def update(self, run: Machine, sign: str, other: Value, node: ast.AST) -> Value:
        """The numbers after an operation in place. It cannot make floats of integers, nor another shape.

        Under other names, and in vectors that they are a part of, the numbers are not known afterwards.
        """
        try:
            result = self.operate(run, sign, other, False, node)
        except NotKnown:
            run.spoil(self.base or self, node, "unknown_value")
            raise
        if not isinstance(result, Numbers):
            return result
        if (is_float(result.number_type) and not is_float(self.number_type)) or (
            (len(result.values), result.is_single) != (len(self.values), self.is_single)
        ):
            raise Raised(node)
        run.spoil(self.base or self, node, "unknown_value")
        return result.in_type(self.number_type)

    def truth(self, run: Machine, node: ast.AST) -> bool:
        """Whether a single number is not 0."""
        self._require_known(run, node)
        if len(self.values) != 1:
            raise NotKnown
        return bool(self.values[0])

    def in_type(self, number_type: str) -> Numbers:
        """The numbers in another type."""
        return Numbers(tuple(fitted(value, number_type) for value in self.values), self.is_single, number_type)

    def mapped(self, function: Callable[[Any], float], number_type: str = "") -> Numbers:
        """The numbers after a function of each, in the same type or in ``number_type``."""
        number_type = number_type or self.number_type
        try:
            values = tuple(fitted(bounded(function(value)), number_type) for value in self.values)
        except (ValueError, ArithmeticError) as error:
            raise NotKnown from error
        return Numbers(values, self.is_single, number_type)


def _unknown() -> Value:
    raise NotKnown


def _spread(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    return values * count if len(values) == 1 else values


def _rounded(value: float) -> float:
    """See ``torch.round``; integers stay."""
    if isinstance(value, int):
        return value
    if abs(value - math.floor(value) - 0.5) < _UNSURE:
        raise NotKnown
    return float(round(value))


def _sure(function: Callable[[float], float]) -> Callable[[float], float]:
    """``floor`` or ``ceil``, for numbers that torch cannot have computed to be whole."""

    def call(value: float) -> float:
        if value != round(value) and abs(value - round(value)) < _UNSURE:
            raise NotKnown
        return function(value)

    return call


def _linspace(run: Machine, given: Given) -> Value:
    values = given.bind("start", "end", steps=100, dtype=None, device=None)
    start, end, steps = (_number(values[name]) for name in ("start", "end", "steps"))
    number_type = "float32" if values["dtype"] is None else type_named(values["dtype"])
    if type(steps) is not int or not 0 < steps <= MOST_NUMBERS or not is_float(number_type):
        raise NotKnown
    step = (end - start) / (steps - 1) if steps > 1 else 0.0
    return Numbers(tuple(float(start + index * step) for index in range(steps)), number_type=number_type)


def _arange(run: Machine, given: Given) -> Value:
    ends = [_number(value) for value in given.positional]
    if not 1 <= len(ends) <= 3 or given.named.keys() - {"dtype", "device"} or not all(type(end) is int for end in ends):
        raise NotKnown
    if len(ends) == 3 and ends[2] == 0:
        raise NotKnown
    counted = range(*ends)
    if len(counted) > MOST_NUMBERS:
        raise NotKnown
    numbers = Numbers(tuple(counted), number_type="int64")
    dtype = given.named.get("dtype")
    return numbers if dtype is None else numbers.in_type(type_named(dtype))


def _tensor(run: Machine, given: Given) -> Value:
    (data,) = given.positional
    values = tuple(data) if isinstance(data, list | tuple) else (data,)
    if not values or len(values) > MOST_NUMBERS or not all(type(value) in (int, float) for value in values):
        raise NotKnown
    if (
        given.named.keys() - {"dtype", "device", "requires_grad"}
        or given.named.get("requires_grad", False) is not False
    ):
        raise NotKnown
    dtype = given.named.get("dtype")
    number_type = type_of(values) if dtype is None else type_named(dtype)
    single = not isinstance(data, list | tuple)
    return Numbers(tuple(fitted(value, number_type) for value in values), single, number_type)


def _diff(run: Machine, given: Given) -> Value:
    (numbers,) = given.positional
    if not isinstance(numbers, Numbers) or numbers.is_single or given.named:
        raise NotKnown
    differences = (b - a for a, b in zip(numbers.values, numbers.values[1:], strict=False))
    return Numbers(tuple(fitted(value, numbers.number_type) for value in differences), number_type=numbers.number_type)


def _each(function: Callable[[Any], float], *, whole: bool = False) -> Callable[[Machine, Given], Value]:
    """``whole``: the function makes integers of integers; other functions make floats of them."""

    def call(run: Machine, given: Given) -> Value:
        (numbers,) = given.positional
        if not isinstance(numbers, Numbers) or given.named:
            raise NotKnown
        return numbers.mapped(function, "" if whole or is_float(numbers.number_type) else "float32")

    return call


def _of_two(sign: str) -> Callable[[Machine, Given], Value]:
    def call(run: Machine, given: Given) -> Value:
        left, right = given.positional
        if given.named or not (isinstance(left, Numbers) or isinstance(right, Numbers)):
            raise NotKnown
        return run.operated(sign, left, right, given.node)

    return call


def _number(value: Value) -> Any:
    number = value.values[0] if isinstance(value, Numbers) and value.is_single else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise NotKnown
    return number


FUNCTIONS: Mapping[str, Callable[[Machine, Given], Value]] = MappingProxyType(
    {
        "torch.linspace": _linspace,
        "torch.arange": _arange,
        "torch.tensor": _tensor,
        "torch.diff": _diff,
        "torch.round": _each(_rounded, whole=True),
        "torch.log": _each(math.log),
        "torch.log2": _each(math.log2),
        "torch.floor": _each(_sure(math.floor), whole=True),
        "torch.ceil": _each(_sure(math.ceil), whole=True),
        "torch.sqrt": _each(math.sqrt),
        "torch.divide": _of_two("/"),
        "torch.div": _of_two("/"),
        "torch.mul": _of_two("*"),
        "torch.pow": _of_two("**"),
    }
)
"""Functions of torch by their path, for numbers that are known."""
