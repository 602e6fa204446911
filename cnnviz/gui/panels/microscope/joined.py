"""The pages of Add, Multiply and self-attention, whose values join several others. No Qt."""

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
    style, holds = settled(
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
        Line(text("{source}", source=spelled_source(facts.value, place)), part)
        for place, part in zip(combined.places, parts, strict=True)
    )
    return Page(
        text(template, place=spell_place(facts), count=len(rows)),
        *own_part(facts, style, *lines, holds=holds),
        heads=(
            text(QT_TRANSLATE_NOOP("microscope", "map of the input")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "value")),
        ),
        rows=rows,
        notes=seen_note(facts),
        symbols="<i>y</i> = "
        + (" + " if summed else " · ").join(f"<i>x</i><sub>{number}</sub>" for number in range(len(rows))),
        numbers=equation(facts, style, added(parts) if summed else " × ".join(parts), equals(holds)),
    )


def attended_page(facts: Facts, attended: Attended, options: Options) -> Page:
    """The page of self-attention: a row for each head, with its weights and offered values over positions as maps."""
    order = ordered(attended.partials, options)
    limit = max(SMALLEST_LIMIT, largest(attended.partials.astype(np.float32)))
    weight_scale = Scale(max(SMALLEST_LIMIT, largest(attended.weights)), False)
    offered_scale = Scale(max(SMALLEST_LIMIT, largest(attended.offered)), True)
    place = facts.value.place
    own_frame = (place.row, place.column, place.row + 1, place.column + 1)
    shown = order[: count_shown(len(order), options)]
    activated = () if facts.activation is None else (facts.activation.result,)
    written = sum_of(attended.partials, order, options, facts.value.value, *activated, bias=attended.bias)
    rows = []
    for head, number in zip(shown, written.terms, strict=True):
        products, weights, offered = attended.products[head], attended.weights[head], attended.offered[head]
        row, column = np.unravel_index(int(np.abs(products).argmax()), products.shape)
        cells = (
            Picture(weights, weight_scale, own_frame, leads_in(attended.source, weights)),
            Sign("×"),
            Picture(offered, offered_scale, own_frame, leads_in(attended.source, offered)),
            Sign("="),
            Amount(float(attended.partials[head]), limit, written=number),
        )
        name = text(QT_TRANSLATE_NOOP("microscope", "head {number}"), number=head)
        rows.append(Row(str(head), name, cells, Place(attended.source, 0, int(row), int(column))))
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
    rest_name = text(QT_TRANSLATE_NOOP("microscope", "{count} more heads"), count=len(order) - len(shown))
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
        (*lines, *result_lines(facts, written.style, holds=written.holds), *_matrices(facts, order)),
        heads=(
            text(QT_TRANSLATE_NOOP("microscope", "weight of each position")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "what it offers")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "sum of the head")),
        ),
        rows=tuple(rows),
        rest=rest_of(rest_name, attended.partials, order, options, limit, written),
        order=order,
        notes=(
            text(
                QT_TRANSLATE_NOOP(
                    "microscope", "The weights of a head sum to 1: softmax of Q·K / √d. Framed: this position."
                )
            ),
            *seen_note(facts),
        ),
        symbols="<i>y</i> = Σ<sub>h</sub> Σ<sub>t</sub> <i>a</i><sub>h</sub>(t) · <i>v</i><sub>h</sub>(t)"
        + (" + <i>b</i>" if attended.bias is not None else ""),
        numbers=equation(
            facts, written.style, written_parts(attended.partials, order, written), sign_of(order, written)
        ),
    )


MATRICES = (
    QT_TRANSLATE_NOOP("microscope", "weights of the queries"),
    QT_TRANSLATE_NOOP("microscope", "weights of the keys"),
    QT_TRANSLATE_NOOP("microscope", "weights of the values"),
)
"""The matrices that ``in_proj_weight`` holds one below the other."""


def _matrices(facts: Facts, order: tuple[int, ...]) -> tuple[Line, ...]:
    """A line for each matrix, which leads to its first weight of the first head on the page."""
    parameters = facts.value.shapes.nodes[facts.value.place.node].parameters
    channels, _ = parameters["out_proj.weight"]
    size = spell((channels, channels))
    row_of_head = order[0] * channels // len(order)
    lines = [
        Line(text(template), size, leads=WeightAt("in_proj_weight", (part * channels + row_of_head, 0)))
        for part, template in enumerate(MATRICES)
    ]
    output = text(QT_TRANSLATE_NOOP("microscope", "weights of the output"))
    return (*lines, Line(output, size, leads=own_weight(facts.value, "out_proj.weight")))
