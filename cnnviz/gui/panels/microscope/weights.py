"""The page of one weight: every position that contributed to its gradient, and the optimizer's last step with it.

No Qt.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz.equations import Digits, nearly, settled
from cnnviz.gui.panels.microscope.backward import GUESS, LABEL, UNLABELLED
from cnnviz.gui.panels.microscope.facts import DECIMALS, laid_out
from cnnviz.gui.panels.microscope.page import (
    Amount,
    Block,
    Cell,
    Line,
    Page,
    Picture,
    Row,
    Scale,
    Sign,
    Text,
    WeightAt,
    text,
)
from cnnviz.gui.panels.microscope.terms import count_shown, ordered, rest_of, sum_of
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest
from cnnviz.numerals import exact, fixed, grouped, significant
from cnnviz.parameters import PROPER_NAMES

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.backward import Hold
    from cnnviz.gui.panels.microscope.facts import Options
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.weight_uses import Meeting, Window
    from cnnviz.training.weight_step import LineCode, WeightStep

DIGITS = 4
"""The digits of the numbers of a step; more if the lines need them to be right, and the weight to move."""
STEP_NAMES = {
    "gradient": QT_TRANSLATE_NOOP("microscope", "gradient, the batch"),
    "decayed gradient": QT_TRANSLATE_NOOP("microscope", "with weight decay"),
    "decayed weight": QT_TRANSLATE_NOOP("microscope", "weight after decay"),
    "velocity": QT_TRANSLATE_NOOP("microscope", "momentum"),
    "direction": QT_TRANSLATE_NOOP("microscope", "direction"),
    "mean": QT_TRANSLATE_NOOP("microscope", "mean of gradients"),
    "square mean": QT_TRANSLATE_NOOP("microscope", "mean of squares"),
    "square sum": QT_TRANSLATE_NOOP("microscope", "sum of squares"),
    "corrected mean": QT_TRANSLATE_NOOP("microscope", "mean, corrected"),
    "corrected square mean": QT_TRANSLATE_NOOP("microscope", "squares, corrected"),
    "step": QT_TRANSLATE_NOOP("microscope", "step"),
    "new weight": QT_TRANSLATE_NOOP("microscope", "new weight"),
}
"""The names of the lines of an optimizer's arithmetic."""


OF_ATTENTION = {
    "query": QT_TRANSLATE_NOOP("microscope", "came back: gradient of the queries"),
    "key": QT_TRANSLATE_NOOP("microscope", "came back: gradient of the keys"),
    "value": QT_TRANSLATE_NOOP("microscope", "came back: gradient of the values"),
    "gathered": QT_TRANSLATE_NOOP("microscope", "came in: what the heads find"),
}
"""The headings of the intermediate results of a self-attention."""


def weight_page(gradient: WeightGradient, step: WeightStep | None, options: Options, hold: Hold) -> Page:
    """Every position that contributed to the gradient of one weight, and the optimizer's last step with it."""
    spelled = WeightAt(gradient.parameter, gradient.index).spell(gradient.node)
    totals = np.array([meeting.total for meeting in gradient.meetings])
    order = ordered(totals, options)
    shown = order[: count_shown(len(order), options)]
    limit = hold("sum", max(abs(gradient.gradient), largest(totals.astype(np.float32))))
    scales = _scales(gradient, hold)
    written = sum_of(totals, order, options, gradient.gradient)
    rows = tuple(
        _row(gradient.meetings[index], spelled, scales, limit, len(order) > 1, number)
        for index, number in zip(shown, written.terms, strict=True)
    )
    rest_name = text(QT_TRANSLATE_NOOP("microscope", "{count} more maps"), count=len(order) - len(shown))
    factors = gradient.meetings[0].factors
    return Page(
        text(BIAS_TITLE if factors is None else TITLE, at=spelled),
        text(QT_TRANSLATE_NOOP("microscope", "Weights of {node} around it"), node=gradient.node),
        weights_around(gradient),
        (
            Line(
                text(QT_TRANSLATE_NOOP("microscope", "weight")),
                significant(gradient.weight),
                exact=exact(gradient.weight),
            ),
            Line(text(LABEL if gradient.labelled else GUESS, label=gradient.label), fixed(gradient.loss, DECIMALS)),
            Line(
                text(QT_TRANSLATE_NOOP("microscope", "gradient, this sample")),
                nearly(written.style.write(gradient.gradient, plus=True), written.complete and written.holds),
                strong=True,
                exact=exact(gradient.gradient),
            ),
        ),
        heads=_heads(gradient.meetings[0]),
        rows=rows,
        rest=rest_of(rest_name, totals, order, options, limit, written),
        order=order if len(order) > 1 else (),
        notes=_notes(gradient, step),
        steps_title=_steps_title(step),
        steps=step_lines(step),
        symbols=BIAS_SUM if factors is None else SUM,
        numbers=f"∂L/∂{escape(spelled)} = <b>{written.style.write(gradient.gradient, plus=True)}</b>",
    )


TITLE = QT_TRANSLATE_NOOP("microscope", "The gradient of {at}: what came in, times what came back, at each position")
BIAS_TITLE = QT_TRANSLATE_NOOP("microscope", "The gradient of {at}: the sum of what came back at each position")
SUM = "∂L/∂<i>w</i> = Σ<sub>r,c</sub> <i>x</i>(r, c) · ∂L/∂<i>y</i>(r, c)"
BIAS_SUM = "∂L/∂<i>b</i> = Σ<sub>r,c</sub> ∂L/∂<i>y</i>(r, c)"


