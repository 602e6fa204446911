"""The interpreter as other functions see it, which stand in for those of Python and of a framework; and the base class
of the values that a framework defines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from cnnviz.code.read.follow.values import NotKnown, Path

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.effort import Effort
    from cnnviz.code.read.follow.values import Given, Instance, Scope, Value
    from cnnviz.code.read.remarks import Remark

NEGATION = ""
"""Takes the place of a sign between two values where a minus sign stands before a single one."""


class Machine(Protocol):
    """What functions that stand in for others may ask of the interpreter, which they get as the argument ``run``. What
    is not known raises NotKnown.

    ``frames`` are the running calls of functions of the source, the outermost first. ``made`` are all objects of the
    source in the order in which they were made, the last one in the step ``last_made``. ``module`` has the names of the
    module. ``patches`` are remarks about paths of the framework that the source changes, and ``regions`` the blocks
    around the current statement of which it is not certain that they run. ``tracing`` is above 0 while a network is
    traced.
    """

    effort: Effort
    frames: Any
    framework: Any
    last_made: int
    made: list[Instance]
    module: Scope
    patches: dict[str, Remark]
    regions: tuple[int, ...]
    tracing: int

    def call(self, function: Value, given: Given) -> Value:
        """Call a function, a class or an object."""

    def followed(self, tree: ast.Module) -> dict[str, Value]:
        """The names that another module defines, which is followed beside the source."""

    def method(self, holder: Value, name: str, given: Given) -> Value:
        """Call a method without arguments; ``given`` tells where the call stands."""

    def construct_base(self, made: Instance, given: Given) -> None:
        """Run ``__init__`` of the class of a framework from which an object derives."""

    def current_method(self) -> tuple[Value, Value]:
        """The class and the first argument of the method that is running."""

    def found(self, holder: Value, name: str, node: ast.AST) -> Value:
        """The value of ``holder.name``; MISSING if there is no such attribute."""

    def store_attribute(self, holder: Value, name: str, value: Value, node: ast.AST) -> None:
        """Assign ``holder.name``."""

    def iterated(self, value: Value, node: ast.AST) -> list[Value]:
        """The values that a loop over a value takes."""

    def unpacked(self, value: Value, count: int, node: ast.AST) -> list[Value]:
        """The entries of a value that is assigned to ``count`` names."""

    def operated(self, sign: str, left: Value, right: Value, node: ast.AST) -> Value:
        """``left sign right``."""

    def truth(self, value: Value, node: ast.AST) -> bool:
        """Whether a condition on a value holds."""

    def key(self, value: Value) -> Value:
        """A value as the key of a dict."""

    def index_in(self, value: Value, entries: Value, node: ast.AST) -> int:
        """The index at which a list, ``entries``, is about to change; if it is no whole number, the list is not known
        anymore."""

    def builtin(self, name: str) -> Value:
        """The value of a built-in name of Python."""

    def note_made(self, container: Value) -> Value:
        """Note that a list or dict is made by the current statement; returns it."""

    def view(self, entries: dict[str, Value], owner: Instance) -> dict[str, Value]:
        """Note that a dict is a part of an object: a change of the dict makes the object unknown. Returns the dict."""

    def change(self, value: Value, node: ast.AST, more: int = 0) -> None:
        """Note that a list, a dict or an object changes here, by ``more`` entries."""

    def require_certain(self, value: Value, node: ast.AST) -> None:
        """Raise NotKnown if the content of a list, a dict or an object is not known anymore."""

    def spoil(self, value: Value, node: ast.AST, code: str = "") -> None:
        """Note that it is not known how, or whether, a list, a dict or an object changes here.

        ``code`` is that of the remark; without it, the remark tells whether the change is certain.
        """

    def doubt(self, value: Value) -> Remark | None:
        """The remark about a change of a list, a dict or an object that is not certain."""


class FrameworkValue:
    """A value of a framework, such as a tensor, whose class has a ``path``. What a subclass does not define is not
    known."""

    path = Path("")

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The value of ``value.name``."""
        raise NotKnown

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """The value of ``value[key]``; a slice is a Python slice."""
        raise NotKnown

    def iterate(self, run: Machine, node: ast.AST) -> list[Value]:
        """The values that a loop over it takes."""
        raise NotKnown

    def call(self, run: Machine, given: Given) -> Value:
        """The value of ``value(…)``."""
        raise NotKnown

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """The value of ``value sign other``, or of ``other sign value`` if it is ``reflected``; with :data:`NEGATION`
        as the sign that of ``-value``."""
        raise NotKnown

    def update(self, run: Machine, sign: str, other: Value, node: ast.AST) -> Value:
        """The value after ``value sign= other``."""
        return self.operate(run, sign, other, False, node)

    def truth(self, run: Machine, node: ast.AST) -> bool:
        """Whether a condition on the value holds."""
        raise NotKnown

    def is_a(self, path: Path) -> bool:
        """Whether it is an object of a class of the framework."""
        raise NotKnown
