"""Surveys a source: its statements with their scopes, and the assignments of each name. Nothing is executed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Position = tuple[int, int]
"""A line and a column of the source."""
MOST_BLOCKS = 120
"""How deep statements may be nested; Python itself allows a hundred, but here each ``elif`` counts too."""


@dataclass(frozen=True, eq=False)
class PlacedStatement:
    """A statement, its scope, and the blocks (``if``, ``for`` ...) around it, outermost first.

    A block is a statement, ``except`` or ``case``, and which of its parts: "body", "orelse" or "finalbody".
    """

    statement: ast.stmt
    scope: Scope
    blocks: tuple[tuple[ast.AST, str], ...]

    @property
    def start(self) -> Position:
        """The position of its begin."""
        return self.statement.lineno, self.statement.col_offset

    def runs_with(self, other: PlacedStatement) -> bool:
        """Whether this statement runs whenever ``other`` does, and as often: all blocks around it are also around
        ``other``."""
        return self.scope is other.scope and other.blocks[: len(self.blocks)] == self.blocks


@dataclass(frozen=True, eq=False)
class Binding:
    """A statement that assigns a value to a name.

    ``value`` is None if it is not a plain assignment of an expression. ``path`` is the path of an import, such as
    ``torch.nn.Linear``.
    """

    placed: PlacedStatement
    value: ast.expr | None
    path: str = ""


@dataclass(eq=False)
class Scope:
    """The module, a class or a function, with the names bound in it; ``owner`` is the innermost class
    that it is or lies in."""

    parent: Scope | None = None
    owner: str = ""
    node: ast.AST | None = None
    bound: dict[str, list[Binding]] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)
    """Names that are declared global or nonlocal here."""

    def home(self, name: str) -> Scope | None:
        """The scope of a name that is used in this scope; None if it is bound nowhere."""
        scope: Scope | None = self
        while scope is not None and name not in scope.bound:
            scope = scope.parent
            while scope is not None and isinstance(scope.node, ast.ClassDef):
                scope = scope.parent
        return scope

    def bind(self, name: str, placed: PlacedStatement, value: ast.expr | None, path: str = "") -> None:
        """Note a statement that assigns a value to a name."""
        scope = self
        while name in scope.outer and scope.parent is not None:
            scope = scope.parent
        scope.bound.setdefault(name, []).append(Binding(placed, value, path))


@dataclass(frozen=True)
class Survey:
    """All statements of a source in order, and the scope in which each name is used."""

    statements: tuple[PlacedStatement, ...]
    module: Scope
    scopes: Mapping[ast.Name, Scope]
    functions: Mapping[ast.AST, Scope]
    """The scope inside each function."""
    calls: tuple[ast.Call, ...]

    def home(self, name: ast.Name) -> Scope | None:
        """The scope that a name belongs to; None if the source does not assign it."""
        scope = self.scopes.get(name)
        return scope.home(name.id) if scope is not None else None

    def only(self, name: ast.Name) -> Binding | None:
        """The only binding of a name; None if there are several or none."""
        home = self.home(name)
        return home.bound[name.id][0] if home is not None and len(home.bound[name.id]) == 1 else None

    def binding(self, name: ast.Name) -> Binding | None:
        """The binding of a name; None unless it is the only one, a plain assignment, and before the name's use."""
        only = self.only(name)
        if (
            only is None
            or only.value is None
            or (only.value.end_lineno, only.value.end_col_offset) > (name.lineno, name.col_offset)
        ):
            return None
        return only


def survey(tree: ast.Module) -> Survey:
    """Survey a source; raises PasteError if it is nested too deeply."""
    surveyor = _Surveyor()
    module = Scope(node=tree)
    surveyor.block(tree.body, module, ())
    statements = sorted(surveyor.statements, key=lambda placed: placed.start)
    return Survey(tuple(statements), module, surveyor.scopes, surveyor.functions, tuple(surveyor.calls))


