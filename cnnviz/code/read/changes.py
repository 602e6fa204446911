"""Finds the changes of a list or a Sequential after it is created, and whether they certainly happen."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.scopes import PlacedStatement, Position, Scope, Survey, nodes_of, parameters
from cnnviz.code.read.syntax import called, unwrapped, written

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = tuple[Scope, str]
"""A name and the scope that it belongs to."""
MOST_LOOKS = 30_000
"""The most changes and names that are examined."""
ADDING = frozenset({"append", "add", "extend", "insert", "add_module", "register_module"})
"""Methods that add layers."""
_CHANGES = ADDING | {
    *("pop", "popitem", "remove", "clear", "reverse", "sort", "update", "setdefault", "move_to_end"),
    *("__setitem__", "__delitem__", "__setattr__", "__delattr__", "__iadd__", "__imul__"),
}
"""Methods that change a list, a dict or a Sequential."""
_LEADS_TO_LAYERS = frozenset({"children", "get_layer", "get_submodule", "modules", "named_children", "named_modules"})
"""Methods of a network that return its layers."""
_WEIGHTS = frozenset({"weight", "bias", "data", "grad"})
"""Attributes whose contents may be changed: this does not change the layers."""
_HARMLESS = frozenset({"data", "grad", "requires_grad", "trainable", "training", "name"})
"""Attributes that may be set: this does not change the layers."""
_WRAPPERS = frozenset({"compile", "script", "trace", "DataParallel", "DistributedDataParallel"})
"""Functions that are called with a network and return one that computes the same."""


@dataclass(frozen=True, eq=False)
class Change:
    """A change of the value of a name. ``steps`` are calls that add layers, or a call that removes the last
    one; they are empty for any other change."""

    placed: PlacedStatement
    node: ast.AST
    name: ast.Name
    steps: tuple[tuple[str, ast.Call], ...] = ()

    @property
    def start(self) -> Position:
        """Its position in the source."""
        return self.name.lineno, self.name.col_offset

    def remark(self, code: str) -> Remark:
        """A remark about the change."""
        return Remark(code, self.name.lineno, {"value": written(self.node)})


@dataclass(frozen=True, eq=False)
class History:
    """The changes of one list or Sequential that certainly happen, and remarks about other changes."""

    changes: tuple[Change, ...] = ()
    wrong: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


class Changes:
    """All changes in a source, by the name through which they are made."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.by_name: dict[Key, list[Change]] = {}
        self.aliases: dict[Key, list[Key]] = {}
        """The names and parameters to which the value of a name is assigned or passed."""
        self.made_by: dict[ast.AST, list[Key]] = {}
        """The names to which the results of calls of a function or class of the source are assigned."""
        self.returns: dict[Scope, list[PlacedStatement]] = {}
        self._looks = 0
        for placed in survey.statements:
            for change in _changes(placed):
                self.by_name.setdefault(self.key(change.name), []).append(change)
            self._follow(placed)

    def key(self, name: ast.Name) -> Key:
        """The name and its scope; the module if the source does not assign the name."""
        return self.survey.home(name) or self.survey.module, name.id

    def keys(self, assignment: PlacedStatement) -> list[Key]:
        """The names that a statement assigns to."""
        return [self.key(target) for target in _targets(assignment.statement) if isinstance(target, ast.Name)]

    def of(self, assignment: PlacedStatement, until: Position | None = None) -> History:
        """What happens to the value that a statement assigns; with ``until``, up to that position in the same scope.

        Raises PasteError if this takes too long.
        """
        keys = self.keys(assignment)
        changes, wrong, notes = [], [], []
        end = self._end(assignment, keys)
        all_keys = self._with_aliases(assignment, keys)
        self._spend(sum(len(self.by_name.get(key, ())) for key in all_keys))
        self._spend(sum(len(scope.bound[name]) for scope, name in keys))
        for key in all_keys:
            for change in self.by_name.get(key, ()):
                same_scope = change.placed.scope is assignment.scope
                if same_scope and (change.start < assignment.start or change.placed is assignment):
                    continue
                if same_scope and (past(change.start, end) or past(change.start, until)):
                    continue
                if key in keys and self._surely(change, assignment):
                    if change.steps:
                        changes.append(change)
                    else:
                        wrong.append(change.remark("changed"))
                else:
                    wrong.append(change.remark("sometimes" if key in keys else "changed"))
        wrong += self._through_attributes(assignment)
        for key in keys:
            for placed, value in self._rebound(assignment, key):
                if past(placed.start, end) or past(placed.start, until):
                    continue
                remark = Remark("not_followed", placed.start[0], {"value": written(placed.statement)})
                if value is None or isinstance(value, ast.Call):
                    notes.append(remark)
                else:
                    wrong.append(Remark("changed", remark.line, remark.values))
        return History(tuple(sorted(changes, key=lambda change: change.start)), tuple(wrong), tuple(notes))

    def _spend(self, looks: int) -> None:
        self._looks += looks
        if self._looks > MOST_LOOKS:
            raise PasteError(Remark("too_much"))

    def _surely(self, change: Change, assignment: PlacedStatement) -> bool:
        """Whether a change happens exactly once each time that the statement ``assignment`` runs."""
        if not change.placed.runs_with(assignment):
            return False
        return not any(
            assignment.start < leaving.start < change.start and not leaving.runs_with(assignment)
            for leaving in self.returns.get(assignment.scope, ())
        )

    def _with_aliases(self, assignment: PlacedStatement, keys: list[Key]) -> list[Key]:
        """These names and all others for the same value, as far as they can be found."""
        found = dict.fromkeys(keys)
        waiting = list(keys)
        scope: Scope | None = assignment.scope
        while scope is not None:
            if scope.node is not None:
                waiting += self.made_by.get(scope.node, ())
            scope = scope.parent
        while waiting:
            key = waiting.pop()
            self._spend(1)
            found[key] = None
            waiting += [other for other in self.aliases.get(key, ()) if other not in found]
        return list(found)

    def _rebound(self, assignment: PlacedStatement, key: Key) -> Iterator[tuple[PlacedStatement, ast.expr | None]]:
        """The statements that assign to the name a value made from this one in a way that is not understood."""
        scope, name = key
        for binding in scope.bound[name]:
            placed, value = binding.placed, binding.value
            if placed.scope is not assignment.scope or placed.start <= assignment.start:
                continue
            if isinstance(placed.statement, ast.AugAssign) or not _mentions(placed.statement, name):
                continue
            plain = unwrapped(value) if value is not None else None
            unchanged = isinstance(plain, ast.Name) and plain.id == name
            wrapped = isinstance(plain, ast.Call) and called(plain) in _WRAPPERS and self.definition(plain.func) is None
            if not unchanged and not wrapped:
                yield placed, plain

    def _end(self, assignment: PlacedStatement, keys: list[Key]) -> Position | None:
        """The position from which the names have another value; None if there is none."""
        ends = [
            binding.placed.start
            for scope, name in keys
            for binding in scope.bound[name]
            if binding.placed.start > assignment.start
            and binding.placed.runs_with(assignment)
            and not isinstance(binding.placed.statement, ast.AugAssign)
            and not _mentions(binding.placed.statement, name)
        ]
        return min(ends, default=None)

    def _through_attributes(self, assignment: PlacedStatement) -> Iterator[Remark]:
        """Changes of a value that was assigned to an attribute or an item, such as ``parts.body``."""
        for target in _targets(assignment.statement):
            name, _ = _root(target)
            if isinstance(target, ast.Name) or name is None:
                continue
            for change in self.by_name.get(self.key(name), ()):
                if change.placed is not assignment and ast.unparse(change.node).startswith(ast.unparse(target)):
                    yield change.remark("changed")

    def _follow(self, placed: PlacedStatement) -> None:
        """Remember which names have the same value after a statement."""
        statement = placed.statement
        if isinstance(statement, ast.Return):
            self.returns.setdefault(placed.scope, []).append(placed)
        for key in self.keys(placed):
            value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
            match unwrapped(value) if value is not None else None:
                case ast.Name() as name:
                    self.aliases.setdefault(self.key(name), []).append(key)
                case ast.Call(func=ast.Name() as name) if (maker := self.definition(name)) is not None:
                    self.made_by.setdefault(maker, []).append(key)
        for node in nodes_of(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self._passed(node, node.func)

    def _passed(self, call: ast.Call, name: ast.Name) -> None:
        """Remember which parameters of a function get the values of which names."""
        function = self.definition(name)
        if function is None or isinstance(function, ast.ClassDef):
            return
        inside = self.survey.functions[function]
        named = [*zip(parameters(function.args), call.args, strict=False)]
        named += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None]
        for parameter, value in named:
            if isinstance(value, ast.Name):
                self.aliases.setdefault(self.key(value), []).append((inside, parameter))

    def definition(self, name: ast.expr) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
        """The function or class with this name that the source itself defines; None if there is none."""
        home = self.survey.home(name) if isinstance(name, ast.Name) else None
        for binding in home.bound[name.id] if home is not None and isinstance(name, ast.Name) else ():
            if isinstance(binding.placed.statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return binding.placed.statement
        return None


def past(place: Position, end: Position | None) -> bool:
    """Whether a position is after ``end``; False if ``end`` is None."""
    return end is not None and place > end


def _targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target, value=ast.expr()):
            return [target]
    return []


