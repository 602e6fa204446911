"""Images that a source scales with numbers before the first layer, such as ``x / 127.5 - 1``: the Input does that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

_MOST_OF_BYTES = 1 / 64
"""Images that are multiplied by at most this much have values up to 255 in the source."""
_LEAST_OF_SHARES = 1.0
"""Images that are multiplied by at least this much have values up to 1 in the source, as here."""
_MOST_MEAN, _STD_RANGE = 1.5, (0.02, 1.0)
"""Means and standard deviations beyond these are none of images in [0, 1]."""


@dataclass(frozen=True)
class Scaling:
    """``factor * x + shift`` of the images of the source; ``node`` is the expression."""

    factor: float
    shift: float
    node: ast.AST

    def normalization(self) -> tuple[float, float] | None:
        """Mean and standard deviation of images in [0, 1] that give the same; None if there are none."""
        factor, shift = self.factor, self.shift
        if 0 < factor <= _MOST_OF_BYTES:
            factor *= 255
        elif factor < _LEAST_OF_SHARES:
            return None
        mean, std = round(-shift / factor, 9), round(1 / factor, 9)
        known = abs(mean) <= _MOST_MEAN and _STD_RANGE[0] <= std <= _STD_RANGE[1]
        # 0.0 is added because a mean of -0.0 would be written so
        return (mean + 0.0, std) if known else None


def scaled(before: Scaling | None, sign: str, other: object, reflected: bool, node: ast.AST) -> Scaling | None:
    """The scaling after one more operation with a number; None for any other operation."""
    factor, shift = (before.factor, before.shift) if before is not None else (1.0, 0.0)
    if isinstance(other, bool) or not isinstance(other, int | float):
        return None
    match sign, reflected:
        case "+", _:
            return Scaling(factor, shift + other, node)
        case "-", False:
            return Scaling(factor, shift - other, node)
        case "*", _ if other > 0:
            return Scaling(factor * other, shift * other, node)
        case "/", False if other > 0:
            return Scaling(factor / other, shift / other, node)
    return None
