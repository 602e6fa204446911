"""The page of a sum of products: a window, a kernel, the partial sum of each map. No Qt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.equations import Decimals, Digits, decimals_for, equals, settled
from cnnviz.gui.panels.microscope.facts import (
    Facts,
    Options,
    leads_in,
    scale_of,
    spell_place,
)
from cnnviz.gui.panels.microscope.page import (
    Amount,
    Block,
    Cell,
    Line,
    Number,
    Page,
    Picture,
    Row,
    Scale,
    Sign,
    Text,
    text,
)
from cnnviz.gui.panels.microscope.terms import (
    count_shown,
    equation,
    ordered,
    own_part,
    rest_of,
    seen_note,
    sign_of,
    sum_of,
    written_parts,
)
from cnnviz.gui.panels.microscope.weight_moves import own_weight
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest
from cnnviz.numerals import exact, grouped

if TYPE_CHECKING:
    from cnnviz.equations import WrittenSum
    from cnnviz.gui.panels.microscope.page import Frame
    from cnnviz.inspection.arithmetic.terms import Indices, Place, Products

NOT_FLIPPED = QT_TRANSLATE_NOOP("microscope", "As in every deep learning library the kernel is not flipped.")
HATCHED = QT_TRANSLATE_NOOP("microscope", "Hatched: the padding around the map. It holds 0.")
MORE_DIGITS = 2
DIGITS = 5
"""The digits of a product and its factors in the line about it; more if the product needs them to be right."""


def products_page(facts: Facts, terms: Products, options: Options) -> Page:
    """The page: the partial sums of all maps, the strongest first, and their sum."""
    partials = terms.partials
    order = ordered(partials, options)
    limit = limit_of(terms)
    shown = order[: count_shown(len(order), options)]
    vector = facts.value.inputs[terms.source].ndim == 1
    rest_name = QT_TRANSLATE_NOOP("microscope", "{count} more values") if vector else MORE_MAPS
    activated = () if facts.activation is None else (facts.activation.result,)
    written = sum_of(partials, order, options, facts.value.value, *activated, bias=terms.bias)
    rest = rest_of(text(rest_name, count=len(order) - len(shown)), partials, order, options, limit, written)
    return Page(
        _title(facts, terms, vector),
        *own_part(facts, written.style, *_lines(facts, terms, written), holds=written.holds),
        heads=_heads(terms, vector),
        rows=tuple(_row(facts, terms, index, limit, written.style) for index in shown),
        rest=rest,
        order=order,
        notes=_notes(facts, terms),
        symbols=_symbols(terms, vector),
        numbers=_numbers(facts, terms, order, written),
    )


MORE_MAPS = QT_TRANSLATE_NOOP("microscope", "{count} more maps")


def limit_of(terms: Products) -> float:
    """The value of a full bar."""
    return max(SMALLEST_LIMIT, largest(terms.partials.astype(np.float32)))


def frame_of(rows: Indices, columns: Indices) -> Frame | None:
    """The frame around a window, rows int (kH,) and columns int (kW,); None if the window is empty."""
    if not len(rows) or not len(columns):
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def is_mean(terms: Products) -> bool:
    """Whether all weights are equal and not learned."""
    return terms.learned is None and bool((terms.weights == terms.weights.flat[0]).all())


def _title(facts: Facts, terms: Products, vector: bool) -> Text:
    place = spell_place(facts)
    if vector:
        template = QT_TRANSLATE_NOOP("microscope", "{place}: each value of {source}, times its weight")
    elif terms.learned is None:
        template = QT_TRANSLATE_NOOP("microscope", "{place}: a weighted mean of values of map {channel} of {source}")
        if is_mean(terms):
            template = QT_TRANSLATE_NOOP("microscope", "{place}: the mean of {count} values of {source}, map {channel}")
    else:
        template = QT_TRANSLATE_NOOP(
            "microscope", "{place}: each map of {source} in its window, times its slice of filter {channel}"
        )
    channel, count = facts.value.place.channel, grouped(terms.values.size)
    return text(template, place=place, source=terms.source, channel=channel, count=count)


def _heads(terms: Products, vector: bool) -> tuple[Text | None, ...]:
    partial_sum = text(QT_TRANSLATE_NOOP("microscope", "partial sum"))
    if vector:
        value = text(QT_TRANSLATE_NOOP("microscope", "value of {node}"), node=terms.source)
        return value, None, text(QT_TRANSLATE_NOOP("microscope", "weight")), None, PRODUCT
    weights = text(QT_TRANSLATE_NOOP("microscope", "slice of the filter"))
    if is_mean(terms):
        weights = text(QT_TRANSLATE_NOOP("microscope", "how many"))
        partial_sum = text(QT_TRANSLATE_NOOP("microscope", "mean"))
    elif terms.learned is None:
        weights = text(QT_TRANSLATE_NOOP("microscope", "share of each"))
    return (
        text(QT_TRANSLATE_NOOP("microscope", "map of {node}"), node=terms.source),
        text(QT_TRANSLATE_NOOP("microscope", "in its window")),
        None,
        weights,
        None,
        partial_sum,
    )


PRODUCT = text(QT_TRANSLATE_NOOP("microscope", "product"))


def _row(facts: Facts, terms: Products, index: int, limit: float, style: Decimals) -> Row:
    """The row of the term ``index``; ``limit`` is the value of a full bar."""
    channel, values, weights = int(terms.channels[index]), terms.values[index], terms.weights[index]
    inputs = facts.value.inputs[terms.source]
    scale = scale_of(facts, terms.source, inputs)
    limit_of_layer = facts.weight_limit if terms.learned is not None else None
    weight_limit = limit_of_layer or max(SMALLEST_LIMIT, largest(terms.weights))
    weight_scale = Scale(weight_limit, signed=terms.learned is not None)
    outside = None if terms.inside.all() else ~terms.inside
    count = grouped(values.size)
    partial_sum, value_style, weight_style, sign = float(terms.partials[index]), None, None, "="
    if values.size == 1 and not is_mean(terms):
        value_style, weight_style = _factor_style(scale), _factor_style(weight_scale)
        product = value_style.read(float(values.item())) * weight_style.read(float(weights.item()))
        sign = equals(style.agrees(product, partial_sum))
    operation: tuple[Cell, Cell] = (Sign("×"), Block(weights, weight_scale, style=weight_style))
    if is_mean(terms):
        operation = (Sign("÷"), Number(count, count))
    cells: tuple[Cell, ...] = (
        Block(values, scale, outside, leads=partial(terms.place, index), style=value_style),
        *operation,
        Sign(sign),
        Amount(partial_sum, limit, written=style.write(partial_sum, plus=True)),
    )
    name = text(QT_TRANSLATE_NOOP("microscope", "value {number} of {node}"), number=channel, node=terms.source)
    if inputs.ndim > 1:
        leads = leads_in(terms.source, inputs[channel], channel)
        cells = (Picture(inputs[channel], scale, frame_of(terms.rows, terms.columns), leads), *cells)
        name = text(QT_TRANSLATE_NOOP("microscope", "map {number} of {node}"), number=channel, node=terms.source)
    return Row(str(channel), name, cells, _strongest_term(terms, index))


def _factor_style(scale: Scale) -> Decimals:
    """How a factor is written that is the only one of its row: with :data:`MORE_DIGITS` more than its product."""
    style = decimals_for(scale.limit)
    return Decimals(style.count + MORE_DIGITS, style.power)


def _strongest_term(terms: Products, index: int) -> Place | None:
    """The place of the input of the row's largest product; None if it is in the padding."""
    products = terms.products[index]
    sizes = np.where(terms.inside & ~np.isnan(products), np.abs(products), -1)
    if not sizes.size or sizes.max() < 0:
        return None
    row, column = np.unravel_index(int(sizes.argmax()), sizes.shape)
    return terms.place(index, int(row), int(column))


