"""The rows of a computation in steps from a single value, whose written numbers give the written results. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.equations import Digits, decimals_for, equals, settled
from cnnviz.gui.panels.microscope.page import Amount, Number, Row, Sign, Text, Words
from cnnviz.inspection.scales import SMALLEST_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz.equations import Decimals
    from cnnviz.inspection.arithmetic.terms import Place

OPERAND_DIGITS = 4
"""The digits of operands; more if the results need more decimals to be right."""
OPERATIONS: Mapping[str, Callable[[float, float], float]] = {"+": add, "−": sub, "×": mul, "÷": truediv}
"""The operation of each sign."""


class Step(NamedTuple):
    """A step from a value to a ``result``, with the ``name`` of its operand."""

    sign: str
    name: Text
    operand: float
    result: float


@dataclass(frozen=True)
class WrittenSteps:
    """``steps`` from the value ``start``, and their text.

    ``results`` are the texts of the first value and of the result of each step. ``holds`` tells of each step whether
    its written numbers give its result. ``limit`` is the value of a full bar.
    """

    start: float
    steps: tuple[Step, ...]
    limit: float
    style: Decimals
    operands: tuple[str, ...]
    results: tuple[str, ...]
    holds: tuple[bool, ...]


def written_steps(start: float, steps: Sequence[Step], whole: str = "") -> WrittenSteps:
    """Write the steps from ``start``. If that is a whole number, ``whole`` is its text, and its bar has a scale of its
    own."""
    limit = max(SMALLEST_LIMIT, 0.0 if whole else abs(start), *(abs(step.result) for step in steps))
    base = decimals_for(limit)

    def operands(style: Decimals) -> Digits:
        return Digits(style.count - base.count + OPERAND_DIGITS)

    def which_hold(style: Decimals) -> list[bool]:
        values = [start if whole else style.read(start), *(style.read(step.result) for step in steps)]
        return [
            step.operand == 0
            or style.agrees(OPERATIONS[step.sign](before, operands(style).read(step.operand)), step.result)
            for before, step in zip(values, steps, strict=False)
        ]

    style, _ = settled(base, lambda tried: all(which_hold(tried)))
    return WrittenSteps(
        start,
        tuple(steps),
        limit,
        style,
        tuple(operands(style).write(step.operand) for step in steps),
        (whole or style.write(start, plus=True), *(style.write(step.result, plus=True) for step in steps)),
        tuple(which_hold(style)),
    )


def step_rows(start_name: Text, leads: Place | None, written: WrittenSteps) -> tuple[Row, ...]:
    """A row for the value at the start, which has this name and ``leads`` to a place, and a row for each step."""
    start, steps, limit = written.start, written.steps, written.limit
    widest = max(written.operands, key=len, default="0")
    amount = Amount(start, max(limit, abs(start)), written=written.results[0])
    rows = [Row("", start_name, (Sign(""), Words(start_name), Number("", widest), Sign(""), amount), leads)]
    texts = zip(written.operands, written.results[1:], written.holds, strict=True)
    for step, (operand, written_result, holds) in zip(steps, texts, strict=True):
        amount = Amount(step.result, limit, written=written_result)
        cells = (Sign(step.sign), Words(step.name), Number(operand, widest), Sign(equals(holds)), amount)
        rows.append(Row("", step.name, cells, strong=len(rows) == len(steps)))
    return tuple(rows)
