"""Calls the functions and classes of a source."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.expressions import Expressions
from cnnviz.code.read.follow.library import LIBRARY
from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.scoping import assigned_names, yields
from cnnviz.code.read.follow.values import (
    MISSING,
    Bound,
    Class,
    Function,
    Given,
    Instance,
    Native,
    NotKnown,
    Path,
    Scope,
    Unfit,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.code.read.remarks import PasteError, Remark


@dataclass
class Frame:
    """A call of an own function that is running."""

    function: Function
    receiver: Value = None
    """Its first argument."""
    doubt: Remark | None = None
    """Says why it is not certain what the call returns."""


class Returned(Exception):
    """A ``return`` statement."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class Calls(Expressions):
    """Calls what can be called."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self.made: list[Instance] = []
        """All objects in the order in which they were made."""
        self.last_made = 0
        """The step in which the last of them was made."""

    @abstractmethod
    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Execute statements."""

    def current_method(self) -> tuple[Value, Value]:
        """The class and the first argument of the method that is running, for ``super()``."""
        for frame in reversed(self.frames):
            if isinstance(frame.function.node, ast.FunctionDef) and frame.function.owner is not None:
                return frame.function.owner, frame.receiver
        raise NotKnown

    def call(self, function: Value, given: Given) -> Value:
        """Call a function, a class or an object; raises NotKnown."""
        match function:
            case Function():
                return self._call_function(function, given)
            case Bound(function=inner, receiver=receiver):
                return self.call(inner, Given(given.node, [receiver, *given.positional], given.named, given.rest))
            case Native():
                return function.function(self.run, given)
            case Class():
                return self.instance(function, given)
            case Instance():
                return self._call_instance(function, given)
            case FrameworkValue():
                return function.call(self.run, given)
            case Path():
                return self._call_path(function, given)
        self.passed_on(given)
        raise NotKnown

    def _call_path(self, path: Path, given: Given) -> Value:
        if path.name in LIBRARY:
            return LIBRARY[path.name](self.run, given)
        if self.framework.owns(path):
            return self.framework.call(self.run, path, given)
        self.passed_on(given)
        raise NotKnown

    def _call_instance(self, called: Instance, given: Given) -> Value:
        own = called.own
        if own is not None and isinstance(method := own.find("__call__"), Function):
            return self.call(Bound(method, called), given)
        if called.foreign is not None and self.framework.owns(called.foreign):
            return self.framework.call_instance(self.run, called, given)
        raise NotKnown

    def instance(self, cls: Class, given: Given) -> Instance:
        """Make an object of a class of the source."""
        count = len(self.made)
        made = Instance(cls, given.node, regions=self.regions)
        self.made.append(made)
        self.last_made = self.effort.steps
        try:
            self._initialize(made, cls, given)
        except BaseException:
            del self.made[count:]
            raise
        return made

    def _initialize(self, made: Instance, cls: Class, given: Given) -> None:
        init = cls.find("__init__")
        if isinstance(init, Function):
            self.call(Bound(init, made), given)
        elif isinstance(init, Unknown):
            raise NotKnown(init.remark)
        else:
            self.construct_base(made, given)

    def construct_base(self, made: Instance, given: Given) -> None:
        """Run the ``__init__`` that an object inherits from a class of a framework, a data class or a named tuple."""
        own, foreign = made.own, made.foreign
        bases = own.order if own is not None else ()
        data_class = next((base for base in bases if isinstance(base, Class) and base.is_data), None)
        if data_class is not None:
            made.attributes.update(self._fields(data_class, given))
        elif foreign is not None and self.framework.owns(foreign):
            self.framework.construct(self.run, made, foreign, given)
        elif own is not None and foreign is not None and foreign.name == "typing.NamedTuple":
            made.attributes.update(self._fields(own, given))

    def _fields(self, cls: Class, given: Given) -> dict[str, Value]:
        """The fields of a data class or named tuple by name; raises Unfit."""
        fields: dict[str, Value] = {}
        for each in reversed(cls.order):
            if isinstance(each, Class):
                fields.update(each.fields)
        required = [name for name, value in fields.items() if value is MISSING]
        return given.bind(*required, **{name: value for name, value in fields.items() if value is not MISSING})

    def _call_function(self, function: Function, given: Given) -> Value:
        node = function.node
        if isinstance(node, ast.FunctionDef) and yields(node):
            self.passed_on(given)
            raise NotKnown
        local = assigned_names(node) if isinstance(node, ast.FunctionDef) else frozenset[str]()
        scope = Scope(self._bind(function, given), function.scope, local=local)
        first = given.positional[0] if given.positional else None
        frame = Frame(function, first)
        outer, regions = self.scope, self.regions
        self.frames.append(frame)
        self.scope = scope
        try:
            with self.effort.call():
                if isinstance(node, ast.Lambda):
                    return self.evaluate(node.body)
                self.block(node.body)
                result: Value = None
        except Returned as returned:
            result = returned.value
        finally:
            self.scope, self.regions = outer, regions
            self.frames.pop()
        if frame.doubt is not None:
            raise NotKnown(frame.doubt)
        return result

    def _bind(self, function: Function, given: Given) -> dict[str, Value]:
        """The parameters of a function by name; raises Unfit."""
        parameters = _parameters(function.node)
        values: dict[str, Value] = dict(zip(parameters.positional, given.positional, strict=False))
        more = given.positional[len(parameters.positional) :]
        if parameters.rest is not None:
            values[parameters.rest] = tuple(more)
        elif more:
            raise Unfit(given.node)
        others: dict[str, Value] = {}
        for name, value in given.named.items():
            known = name in parameters.positional[parameters.positional_only :] or name in parameters.named
            if known and name not in values:
                values[name] = value
            elif not known and parameters.named_rest is not None:
                others[name] = value
            else:
                raise Unfit(given.node)
        if parameters.named_rest is not None:
            values[parameters.named_rest] = others
        with_default = parameters.positional[len(parameters.positional) - len(function.defaults) :]
        defaults = {**dict(zip(with_default, function.defaults, strict=False)), **function.named_defaults}
        for name in (*parameters.positional, *parameters.named):
            if name in values:
                continue
            if given.rest is not None:
                values[name] = given.rest
            elif name in defaults:
                values[name] = defaults[name]
            else:
                raise Unfit(given.node)
        return values


@dataclass(frozen=True)
class _Parameters:
    positional: tuple[str, ...]
    positional_only: int
    """How many of them cannot be given by name."""
    named: tuple[str, ...]
    """Those that can be given by name alone."""
    rest: str | None
    """The name of ``*args``."""
    named_rest: str | None
    """The name of ``**kwargs``."""


@lru_cache(maxsize=512)
def _parameters(node: ast.FunctionDef | ast.Lambda) -> _Parameters:
    arguments = node.args
    positional = tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args))
    named = tuple(argument.arg for argument in arguments.kwonlyargs)
    rest = arguments.vararg.arg if arguments.vararg is not None else None
    named_rest = arguments.kwarg.arg if arguments.kwarg is not None else None
    return _Parameters(positional, len(arguments.posonlyargs), named, rest, named_rest)


def fatal(error: PasteError) -> bool:
    """Whether an error is about the whole source: there is too much of it."""
    return any(remark.code in ("too_much", "too_nested", "too_many") for remark in error.remarks)
