"""The page of a sum of products: a window, a kernel, the partial sum of each map. No Qt."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.facts import (
    FEW_ROWS,
    SMALLEST_LIMIT,
    Facts,
    Options,
    largest,
    number,
    own_map,
    scale_of,
    spell_place,
)
from cnnviz.gui.panels.microscope.page import (
    Amount,
    Block,
    Cell,
    Line,
    Page,
    Picture,
    Rest,
    Row,
    Scale,
    Sign,
    Text,
    text,
)
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.numerals import grouped, spell

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Frame
    from cnnviz.inspection.arithmetic.terms import Products

NOT_FLIPPED = QT_TRANSLATE_NOOP(
    "microscope", "As in every deep learning library the kernel is not flipped: this is a cross-correlation."
)
HATCHED = QT_TRANSLATE_NOOP("microscope", "Hatched: the padding around the map. It holds 0.")


def products_page(facts: Facts, terms: Products, options: Options) -> Page:
    """The partial sums of all maps, the strongest first, and how they add up."""
    partials = terms.partials
    order = options.order
    if order is None or sorted(order) != list(range(len(partials))):
        order = tuple(np.argsort(-np.abs(np.nan_to_num(partials)), kind="stable").tolist())
    few = len(order) if options.unfolded or len(order) <= FEW_ROWS + 1 else FEW_ROWS
    limit = max(SMALLEST_LIMIT, largest(partials.astype(np.float32)))
    rows = tuple(_row(facts, terms, at, limit) for at in order[:few])
    rest = None
    if few < len(order):
        total = float(partials[list(order[few:])].sum())
        name = text(QT_TRANSLATE_NOOP("microscope", "{count} more maps"), count=grouped(len(order) - few))
        rest = Rest(name, Amount(total, max(limit, abs(total))))
    heads = (
        text(QT_TRANSLATE_NOOP("microscope", "map of {node}"), node=terms.source),
        text(QT_TRANSLATE_NOOP("microscope", "in its window")),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "slice of the filter")),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "partial sum")),
    )
    place = facts.value.place
    return Page(
        text(
            QT_TRANSLATE_NOOP("microscope", "{place}: each map under its window, times the slice of filter {channel}"),
            place=spell_place(facts),
            channel=place.channel,
        ),
        heads,
        rows,
        rest,
        order,
        map_title(facts),
        own_map(facts),
        _table(facts, terms),
        _notes(facts, terms),
        _symbols(terms),
        _numbers(facts, terms, order),
    )


def map_title(facts: Facts) -> Text:
    """``conv2, map 0 (11 × 11)``."""
    place, values = facts.value.place, facts.value.map
    if values.ndim == 1:
        template = QT_TRANSLATE_NOOP("microscope", "{node}, {count} values")
        return text(template, node=place.node, count=grouped(len(values)))
    template = QT_TRANSLATE_NOOP("microscope", "{node}, map {channel} ({shape})")
    return text(template, node=place.node, channel=place.channel, shape=spell(values.shape))


def _row(facts: Facts, terms: Products, at: int, limit: float) -> Row:
    channel = int(terms.channels[at])
    inputs = facts.value.inputs[terms.source]
    scale = scale_of(facts, terms.source, inputs)
    frame: Frame = (
        int(terms.rows[0]),
        int(terms.columns[0]),
        int(terms.rows[-1]) + 1,
        int(terms.columns[-1]) + 1,
    )
    weights = Scale(facts.weights or max(SMALLEST_LIMIT, largest(terms.weights)), True)
    outside = None if terms.inside.all() else ~terms.inside
    cells: tuple[Cell, ...] = (
        Picture(inputs[channel], scale, frame),
        Block(terms.values[at], scale, outside),
        Sign("×"),
        Block(terms.weights[at], weights),
        Sign("="),
        Amount(float(terms.partials[at]), limit),
    )
    name = text(QT_TRANSLATE_NOOP("microscope", "map {number} of {node}"), number=channel, node=terms.source)
    return Row(channel, name, cells, _strongest_term(terms, at))


def _strongest_term(terms: Products, at: int) -> Place | None:
    """Where the largest product of this row comes from; None where it lies in the padding."""
    sizes = np.where(terms.inside, np.abs(np.nan_to_num(terms.values[at] * terms.weights[at])), -1)
    if sizes.max() < 0:
        return None
    row, column = np.unravel_index(int(sizes.argmax()), sizes.shape)
    return Place(terms.source, int(terms.channels[at]), int(terms.rows[row]), int(terms.columns[column]))


def _table(facts: Facts, terms: Products) -> tuple[Line, ...]:
    value, total = facts.value, float(terms.partials.sum())
    limit = max(SMALLEST_LIMIT, largest(terms.partials.astype(np.float32)))
    count = len(terms.partials)
    sums = text(QT_TRANSLATE_NOOP("microscope", "partial sums of {count} maps"), count=grouped(count))
    if count == 1:
        sums = text(QT_TRANSLATE_NOOP("microscope", "sum of the products"))
    lines = [Line(sums, number(total, limit))]
    if terms.bias is not None:
        lines.append(Line(text(QT_TRANSLATE_NOOP("microscope", "bias")), number(terms.bias, limit)))
    lines.append(Line(text("{place}", place=spell_place(facts)), number(value.value, limit), strong=True))
    return (*lines, *after_line(facts, limit))


def after_line(facts: Facts, limit: float) -> tuple[Line, ...]:
    """What the activation that follows makes of the value."""
    if facts.after is None:
        return ()
    node, made = facts.after
    return (Line(text(QT_TRANSLATE_NOOP("microscope", "after {node}"), node=node), number(made, limit)),)


def _notes(facts: Facts, terms: Products) -> tuple[Text, ...]:
    count, high, wide = terms.values.shape
    template = QT_TRANSLATE_NOOP("microscope", "{total} products ({count} maps × {high} × {wide}).")
    if count == 1:
        template = QT_TRANSLATE_NOOP("microscope", "{total} products (1 map × {high} × {wide}).")
    notes = [text(template, total=grouped(count * high * wide), count=grouped(count), high=high, wide=wide)]
    if high * wide > 1:
        notes.append(text(NOT_FLIPPED))
    if not terms.inside.all():
        notes.append(text(HATCHED))
    return (*notes, *seen_note(facts))


def seen_note(facts: Facts) -> tuple[Text, ...]:
    """How much of the image the value depends on."""
    seen = facts.value.seen
    if seen is None:
        return ()
    high, wide = seen[2] - seen[0], seen[3] - seen[1]
    template = QT_TRANSLATE_NOOP("microscope", "Dashed in the sample: the {shape} of the image that it sees.")
    return (text(template, shape=spell((high, wide))),)


def _symbols(terms: Products) -> str:
    bias = " + <i>b</i><sub>k</sub>" if terms.bias is not None else ""
    return (
        "<i>y</i><sub>k</sub>(r, c) = Σ<sub>m</sub> Σ<sub>i, j</sub> <i>x</i><sub>m</sub>(r′ + i, c′ + j) · "
        f"<i>w</i><sub>k, m</sub>(i, j){bias}"
    )


def _numbers(facts: Facts, terms: Products, order: tuple[int, ...]) -> str:
    limit = max(SMALLEST_LIMIT, largest(terms.partials.astype(np.float32)))
    shown = [number(float(terms.partials[at]), limit) for at in order[:3]]
    parts = " ".join(one if one[0] in "+−" else f"+{one}" for one in shown).removeprefix("+")
    more = " + …" if len(order) > len(shown) else ""
    bias = "" if terms.bias is None else f" {number(terms.bias, limit)}"
    return f"{escape(spell_place(facts))} = {parts}{more}{bias} = <b>{number(facts.value.value, limit)}</b>"
