"""The pages of Add, Multiply and self-attention. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.choices import source_cells, spelled_source
from cnnviz.gui.panels.microscope.facts import (
    SMALLEST_LIMIT,
    Facts,
    Options,
    largest,
    leads_in,
    number,
    own_map,
    spell_place,
)
from cnnviz.gui.panels.microscope.page import Amount, Line, Page, Picture, Row, Scale, Sign, WeightAt, text
from cnnviz.gui.panels.microscope.products import FEWER, added
from cnnviz.gui.panels.microscope.terms import (
    count_shown,
    equation,
    map_title,
    ordered,
    own_part,
    rest_of,
    result_lines,
    seen_note,
)
from cnnviz.gui.panels.microscope.weight_moves import own_weight
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.numerals import spell

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.forms import Attended, Combined


def combined_page(facts: Facts, combined: Combined, _: Options) -> Page:
    """The page of a sum or product: a row for each input."""
    limit = max(SMALLEST_LIMIT, largest(combined.values), abs(facts.value.value))
    rows = tuple(
        Row(
            str(place.channel),
            text("{source}", source=spelled_source(facts.value, place)),
            (*source_cells(facts, place), Sign("→"), Amount(float(value), limit)),
            place,
        )
        for place, value in zip(combined.places, combined.values, strict=True)
    )
    summed = combined.operation == "sum"
    template = QT_TRANSLATE_NOOP("microscope", "{place}: the product of the values of {count} inputs at this place")
    if summed:
        template = QT_TRANSLATE_NOOP("microscope", "{place}: the sum of the values of {count} inputs at this place")
    written = [number(float(value), limit) for value in combined.values]
    numbers = added(written) if summed else " × ".join(written)
    lines = tuple(
        Line(text("{source}", source=spelled_source(facts.value, place)), each)
        for place, each in zip(combined.places, written, strict=True)
    )
    return Page(
        text(template, place=spell_place(facts), count=len(rows)),
        *own_part(facts, limit, *lines),
        (
            text(QT_TRANSLATE_NOOP("microscope", "map of the input")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "value")),
        ),
        rows,
        notes=seen_note(facts),
        symbols="<i>y</i> = "
        + (" + " if summed else " · ").join(f"<i>x</i><sub>{at}</sub>" for at in range(len(rows))),
        numbers=equation(facts, limit, numbers),
    )


def attended_page(facts: Facts, attended: Attended, options: Options) -> Page:
    """The page of self-attention: a row for each head, with its weights and offered values over positions as maps."""
    order = ordered(attended.partials, options)
    limit = max(SMALLEST_LIMIT, largest(attended.partials.astype(np.float32)))
    weights = Scale(max(SMALLEST_LIMIT, largest(attended.weights)), False)
    offered = Scale(max(SMALLEST_LIMIT, largest(attended.offered)), True)
    place = facts.value.place
    frame = (place.row, place.column, place.row + 1, place.column + 1)
    shown = order[: count_shown(len(order), options)]
    rows = []
    for at in shown:
        row, column = np.unravel_index(int(np.abs(attended.products[at]).argmax()), attended.products[at].shape)
        cells = (
            Picture(attended.weights[at], weights, frame, leads_in(attended.source, attended.weights[at])),
            Sign("×"),
            Picture(attended.offered[at], offered, frame, leads_in(attended.source, attended.offered[at])),
            Sign("="),
            Amount(float(attended.partials[at]), limit),
        )
        name = text(QT_TRANSLATE_NOOP("microscope", "head {number}"), number=at)
        rows.append(Row(str(at), name, cells, Place(attended.source, 0, int(row), int(column))))
    lines = [
        Line(
            text(QT_TRANSLATE_NOOP("microscope", "sum of {count} heads"), count=len(order)),
            number(float(attended.partials.sum()), limit),
        )
    ]
    parts = [number(float(attended.partials[at]), limit) for at in order[:3]]
    if len(order) > len(parts):
        parts.append("…")
    if attended.bias is not None:
        bias = text(QT_TRANSLATE_NOOP("microscope", "bias"))
        lines.append(Line(bias, number(attended.bias, limit), leads=own_weight(facts.value, "out_proj.bias")))
        parts.append(number(attended.bias, limit))
    more = text(QT_TRANSLATE_NOOP("microscope", "{count} more heads"), count=len(order) - len(shown))
    return Page(
        text(
            QT_TRANSLATE_NOOP(
                "microscope", "{place}: each head looks at all positions of {source} and takes a weighted mean"
            ),
            place=spell_place(facts),
            source=attended.source,
        ),
        map_title(facts),
        own_map(facts),
        (*lines, *result_lines(facts, limit), *_matrices(facts, order)),
        (
            text(QT_TRANSLATE_NOOP("microscope", "weight of each position")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "what it offers")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "sum of the head")),
        ),
        tuple(rows),
        rest_of(more, text(FEWER), attended.partials, order, options, limit),
        order,
        (
            text(
                QT_TRANSLATE_NOOP(
                    "microscope", "The weights of a head sum to 1: softmax of Q·K / √d. Framed: this position."
                )
            ),
            *seen_note(facts),
        ),
        "<i>y</i> = Σ<sub>h</sub> Σ<sub>t</sub> <i>a</i><sub>h</sub>(t) · <i>v</i><sub>h</sub>(t)"
        + (" + <i>b</i>" if attended.bias is not None else ""),
        equation(facts, limit, added(parts)),
    )


# in the order of their rows in in_proj_weight
MATRICES = (
    QT_TRANSLATE_NOOP("microscope", "weights of the queries"),
    QT_TRANSLATE_NOOP("microscope", "weights of the keys"),
    QT_TRANSLATE_NOOP("microscope", "weights of the values"),
)


def _matrices(facts: Facts, order: tuple[int, ...]) -> tuple[Line, ...]:
    """A line for each matrix, which leads to its first weight of the strongest head."""
    parameters = facts.value.shapes.nodes[facts.value.place.node].parameters
    channels = parameters["out_proj.weight"][0]
    size = spell((channels, channels))
    first = order[0] * channels // len(order)
    lines = [
        Line(text(template), size, leads=WeightAt("in_proj_weight", (part * channels + first, 0)))
        for part, template in enumerate(MATRICES)
    ]
    output = text(QT_TRANSLATE_NOOP("microscope", "weights of the output"))
    return (*lines, Line(output, size, leads=own_weight(facts.value, "out_proj.weight")))
