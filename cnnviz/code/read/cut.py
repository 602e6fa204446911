"""Completes lines that were cut out of a class: without their indentation, the head of ``__init__`` or the class."""

from __future__ import annotations

import ast
import re

from cnnviz.code.read.copied import dedented

_COMPUTES = re.compile(r"^\s*def\s+(forward|call)\s*\(\s*self\b", re.MULTILINE)
_BASES = {"forward": "nn.Module", "call": "keras.Model"}
"""The base class of a network whose method of this name computes it."""


def completed(text: str) -> ast.Module:
    """The tree of lines of a class; raises SyntaxError."""
    plain = dedented(text)
    try:
        return with_class(ast.parse(plain))
    except IndentationError:
        if _COMPUTES.search(plain) is None:
            raise
    # the lines begin within ``__init__``
    tree = ast.parse(f"def __init__(self):\n{plain}")
    return with_class(ast.increment_lineno(tree, -1))


def with_class(tree: ast.Module) -> ast.Module:
    """A tree with a class around the methods of a network that stand alone in it."""
    methods = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _takes_self(node)]
    base_name = next((_BASES[method.name] for method in methods if method.name in _BASES), "")
    if not base_name or not any(method.name == "__init__" for method in methods):
        return tree
    base = ast.parse(base_name, mode="eval").body
    network = ast.ClassDef("Network", [base], [], [*methods], [])
    for node in (network, *ast.walk(base)):
        ast.copy_location(node, methods[0])
    place = tree.body.index(methods[0])
    others = [node for node in tree.body if node not in methods]
    return ast.Module([*others[:place], network, *others[place:]], [])


def _takes_self(node: ast.FunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args]
    return bool(arguments) and arguments[0].arg == "self"