def _mentions(statement: ast.stmt, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in nodes_of(statement)
    )


def _root(node: ast.AST) -> tuple[ast.Name | None, list[str]]:
    """The name that an expression begins with, and the attributes that follow it, the last one first."""
    path: list[str] = []
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner, attr=attr):
                path.append(attr)
                node = inner
            case ast.Subscript(value=inner):
                node = inner
            case ast.Call(func=ast.Attribute(attr=attr) as inner) if (
                attr in ADDING or attr in _LEADS_TO_LAYERS or unwrapped(node) is not node
            ):
                node = inner
            case _:
                return None, path
    return node, path


def _changes(placed: PlacedStatement) -> Iterator[Change]:
    statement = placed.statement
    step_functions: set[ast.AST] = set()
    change = _added(placed, statement.value) if isinstance(statement, ast.Expr) else _removed(placed)
    if change is not None:
        step_functions = {call.func for _, call in change.steps}
        yield change
    for node in nodes_of(statement):
        name: ast.Name | None = None
        match node:
            case ast.AugAssign(target=ast.Name() as name):
                pass
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[first, *_]):
                name, _ = _root(first)
            case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in _CHANGES and node not in step_functions:
                name, _ = _root(node)
            case ast.Attribute(attr=attr, ctx=ast.Store() | ast.Del()):
                name, path = _root(node)
                if attr in _HARMLESS or _WEIGHTS & {*path[1:]}:
                    continue
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                name, path = _root(node)
                if _WEIGHTS & {*path}:
                    continue
        if name is not None:
            # a remark quotes the whole statement, unless it has statements in it
            yield Change(placed, node if hasattr(statement, "body") else statement, name)


def _added(placed: PlacedStatement, value: ast.expr) -> Change | None:
    """The change made by ``name.append(…)`` and the like, also by several calls in a row, or by ``name.pop()``, as a
    whole statement."""
    steps: list[tuple[str, ast.Call]] = []
    node = value
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ADDING or (node.func.attr == "pop" and node is value):
            steps.append((node.func.attr, node))
        elif unwrapped(node) is node:
            return None
        node = node.func.value
    return Change(placed, value, node, tuple(reversed(steps))) if steps and isinstance(node, ast.Name) else None


def _removed(placed: PlacedStatement) -> Change | None:
    """The change made by ``last = name.pop()``."""
    match placed.statement:
        case ast.Assign(
            targets=[ast.Name(id=target)],
            value=ast.Call(func=ast.Attribute(value=ast.Name() as name, attr="pop")) as call,
        ) if target != name.id:
            return Change(placed, placed.statement, name, (("pop", call),))
    return None