def nodes_of(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and its nodes, without the statements in it, in the order of the source."""
    waiting = [node]
    while waiting:
        following = waiting.pop()
        yield following
        children = reversed([*ast.iter_child_nodes(following)])
        waiting.extend(child for child in children if not isinstance(child, ast.stmt))


class _Surveyor:
    def __init__(self) -> None:
        self.statements: list[PlacedStatement] = []
        self.scopes: dict[ast.Name, Scope] = {}
        self.functions: dict[ast.AST, Scope] = {}
        self.calls: list[ast.Call] = []

    def block(self, body: list[ast.stmt], scope: Scope, blocks: tuple[tuple[ast.AST, str], ...]) -> None:
        if len(blocks) > MOST_BLOCKS:
            raise PasteError(Remark("too_nested"))
        for statement in body:
            placed = PlacedStatement(statement, scope, blocks)
            self.statements.append(placed)
            self._bind(placed)
            self._survey_inside(placed)

    def _survey_inside(self, placed: PlacedStatement) -> None:
        statement, scope, blocks = placed.statement, placed.scope, placed.blocks
        match statement:
            case ast.FunctionDef(args=arguments, body=body) | ast.AsyncFunctionDef(args=arguments, body=body):
                inner = self.functions[statement] = Scope(scope, scope.owner, statement)
                for parameter in parameters(arguments):
                    inner.bind(parameter, placed, None)
                self.block(body, inner, ())
            case ast.ClassDef(name=name, body=body):
                self.block(body, Scope(scope, name, statement), ())
            case _:
                for holder in (statement, *_branches(statement)):
                    for part in ("body", "orelse", "finalbody"):
                        self.block(getattr(holder, part, []), scope, (*blocks, (holder, part)))

    def _bind(self, placed: PlacedStatement) -> None:
        statement, scope = placed.statement, placed.scope
        values: dict[ast.AST, ast.expr] = {}
        match statement:
            case ast.Assign(targets=targets, value=value):
                values = {name: part for target in targets for name, part in _assigned(target, value)}
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                values = {target: value}
            case ast.AnnAssign():
                return
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                scope.bind(name, placed, None)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                scope.outer.update(names)
        for node in nodes_of(statement):
            match node:
                case ast.Name(id=name, ctx=ast.Load()):
                    self.scopes[node] = scope
                case ast.Name(id=name):
                    self.scopes[node] = scope
                    scope.bind(name, placed, values.get(node))
                case ast.Call():
                    self.calls.append(node)
                case ast.Lambda(args=arguments):
                    # a lambda has no scope here: its parameters only make the value of their names unknown
                    for name in parameters(arguments):
                        scope.bind(name, placed, None)
                case ast.alias(name=name, asname=alias):
                    path = name if alias else name.partition(".")[0]
                    if isinstance(statement, ast.ImportFrom):
                        path = f"{'.' * statement.level}{statement.module or ''}.{name}"
                    scope.bind(alias or name.partition(".")[0], placed, None, path)
                case (
                    ast.ExceptHandler(name=str(name))
                    | ast.MatchAs(name=str(name))
                    | ast.MatchStar(name=str(name))
                    | ast.MatchMapping(rest=str(name))
                ):
                    scope.bind(name, placed, None)


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The names of an assignment, each with its value: ``h, w = 28, 28`` assigns a constant to both."""
    match target, value:
        case ast.Tuple(elts=names), ast.Tuple(elts=parts) if len(names) == len(parts) and all(map(_unchanging, parts)):
            for name, part in zip(names, parts, strict=True):
                yield from _assigned(name, part)
        case _:
            yield target, value


def _unchanging(node: ast.expr) -> bool:
    """Whether an expression consists of constants only, so that its value cannot change."""
    parts = ast.Constant | ast.UnaryOp | ast.BinOp | ast.Tuple | ast.unaryop | ast.operator | ast.expr_context
    return all(isinstance(part, parts) for part in ast.walk(node))


def _branches(statement: ast.stmt) -> list[ast.AST]:
    return [*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of a function's parameters in order; ``*args`` and ``**kwargs`` are last."""
    variadic = [argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return [*(argument.arg for argument in named), *variadic]
