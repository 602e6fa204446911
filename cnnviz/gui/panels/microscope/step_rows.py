"""The rows of a computation in steps from a single value, whose written numbers give the written results. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING

from cnnviz.equations import NEARLY, Digits, decimals_for, settled
from cnnviz.gui.panels.microscope.page import Amount, Number, Row, Sign, Text, Words
from cnnviz.inspection.scales import SMALLEST_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz.equations import Decimals
    from cnnviz.inspection.arithmetic.terms import Place

Step = tuple[str, Text, float, float]
"""(sign, name of the operand, operand, result) of a step."""


def limit_of(start: float, steps: Sequence[Step]) -> float:
    """The largest absolute value among the first value of the steps and all their results."""
    return max(SMALLEST_LIMIT, abs(start), *(abs(result) for *_, result in steps))


OPERATIONS: Mapping[str, Callable[[float, float], float]] = {"+": add, "−": sub, "×": mul, "÷": truediv}
"""The operation of each sign."""


@dataclass(frozen=True)
class WrittenSteps:
    """Steps as text: ``results`` are the first value and the result of each step, ``right`` tells of each step whether
    its written numbers give its result."""

    style: Decimals
    operands: tuple[str, ...]
    results: tuple[str, ...]
    right: tuple[bool, ...]


def written_steps(start: float, steps: Sequence[Step], whole: str = "") -> WrittenSteps:
    """Write the steps from ``start``, whose text is ``whole`` if it is a whole number."""
    limit = limit_of(start if not whole else 0.0, steps)

    def judged(style: Decimals) -> list[bool]:
        values = [start if whole else style.read(start), *(style.read(result) for *_, result in steps)]
        operands = Digits(style.count - base.count + 4)
        return [
            by == 0 or style.agrees(OPERATIONS[sign](before, operands.read(by)), result)
            for before, (sign, _, by, result) in zip(values, steps, strict=False)
        ]

    base = decimals_for(limit)
    style, _ = settled(base, lambda tried: all(judged(tried)))
    operands = Digits(style.count - base.count + 4)
    first = whole or style.write(start, plus=True)
    return WrittenSteps(
        style,
        tuple(operands.write(by) for _, _, by, _ in steps),
        (first, *(style.write(result, plus=True) for *_, result in steps)),
        tuple(judged(style)),
    )


def step_rows(
    first: Text, start: float, steps: Sequence[Step], leads: Place | None, written: WrittenSteps, *, whole: bool = False
) -> tuple[Row, ...]:
    """A row for the value that it begins with, on a scale of its own if it is ``whole``, and one for each step."""
    limit = limit_of(start if not whole else 0.0, steps)
    widest = max(written.operands, key=len, default="0")
    amount = Amount(start, max(limit, abs(start)), written=written.results[0])
    rows = [Row("", first, (Sign(""), Words(first), Number("", widest), Sign(""), amount), leads)]
    texts = zip(written.operands, written.results[1:], written.right, strict=True)
    for (sign, name, _, result), (by, shown, right) in zip(steps, texts, strict=True):
        equals = Sign("=" if right else NEARLY)
        cells = (Sign(sign), Words(name), Number(by, widest), equals, Amount(result, limit, written=shown))
        rows.append(Row("", name, cells, strong=len(rows) == len(steps)))
    return tuple(rows)
