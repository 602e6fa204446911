"""Executes statements. Blocks of which it is not known whether they run make what they change unknown."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.arithmetic import SIGNS, bounded
from cnnviz.code.read.follow.builtin_methods import augment
from cnnviz.code.read.follow.calls import Returned, fatal
from cnnviz.code.read.follow.definitions import Definitions
from cnnviz.code.read.follow.effort import LOOP_STEPS, STEPS_FOR_EACH
from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.scoping import pattern_names, stored_names
from cnnviz.code.read.follow.values import MISSING, Instance, NotKnown, Raised, Scope, Unknown, Value
from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class _Broken(Exception):
    """A ``break`` statement."""


class _Continued(Exception):
    """A ``continue`` statement."""


class _LeftUnsurely(Exception):
    """A ``break`` or ``continue`` of which it is not known whether it runs."""


class Statements(Definitions):
    """Executes statements in the scope of the current call."""

    def __init__(self) -> None:
        super().__init__()
        self.module = Scope()
        self.scope = self.module
        self._next_region = 0
        self._executors: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Expr: self._expression,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.Return: self._return,
            ast.If: self._if,
            ast.For: self._for,
            ast.While: self._while,
            ast.FunctionDef: self.define,
            ast.ClassDef: self.define_class,
            ast.Import: self.import_module,
            ast.ImportFrom: self.import_from,
            ast.With: self._with,
            ast.Try: self._try,
            ast.Raise: self._raise,
            ast.Delete: self._delete,
            ast.Global: self._global,
            ast.Nonlocal: self._nonlocal,
            ast.Assert: lambda _: None,
            ast.Pass: lambda _: None,
            ast.Break: self._break,
            ast.Continue: self._continue,
        }

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Execute statements."""
        for statement in statements:
            self.execute(statement)

    def execute(self, statement: ast.stmt) -> None:
        """Execute a statement."""
        self.effort.step()
        executor = self._executors.get(type(statement))
        if executor is not None:
            executor(statement)
        elif isinstance(statement, ast.AsyncFunctionDef):
            self.scope.names[statement.name] = Unknown(ast.copy_location(ast.Name(statement.name), statement))
        elif isinstance(statement, ast.Match):
            self.scope.names.update(dict.fromkeys(pattern_names(statement), Unknown(statement)))
            self._perhaps(statement, [case.body for case in statement.cases])
        else:
            self._perhaps(statement, [getattr(statement, "body", [])])

    def _expression(self, node: ast.Expr) -> None:
        self.evaluate(node.value)

    def store(self, target: ast.expr, value: Value) -> None:
        """Assign a value to a target."""
        match target:
            case ast.Name(id=name):
                home = self.scope.declared.get(name, self.scope)
                if home is not self.scope and self.regions:
                    value = Unknown(target)
                self.rebound(target, home.names.get(name), value)
                home.names[name] = value
            case ast.Attribute(value=holder, attr=name):
                found = self.evaluate(holder)
                if isinstance(found, Unknown):  # the same expression, read later, gives this value
                    self.stored[ast.unparse(target)] = Unknown(target) if self.regions else value
                self.store_attribute(found, name, value, target)
            case ast.Subscript(value=holder, slice=key):
                self._store_item(self.evaluate(holder), self.evaluate(key), value, target)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value, target)
            case ast.Starred(value=inner):
                self.store(inner, value)

    def _unpack(self, targets: list[ast.expr], value: Value, node: ast.expr) -> None:
        try:
            entries = self.iterated(value, node)
            starred = next((n for n, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
            if starred is not None:
                after = len(targets) - starred - 1
                middle = entries[starred : len(entries) - after]
                entries = [*entries[:starred], self.note_made(middle), *entries[len(entries) - after :]]
            if len(entries) != len(targets):
                raise NotKnown
        except NotKnown as unknown:
            entries = [Unknown(target, unknown.remark) for target in targets]
        for target, entry in zip(targets, entries, strict=True):
            self.store(target, entry)

    def _store_item(self, holder: Value, key: Value, value: Value, node: ast.Subscript) -> None:
        if not isinstance(holder, list | dict | Instance):
            return
        try:
            self.change(holder, node, 1)
            if isinstance(holder, Instance):
                self.framework.store_item(self.run, holder, key, value, node)
            elif isinstance(holder, dict):
                holder[self.key(key)] = value
            elif isinstance(key, int | slice):
                holder[key] = value if isinstance(key, int) else self.iterated(value, node)
                bounded(holder)
            else:
                self.spoil(holder, node)
        except (NotKnown, IndexError, ValueError, TypeError):
            self.spoil(holder, node)

    def _assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self.store(target, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        value = self.evaluate(node.value) if node.value is not None else MISSING
        if self.scope.is_class and isinstance(node.target, ast.Name):
            self.scope.fields[node.target.id] = value
        if value is not MISSING:
            self.store(node.target, value)

    def _augmented(self, node: ast.AugAssign) -> None:
        target, sign = node.target, SIGNS[type(node.op)]
        before = self.evaluate(target)
        added = self.evaluate(node.value)
        if isinstance(before, list | dict | set):
            augment(self.run, before, sign, added, node)
            return
        try:
            if isinstance(before, Unknown):
                raise NotKnown(before.remark)
            if isinstance(before, FrameworkValue):
                result = before.update(self.run, sign, added, node)
            else:
                result = self.operated(sign, before, added, node)
        except NotKnown as unknown:
            result = Unknown(node, unknown.remark)
        self.store(target, result)

    def _return(self, node: ast.Return) -> None:
        raise Returned(None if node.value is None else self.evaluate(node.value))

    def _raise(self, node: ast.Raise) -> None:
        raise Raised(node)

    def _break(self, _: ast.Break) -> None:
        raise _Broken

    def _continue(self, _: ast.Continue) -> None:
        raise _Continued

    def _if(self, node: ast.If) -> None:
        try:
            chosen = node.body if self.condition(node.test) else node.orelse
        except NotKnown:
            chosen = None
        if chosen is None:
            self._perhaps(node, [node.body, node.orelse])
        else:
            self.block(chosen)

    def _for(self, node: ast.For) -> None:
        try:
            source = self.known(node.iter)
            values = self.iterated(source, node.iter)
        except NotKnown as unknown:
            if self.tracing:
                raise PasteError(unknown.remark or Unknown(node.iter).why()) from unknown
            self._unknown_loop(node)
            return

        def turns() -> Iterable[None]:
            for value in values:
                self.store(node.target, value)
                yield
            if isinstance(source, list) and len(source) != len(values):
                # Python would go through the entries as they are in each turn
                raise NotKnown

        modules = all(isinstance(value, Instance) for value in values)
        self._loop(node, turns(), max(LOOP_STEPS, len(values) * STEPS_FOR_EACH if modules else 0))

    def _while(self, node: ast.While) -> None:
        def turns() -> Iterable[None]:
            while self.condition(node.test):
                yield

        self._loop(node, turns())

    def _loop(self, node: ast.For | ast.While, turns: Iterable[None], most: int = LOOP_STEPS) -> None:
        """Run the body of a loop once for each turn; a loop that takes more than so many steps is not followed."""
        start = self.effort.steps
        try:
            for _ in turns:
                self.effort.step()
                if not self.tracing and self.effort.steps - max(start, self.last_made) > most:
                    raise _LeftUnsurely
                try:
                    self.block(node.body)
                except _Continued:
                    continue
            self.block(node.orelse)
        except _Broken:
            pass
        except (_LeftUnsurely, NotKnown):
            self._unknown_loop(node)

    def _unknown_loop(self, node: ast.For | ast.While) -> None:
        """Run the body of a loop whose number of turns is not known."""
        if isinstance(node, ast.For):
            # removed first: an object that such a name had before is not lost by the loop, see rebound
            for name in ast.walk(node.target):
                self.scope.names.pop(getattr(name, "id", ""), None)
            self.store(node.target, Unknown(node.target))
        self._perhaps(node, [node.body, node.orelse])

    def _perhaps(self, node: ast.stmt, blocks: Sequence[Sequence[ast.stmt]]) -> None:
        """Run each of several blocks of which it is not known whether they run; forget what they assign."""
        scope, names = self.scope, stored_names(node)
        before = {name: scope.names[name] for name in names if name in scope.names}
        outcomes = [before]
        returns = leaves = False
        regions = self.regions
        for block in blocks:
            self._next_region += 1
            self.regions = (*regions, self._next_region)
            scope.names.update(before)
            try:
                self.block(block)
            except Returned:
                returns = True
            except (_Broken, _Continued, _LeftUnsurely):
                leaves = not isinstance(node, ast.For | ast.While)
            except Raised:
                # the source is taken to work, so this block does not run
                continue
            except PasteError as error:
                if self.tracing or fatal(error):
                    raise
            finally:
                self.regions = regions
            outcomes.append({name: scope.names[name] for name in names if name in scope.names})
        for name in names:
            values = [outcome.get(name, MISSING) for outcome in outcomes]
            if any(value is not values[0] for value in values):
                remark = Remark("unknown_value", node.lineno, {"value": name})
                scope.names[name] = Unknown(ast.copy_location(ast.Name(name, ast.Load()), node), remark)
        if returns and self.frames:
            self.frames[-1].doubt = Remark("unknown_condition", node.lineno, {"value": _head(node)})
            self._next_region += 1
            self.regions = (*regions, self._next_region)
        if leaves:
            raise _LeftUnsurely

    def rebound(self, target: ast.Name, before: Value, value: Value) -> None:
        """Called when a name gets a value in place of ``before``, which is None if it had none."""

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            self.evaluate(item.context_expr)
            if item.optional_vars is not None:
                self.store(item.optional_vars, Unknown(item.context_expr))
        self.block(node.body)

    def _try(self, node: ast.Try) -> None:
        try:
            self.block(node.body)
        except Raised:
            if not node.handlers:
                raise
            self._perhaps(node, [handler.body for handler in node.handlers])
        else:
            self.block(node.orelse)
        finally:
            self.block(node.finalbody)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            match target:
                case ast.Name(id=name):
                    self.scope.names.pop(name, None)
                case ast.Attribute(value=holder, attr=name):
                    found = self.evaluate(holder)
                    if isinstance(found, Instance) and name in found.attributes:
                        self.store_attribute(found, name, Unknown(target), target)
                        if self.certain(found):
                            del found.attributes[name]
                case ast.Subscript(value=holder, slice=key):
                    self._delete_item(self.evaluate(holder), self.evaluate(key), target)

    def _delete_item(self, holder: Value, key: Value, node: ast.Subscript) -> None:
        if not isinstance(holder, list | dict | Instance):
            return
        self.change(holder, node)
        try:
            if isinstance(holder, Instance):
                self.framework.store_item(self.run, holder, key, MISSING, node)
            else:
                del holder[key]
        except (NotKnown, LookupError, TypeError):
            self.spoil(holder, node)

    def _global(self, node: ast.Global) -> None:
        self.scope.declared.update(dict.fromkeys(node.names, self.module))

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            scope = self.scope.outer
            while scope is not None and (scope.is_class or name not in scope.names):
                scope = scope.outer
            if scope is not None:
                self.scope.declared[name] = scope


def _head(node: ast.stmt) -> str:
    """The condition or the source of the values of a statement."""
    head = getattr(node, "test", None) or getattr(node, "iter", None) or node
    return Unknown(head).text
