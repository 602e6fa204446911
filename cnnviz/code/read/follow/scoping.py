"""Which names a function or a statement assigns."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _nodes(roots: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes and all nodes in them, without the bodies of functions and classes."""
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _INNER):
            waiting.extend(ast.iter_child_nodes(node))


def _assigned(roots: Iterable[ast.AST]) -> Iterator[str]:
    for node in _nodes(roots):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name


@lru_cache(maxsize=512)
def assigned_names(function: ast.FunctionDef) -> frozenset[str]:
    """The names that are local to a function, besides its parameters."""
    declared: set[str] = set()
    looped: set[str] = set()
    for node in _nodes(function.body):
        if isinstance(node, ast.Global | ast.Nonlocal):
            declared.update(node.names)
        if isinstance(node, _COMPREHENSIONS):
            looped.update(
                name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)
            )
    # elsewhere in the function the name of a comprehension may be that of an outer scope, so it is looked up there too
    return frozenset(_assigned(function.body)) - declared - looped


@lru_cache(maxsize=4096)
def stored_names(statement: ast.stmt) -> frozenset[str]:
    """The names that a statement may assign."""
    return frozenset(_assigned([statement]))


def pattern_names(statement: ast.Match) -> frozenset[str]:
    """The names that the patterns of a match may assign."""
    return frozenset(_assigned(case.pattern for case in statement.cases))


@lru_cache(maxsize=512)
def yields(function: ast.FunctionDef) -> bool:
    """Whether a function is a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _nodes(function.body))
