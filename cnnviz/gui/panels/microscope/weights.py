"""The page of one weight: every position that contributed to its gradient, and the optimizer's last step with it.

No Qt.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.backward import GUESS, LABEL, UNLABELLED
from cnnviz.gui.panels.microscope.facts import SMALLEST_LIMIT, laid_out, largest, number
from cnnviz.gui.panels.microscope.page import Amount, Block, Cell, Line, Page, Picture, Row, Scale, Sign, Text, text
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.numerals import exact, fixed, grouped, significant

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.backward import Hold
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.inspection.questions import Array
    from cnnviz.training.weight_step import WeightStep

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
"""The lines of an optimizer's arithmetic."""


def weight_page(found: WeightGradient, weights: Array | None, step: WeightStep | None, hold: Hold) -> Page:
    """Every position that contributed to the gradient of one weight, and the optimizer's last step with it.

    ``weights``: float32 of the parameter's shape.
    """
    at = spell_index(found)
    gradients = found.gradients.values
    products = found.products.astype(np.float32)
    limit = max(SMALLEST_LIMIT, abs(found.gradient))
    cells: list[Cell] = []
    heads: list[Text | None] = []
    if found.factors is not None:
        values = found.factors.values
        signed = bool((values < 0).any())
        cells += [_shown(values, Scale(hold("factor", largest(values)), signed)), Sign("×")]
        heads += [text(QT_TRANSLATE_NOOP("microscope", "came in from {node}"), node=found.factors.node), None]
    cells += [_shown(gradients, Scale(hold("gradient", largest(gradients)), True)), Sign("=")]
    heads += [text(QT_TRANSLATE_NOOP("microscope", "came back: gradient of {node}"), node=found.gradients.node), None]
    cells += [_shown(products, Scale(hold("product", largest(products)), True)), Sign("Σ"), Amount(found.total, limit)]
    heads += [
        text(QT_TRANSLATE_NOOP("microscope", "product at each position")),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "sum")),
    ]
    name = text("{at}", at=at)
    picture = _weights_around(found, weights)
    count = found.products.size
    template = QT_TRANSLATE_NOOP("microscope", "{count} positions contributed: one weight serves all of them.")
    if count == 1:
        template = QT_TRANSLATE_NOOP("microscope", "Each weight of a Dense layer is used once.")
    notes = [text(template, count=count)]
    notes += [] if found.labelled else [text(UNLABELLED)]
    if step is None:
        notes.append(
            text(QT_TRANSLATE_NOOP("microscope", "Train a batch to see here what the optimizer does with it."))
        )
    return Page(
        text(
            QT_TRANSLATE_NOOP(
                "microscope", "The gradient of {at}: what came in, times what came back, at each position"
            ),
            at=at,
        ),
        text(QT_TRANSLATE_NOOP("microscope", "Weights of {node} around it"), node=found.node),
        picture,
        (
            Line(text(QT_TRANSLATE_NOOP("microscope", "weight")), significant(found.weight), exact=exact(found.weight)),
            Line(text(LABEL if found.labelled else GUESS, label=found.label), fixed(found.loss, 4)),
            Line(
                text(QT_TRANSLATE_NOOP("microscope", "gradient, this sample")),
                number(found.gradient, limit),
                strong=True,
                exact=exact(found.gradient),
            ),
        ),
        tuple(heads),
        (Row("", name, tuple(cells)),),
        notes=tuple(notes),
        steps_title=_steps_title(step),
        steps=_step_lines(step),
        symbols="∂L/∂<i>w</i> = Σ<sub>r,c</sub> <i>x</i>(r, c) · ∂L/∂<i>y</i>(r, c)",
        numbers=f"∂L/∂{escape(at)} = <b>{escape(number(found.gradient, limit))}</b>",
    )


def _shown(values: Array, scale: Scale) -> Picture | Block:
    return Block(values, scale) if values.size == 1 else Picture(values, scale)


def _weights_around(found: WeightGradient, weights: Array | None) -> Picture:
    """The slice of the filter, or the row of the matrix, that the weight is in."""
    if weights is None or weights.ndim < 2:
        own = np.full((1, 1), found.weight, np.float32)
        return Picture(own, Scale(max(SMALLEST_LIMIT, abs(found.weight)), True), (0, 0, 1, 1))
    scale = Scale(max(SMALLEST_LIMIT, largest(weights)), True)
    if weights.ndim == 4:
        row, column = found.index[2:]
        return Picture(weights[found.index[:2]], scale, (row, column, row + 1, column + 1))
    rows = laid_out(weights[found.index[0]])
    row, column = divmod(found.index[1], rows.shape[1])
    return Picture(rows, scale, (row, column, row + 1, column + 1))


def _steps_title(step: WeightStep | None) -> Text | None:
    if step is None:
        return None
    title = QT_TRANSLATE_NOOP("microscope", "What {optimizer} did with the weight in step {step}, line by line")
    return text(title, step=grouped(step.step), optimizer=step.optimizer)


def _step_lines(step: WeightStep | None) -> tuple[Line, ...]:
    if step is None:
        return ()
    before = text(QT_TRANSLATE_NOOP("microscope", "weight before"))
    rate = text(QT_TRANSLATE_NOOP("microscope", "rate"))
    rate_now = step.options["lr"]
    lines = [
        Line(before, significant(step.before), formula="w", exact=exact(step.before)),
        Line(rate, significant(rate_now), formula="η", exact=exact(rate_now)),
    ]
    for line in step.lines:
        name, strong = text(STEP_NAMES[line.code]), line.code == "new weight"
        lines.append(Line(name, significant(line.value), strong, line.formula, exact(line.value)))
    return tuple(lines)


def spell_index(found: WeightGradient) -> str:
    """``conv2.weight[26, 20, 1, 1]``."""
    return f"{found.node}.{found.parameter}[{', '.join(map(str, found.index))}]"
