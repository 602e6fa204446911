"""Attributes, items and iteration of the interpreter's values, and which changes of them are certain."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.arithmetic import operated
from cnnviz.code.read.follow.builtin_functions import BUILTINS
from cnnviz.code.read.follow.builtin_methods import method_of
from cnnviz.code.read.follow.effort import MOST_ENTRIES, MOST_ROUNDS, Effort
from cnnviz.code.read.follow.machine import FrameworkValue
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
    Super,
    Unknown,
    Value,
    Wrapped,
    line_of,
)
from cnnviz.code.read.origins import USUAL
from cnnviz.code.read.remarks import Remark

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.framework import Framework
    from cnnviz.code.read.follow.machine import Machine

_KEYS = (bool, int, float, str, type(None))


class Objects:
    """What the interpreter does with single values, and what it notes about them. Its other classes derive from this.

    ``tracing`` is above 0 while a network is traced: a condition that is not known then ends it. ``regions`` are the
    blocks around the current statement of which it is not certain that they run, each with a number of its own.
    """

    framework: Framework
    run: Machine
    """This interpreter, for the functions that get it as their argument ``run``."""
    scope: Scope

    def __init__(self) -> None:
        self.effort = Effort()
        self.tracing = 0
        self.regions: tuple[int, ...] = ()
        # by id(); they hold the values too, so that no other value gets the same id
        self._spoilt: dict[int, tuple[Value, Remark]] = {}
        """Values that are not known anymore, each with a remark about the change."""
        self._views: dict[int, tuple[Value, Instance]] = {}
        """Dicts that are parts of objects."""
        self._made_in: dict[int, tuple[Value, tuple[int, ...]]] = {}
        """The regions in which lists and dicts were made."""

    @abstractmethod
    def call(self, function: Value, given: Given) -> Value:
        """Call a function, a class or an object."""

    def note_made(self, container: Value) -> Value:
        """Note that a list or dict is made by the current statement; returns it."""
        if self.regions:
            self._made_in[id(container)] = container, self.regions
        return container

    def view(self, entries: dict[str, Value], owner: Instance) -> dict[str, Value]:
        """Note that a dict is a part of an object: a change of the dict makes the object unknown. Returns the dict."""
        self._views[id(entries)] = entries, owner
        return entries

    def change(self, value: Value, node: ast.AST, more: int = 0) -> None:
        """Note that a list, a dict or an object changes here, by ``more`` entries; if it is not certain, the value is
        not known anymore.

        Raises NotKnown for a value that would be too large.
        """
        if more and not isinstance(value, Instance) and len(value) + more > MOST_ENTRIES:
            self.spoil(value, node)
            raise NotKnown
        if id(value) in self._views:
            self.spoil(self._views[id(value)][1], node)
        if not self.certain(value):
            self.spoil(value, node)

    def certain(self, value: Value) -> bool:
        """Whether the current statement certainly runs for a value that exists.

        It does outside all regions, and in the region in which the value was made.
        """
        if not self.regions:
            return True
        made_in = value.regions if isinstance(value, Instance) else self._made_in.get(id(value), (None, ()))[1]
        return self.regions[-1] in made_in

    def spoil(self, value: Value, node: ast.AST, code: str = "") -> None:
        """Note that it is not known how, or whether, a list, a dict or an object changes here.

        ``code`` is that of the remark; without it, the remark tells whether the change is certain.
        """
        code = code or ("changed" if self.certain(value) else "sometimes")
        remark = Remark(code, line_of(node), {"value": Unknown(node).text})
        self._spoilt.setdefault(id(value), (value, remark))

    def require_certain(self, value: Value, node: ast.AST) -> None:
        """Raise NotKnown if the content of a list, a dict or an object is not known anymore."""
        if (remark := self.doubt(value)) is not None:
            raise NotKnown(remark)

    def doubt(self, value: Value) -> Remark | None:
        """The remark about the change since which a list, a dict or an object is not known; None if it is known."""
        spoilt, remark = self._spoilt.get(id(value), (None, None))
        return remark if spoilt is value else None

    def builtin(self, name: str) -> Value:
        """The value of a built-in name of Python."""
        return BUILTINS[name]

    def unbound(self, node: ast.Name) -> Value:
        """The value of a name that the source does not assign; raises NotKnown."""
        if node.id in BUILTINS:
            return BUILTINS[node.id]
        if node.id in USUAL:
            return Path(USUAL[node.id])
        return self.framework_name(node)

    def framework_name(self, node: ast.Name) -> Value:
        """The value of a name that an ``import *`` may bring in; raises NotKnown."""
        raise NotKnown

    def truth(self, value: Value, node: ast.AST) -> bool:
        """Whether a condition on a value holds; raises NotKnown."""
        if isinstance(value, Unknown):
            raise NotKnown(value.remark)
        if isinstance(value, FrameworkValue):
            return value.truth(self.run, node)
        self.require_certain(value, node)
        if isinstance(value, Instance):
            if value.foreign is not None and self.framework.owns(value.foreign):
                # as in Python: an object without a length counts as true
                return bool(self.framework.iterate(self.run, value, node)) if self._has_length(value) else True
            if value.own is not None and value.own.find("__len__") is MISSING and value.own.find("__bool__") is MISSING:
                return True
            raise NotKnown
        if isinstance(value, Path):
            raise NotKnown
        return bool(value)

    def _has_length(self, value: Instance) -> bool:
        return self.framework.attribute(self.run, value, "__len__", value.node) is not MISSING

    def key(self, value: Value) -> Value:
        """A value as the key of a dict; raises NotKnown."""
        if isinstance(value, tuple) and all(isinstance(part, _KEYS) for part in value):
            return value
        if isinstance(value, (*_KEYS, Path)):
            return value
        raise NotKnown

    def index_in(self, value: Value, entries: Value, node: ast.AST) -> int:
        """The index at which a list, ``entries``, is about to change; if it is no whole number, the list is not known
        anymore. Raises NotKnown."""
        if type(value) is not int:
            self.spoil(entries, node)
            raise NotKnown
        return value

    def operated(self, sign: str, left: Value, right: Value, node: ast.AST) -> Value:
        """``left sign right``; raises NotKnown."""
        if isinstance(left, FrameworkValue):
            return left.operate(self.run, sign, right, False, node)
        if isinstance(right, FrameworkValue):
            return right.operate(self.run, sign, left, True, node)
        for value in (left, right):
            if isinstance(value, Unknown):
                raise NotKnown(value.remark)
            self.require_certain(value, node)
        if isinstance(left, Instance) or isinstance(right, Instance):
            return self.framework.operate(self.run, sign, left, right, node)
        return operated(sign, left, right)

    def iterated(self, value: Value, node: ast.AST) -> list[Value]:
        """The values that a loop over a value takes; raises NotKnown."""
        if isinstance(value, Unknown):
            raise NotKnown(value.remark)
        if isinstance(value, FrameworkValue):
            return value.iterate(self.run, node)
        self.require_certain(value, node)
        if isinstance(value, list | tuple | dict | set | str):
            return list(value)
        if isinstance(value, range) and len(value) <= MOST_ROUNDS:
            return list(value)
        if isinstance(value, Instance) and value.foreign is not None and self.framework.owns(value.foreign):
            return self.framework.iterate(self.run, value, node)
        raise NotKnown

    def unpacked(self, value: Value, count: int, node: ast.AST) -> list[Value]:
        """The entries of a value that is assigned to ``count`` names; raises NotKnown."""
        entries = self.iterated(value, node)
        if len(entries) != count:
            raise NotKnown
        return entries

    def item(self, holder: Value, key: Value, node: ast.AST) -> Value:
        """The value of ``holder[key]``; raises NotKnown."""
        if isinstance(holder, FrameworkValue):
            return holder.item(self.run, key, node)
        self.require_certain(holder, node)
        if isinstance(holder, Instance):
            if holder.own is not None and isinstance(method := holder.own.find("__getitem__"), Function):
                return self.call(Bound(method, holder), Given(node, [key]))
            return self.framework.item(self.run, holder, key, node)
        if isinstance(holder, Path | Native | Class):
            # a type with parameters, such as List[int]
            return holder
        try:
            return holder[self.key(key) if isinstance(holder, dict) else key]
        except (TypeError, KeyError, IndexError, ValueError) as error:
            raise NotKnown from error

    def method(self, holder: Value, name: str, given: Given) -> Value:
        """Call a method of a value without arguments; ``given`` tells where the call stands. Raises NotKnown."""
        found = self.found(holder, name, given.node)
        if found is MISSING:
            raise NotKnown
        return self.call(found, Given(given.node))

    def found(self, holder: Value, name: str, node: ast.AST) -> Value:
        """The value of ``holder.name``; :data:`MISSING` if there is no such attribute."""
        match holder:
            case Unknown():
                return Unknown(node, holder.remark)
            case FrameworkValue():
                return holder.attribute(self.run, name, node)
            case Path():
                inner = holder.inner(name)
                value = self.framework.value(inner) if self.framework.owns(inner) else MISSING
                return inner if value is MISSING else value
            case Instance():
                return self._of_instance(holder, name, node)
            case Class():
                if name == "__name__":
                    return holder.name
                return self._bound(holder.find(name), None, holder)
            case Super():
                return self._of_super(holder, name, node)
            case Function(name=own) | Native(name=own) if name == "__name__":
                return own
        return method_of(holder, name)

    def _of_instance(self, holder: Instance, name: str, node: ast.AST) -> Value:
        if name in holder.attributes:
            return holder.attributes[name]
        if name == "__class__":
            return holder.cls
        own = holder.own
        found = own.find(name) if own is not None else MISSING
        # what the source defines in a way that is not known counts only where the framework has no such attribute
        if found is not MISSING and own is not None and not isinstance(found, Unknown):
            return self._bound(found, holder, own)
        foreign = holder.foreign
        if foreign is not None and self.framework.owns(foreign):
            of_framework = self.framework.attribute(self.run, holder, name, node)
            if of_framework is not MISSING:
                return of_framework
        if foreign is not None and not self.framework.owns(foreign):
            raise NotKnown
        return MISSING if not isinstance(found, Unknown) else Unknown(node, found.remark)

    def _of_super(self, holder: Super, name: str, node: ast.AST) -> Value:
        receiver = holder.receiver
        cls = receiver.cls if isinstance(receiver, Instance) else receiver
        if not isinstance(cls, Class):
            raise NotKnown
        found = cls.find(name, holder.owner)
        if found is not MISSING:
            return self._bound(found, receiver if isinstance(receiver, Instance) else None, cls)
        foreign = cls.foreign
        if name == "__init__" and isinstance(receiver, Instance):
            return Native("__init__", lambda run, given: run.construct_base(receiver, given))
        if foreign is not None and self.framework.owns(foreign) and isinstance(receiver, Instance):
            if name == "forward":
                return Native(name, lambda run, given: run.framework.call_base(run, receiver, given))
            return self.framework.attribute(self.run, receiver, name, node)
        return MISSING

    def _bound(self, found: Value, instance: Instance | None, cls: Class) -> Value:
        """An attribute of a class, as its instance or the class itself gets it."""
        match found:
            case Function() if instance is not None:
                return Bound(found, instance)
            case Wrapped(kind="static"):
                return found.function
            case Wrapped(kind="partial"):
                return Bound(found.function, instance) if instance is not None else found.function
            case Wrapped(kind="class"):
                return Bound(found.function, cls)
            case Wrapped(kind="property") if instance is not None:
                return self.call(Bound(found.function, instance), Given(instance.node))
        return found

    def store_attribute(self, holder: Value, name: str, value: Value, node: ast.AST) -> None:
        """Assign ``holder.name``."""
        match holder:
            case Instance():
                if not self.certain(holder) and holder.attributes.get(name, MISSING) is not value:
                    if holder.own is None:
                        self.change(holder, node)
                    remark = Remark("sometimes", line_of(node), {"value": Unknown(node).text})
                    value = Unknown(node, remark)
                holder.attributes[name] = value
                # an object of the framework itself, such as a Conv2d
                if holder.own is None:
                    self.framework.stored(self.run, holder, name, node)
            case Class():
                holder.names[name] = value if not self.regions else Unknown(node)
            case Path() if self.framework.owns(holder):
                self.patched(holder.inner(name), node)

    @abstractmethod
    def patched(self, path: Path, node: ast.AST) -> None:
        """Note that the source assigns something to a path of the framework."""

    @abstractmethod
    def passed_on(self, given: Given) -> None:
        """Note that values are passed to a function that is not known."""
