"""Finds the Sequential that is the network in a source, and its layers, including those that are added later."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.code.read.changes import Changes, Key
from cnnviz.code.read.functional import Functional
from cnnviz.code.read.origins import Origins
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.scopes import Position, Standing, survey
from cnnviz.code.read.syntax import MOST_DEPTH, Names, NotAConstant, parse, unwrapped, written
from cnnviz.code.read.torch_layers import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.settings import Framework

MOST_LAYERS = 1000
CHAINED = frozenset({"append", "extend", "insert"})
"""Methods of torch's Sequential that return the Sequential itself."""
MOST_LOOKS = 10_000
"""The most lists, Sequentials and changes of these that are examined: nested lists can grow exponentially."""


@dataclass(frozen=True)
class Entry:
    """A layer in the source: its expression, and its name in the Sequential.

    ``pair`` are the expressions of two layers that are one kind in cnnviz, such as AdaptiveAvgPool2d and Flatten.
    """

    node: ast.expr
    name: str | None = None
    pair: tuple[ast.expr, ...] = ()


class Model:
    """The Sequential in a source that is the network; raises PasteError if there is none.

    ``wrong`` and ``notes`` are remarks about what the source does with it.
    """

    def __init__(self, text: str) -> None:
        self.survey = survey(parse(text))
        self.changes = Changes(self.survey)
        self.origins = Origins(self.survey)
        self.names = Names(self._constant, self.origins.name)
        self.wrong: list[Remark] = []
        self.notes: list[Remark] = []
        self.functional = Functional(self.survey, self.origins)
        self._listed = self._looks = 0
        self._chained: dict[ast.expr, tuple[tuple[str, ast.Call], ...]] = {}
        self._seen: set[Standing] = set()
        self._found: list[tuple[Standing, ast.Call]] = []
        self._inside: tuple[int, str] | None = None
        for standing in self.survey.statements:
            self._examine(standing)
        self._standing, self.sequential = self._choose()
        self.framework: Framework = self._framework()
        self.keys = frozenset(self.changes.keys(self._standing))
        """The names of the network."""
        self._parts_of_classes()

    def entries(self) -> list[Entry]:
        """The layers in order; nested Sequentials are replaced by their layers."""
        if self.is_sequential(self.sequential):
            return [*self._flat(self.sequential, self._standing, 0)]
        layers = self.functional.chain(self.sequential, self._standing)
        return [entry for layer, _ in layers for entry in self._whole(self._entry(layer), 0)]

    def is_sequential(self, node: ast.expr) -> bool:
        """Whether an expression creates a Sequential."""
        return self.origins.name(node) == "Sequential"

    # Finding the Sequential.

    def _constant(self, name: ast.Name) -> ast.expr | None:
        """The value of a name that is assigned once and never changed; else None."""
        binding = self.survey.binding(name)
        return None if binding is None or self.changes.key(name) in self.changes.by_name else binding.value

    def _examine(self, standing: Standing) -> None:
        """Note the Sequential or functional model that a statement creates, if it does."""
        match standing.statement:
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                pass
            case ast.Return(value=ast.expr() as value) | ast.Expr(value=value):
                pass
            case _:
                return
        call = self._base(value)
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
                self._own_sequential(standing, call)
                return
            case ast.Call() if self.is_sequential(call) or self.functional.is_model(call):
                pass
            case _:
                return
        if standing.scope.owner:
            self._inside = self._inside or (call.lineno, standing.scope.owner)
        else:
            self._found.append((standing, call))

    def _own_sequential(self, standing: Standing, call: ast.Call) -> None:
        """Note ``super().__init__(…)`` in a subclass of Sequential that has nothing but these layers."""
        function, around = standing.scope.node, standing.scope.parent
        made = around.node if around is not None else None
        if not isinstance(made, ast.ClassDef) or not isinstance(function, ast.FunctionDef):
            return
        base = next((base for base in made.bases if self.origins.name(base) == "Sequential"), None)
        if base is None:
            return
        plain = len(made.bases) == 1 and not (made.keywords or made.decorator_list or function.decorator_list)
        if plain and _alone(made.body, function) and _alone(function.body, standing.statement):
            self._found.append((standing, ast.copy_location(ast.Call(base, call.args, call.keywords), call)))
        else:
            self._inside = self._inside or (call.lineno, made.name)

    def _choose(self) -> tuple[Standing, ast.Call]:
        """The Sequential that is not a part of another; the last one if there are several."""
        parts = self._parts()
        whole = [
            (standing, call) for standing, call in self._found if not parts.intersection(self.changes.keys(standing))
        ]
        if not whole:
            if self._inside is not None:
                line, owner = self._inside
                raise PasteError(Remark("in_class", line, {"name": owner}))
            raise PasteError(Remark("no_sequential"))
        standing, chosen = whole[-1]
        if len(whole) > 1:
            self.notes.append(Remark("last_of_many", chosen.lineno, {"count": len(whole)}))
        return standing, chosen

    def _parts(self) -> set[Key]:
        """The names of the parts of all Sequentials and functional models."""
        waiting: list[ast.expr] = [part for _, call in self._found for part in _arguments(call)]
        waiting += [part for steps in self._chained.values() for _, call in steps for part in _arguments(call)]
        waiting += [part for made, _ in self._found for key in self.changes.keys(made) for part in self._added(key)]
        if not all(self.is_sequential(call) for _, call in self._found):
            waiting += [call.func for call in self.survey.calls if isinstance(call.func, ast.Name)]
        found: set[Key] = set()
        while waiting:
            for name in ast.walk(waiting.pop()):
                if isinstance(name, ast.Name) and (key := self.changes.key(name)) not in found:
                    found.add(key)
                    binding = self.survey.binding(name)
                    if binding is not None and isinstance(binding.value, ast.List | ast.Tuple | ast.Dict):
                        waiting += [binding.value, *self._added(key)]
        return found

    def _parts_of_classes(self) -> None:
        """Add remarks for classes in the source that compute with the Sequential or get it as an argument."""
        for call in self.survey.calls:
            match call.func:
                case ast.Name() as name if self.changes.key(name) in self.keys:
                    scope = self.survey.scopes[name]
                    if scope.owner and getattr(scope.node, "name", "") in ("forward", "call", "__call__"):
                        self.wrong.append(Remark("in_class", self.sequential.lineno, {"name": scope.owner}))
                case ast.Name() as name if isinstance(self.changes.own(name), ast.ClassDef):
                    given = [part for part in _arguments(call) if isinstance(part, ast.Name)]
                    if any(self.changes.key(part) in self.keys for part in given):
                        self.notes.append(Remark("not_followed", call.lineno, {"value": written(call)}))

    def _added(self, key: Key) -> list[ast.expr]:
        """The expressions that are added to the value of a name."""
        changes = self.changes.by_name.get(key, ())
        return [part for change in changes for _, call in change.steps for part in _arguments(call)]

    def _framework(self) -> Framework:
        if not self.is_sequential(self.sequential):
            return "keras"
        known = self.origins.known(self.sequential.func)
        if known is not None and known.framework is not None:
            return known.framework
        first = self._made(self.sequential.args[0])[0] if self.sequential.args else None
        added = any(
            method == "add"
            for key in self.changes.keys(self._standing)
            for change in self.changes.by_name.get(key, ())
            for method, _ in change.steps
        )
        return "keras" if isinstance(first, ast.List | ast.Tuple) or added else "pytorch"

    # Its layers.

    def _made(self, node: ast.expr) -> tuple[ast.expr, Standing | None]:
        """The value of an expression, and the statement that assigned it.

        Lists and Sequentials may be changed after they are created; any other value that is changed is not known.
        """
        seen, made, standing = 0, self._base(node), None
        while isinstance(made, ast.Name) and seen < MOST_DEPTH:
            binding = self.survey.binding(made)
            if binding is None or binding.value is None:
                return node, None
            made, standing, seen = self._base(binding.value), binding.standing, seen + 1
        return (made, standing) if self._is_grown(made) else (unwrapped(self.names.resolve(node)), None)

    def _base(self, node: ast.expr) -> ast.expr:
        """The Sequential before calls of ``.append(…)`` and the like, which are remembered; anything else unchanged."""
        made = unwrapped(node)
        steps: list[tuple[str, ast.Call]] = []
        while isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr in CHAINED:
            steps.append((made.func.attr, made))
            made = unwrapped(made.func.value)
        if not steps or not self.is_sequential(made):
            return unwrapped(node)
        self._chained[made] = tuple(reversed(steps))
        return made

    def _flat(self, call: ast.Call, standing: Standing | None, depth: int) -> Iterator[Entry]:
        for entry in self._grown(call, standing, None, depth):
            yield from self._whole(entry, depth)

    def _whole(self, entry: Entry, depth: int) -> Iterator[Entry]:
        """The layer of an entry, or, if the entry is a Sequential, its layers."""
        layer, made = self._made(entry.node)
        if not self.is_sequential(layer) or not isinstance(layer, ast.Call):
            yield Entry(layer, entry.name)
            return
        parts = list(self._flat(layer, made, depth + 1))
        if tuple(self.origins.name(part.node) for part in parts) in TOGETHER:
            yield Entry(layer, entry.name, tuple(part.node for part in parts))
        else:
            yield from parts

    def _grown(self, made: ast.expr, standing: Standing | None, until: Position | None, depth: int) -> list[Entry]:
        """The layers in a list or a Sequential, including those that are added later."""
        if depth > MOST_DEPTH:
            raise PasteError(Remark("too_nested"))
        entries = list(self._inside_of(made, depth))
        for method, call in self._chained.get(made, ()):
            if not self._change(entries, method, call, depth):
                self.wrong.append(Remark("changed", call.lineno, {"value": written(call)}))
        if standing is None:
            return entries
        history = self.changes.of(standing, until)
        self._looks += 1 + len(history.changes)
        if self._looks > MOST_LOOKS:
            raise PasteError(Remark("too_much"))
        if standing not in self._seen:
            self._seen.add(standing)
            self.wrong += history.wrong
            self.notes += history.notes
        for change in history.changes:
            for method, call in change.steps:
                if not self._change(entries, method, call, depth):
                    self.wrong.append(change.remark("changed"))
        return entries

    def _change(self, entries: list[Entry], method: str, call: ast.Call, depth: int) -> bool:
        """Add the layers that a method call adds. Returns False if they are not known."""
        if call.keywords:
            return False
        match method, call.args:
            case "append" | "add", [layer]:
                added, place = [self._entry(layer)], len(entries)
            case "extend", [layers]:
                made, standing = self._made(layers)
                if not self._is_grown(made):
                    return False
                added, place = self._grown(made, standing, _place(layers), depth + 1), len(entries)
            case "insert", [where, layer]:
                try:
                    index = self.names.constant(where)
                except NotAConstant:
                    return False
                if type(index) is not int or not -len(entries) <= index <= len(entries):
                    return False
                added, place = [self._entry(layer)], index
            case "add_module" | "register_module", [ast.Constant(value=str(name)), layer]:
                if name.isdecimal() or any(entry.name == name for entry in entries):
                    return False
                added, place = [self._entry(layer, name)], len(entries)
            case _:
                return False
        entries[place:place] = added
        return True

    def _inside_of(self, node: ast.expr, depth: int) -> Iterator[Entry]:
        """The layers that are written in a Sequential, a list, an OrderedDict or a dict."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                for part in parts:
                    match part:
                        case ast.Tuple(elts=[ast.Constant(value=str(name)), layer]):
                            yield self._entry(layer, name)
                        case _:
                            yield from self._spread(part, depth)
            case ast.Dict(keys=keys, values=layers):
                for key, layer in zip(keys, layers, strict=True):
                    label = key.value if isinstance(key, ast.Constant) else None
                    yield self._entry(layer, label if isinstance(label, str) else None)
            case ast.Call(args=args, keywords=keywords) if self.origins.name(node) == "OrderedDict":
                for argument in args:
                    yield from self._all_of(argument, depth)
                for keyword in keywords:
                    yield self._entry(keyword.value, keyword.arg)
            case ast.Call(args=args, keywords=keywords):
                for keyword in keywords:
                    if keyword.arg not in ("name", "layers", "trainable"):
                        values = {"name": "Sequential", "argument": str(keyword.arg)}
                        raise PasteError(Remark("unknown_argument", node.lineno, values))
                for argument in [*args, *(keyword.value for keyword in keywords if keyword.arg == "layers")]:
                    made, _ = self._made(argument)
                    if self._is_grown(made) and not self.is_sequential(made):
                        yield from self._all_of(argument, depth)
                    else:
                        yield from self._spread(argument, depth)

    def _spread(self, node: ast.expr, depth: int) -> Iterator[Entry]:
        """The layers of ``*layers``, or any other expression as a single layer."""
        if isinstance(node, ast.Starred) and self._is_grown(self._made(node.value)[0]):
            yield from self._all_of(node.value, depth)
        else:
            yield self._entry(node)

    def _all_of(self, node: ast.expr, depth: int) -> list[Entry]:
        """The layers that are in a list at this position of the source."""
        made, standing = self._made(node)
        return self._grown(made, standing, _place(node), depth + 1) if self._is_grown(made) else [self._entry(node)]

    def _is_grown(self, node: ast.expr) -> bool:
        """Whether an expression is a container of layers, to which more may be added."""
        return isinstance(node, ast.List | ast.Tuple | ast.Dict) or self.origins.name(node) in (
            "Sequential",
            "OrderedDict",
        )

    def _entry(self, node: ast.expr, name: str | None = None) -> Entry:
        self._listed += 1
        if self._listed > MOST_LAYERS:
            raise PasteError(Remark("too_many", values={"most": MOST_LAYERS}))
        return Entry(node, name)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _place(node: ast.expr) -> Position:
    return node.lineno, node.col_offset


def _alone(body: list[ast.stmt], statement: ast.stmt) -> bool:
    """Whether a body has no other statement, except for docstrings."""
    texts = [other for other in body if isinstance(other, ast.Expr) and isinstance(other.value, ast.Constant)]
    return [other for other in body if other not in texts] == [statement]
