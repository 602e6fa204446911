"""Finds the Sequential that is the network in a source, and its layers, including those that are added later."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cnnviz.code.read.changes import Changes, Key
from cnnviz.code.read.containers import Containers, Entry
from cnnviz.code.read.origins import Origins
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.scopes import PlacedStatement, Scope, survey
from cnnviz.code.read.syntax import written

if TYPE_CHECKING:
    from cnnviz.code.read.syntax import Source
    from cnnviz.settings import Framework


class Model:
    """The Sequential in a source that is the network; raises PasteError if there is none.

    ``wrong`` and ``notes`` are remarks about what the source does with it.
    """

    def __init__(self, source: Source) -> None:
        self.survey = survey(source.tree)
        self.changes = Changes(self.survey)
        self.origins = Origins(self.survey)
        self.containers = Containers(self.survey, self.changes, self.origins)
        self.names, self.wrong, self.notes = self.containers.names, self.containers.wrong, self.containers.notes
        self.notes += source.notes
        self._found: list[tuple[PlacedStatement, ast.Call]] = []
        self._inside: tuple[int, str] | None = None
        """The line of the first Sequential that is a part of a class, and the name of the class."""
        for placed in self.survey.statements:
            self._examine(placed)
        self._standing, self.sequential = self._choose()
        self.framework: Framework = self._framework()
        self.containers.framework = self.framework
        self.keys = frozenset(self.changes.keys(self._standing))
        """The names of the network."""
        self._parts_of_classes()

    def entries(self) -> list[Entry]:
        """The layers in order; nested Sequentials are replaced by their layers."""
        return [*self.containers.flat(self.sequential, self._standing, 0)]

    def _examine(self, placed: PlacedStatement) -> None:
        """Note the Sequential that a statement creates, if it does."""
        match placed.statement:
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                pass
            case ast.Return(value=ast.expr() as value) | ast.Expr(value=value):
                pass
            case _:
                return
        call = self.containers.base(value)
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
                self._own_sequential(placed, call)
                return
            case ast.Call() if self.containers.is_sequential(call):
                pass
            case _:
                return
        if placed.scope.owner and not _is_made(placed):
            self._inside = self._inside or (call.lineno, placed.scope.owner)
        else:
            self._found.append((placed, call))

    def _own_sequential(self, placed: PlacedStatement, call: ast.Call) -> None:
        """Note ``super().__init__(…)`` in a subclass of Sequential that has nothing but these layers."""
        function, around = placed.scope.node, placed.scope.parent
        own_class = around.node if around is not None else None
        if not isinstance(own_class, ast.ClassDef) or not isinstance(function, ast.FunctionDef):
            return
        base = next((base for base in own_class.bases if self.origins.name(base) == "Sequential"), None)
        if base is None:
            return
        plain = len(own_class.bases) == 1 and not (
            own_class.keywords or own_class.decorator_list or function.decorator_list
        )
        if plain and _alone(own_class.body, function) and _alone(function.body, placed.statement):
            self._found.append((placed, ast.copy_location(ast.Call(base, call.args, call.keywords), call)))
        else:
            self._inside = self._inside or (call.lineno, own_class.name)

    def _choose(self) -> tuple[PlacedStatement, ast.Call]:
        """The Sequential that is not a part of another; the last one if there are several."""
        parts = self._parts()
        calls = [(placed, call) for placed, call in self._found if not parts.intersection(self.changes.keys(placed))]
        joined = {placed.scope: outer for placed, _ in calls if (outer := self._joining(placed.scope)) is not None}
        calls = [(placed, call) for placed, call in calls if placed.scope not in joined]
        if not calls and joined:
            outer = next(iter(joined.values()))
            raise PasteError(Remark("unknown_value", outer.lineno, {"value": written(outer)}))
        if not calls:
            if self._inside is not None:
                line, owner = self._inside
                raise PasteError(Remark("in_class", line, {"name": owner}))
            raise PasteError(Remark("no_network"))
        placed, chosen = calls[-1]
        if len(calls) > 1:
            self.notes.append(Remark("last_of_many", chosen.lineno, {"count": len(calls)}))
        return placed, chosen

    def _joining(self, scope: Scope) -> ast.Call | None:
        """A call with several Sequentials of one function as arguments, which joins them; None if there is none."""
        for call in self.survey.calls:
            parts = [part for part in _arguments(call) if isinstance(part, ast.Call)]
            count = sum(self.changes.definition(part.func) is scope.node for part in parts)
            if not self.containers.is_sequential(call) and count > 1:
                return call
        return None

    def _parts(self) -> set[Key]:
        """The names of the parts of all Sequentials."""
        waiting: list[ast.expr] = [part for _, call in self._found for part in _arguments(call)]
        waiting += [
            part for steps in self.containers.chained.values() for _, call in steps for part in _arguments(call)
        ]
        waiting += [part for placed, _ in self._found for key in self.changes.keys(placed) for part in self._added(key)]
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
                case ast.Name() as name if isinstance(self.changes.definition(name), ast.ClassDef):
                    given = [part for part in _arguments(call) if isinstance(part, ast.Name)]
                    if any(self.changes.key(part) in self.keys for part in given):
                        self.notes.append(Remark("not_followed", call.lineno, {"value": written(call)}))

    def _added(self, key: Key) -> list[ast.expr]:
        """The expressions that are added to the value of a name."""
        changes = self.changes.by_name.get(key, ())
        return [part for change in changes for _, call in change.steps for part in _arguments(call)]

    def _framework(self) -> Framework:
        known = self.origins.known(self.sequential.func)
        if known is not None and known.framework is not None:
            return known.framework
        first = self.containers.value(self.sequential.args[0])[0] if self.sequential.args else None
        added = any(
            method == "add"
            for key in self.changes.keys(self._standing)
            for change in self.changes.by_name.get(key, ())
            for method, _ in change.steps
        )
        return "keras" if isinstance(first, ast.List | ast.Tuple) or added else "pytorch"


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_made(placed: PlacedStatement) -> bool:
    """Whether a method makes a Sequential that its class, which is no module or layer itself, does not keep."""
    match placed.statement:
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()) | ast.Return():
            pass
        case _:
            return False
    around = placed.scope.parent.node if placed.scope.parent is not None else None
    if not isinstance(around, ast.ClassDef) or any(written(base) != "object" for base in around.bases):
        return False
    methods = {inner.name for inner in around.body if isinstance(inner, ast.FunctionDef)}
    return not around.keywords and not methods & {"forward", "call", "__call__"}


def _alone(body: list[ast.stmt], statement: ast.stmt) -> bool:
    """Whether a body has no other statement, except for docstrings."""
    texts = [other for other in body if isinstance(other, ast.Expr) and isinstance(other.value, ast.Constant)]
    return [other for other in body if other not in texts] == [statement]
