"""Patterns of operators: several operators that together are one layer.

A pattern is a tree that ends with its last operator. From there it is matched backwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.graph import OnnxGraph, Operation

COMMUTATIVE = ("Add", "Mul")


@dataclass(frozen=True)
class Variable:
    """Any value, the same wherever the variable stands."""

    name: str


@dataclass(frozen=True)
class Constant:
    """Any constant of the file."""

    name: str


@dataclass(frozen=True)
class Number:
    """A constant of one value, up to rounding."""

    value: float


@dataclass(frozen=True)
class Tree:
    """An operator of this kind, with these inputs; ``label`` names it."""

    kind: str
    inputs: tuple[Pattern, ...]
    label: str = ""


Pattern = Variable | Constant | Number | Tree
X = Variable("x")
"""The input of the layer, which is never a constant."""


def op(kind: str, *inputs: Pattern, label: str = "") -> Tree:
    """A pattern of an operator."""
    return Tree(kind, inputs, label)


@dataclass
class Match:
    """What a pattern has found: the operators, and by name the values and labelled operators."""

    operations: list[Operation] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Operation] = field(default_factory=dict)

    def copy(self) -> Match:
        """A copy that can be extended by itself."""
        return Match([*self.operations], {**self.values}, {**self.labels})


class Matcher:
    """Matches patterns against a graph. ``constant`` returns the constant that a value is, or None."""

    def __init__(self, graph: OnnxGraph, constant: Callable[[str], NDArray[Any] | None]) -> None:
        self._graph, self._constant = graph, constant
        self._maker = {name: operation for operation in graph.operations for name in operation.outputs if name}

    def match(self, tree: Tree, last: Operation, taken: Mapping[Operation, object]) -> Match | None:
        """The match of a pattern that ends with ``last``; None if there is none.

        Inner operators must not be ``taken``, and nothing outside may read their values.
        """
        found = self._operation(tree, last, Match())
        if found is None:
            return None
        inside = set(found.operations)
        for operation in found.operations:
            if operation in taken:
                return None
            if operation is not last and not self._is_inner(operation, inside):
                return None
        return found

    def _is_inner(self, operation: Operation, inside: set[Operation]) -> bool:
        for name in operation.outputs:
            if name in self._graph.outputs or not inside.issuperset(self._graph.readers.get(name, ())):
                return False
        return True

    def _value(self, pattern: Pattern, name: str, found: Match) -> Match | None:
        match pattern:
            case Tree():
                operation = self._maker.get(name)
                return None if operation is None else self._operation(pattern, operation, found)
            case Variable():
                if self._constant(name) is not None and pattern is X:
                    return None
                return _bound(found, pattern.name, name)
            case Constant():
                return None if self._constant(name) is None else _bound(found, pattern.name, name)
        array = self._constant(name)
        if array is None or array.size != 1 or not np.isclose(float(array.reshape(-1)[0]), pattern.value, 1e-4, 0):
            return None
        return found

    def _operation(self, tree: Tree, operation: Operation, found: Match) -> Match | None:
        inputs = operation.inputs
        orders: tuple[tuple[str, ...], ...]
        if operation.kind != tree.kind or len(inputs) < len(tree.inputs):
            return None
        # the name of an optional input that is left out is empty
        if len(inputs) > len(tree.inputs) and any(inputs[len(tree.inputs) :]):
            return None
        if tree.kind in COMMUTATIVE and len(inputs) == 2:
            orders = (inputs, inputs[::-1])
        else:
            orders = (inputs,)
        for order in orders:
            extended: Match | None = found.copy()
            for pattern, name in zip(tree.inputs, order, strict=False):
                extended = self._value(pattern, name, extended) if extended is not None else None
            if extended is not None:
                if operation not in extended.operations:
                    extended.operations.append(operation)
                if tree.label:
                    extended.labels[tree.label] = operation
                return extended
        return None


def _bound(found: Match, variable: str, name: str) -> Match | None:
    if found.values.setdefault(variable, name) != name:
        return None
    return found