class Scales(NamedTuple):
    """The scales of what came in, of what came back, and of their products."""

    factors: Scale
    gradients: Scale
    products: Scale


def _scales(gradient: WeightGradient, hold: Hold) -> Scales:
    factors = [meeting.factors.values for meeting in gradient.meetings if meeting.factors is not None]
    gradients = [meeting.gradients.values for meeting in gradient.meetings]
    products = [meeting.products.astype(np.float32) for meeting in gradient.meetings]

    def limit(name: str, arrays: list[Array]) -> float:
        return hold(name, max((largest(values) for values in arrays), default=0.0))

    return Scales(
        Scale(limit("factor", factors), any(bool((values < 0).any()) for values in factors)),
        Scale(limit("gradient", gradients), True),
        Scale(limit("product", products), True),
    )


def _row(meeting: Meeting, spelled: str, scales: Scales, limit: float, several: bool, written: str) -> Row:
    """The row of the positions in one map; it has the name of the weight unless there are ``several`` maps."""
    factors, gradients = meeting.factors, meeting.gradients
    cells: list[Cell] = [] if factors is None else [_cell(factors.values, scales.factors), Sign("×")]
    cells += [_cell(gradients.values, scales.gradients), Sign("=")]
    cells += [
        _cell(meeting.products.astype(np.float32), scales.products),
        Sign("Σ"),
        Amount(meeting.total, limit, written=written),
    ]
    name = text("{weight}", weight=spelled)
    if several:
        template = QT_TRANSLATE_NOOP("microscope", "map {number} of {node}")
        name = text(template, number=gradients.channel, node=gradients.node)
    return Row(str(gradients.channel) if several else "", name, tuple(cells))


def _heads(meeting: Meeting) -> tuple[Text | None, ...]:
    came_in = QT_TRANSLATE_NOOP("microscope", "came in from {node}")
    came_back = QT_TRANSLATE_NOOP("microscope", "came back: gradient of {node}")
    heads = [] if meeting.factors is None else [_head(meeting.factors, came_in), None]
    return (
        *heads,
        _head(meeting.gradients, came_back),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "product at each position")),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "sum")),
    )


def _head(window: Window, template: str) -> Text:
    return text(template, node=window.node) if window.inside is None else text(OF_ATTENTION[window.inside])


def _notes(gradient: WeightGradient, step: WeightStep | None) -> tuple[Text, ...]:
    template = QT_TRANSLATE_NOOP("microscope", "{count} positions contributed: one weight serves all of them.")
    if gradient.count == 1:
        template = QT_TRANSLATE_NOOP("microscope", "This weight is used once.")
    notes = [text(template, count=gradient.count)]
    notes += [] if gradient.labelled else [text(UNLABELLED)]
    if step is None:
        notes.append(
            text(QT_TRANSLATE_NOOP("microscope", "Train a batch to see here what the optimizer does with it."))
        )
    return tuple(notes)


def _cell(values: Array, scale: Scale) -> Picture | Block:
    """A picture of a map; a block for a single value, such as a value of a vector."""
    return Block(values, scale) if values.size == 1 else Picture(values, scale)


def weights_around(gradient: WeightGradient) -> Picture:
    """The part of the parameter that the weight is in, with the weight framed."""
    rows = laid_out(gradient.around)
    row, column = gradient.index[-2:] if gradient.around.ndim == 2 else divmod(gradient.index[-1], rows.shape[1])
    return Picture(rows, Scale(max(SMALLEST_LIMIT, gradient.largest), True), (row, column, row + 1, column + 1))


def _steps_title(step: WeightStep | None) -> Text | None:
    if step is None:
        return None
    title = QT_TRANSLATE_NOOP("microscope", "What {optimizer} did with the weight in step {step}, line by line")
    return text(title, step=grouped(step.step), optimizer=PROPER_NAMES[step.optimizer])


def step_lines(step: WeightStep | None) -> tuple[Line, ...]:
    """The lines of the optimizer's arithmetic; none without a step."""
    if step is None:
        return ()
    before = text(QT_TRANSLATE_NOOP("microscope", "weight before"))
    rate = text(QT_TRANSLATE_NOOP("microscope", "rate"))
    rate_used = step.options["lr"]
    style, holding = step_style(step)
    lines = [
        Line(before, style.write(step.before), formula="w", exact=exact(step.before)),
        Line(rate, style.write(rate_used), formula="η", exact=exact(rate_used)),
    ]
    for line in step.lines:
        name, strong = text(STEP_NAMES[line.code]), line.code == "new weight"
        written = nearly(style.write(line.value), holding.get(line.code, True))
        lines.append(Line(name, written, strong, line.formula, exact(line.value)))
    return tuple(lines)


def step_style(step: WeightStep) -> tuple[Digits, dict[LineCode, bool]]:
    """The digits of the numbers of a step; and for each line computed from the lines above it, whether the numbers as
    written give the number as written."""
    values = {"weight": step.before, "rate": step.options["lr"]} | {line.code: line.value for line in step.lines}

    def which_hold(style: Digits) -> dict[LineCode, bool]:
        shown = {name: style.read(value) for name, value in values.items()}
        return {
            line.code: style.agrees(line.compute(shown), line.value) for line in step.lines if line.compute is not None
        }

    def all_hold(style: Digits) -> bool:
        moves = step.before == step.after or style.read(step.before) != style.read(step.after)
        return moves and all(which_hold(style).values())

    style, _ = settled(Digits(DIGITS), all_hold)
    return style, which_hold(style)
