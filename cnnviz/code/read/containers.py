"""Lists, dicts and Sequentials of a source, and the layers in them, including those that are added later."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import MOST_DEPTH, Names, NotAConstant, unwrapped, written
from cnnviz.code.read.torch_layers import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.code.read.changes import Changes
    from cnnviz.code.read.origins import Origins
    from cnnviz.code.read.scopes import PlacedStatement, Position, Survey
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


class Containers:
    """The containers of layers in a source.

    ``wrong`` and ``notes`` are remarks about what the source does with them. ``chained`` are the method calls that
    directly follow the creation of a Sequential, such as ``Sequential(…).append(…)``.
    """

    def __init__(self, survey: Survey, changes: Changes, origins: Origins) -> None:
        self.survey, self.changes, self.origins = survey, changes, origins
        self.names = Names(self._constant, origins.name)
        self.framework: Framework | None = None
        """The framework of the network; None until it is known."""
        self.wrong: list[Remark] = []
        self.notes: list[Remark] = []
        self.chained: dict[ast.expr, tuple[tuple[str, ast.Call], ...]] = {}
        self._listed = self._looks = 0
        self._seen: set[PlacedStatement] = set()

    def is_sequential(self, node: ast.expr) -> bool:
        """Whether an expression creates a Sequential."""
        return self.origins.name(node) == "Sequential"

    def value(self, node: ast.expr) -> tuple[ast.expr, PlacedStatement | None]:
        """The value of an expression, and the statement that assigned it.

        Lists and Sequentials may be changed after they are created; any other value that is changed is not known.
        """
        names, value, placed = 0, self.base(node), None
        while isinstance(value, ast.Name) and names < MOST_DEPTH:
            binding = self.survey.binding(value)
            if binding is None or binding.value is None:
                return node, None
            value, placed, names = self.base(binding.value), binding.placed, names + 1
        return (value, placed) if self._is_container(value) else (unwrapped(self.names.resolve(node)), None)

    def base(self, node: ast.expr) -> ast.expr:
        """The Sequential before calls of ``.append(…)`` and the like, which are remembered; anything else unchanged."""
        base = unwrapped(node)
        steps: list[tuple[str, ast.Call]] = []
        while isinstance(base, ast.Call) and isinstance(base.func, ast.Attribute) and base.func.attr in CHAINED:
            steps.append((base.func.attr, base))
            base = unwrapped(base.func.value)
        if not steps or not self.is_sequential(base):
            return unwrapped(node)
        self.chained[base] = tuple(reversed(steps))
        return base

    def flat(self, call: ast.Call, placed: PlacedStatement | None, depth: int) -> Iterator[Entry]:
        """The layers of a Sequential that ``placed`` assigns; nested Sequentials are replaced by their layers."""
        for entry in self._entries_of(call, placed, None, depth):
            yield from self.layers_of(entry, depth)

    def layers_of(self, entry: Entry, depth: int) -> Iterator[Entry]:
        """The layer of an entry, or, if the entry is a Sequential, its layers."""
        layer, placed = self.value(entry.node)
        if not self.is_sequential(layer) or not isinstance(layer, ast.Call):
            yield Entry(layer, entry.name)
            return
        parts = list(self.flat(layer, placed, depth + 1))
        if tuple(self.origins.name(part.node) for part in parts) in TOGETHER:
            yield Entry(layer, entry.name, tuple(part.node for part in parts))
        else:
            yield from parts

    def _entries_of(
        self, container: ast.expr, placed: PlacedStatement | None, until: Position | None, depth: int
    ) -> list[Entry]:
        """The layers in a list or a Sequential, including those that are added later."""
        if depth > MOST_DEPTH:
            raise PasteError(Remark("too_nested"))
        entries = list(self._inside_of(container, depth))
        for method, call in self.chained.get(container, ()):
            if not self._change(entries, method, call, depth):
                self.wrong.append(Remark("changed", call.lineno, {"value": written(call)}))
        if placed is None:
            return entries
        history = self.changes.of(placed, until)
        self._looks += 1 + len(history.changes)
        if self._looks > MOST_LOOKS:
            raise PasteError(Remark("too_much"))
        if placed not in self._seen:
            self._seen.add(placed)
            self.wrong += history.wrong
            self.notes += history.notes
        for change in history.changes:
            for method, call in change.steps:
                done = (
                    self._remove(entries, container, call)
                    if method == "pop"
                    else self._change(entries, method, call, depth)
                )
                if not done:
                    self.wrong.append(change.remark("changed"))
        return entries

    def _remove(self, entries: list[Entry], container: ast.expr, call: ast.Call) -> bool:
        """Remove the last layer of a list or of a Keras Sequential. Returns False if it is not known what is removed.

        The only layer of a Sequential is not removed: its ``input_shape`` would stay there.
        """
        listed = isinstance(container, ast.List)
        keras = self._is_of_keras(container)
        if call.args or not (listed or keras) or len(entries) < (1 if listed else 2):
            return False
        if any(keyword.arg != "rebuild" for keyword in call.keywords) or (listed and call.keywords):
            return False
        entries.pop()
        return True

    def _change(self, entries: list[Entry], method: str, call: ast.Call, depth: int) -> bool:
        """Add the layers that a method call adds. Returns False if they are not known."""
        if call.keywords:
            return False
        match method, call.args:
            case "append" | "add", [layer]:
                added, place = [self.entry(layer)], len(entries)
            case "extend", [layers]:
                container, placed = self.value(layers)
                if not self._is_container(container):
                    return False
                added, place = self._entries_of(container, placed, _position(layers), depth + 1), len(entries)
            case "insert", [position, layer]:
                try:
                    index = self.names.constant(position)
                except NotAConstant:
                    return False
                if type(index) is not int or not -len(entries) <= index <= len(entries):
                    return False
                added, place = [self.entry(layer)], index
            case "add_module" | "register_module", [ast.Constant(value=str(name)), layer]:
                if name.isdecimal() or any(entry.name == name for entry in entries):
                    return False
                added, place = [self.entry(layer, name)], len(entries)
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
                            yield self.entry(layer, name)
                        case _:
                            yield from self._spread(part, depth)
            case ast.Dict(keys=keys, values=layers):
                for key, layer in zip(keys, layers, strict=True):
                    label = key.value if isinstance(key, ast.Constant) else None
                    yield self.entry(layer, label if isinstance(label, str) else None)
            case ast.Call(args=args, keywords=keywords) if self.origins.name(node) == "OrderedDict":
                for argument in args:
                    yield from self._all_of(argument, depth)
                for keyword in keywords:
                    yield self.entry(keyword.value, keyword.arg)
            case ast.Call(args=args, keywords=keywords):
                for keyword in keywords:
                    if keyword.arg not in ("name", "layers", "trainable"):
                        values = {"name": "Sequential", "argument": str(keyword.arg)}
                        raise PasteError(Remark("unknown_argument", node.lineno, values))
                for argument in [*args, *(keyword.value for keyword in keywords if keyword.arg == "layers")]:
                    container, _ = self.value(argument)
                    if self._is_container(container) and not self.is_sequential(container):
                        yield from self._all_of(argument, depth)
                    else:
                        yield from self._spread(argument, depth)

    def _spread(self, node: ast.expr, depth: int) -> Iterator[Entry]:
        """The layers of ``*layers``, or any other expression as a single layer."""
        if isinstance(node, ast.Starred) and self._is_container(self.value(node.value)[0]):
            yield from self._all_of(node.value, depth)
        else:
            yield self.entry(node)

    def _all_of(self, node: ast.expr, depth: int) -> list[Entry]:
        """The layers that are in a list at this position of the source."""
        container, placed = self.value(node)
        return (
            self._entries_of(container, placed, _position(node), depth + 1)
            if self._is_container(container)
            else [self.entry(node)]
        )

    def _is_container(self, node: ast.expr) -> bool:
        """Whether an expression is a container of layers, to which more may be added."""
        return isinstance(node, ast.List | ast.Tuple | ast.Dict) or self.origins.name(node) in (
            "Sequential",
            "OrderedDict",
        )

    def _is_of_keras(self, node: ast.expr) -> bool:
        """Whether an expression creates a Sequential of Keras."""
        if not isinstance(node, ast.Call) or not self.is_sequential(node):
            return False
        known = self.origins.known(node.func)
        return ((known is not None and known.framework) or self.framework) == "keras"

    def entry(self, node: ast.expr, name: str | None = None) -> Entry:
        """An entry for a layer; raises PasteError if the source has more than :data:`MOST_LAYERS`."""
        self._listed += 1
        if self._listed > MOST_LAYERS:
            raise PasteError(Remark("too_many", values={"most": MOST_LAYERS}))
        return Entry(node, name)

    def _constant(self, name: ast.Name) -> ast.expr | None:
        """The value of a name that is assigned once and never changed; else None."""
        binding = self.survey.binding(name)
        return None if binding is None or self.changes.key(name) in self.changes.by_name else binding.value


def _position(node: ast.expr) -> Position:
    return node.lineno, node.col_offset
