"""Which objects, functions and classes of a source may be its network."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.values import (
    MISSING,
    Class,
    Function,
    Given,
    Instance,
    NotKnown,
    Raised,
    Unfit,
    Unknown,
    Value,
)
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cnnviz.code.read.follow.interpreter import Interpreter


@dataclass(frozen=True)
class Candidate:
    """Something that may be the network: its name in the source, and the object, class or function."""

    name: str
    value: Value


class Candidates:
    """The networks of a source that was followed.

    ``is_network`` says of an object whether it is a network or a part of one, ``parts`` returns the objects in it.
    """

    def __init__(
        self,
        run: Interpreter,
        is_network: Callable[[Instance], bool],
        parts: Callable[[Instance], Iterable[Instance]],
        is_network_class: Callable[[Class], bool],
    ) -> None:
        self.run, self.is_network, self.parts = run, is_network, parts
        self._is_class = is_network_class
        self._used = self._names_used()

    def all(self) -> list[Candidate]:
        """The candidates: the objects that the source makes, else its functions and classes that make one."""
        networks = self._made()
        named = {id(value): name for name, value in self.run.module.names.items() if isinstance(value, Instance)}
        for name, lost in self.run.lost.items():
            if isinstance(self.run.module.names.get(name), Unknown):
                named.setdefault(id(lost), name)
        found = [Candidate(named[id(instance)], instance) for instance in networks if id(instance) in named]
        found = found or [Candidate(instance.class_name, instance) for instance in networks[-1:]]
        return found or self._makers()

    def chosen(self, candidates: list[Candidate], name: str | None) -> Candidate:
        """The candidate of a name; without a name, the last object that is made, or the first function or class."""
        for candidate in candidates:
            if candidate.name == name:
                return candidate
        return candidates[-1] if isinstance(candidates[-1].value, Instance) else candidates[0]

    def network(self, candidate: Candidate) -> Instance:
        """The network that a candidate is or makes; raises PasteError."""
        value = candidate.value
        if isinstance(value, Instance):
            return value
        run = self.run
        count = len(run.made)
        made: Value = None
        remark: Remark | None = None
        try:
            made = run.call(value, Given(value.node))
        except Unfit as unfit:
            values = {"name": candidate.name, "value": "…"}
            raise PasteError(Remark("needs_arguments", value.node.lineno, values)) from unfit
        except NotKnown as unknown:
            remark = unknown.remark
        except Raised as raised:
            raise PasteError(raised.why()) from raised
        if isinstance(made, Instance) and self.is_network(made):
            return made
        # a function may make a network and return something else
        roots = self._roots(run.made[count:])
        if not roots:
            raise PasteError(remark or Remark("no_network"))
        return roots[-1]

    def _made(self) -> list[Instance]:
        """The networks that the source makes: none that is part of another, and none that a network class names.

        Raises PasteError if a function that is not known may have joined all of them.
        """
        used = {id(value) for name, value in self.run.module.names.items() if name in self._used}
        roots = [root for root in self._roots(self.run.made) if id(root) not in used]
        complete = [root for root in roots if id(root) not in self.run.joined]
        if roots and not complete:
            _, remark = self.run.joined[id(roots[0])]
            raise PasteError(remark)
        return complete

    def _roots(self, instances: list[Instance]) -> list[Instance]:
        """The networks among objects that are no part of another of them."""
        networks = [instance for instance in instances if self.is_network(instance)]
        inner = {id(part) for instance in networks for part in self.parts(instance) if part is not instance}
        roots = [root for root in networks if id(root) not in inner]
        # a class may make an empty Sequential and replace it
        filled = [root for root in roots if root.own is not None or root.data is not None or root.attributes]
        return filled or roots

    def _makers(self) -> list[Candidate]:
        """The network classes, and the functions that return a network, if no other of them uses them.

        Those that need no arguments are preferred.
        """
        names = self.run.module.names
        classes = {name: v for name, v in names.items() if isinstance(v, Class) and self._is_class(v)}
        functions = {name: v for name, v in names.items() if isinstance(v, Function)}
        makers = {*classes, *self._returning(classes, functions)}
        for value in names.values():
            # a network that the source makes in a way that is not known
            if isinstance(value, Unknown) and isinstance(value.node, ast.expr) and called(value.node) in makers:
                raise PasteError(value.why())
        used = {inner for name in makers for inner in _names(names[name].node) - {name}}
        unused = [Candidate(name, value) for name, value in names.items() if name in makers and name not in used]
        callable_now = [candidate for candidate in unused if self._needs_nothing(candidate.value)]
        if callable_now:
            return sorted(callable_now, key=self._rank)
        # such as main(), which makes a network and returns nothing
        using = [
            Candidate(name, v)
            for name, v in functions.items()
            if self._needs_nothing(v) and not _names(v.node).isdisjoint(classes)
        ]
        return using or unused or [Candidate(name, value) for name, value in classes.items()][-1:]

    def _rank(self, candidate: Candidate) -> tuple[bool, int]:
        """The key for sorting: functions in the order of the source, then classes, the last one first.

        The last class is usually the network, made of the classes before it.
        """
        is_class = isinstance(candidate.value, Class)
        line: int = candidate.value.node.lineno
        return is_class, -line if is_class else line

    def _returning(self, classes: Iterable[str], functions: dict[str, Function]) -> list[str]:
        """The names of the functions that may return a network: they return something, and name one of ``classes`` or
        another such function."""
        known = set(classes)
        found: list[str] = []
        for _ in range(len(functions)):
            more = [
                name
                for name, function in functions.items()
                if name not in known and _returns(function.node) and _names(function.node) & known
            ]
            if not more:
                break
            known.update(more)
            found += more
        return found

    def _needs_nothing(self, value: Value) -> bool:
        """Whether a class or function can be called without arguments."""
        init = value.find("__init__") if isinstance(value, Class) else value
        if not isinstance(init, Function):
            return init is MISSING
        arguments = init.node.args
        needed = len(arguments.posonlyargs) + len(arguments.args) - len(init.defaults) - isinstance(value, Class)
        return needed <= 0 and all(argument.arg in init.named_defaults for argument in arguments.kwonlyargs)

    def _names_used(self) -> set[str]:
        """The names that the methods of the network classes use."""
        classes = [v for v in self.run.module.names.values() if isinstance(v, Class) and self._is_class(v)]
        return set().union(*(_names(cls.node) for cls in classes))


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _returns(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Return) and inner.value is not None for inner in ast.walk(node))
