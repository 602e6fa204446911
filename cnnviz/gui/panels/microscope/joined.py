"""The pages of Add, Multiply and self-attention. No Qt."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.equations import added, equals, settled
from cnnviz.gui.panels.microscope.choices import source_cells, spelled_source
from cnnviz.gui.panels.microscope.facts import (
    Facts,
    Options,
    leads_in,
    own_map,
    spell_place,
)
from cnnviz.gui.panels.microscope.page import Amount, Line, Page, Picture, Row, Scale, Sign, WeightAt, text
from cnnviz.gui.panels.microscope.terms import (
    count_shown,
    equation,
    map_title,
    ordered,
    own_part,
    rest_of,
    result_lines,
    seen_note,
    sign_of,
    style_of,
    sum_of,
    written_parts,
)
from cnnviz.gui.panels.microscope.weight_moves import own_weight
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest
from cnnviz.numerals import exact, spell

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.forms import Attended, Combined


def combined_page(facts: Facts, combined: Combined, _: Options) -> Page:
    """The page of a sum or product: a row for each input."""
    limit = max(SMALLEST_LIMIT, largest(combined.values), abs(facts.value.value))
    summed = combined.operation == "sum"
    values, combine = combined.values.tolist(), sum if summed else prod
    style, right = settled(
        style_of(facts, largest(combined.values)),
        lambda tried: tried.agrees(combine(map(tried.read, values)), facts.value.value),
    )
    parts = [style.write(value, plus=True) for value in values]
    rows = tuple(
        Row(
            str(place.channel),
            text("{source}", source=spelled_source(facts.value, place)),
            (*source_cells(facts, place), Sign("→"), Amount(value, limit, written=written)),
            place,
        )
        for place, value, written in zip(combined.places, values, parts, strict=True)
    )
    template = QT_TRANSLATE_NOOP("microscope", "{place}: the product of the values of {count} inputs at this place")
    if summed:
        template = QT_TRANSLATE_NOOP("microscope", "{place}: the sum of the values of {count} inputs at this place")
    lines = tuple(
        Line(text("{source}", source=spelled_source(facts.value, place)), each)
        for place, each in zip(combined.places, parts, strict=True)
    )
    return Page(
        text(template, place=spell_place(facts), count=len(rows)),
        *own_part(facts, style, *lines, right=right),
        (
            text(QT_TRANSLATE_NOOP("microscope", "map of the input")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "value")),
        ),
        rows,
        notes=seen_note(facts),
        symbols="<i>y</i> = "
        + (" + " if summed else " · ").join(f"<i>x</i><sub>{at}</sub>" for at in range(len(rows))),
        numbers=equation(facts, style, added(parts) if summed else " × ".join(parts), equals(right)),
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
    after = () if facts.after is None else (facts.after[1],)
    written = sum_of(attended.partials, order, options, facts.value.value, *after, bias=attended.bias)
    rows = []
    for at, number in zip(shown, written.terms, strict=True):
        row, column = np.unravel_index(int(np.abs(attended.products[at]).argmax()), attended.products[at].shape)
        cells = (
            Picture(attended.weights[at], weights, frame, leads_in(attended.source, attended.weights[at])),
            Sign("×"),
            Picture(attended.offered[at], offered, frame, leads_in(attended.source, attended.offered[at])),
            Sign("="),
            Amount(float(attended.partials[at]), limit, written=number),
        )
        name = text(QT_TRANSLATE_NOOP("microscope", "head {number}"), number=at)
        rows.append(Row(str(at), name, cells, Place(attended.source, 0, int(row), int(column))))
    lines = [
        Line(
            text(QT_TRANSLATE_NOOP("microscope", "sum of {count} heads"), count=len(order)),
            written.subtotal,
            exact=exact(float(attended.partials.sum())),
        )
    ]
    if written.bias is not None:
        bias = text(QT_TRANSLATE_NOOP("microscope", "bias"))
        lines.append(Line(bias, written.bias, leads=own_weight(facts.value, "out_proj.bias")))
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
        (*lines, *result_lines(facts, written.style, right=written.right), *_matrices(facts, order)),
        (
            text(QT_TRANSLATE_NOOP("microscope", "weight of each position")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "what it offers")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "sum of the head")),
        ),
        tuple(rows),
        rest_of(more, attended.partials, order, options, limit, written),
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
        equation(facts, written.style, written_parts(attended.partials, order, written), sign_of(order, written)),
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
