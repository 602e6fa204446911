"""Evaluates expressions. What is not known becomes an :class:`~cnnviz.code.read.follow.values.Unknown`."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.arithmetic import SIGNS, bounded, compared, formatted, negated
from cnnviz.code.read.follow.effort import MOST_NESTED
from cnnviz.code.read.follow.machine import NEGATION, FrameworkValue
from cnnviz.code.read.follow.objects import Objects
from cnnviz.code.read.follow.values import MISSING, Function, Given, Instance, NotKnown, Scope, Unfit, Unknown, Value
from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Expressions(Objects):
    """Evaluates expressions in the scope of the current call."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[str, Value] = {}
        """What the source assigns to attributes of values that are not known, by the expression of the attribute."""
        self._evaluators: dict[type[ast.AST], Callable[[Any], Value]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.BinOp: self._binary,
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._boolean,
            ast.Compare: self._compare,
            ast.IfExp: self._conditional,
            ast.Tuple: lambda node: tuple(self._entries(node)),
            ast.List: lambda node: self.note_made(self._entries(node)),
            ast.Set: self._set,
            ast.Dict: self._dict,
            ast.Subscript: self._subscript,
            ast.Slice: self._slice,
            ast.JoinedStr: self._joined,
            ast.Lambda: self._lambda,
            ast.ListComp: lambda node: self.note_made(list(self._values(node))),
            ast.GeneratorExp: lambda node: list(self._values(node)),
            ast.SetComp: self._set_comprehension,
            ast.DictComp: self._dict_comprehension,
            ast.NamedExpr: self._named,
        }

    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""
        effort = self.effort
        effort.step()
        evaluator = self._evaluators.get(type(node))
        if evaluator is None:
            return Unknown(node)
        if effort.nested >= MOST_NESTED:
            raise PasteError(Remark("too_nested"))
        effort.nested += 1
        try:
            return evaluator(node)
        except NotKnown as unknown:
            return Unknown(node, unknown.remark)
        except Unfit:
            return Unknown(node, Remark("unfit", node.lineno, {"value": Unknown(node).text}))
        finally:
            effort.nested -= 1

    @abstractmethod
    def store(self, target: ast.expr, value: Value) -> None:
        """Assign a value to a target."""

    def known(self, node: ast.expr) -> Value:
        """The value of an expression; raises NotKnown if it is not known."""
        value = self.evaluate(node)
        if isinstance(value, Unknown):
            raise NotKnown(value.remark)
        return value

    def condition(self, node: ast.expr) -> bool:
        """Whether a condition holds; raises NotKnown, and PasteError while a network is traced."""
        try:
            return self.truth(self.known(node), node)
        except NotKnown as unknown:
            if self.tracing:
                remark = Remark("unknown_condition", node.lineno, {"value": Unknown(node).text})
                raise PasteError(unknown.remark or remark) from unknown
            raise

    def _constant(self, node: ast.Constant) -> Value:
        return bounded(node.value)

    def _name(self, node: ast.Name) -> Value:
        found = self.scope.find(node.id)
        if found is MISSING:
            found = self.unbound(node)
        return found

    def _attribute(self, node: ast.Attribute) -> Value:
        holder = self.evaluate(node.value)
        if isinstance(holder, Unknown):
            if self.stored and (kept := self.stored.get(ast.unparse(node), MISSING)) is not MISSING:
                return kept
            raise NotKnown(holder.remark)
        found = self.found(holder, node.attr, node)
        if found is MISSING:
            own = isinstance(holder, Instance) and holder.own is not None and self.tracing
            values = {"value": Unknown(node).text}
            raise NotKnown(Remark("no_attribute", node.lineno, values) if own else None)
        return found

    def _call(self, node: ast.Call) -> Value:
        function = self.evaluate(node.func)
        given = self.given(node)
        try:
            if isinstance(function, Unknown):
                self.passed_on(given)
                raise NotKnown(function.remark)
            return self.call(function, given)
        except NotKnown as unknown:
            # if both the function and an argument are not known, the remark is about the argument
            cause = self._cause(node, given)
            if isinstance(function, Unknown) and not given.known():
                raise NotKnown(cause or unknown.remark) from None
            raise NotKnown(unknown.remark or cause) from None

    def _cause(self, node: ast.Call, given: Given) -> Remark | None:
        """While a network is traced: the first argument that is not known, or else that the call has a tensor; None for
        a call that does not concern the network."""
        if not self.tracing:
            return None
        unknown = next((value for value in given.all() if isinstance(value, Unknown)), None)
        if unknown is not None:
            return unknown.why()
        return Unknown(node).why() if any(map(self.framework.is_traced, given.all())) else None

    def given(self, node: ast.Call) -> Given:
        """The arguments of a call, ``*`` and ``**`` unpacked."""
        given = Given(node)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                try:
                    given.positional += self.iterated(self.known(argument.value), argument)
                except NotKnown as unknown:
                    given.rest = given.rest or Unknown(argument, unknown.remark)
            else:
                given.positional.append(self.evaluate(argument))
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                given.named[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                self.require_certain(value, node)
                given.named.update(value)
            else:
                unpacked = value.remark if isinstance(value, Unknown) else None
                text = {"value": f"**{Unknown(keyword.value).text}"}
                given.rest = Unknown(node, unpacked or Remark("unknown_value", node.lineno, text))
        return given

    def _binary(self, node: ast.BinOp) -> Value:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return self.operated(SIGNS[type(node.op)], left, right, node)

    def _unary(self, node: ast.UnaryOp) -> Value:
        value = self.known(node.operand)
        if isinstance(node.op, ast.Not):
            return not self.truth(value, node.operand)
        if isinstance(value, FrameworkValue) and isinstance(node.op, ast.USub):
            return value.operate(self.run, NEGATION, None, False, node)
        return negated(type(node.op), value)

    def _boolean(self, node: ast.BoolOp) -> Value:
        stops = isinstance(node.op, ast.Or)
        value: Value = None
        for operand in node.values:
            value = self.known(operand)
            if operand is not node.values[-1] and self.truth(value, operand) == stops:
                break
        return value

    def _compare(self, node: ast.Compare) -> Value:
        left = self.known(node.left)
        for operator, side in zip(node.ops, node.comparators, strict=True):
            right = self.known(side)
            for value in (left, right):
                self.require_certain(value, node)
            if not compared(type(operator), left, right, self.effort):
                return False
            left = right
        return True

    def _conditional(self, node: ast.IfExp) -> Value:
        return self.evaluate(node.body if self.condition(node.test) else node.orelse)

    def _entries(self, node: ast.Tuple | ast.List | ast.Set) -> list[Value]:
        entries: list[Value] = []
        for entry in node.elts:
            if isinstance(entry, ast.Starred):
                entries += self.iterated(self.known(entry.value), entry)
            else:
                entries.append(self.evaluate(entry))
            self.effort.step()
        bounded(entries)
        return entries

    def _set(self, node: ast.Set) -> Value:
        return {self.key(entry) for entry in self._entries(node)}

    def _dict(self, node: ast.Dict) -> Value:
        entries: dict[Value, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = self.known(value)
                if not isinstance(inner, dict):
                    raise NotKnown
                self.require_certain(inner, node)
                entries.update(inner)
            else:
                entries[self.key(self.known(key))] = self.evaluate(value)
        return self.note_made(bounded(entries))

    def _subscript(self, node: ast.Subscript) -> Value:
        holder = self.known(node.value)
        return self.item(holder, self.known(node.slice), node)

    def _slice(self, node: ast.Slice) -> Value:
        return slice(*(None if part is None else self.known(part) for part in (node.lower, node.upper, node.step)))

    def _joined(self, node: ast.JoinedStr) -> Value:
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                specification = self.known(part.format_spec) if part.format_spec is not None else ""
                value = self.known(part.value)
                # a conversion is !r, !s or !a; -1 is none
                parts.append(formatted(value, specification) if part.conversion < 0 else repr(formatted(value, "")))
            else:
                parts.append(str(self.known(part)))
        return bounded("".join(parts))

    def _lambda(self, node: ast.Lambda) -> Value:
        return self.function("<lambda>", node)

    def function(self, name: str, node: ast.FunctionDef | ast.Lambda) -> Function:
        """The function that a definition makes, with its defaults."""
        arguments = node.args
        defaults = tuple(self.evaluate(default) for default in arguments.defaults)
        named = {
            argument.arg: self.evaluate(default)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        }
        return Function(name, node, self.scope, defaults, named)

    def _comprehended(self, generators: list[ast.comprehension], entry: Callable[[], Value]) -> Iterator[Value]:
        """What ``entry`` returns in each round of the loops of a comprehension, which have a scope of their own."""
        outer = self.scope
        self.scope = Scope(outer=outer)
        try:
            for _ in self._looped(generators):
                yield entry()
        finally:
            self.scope = outer

    def _looped(self, generators: list[ast.comprehension]) -> Iterator[None]:
        first, *rest = generators
        for value in self.iterated(self.known(first.iter), first.iter):
            self.effort.step()
            self.store(first.target, value)
            if all(self.condition(test) for test in first.ifs):
                if rest:
                    yield from self._looped(rest)
                else:
                    yield

    def _set_comprehension(self, node: ast.SetComp) -> Value:
        return {self.key(value) for value in self._values(node)}

    def _dict_comprehension(self, node: ast.DictComp) -> Value:
        def pair() -> Value:
            return self.key(self.known(node.key)), self.evaluate(node.value)

        return self.note_made(dict(self._comprehended(node.generators, pair)))

    def _values(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Iterator[Value]:
        return self._comprehended(node.generators, lambda: self.evaluate(node.elt))

    def _named(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.store(node.target, value)
        return value
