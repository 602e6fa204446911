"""Hard sigmoid and hard swish that a source computes itself: ``relu6(x + 3) / 6`` and ``x * relu6(x + 3) / 6``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnviz.network.layers import Hardsigmoid, Hardswish

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.values import Value
    from cnnviz.network.layers import Layer


@dataclass(frozen=True, eq=False)
class Part:
    """A part of ``relu6(x + 3) / 6`` or ``x * relu6(x + 3) / 6``: x + 3, relu6(x + 3) or x * relu6(x + 3); or 1 + x,
    a part of ``(1 + x) * y``."""

    kind: Literal["shifted", "clipped", "gated", "one more"]
    node: ast.AST


def is_begun(part: Part | None, sign: str, other: Value) -> bool:
    """Whether an operation makes x + 3 of a tensor."""
    return part is None and sign == "+" and bool(other == 3)


def is_gated(one: Part | None, other: Part | None) -> bool:
    """Whether one of two factors is relu6(x + 3), and the other is no part of a hard gate."""
    return {part.kind if part is not None else "" for part in (one, other)} == {"", "clipped"}


def finished(part: Part | None, sign: str, other: Value, reflected: bool) -> Layer | None:
    """The layer that a division by 6 completes; None for any other operation."""
    sixth = (sign == "/" and other == 6 and not reflected) or (sign == "*" and other == 1 / 6)
    if part is None or not sixth or part.kind not in ("clipped", "gated"):
        return None
    return Hardsigmoid() if part.kind == "clipped" else Hardswish()