def _lines(facts: Facts, terms: Products, written: WrittenSum) -> tuple[Line, ...]:
    """The lines above the result."""
    if is_mean(terms):
        return ()
    count = len(terms.partials)
    sums = text(QT_TRANSLATE_NOOP("microscope", "partial sums of {count} maps"), count=count)
    if facts.value.inputs[terms.source].ndim == 1:
        sums = text(QT_TRANSLATE_NOOP("microscope", "sum of {count} products"), count=count)
    elif count == 1:
        sums = text(QT_TRANSLATE_NOOP("microscope", "sum of the products"))
    lines = [Line(sums, written.subtotal, exact=exact(float(terms.partials.sum())))]
    if written.bias is not None:
        bias = text(QT_TRANSLATE_NOOP("microscope", "bias"))
        lines.append(Line(bias, written.bias, leads=own_weight(facts.value, "bias")))
    return tuple(lines)


def _notes(facts: Facts, terms: Products) -> tuple[Text, ...]:
    count, height, width = terms.values.shape
    notes: list[Text] = []
    if facts.value.inputs[terms.source].ndim > 1 and not is_mean(terms):
        template = QT_TRANSLATE_NOOP("microscope", "{total} products ({count} maps × {high} × {wide}).")
        if count == 1:
            template = QT_TRANSLATE_NOOP("microscope", "{total} products (1 map × {high} × {wide}).")
        notes.append(text(template, total=grouped(count * height * width), count=count, high=height, wide=width))
    if height * width > 1 and terms.learned is not None:
        notes.append(text(NOT_FLIPPED))
    if not terms.inside.all():
        notes.append(text(HATCHED))
    return (*notes, *seen_note(facts))


def _symbols(terms: Products, vector: bool) -> str:
    bias = " + <i>b</i><sub>k</sub>" if terms.bias is not None else ""
    if vector:
        return f"<i>y</i><sub>k</sub> = Σ<sub>i</sub> <i>w</i><sub>k,i</sub> · <i>x</i><sub>i</sub>{bias}"
    if is_mean(terms):
        return "<i>y</i> = 1/n · Σ<sub>i,j</sub> <i>x</i>(i, j)"
    if terms.learned is None:
        return "<i>y</i> = Σ<sub>i,j</sub> <i>x</i>(i, j) · <i>a</i>(i, j)"
    return (
        "<i>y</i><sub>k</sub> = Σ<sub>m</sub> Σ<sub>i,j</sub> <i>x</i><sub>m</sub>(i, j) · "
        f"<i>w</i><sub>k,m</sub>(i, j){bias}"
    )


def _numbers(facts: Facts, terms: Products, order: tuple[int, ...], written: WrittenSum) -> str:
    if len(order) == 1 and terms.bias is None:
        return equation(facts, written.style)
    return equation(facts, written.style, written_parts(terms.partials, order, written), sign_of(order, written))


def read_product(terms: Products, index: int, row: int, column: int) -> str:
    """A product with all digits: ``1.1534 × +0.1123 = +0.12953``."""
    value, weight = float(terms.values[index, row, column]), float(terms.weights[index, row, column])
    product = float(terms.products[index, row, column])
    style, holds = settled(Digits(DIGITS), lambda tried: tried.agrees(tried.read(value) * tried.read(weight), product))
    factors = f"{style.write(value)} × {style.write(weight, plus=True)}"
    return f"{factors} {equals(holds)} {style.write(product, plus=True)}"
