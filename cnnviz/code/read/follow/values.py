"""Values of the interpreter. Numbers, strings, None, tuples, lists, dicts, sets and ranges are Python's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import written

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator


Value = Any
"""Any value of the interpreter."""
MISSING = object()
"""Marks a name or an attribute that is not there."""


def line_of(node: ast.AST) -> int:
    """The line of a node; 0 if it has none."""
    return getattr(node, "lineno", 0)


def no_counterpart(node: ast.AST) -> PasteError:
    """The error for an expression that is no layer here."""
    return PasteError(Remark("no_counterpart", line_of(node), {"value": written(node)}))


@dataclass(frozen=True, eq=False)
class Unknown:
    """A value that is not known: its expression, and the remark that says why, if there is a special reason."""

    node: ast.AST
    remark: Remark | None = None

    @property
    def text(self) -> str:
        """The expression as source."""
        return written(self.node)

    @property
    def line(self) -> int:
        """The line of the expression."""
        return line_of(self.node)

    def why(self) -> Remark:
        """The remark that says that, or why, the value is not known."""
        return self.remark or Remark("unknown_value", self.line, {"value": self.text})


@dataclass(frozen=True)
class Path:
    """Something that an import brings in, by its dotted path, such as ``torch.nn.Conv2d``."""

    name: str

    def inner(self, attribute: str) -> Path:
        """The path of an attribute."""
        return Path(f"{self.name}.{attribute}")


@dataclass
class Given:
    """The arguments of a call, and the call itself."""

    node: ast.AST
    positional: list[Value] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)
    rest: Unknown | None = None
    """An unknown value that is unpacked among the arguments."""

    def known(self) -> bool:
        """Whether no argument is unknown."""
        return self.rest is None and not any(isinstance(value, Unknown) for value in self.all())

    def all(self) -> Iterator[Value]:
        """All arguments."""
        yield from self.positional
        yield from self.named.values()

    def without_first(self) -> Given:
        """The arguments without the first positional one."""
        return Given(self.node, self.positional[1:], self.named, self.rest)

    def bind(self, *names: str, **defaults: Value) -> dict[str, Value]:
        """The arguments by name; ``names`` are required, ``defaults`` have a default.

        Raises :class:`Unfit` if they do not fit, and :class:`PasteError` if an unknown value is unpacked among them.
        """
        order = [*names, *defaults]
        if self.rest is not None:
            raise PasteError(self.rest.why())
        if len(self.positional) > len(order) or any(name not in order for name in self.named):
            raise Unfit(self.node)
        found = {**defaults, **dict(zip(order, self.positional, strict=False)), **self.named}
        if any(name not in found for name in names):
            raise Unfit(self.node)
        return found


@dataclass(eq=False)
class Scope:
    """The names of the module, a class or a function call, and the scope around it."""

    names: dict[str, Value] = field(default_factory=dict)
    outer: Scope | None = None
    is_class: bool = False
    fields: dict[str, Value] = field(default_factory=dict)
    """The annotated names of a class, with their values; :data:`MISSING` without one."""
    declared: dict[str, Scope] = field(default_factory=dict)
    """Names that are declared global or nonlocal, with their scope."""
    local: frozenset[str] = frozenset()
    """Names that the function assigns somewhere; they are never looked up outside."""

    def find(self, name: str) -> Value:
        """The value of a name; :data:`MISSING` if it has none."""
        if name in self.declared:
            return self.declared[name].names.get(name, MISSING)
        if name in self.names:
            return self.names[name]
        if name in self.local:
            return MISSING
        scope = self.outer
        while scope is not None:
            if name in scope.names and not scope.is_class:
                return scope.names[name]
            scope = scope.outer
        return MISSING


@dataclass(eq=False)
class Function:
    """A function or a lambda of the source."""

    name: str
    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    defaults: tuple[Value, ...] = ()
    named_defaults: dict[str, Value] = field(default_factory=dict)
    owner: Class | None = None
    """The class whose body defines it."""


@dataclass(frozen=True, eq=False)
class Wrapped:
    """A function in a class that is a property, or a static, class or partial method."""

    kind: str
    function: Value


@dataclass(frozen=True, eq=False)
class Bound:
    """A method with its instance or class."""

    function: Value
    receiver: Value


@dataclass(frozen=True, eq=False)
class Native:
    """A function that is implemented here: of Python, of its standard library, or of a framework."""

    name: str
    function: Callable[..., Value]
    """Takes the interpreter and the arguments."""


@dataclass(eq=False)
class Class:
    """A class of the source. ``fields`` are the annotated names of its body, for data classes and named tuples."""

    name: str
    node: ast.ClassDef
    bases: tuple[Value, ...]
    names: dict[str, Value] = field(default_factory=dict)
    fields: dict[str, Value] = field(default_factory=dict)
    is_data: bool = False

    @cached_property
    def order(self) -> tuple[Value, ...]:
        """The class and its bases, own and foreign, in the order in which attributes are looked up."""
        found: dict[Value, None] = {self: None}
        for base in self.bases:
            for other in base.order if isinstance(base, Class) else (base,):
                # a common base comes after all classes that derive from it
                found.pop(other, None)
                found[other] = None
        return tuple(found)

    @property
    def foreign(self) -> Path | None:
        """The first base that is not a class of the source."""
        return next((base for base in self.order if isinstance(base, Path)), None)

    def find(self, name: str, after: Class | None = None) -> Value:
        """An attribute of the class or its own bases, or of the bases ``after`` a class; :data:`MISSING` if none."""
        order = self.order
        for cls in order[order.index(after) + 1 if after in order else 0 :]:
            if isinstance(cls, Class) and name in cls.names:
                return cls.names[name]
            if isinstance(cls, Unknown):
                return cls
        return MISSING


@dataclass(eq=False)
class Instance:
    """An object of a class of the source, or of a class of a framework."""

    cls: Class | Path
    node: ast.AST
    attributes: dict[str, Value] = field(default_factory=dict)
    data: Value = None
    """What a framework keeps for the object."""
    regions: tuple[int, ...] = ()
    """The uncertain regions of the source in which the object is made, outermost first."""

    @property
    def line(self) -> int:
        """The line where the object is made."""
        return line_of(self.node)

    @property
    def own(self) -> Class | None:
        """The class of the source."""
        return self.cls if isinstance(self.cls, Class) else None

    @property
    def foreign(self) -> Path | None:
        """The class of a framework that the object has or derives from."""
        return self.cls.foreign if isinstance(self.cls, Class) else self.cls

    @property
    def class_name(self) -> str:
        """The name of its class, without modules."""
        return self.cls.name.rpartition(".")[2]


@dataclass(frozen=True, eq=False)
class Super:
    """``super()``: the attributes of the bases after ``owner``, for an instance or a class."""

    owner: Class
    receiver: Value


class NotKnown(Exception):
    """The value cannot be told without running the source; ``remark`` says why, if there is a special reason."""

    def __init__(self, remark: Remark | None = None) -> None:
        super().__init__()
        self.remark = remark


class Unfit(Exception):
    """The arguments of a call do not fit the function."""

    def __init__(self, node: ast.AST) -> None:
        super().__init__()
        self.node = node


class Raised(Exception):
    """The source raises an exception here."""

    def __init__(self, node: ast.AST) -> None:
        super().__init__()
        self.node = node

    def why(self) -> Remark:
        """The remark about it."""
        return Remark("raises", line_of(self.node), {"value": written(self.node)})
