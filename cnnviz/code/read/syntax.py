"""Reads Python source as a syntax tree, without executing it: constants, calls, and the values of names."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.budget import without_commands
from cnnviz.code.read.copied import Copied, copied
from cnnviz.code.read.cut import completed, with_class
from cnnviz.code.read.notebook import code_of, is_notebook
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.sentence import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_DEPTH = 60
"""How deep calls, lists and sums may be nested."""
MOST_LOOKS = 30_000
"""The most expressions that are examined for one source."""
MOST_EXPONENT = 64
"""The largest exponent, so that a power is computed at once."""
MOST_NUMBER = 10**12
"""The largest number; anything larger is refused before the next computation."""


class NotAConstant(Exception):
    """The value is not known without running the source, or it is too large."""


@dataclass(frozen=True)
class Source:
    """The tree of a source; its lines are those of the text. ``notes`` are remarks about lines that are left out."""

    tree: ast.Module
    notes: tuple[Remark, ...] = ()


def parse(text: str) -> Source:
    """The tree of a source: Python, or text as people copy it, or a notebook; raises PasteError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if is_notebook(text):
        text = code_of(text)
    if (place := text.find("\0")) >= 0:
        raise PasteError(Remark("no_text", text.count("\n", 0, place) + 1))
    for reading in chain((Copied(text),), copied(text)):
        try:
            tree = _parsed(without_commands(reading.text))
        except SyntaxError as error:
            last = error
        else:
            return Source(tree, (Remark("output_left_out", reading.output),) if reading.output else ())
    raise PasteError(_no_python(last.lineno, last.msg)) from last


def _parsed(text: str) -> ast.Module:
    """The tree of Python; raises SyntaxError, or PasteError for source that Python itself cannot read."""
    try:
        try:
            return with_class(ast.parse(text))
        except IndentationError:
            return completed(text)
    except (RecursionError, MemoryError) as error:
        raise PasteError(Remark("too_nested")) from error
    except SyntaxError:
        raise
    except ValueError as error:
        # halves of characters, or a number with thousands of digits
        raise PasteError(_no_python(None, str(error))) from error


def _no_python(line: int | None, reason: str) -> Remark:
    values = {"reason": unchanged(reason)}
    return Remark("no_python", line, values) if line else Remark("no_python_at_all", values=values)


class Names:
    """The values of names that are assigned once, plainly, before their use, and not changed."""

    def __init__(
        self,
        constant: Callable[[ast.Name], ast.expr | None] | None = None,
        framework_name: Callable[[ast.expr], str] | None = None,
    ) -> None:
        self._constant = constant
        self._framework_name = framework_name
        self.examined = 0
        """The number of expressions that were examined: nested lists of names can grow exponentially."""

    def framework_name(self, node: ast.expr) -> str:
        """The name of the class or function of a framework that an expression means; empty for anything else."""
        return self._framework_name(node) if self._framework_name is not None else ""

    def resolve(self, node: ast.expr) -> ast.expr:
        """The value of a name, as an expression; any other expression unchanged."""
        resolved = 0
        while isinstance(node, ast.Name) and resolved < MOST_DEPTH:
            value = self._constant(node) if self._constant is not None else None
            if value is None:
                break
            node, resolved = value, resolved + 1
        return node

    def constant(self, node: ast.expr, depth: int = 0) -> Any:
        """The value of an expression of numbers, strings, tuples and names of these; raises NotAConstant."""
        self.examined += 1
        if depth > MOST_DEPTH or self.examined > MOST_LOOKS:
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
                first, second = (_number(self.constant(side, depth + 1)) for side in (left, right))
                return _bounded(_computed(op, first, second))
        raise NotAConstant


def _number(value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAConstant
    return value


def _bounded(value: Any) -> Any:
    if not -MOST_NUMBER <= value <= MOST_NUMBER:
        raise NotAConstant
    return value


def _computed(op: ast.operator, first: Any, second: Any) -> Any:
    try:
        match op:
            case ast.Add():
                return first + second
            case ast.Sub():
                return first - second
            case ast.Mult():
                return first * second
            case ast.Div():
                return first / second
            case ast.FloorDiv():
                return first // second
            case ast.Mod():
                return first % second
            case ast.Pow() if abs(second) <= MOST_EXPONENT:
                power = first**second
                # a root of a negative number is complex; NaN is refused by _bounded()
                return power if isinstance(power, int | float) else math.nan
    except (ZeroDivisionError, OverflowError) as error:
        raise NotAConstant from error
    raise NotAConstant


def written(node: ast.AST) -> str:
    """An expression as Python source; "…" if it is too large."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        # too deeply nested, or a number with more than 4,300 digits
        return "…"


def called(node: ast.expr) -> str:
    """The last name of a called function: ``Conv2d`` for ``torch.nn.Conv2d(…)``; empty if there is none."""
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return ""


@dataclass(frozen=True)
class Call:
    """The call that creates a layer: the values of its arguments by name, and its line."""

    name: str
    line: int
    arguments: Mapping[str, Any]
    nodes: Mapping[str, ast.expr]


def bound(node: ast.Call, name: str, signature: tuple[str, ...], names: Names) -> Call:
    """The call with its arguments by name; arguments in ``signature`` may be positional. Raises PasteError."""
    line = node.lineno
    if len(node.args) > len(signature):
        raise PasteError(Remark("too_many_arguments", line, {"name": name}))
    pairs: list[tuple[str, ast.expr]] = list(zip(signature, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise PasteError(Remark("unknown_value", line, {"value": f"**{written(keyword.value)}"}))
        pairs.append((keyword.arg, keyword.value))
    values: dict[str, Any] = {}
    for argument, value in pairs:
        try:
            values[argument] = names.constant(value)
        except NotAConstant:
            # names such as keras.activations.relu are kept: they mean an activation
            values[argument] = Opaque(
                written(value), "" if isinstance(value, ast.Call) else names.framework_name(value)
            )
    return Call(name, line, values, dict(pairs))


@dataclass(frozen=True)
class Opaque:
    """A value that is not a constant: its source, and its name if it is something of a framework."""

    text: str
    name: str


def unwrapped(node: ast.expr) -> ast.expr:
    """An expression without calls of ``.to(device)``, ``.eval()`` and the like at its end."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("to", "cuda", "cpu", "eval", "train", "float", "double", "half"):
            break
        node = node.func.value
    return node
