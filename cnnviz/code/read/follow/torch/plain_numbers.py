"""Tensors of known numbers that a source computes its settings with, such as ``torch.linspace(0, 0.1, 12)``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.arithmetic import bounded
from cnnviz.code.read.follow.machine import NEGATION, FrameworkValue
from cnnviz.code.read.follow.values import MISSING, Given, Native, NotKnown, Path, Value

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
    """A vector of numbers, or a single one with an empty shape."""

    path = Path("torch.Tensor")

    values: tuple[float, ...]
    is_single: bool = False

    def is_a(self, path: Path) -> bool:
        """Whether it is an object of a class of torch."""
        return path.name == "torch.Tensor"

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The shape, and methods that return the numbers."""
        if name == "shape":
            return () if self.is_single else (len(self.values),)
        if name not in ("item", "tolist", "numpy", "int", "long", "float", "round", "__len__"):
            return MISSING if name.startswith("__") else _unknown()
        return Native(name, lambda run, given: self._method(name, given))

    def _method(self, name: str, given: Given) -> Value:
        if given.positional or given.named:
            raise NotKnown
        match name:
            case "item" if len(self.values) == 1:
                return self.values[0]
            case "tolist" | "numpy":
                return self.values[0] if self.is_single else list(self.values)
            case "int" | "long":
                return self.mapped(int)
            case "float":
                return self.mapped(float)
            case "round":
                return self.mapped(_rounded)
            case "__len__" if not self.is_single:
                return len(self.values)
        raise NotKnown

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """One number, or a part of them."""
        if self.is_single or not isinstance(key, int | slice):
            raise NotKnown
        if isinstance(key, slice):
            return Numbers(self.values[key])
        if not -len(self.values) <= key < len(self.values):
            raise NotKnown
        return Numbers((self.values[key],), is_single=True)

    def iterate(self, run: Machine, node: ast.AST) -> list[Value]:
        """The single numbers."""
        if self.is_single:
            raise NotKnown
        return [Numbers((value,), is_single=True) for value in self.values]

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """What is computed of each number."""
        if sign == NEGATION:
            return self.mapped(lambda value: -value)
        others = other.values if isinstance(other, Numbers) else (other,)
        if not all(isinstance(value, int | float) for value in others):
            raise NotKnown
        if len({len(self.values), len(others)} - {1}) > 1:
            raise NotKnown
        count = max(len(self.values), len(others))
        pairs = zip(_spread(self.values, count), _spread(others, count), strict=True)
        entries = [run.operated(sign, *((b, a) if reflected else (a, b)), node) for a, b in pairs]
        single = self.is_single and (other.is_single if isinstance(other, Numbers) else True)
        return Numbers(tuple(entries), single)

    def truth(self, run: Machine, node: ast.AST) -> bool:
        """Whether a single number is not 0."""
        if len(self.values) != 1:
            raise NotKnown
        return bool(self.values[0])

    def mapped(self, function: Callable[[Any], float]) -> Numbers:
        """The numbers after a function of each."""
        try:
            return Numbers(tuple(bounded(function(value)) for value in self.values), self.is_single)
        except (ValueError, ArithmeticError) as error:
            raise NotKnown from error


def _unknown() -> Value:
    raise NotKnown


def _spread(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    return values * count if len(values) == 1 else values


def _rounded(value: float) -> float:
    if abs(value - math.floor(value) - 0.5) < _UNSURE:
        raise NotKnown
    return float(round(value))


def _linspace(run: Machine, given: Given) -> Value:
    values = given.bind("start", "end", steps=100, dtype=None, device=None)
    start, end, steps = (_number(values[name]) for name in ("start", "end", "steps"))
    if type(steps) is not int or not 0 < steps <= MOST_NUMBERS:
        raise NotKnown
    step = (end - start) / (steps - 1) if steps > 1 else 0.0
    return Numbers(tuple(float(start + index * step) for index in range(steps)))


def _arange(run: Machine, given: Given) -> Value:
    ends = [_number(value) for value in given.positional]
    if not 1 <= len(ends) <= 3 or given.named.keys() - {"dtype", "device"} or not all(type(end) is int for end in ends):
        raise NotKnown
    if len(ends) == 3 and ends[2] == 0:
        raise NotKnown
    counted = range(*ends)
    if len(counted) > MOST_NUMBERS:
        raise NotKnown
    return Numbers(tuple(counted))


def _tensor(run: Machine, given: Given) -> Value:
    (data,) = given.positional
    values = data if isinstance(data, list | tuple) else [data]
    if not values or len(values) > MOST_NUMBERS or not all(type(value) in (int, float) for value in values):
        raise NotKnown
    return Numbers(tuple(values), is_single=not isinstance(data, list | tuple))


def _diff(run: Machine, given: Given) -> Value:
    (numbers,) = given.positional
    if not isinstance(numbers, Numbers) or given.named:
        raise NotKnown
    return Numbers(tuple(b - a for a, b in zip(numbers.values, numbers.values[1:], strict=False)))


def _each(function: Callable[[Any], float]) -> Callable[[Machine, Given], Value]:
    def call(run: Machine, given: Given) -> Value:
        (numbers,) = given.positional
        if not isinstance(numbers, Numbers) or given.named:
            raise NotKnown
        return numbers.mapped(function)

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
        "torch.round": _each(_rounded),
        "torch.log": _each(math.log),
        "torch.log2": _each(math.log2),
        "torch.floor": _each(math.floor),
        "torch.ceil": _each(math.ceil),
        "torch.sqrt": _each(math.sqrt),
        "torch.divide": _of_two("/"),
        "torch.div": _of_two("/"),
        "torch.mul": _of_two("*"),
        "torch.pow": _of_two("**"),
    }
)
"""Functions of torch by their path, for numbers that are known."""
