"""The rows of a computation in steps from a single value, whose written numbers give the written results. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING

from cnnviz.equations import Digits, decimals_for, equals, settled
from cnnviz.gui.panels.microscope.page import Amount, Number, Row, Sign, Text, Words
from cnnviz.inspection.scales import SMALLEST_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz.equations import Decimals
    from cnnviz.inspection.arithmetic.terms import Place

Step = tuple[str, Text, float, float]
"""(sign, name of the operand, operand, result) of a step."""


OPERATIONS: Mapping[str, Callable[[float, float], float]] = {"+": add, "−": sub, "×": mul, "÷": truediv}
"""The operation of each sign."""


@dataclass(frozen=True)
class WrittenSteps:
    """``steps`` from the value ``start``, and their text.

    ``results`` are the texts of the first value and of the result of each step. ``right`` tells of each step whether
    its written numbers give its result. ``limit`` is the value of a full bar.
    """

    start: float
    steps: tuple[Step, ...]
    limit: float
    style: Decimals
    operands: tuple[str, ...]
    results: tuple[str, ...]
    right: tuple[bool, ...]


def written_steps(start: float, steps: Sequence[Step], whole: str = "") -> WrittenSteps:
    """Write the steps from ``start``. If that is a whole number, ``whole`` is its text, and its bar has a scale of its
    own."""
    limit = max(SMALLEST_LIMIT, 0.0 if whole else abs(start), *(abs(result) for *_, result in steps))
    base = decimals_for(limit)

    def operands(style: Decimals) -> Digits:
        return Digits(style.count - base.count + 4)

    def judged(style: Decimals) -> list[bool]:
        values = [start if whole else style.read(start), *(style.read(result) for *_, result in steps)]
        return [
            by == 0 or style.agrees(OPERATIONS[sign](before, operands(style).read(by)), result)
            for before, (sign, _, by, result) in zip(values, steps, strict=False)
        ]

    style, _ = settled(base, lambda tried: all(judged(tried)))
    return WrittenSteps(
        start,
        tuple(steps),
        limit,
        style,
        tuple(operands(style).write(by) for _, _, by, _ in steps),
        (whole or style.write(start, plus=True), *(style.write(result, plus=True) for *_, result in steps)),
        tuple(judged(style)),
    )


def step_rows(first: Text, leads: Place | None, written: WrittenSteps) -> tuple[Row, ...]:
    """A row for the value at the beginning, whose name is ``first`` and which ``leads`` to a place, and a row for each
    step."""
    start, steps, limit = written.start, written.steps, written.limit
    widest = max(written.operands, key=len, default="0")
    amount = Amount(start, max(limit, abs(start)), written=written.results[0])
    rows = [Row("", first, (Sign(""), Words(first), Number("", widest), Sign(""), amount), leads)]
    texts = zip(written.operands, written.results[1:], written.right, strict=True)
    for (sign, name, _, result), (by, shown, right) in zip(steps, texts, strict=True):
        cells = (Sign(sign), Words(name), Number(by, widest), Sign(equals(right)), Amount(result, limit, written=shown))
        rows.append(Row("", name, cells, strong=len(rows) == len(steps)))
    return tuple(rows)
