"""Python source looked at as a syntax tree, never executed: constants, calls, and what names stand for."""

from __future__ import annotations

import ast
import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.budget import without_commands
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.sentence import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_DEPTH = 60
"""Calls, lists and sums may be nested this deeply."""
MOST_LOOKS = 30_000
MOST_EXPONENT = 64
MOST_NUMBER = 10**12
"""Larger whole numbers are no size of anything here; they are refused before they are computed with."""


class NotAConstant(Exception):
    """A value that only running the source could tell, or one that is out of all proportion."""


def parse(text: str) -> ast.Module:
    """The tree of a source; raises PasteError."""
    text = without_commands(text)
    try:
        return _parsed(text)
    except SyntaxError as error:
        raise PasteError(Remark("no_python", error.lineno or 0, {"reason": unchanged(error.msg)})) from error
    except (RecursionError, MemoryError) as error:
        raise PasteError(Remark("too_nested")) from error
    except ValueError as error:
        # null characters, or a number of thousands of digits
        raise PasteError(Remark("no_python", 0, {"reason": unchanged(str(error))})) from error


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except IndentationError:
        # lines that were cut out of a class or a function
        return ast.parse(textwrap.dedent(text))


class Names:
    """What simple names stand for: those that are assigned once, plainly, before their use, and not changed."""

    def __init__(
        self,
        constant: Callable[[ast.Name], ast.expr | None] | None = None,
        known: Callable[[ast.expr], str] | None = None,
    ) -> None:
        self._constant = constant
        self._known = known
        self.looked = 0
        """How many expressions were looked at: names for lists of names for lists grow beyond all bounds."""

    def known(self, node: ast.expr) -> str:
        """The name of the class or function of a framework that an expression stands for; empty for another."""
        return self._known(node) if self._known is not None else ""

    def resolve(self, node: ast.expr) -> ast.expr:
        """What a name stands for, or the expression itself."""
        seen = 0
        while isinstance(node, ast.Name) and seen < MOST_DEPTH:
            value = self._constant(node) if self._constant is not None else None
            if value is None:
                break
            node, seen = value, seen + 1
        return node

    def constant(self, node: ast.expr, depth: int = 0) -> Any:
        """The value of an expression of numbers, strings, tuples and names for them; raises NotAConstant."""
        self.looked += 1
        if depth > MOST_DEPTH or self.looked > MOST_LOOKS:
            raise NotAConstant
        node = self.resolve(node)
        match node:
            case ast.Constant(value=bool() | str() | None as plain):
                return plain
            case ast.Constant(value=int() | float() as number):
                return _bounded(number)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return tuple(self.constant(part, depth + 1) for part in parts)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _bounded(-_number(self.constant(operand, depth + 1)))
            case ast.BinOp(left=left, op=op, right=right):
                one, other = (_number(self.constant(side, depth + 1)) for side in (left, right))
                return _bounded(_computed(op, one, other))
        raise NotAConstant


def _number(value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAConstant
    return value


def _bounded(value: Any) -> Any:
    if not -MOST_NUMBER <= value <= MOST_NUMBER:
        raise NotAConstant
    return value


def _computed(op: ast.operator, one: Any, other: Any) -> Any:
    try:
        match op:
            case ast.Add():
                return one + other
            case ast.Sub():
                return one - other
            case ast.Mult():
                return one * other
            case ast.Div():
                return one / other
            case ast.FloorDiv():
                return one // other
            case ast.Mod():
                return one % other
            case ast.Pow() if abs(other) <= MOST_EXPONENT:
                power = one**other
                # a root of a negative number is complex
                return power if isinstance(power, int | float) else math.nan
    except (ZeroDivisionError, OverflowError) as error:
        raise NotAConstant from error
    raise NotAConstant


def written(node: ast.AST) -> str:
    """An expression as Python writes it."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        # too many levels, or a number of more than 4,300 digits
        return "…"


def called(node: ast.expr) -> str:
    """The last name of what is called: ``Conv2d`` for ``torch.nn.Conv2d(…)``; empty where it has none."""
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return ""


@dataclass(frozen=True)
class Call:
    """A layer as it is written: the values of its arguments by name, and the line it stands on."""

    name: str
    line: int
    arguments: Mapping[str, Any]
    nodes: Mapping[str, ast.expr]


def bound(node: ast.Call, name: str, signature: tuple[str, ...], names: Names) -> Call:
    """The call with its arguments by name; raises PasteError. Arguments in ``signature`` may be positional."""
    line = node.lineno
    if len(node.args) > len(signature):
        raise PasteError(Remark("too_many_arguments", line, {"name": name}))
    pairs: list[tuple[str, ast.expr]] = list(zip(signature, node.args, strict=False))
    for one in node.keywords:
        if one.arg is None:
            raise PasteError(Remark("unknown_value", line, {"value": f"**{written(one.value)}"}))
        pairs.append((one.arg, one.value))
    values: dict[str, Any] = {}
    for argument, value in pairs:
        try:
            values[argument] = names.constant(value)
        except NotAConstant:
            # a name such as keras.activations.relu says enough
            values[argument] = Opaque(written(value), "" if isinstance(value, ast.Call) else names.known(value))
    return Call(name, line, values, dict(pairs))


@dataclass(frozen=True)
class Opaque:
    """A value that is no constant: how it is written, and its name if it is something of a framework."""

    text: str
    name: str


def unwrapped(node: ast.expr) -> ast.expr:
    """What stands before ``.to(device)``, ``.eval()`` and the like."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("to", "cuda", "cpu", "eval", "train", "float", "double", "half"):
            break
        node = node.func.value
    return node
