"""The pages of max pooling, copied values, dropout, softmax and the loss. No Qt."""

from __future__ import annotations

from html import escape
from math import log
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.equations import Decimals, Digits, equals, settled
from cnnviz.gui.panels.microscope.facts import (
    DECIMALS,
    Facts,
    Options,
    laid_out,
    leads_in,
    number,
    own_map,
    scale_of,
    spell_at,
    spell_place,
)
from cnnviz.gui.panels.microscope.page import Amount, Block, Line, Number, Page, Picture, Rest, Row, Sign, Text, text
from cnnviz.gui.panels.microscope.products import HATCHED, frame_of
from cnnviz.gui.panels.microscope.terms import (
    count_shown,
    equation,
    map_title,
    ordered,
    own_part,
    rest_of,
    result_lines,
    seen_note,
    style_of,
    sum_of,
)
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest
from cnnviz.numerals import fixed, percent, spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.arithmetic.forms import Choice, Copied, Dropped, Scored, Shares
    from cnnviz.inspection.arithmetic.terms import Place


def value_limit(facts: Facts) -> float:
    """The value of a full bar if a value is copied: the limit of its map's scale."""
    return max(SMALLEST_LIMIT, abs(facts.value.value), own_map(facts).scale.limit)


def choice_page(facts: Facts, choice: Choice, _: Options) -> Page:
    """The page of a max pooling: the window with the largest value marked."""
    inputs = facts.value.inputs[choice.source]
    scale, limit = scale_of(facts, choice.source, inputs), value_limit(facts)
    outside = None if choice.inside.all() else ~choice.inside
    values = np.where(choice.inside, choice.values, np.float32(0))
    leads = leads_in(choice.source, inputs[choice.channel], choice.channel)
    picture = Picture(inputs[choice.channel], scale, frame_of(choice.rows, choice.columns), leads)
    row, column = choice.winner
    name = text(QT_TRANSLATE_NOOP("microscope", "map {number} of {node}"), number=choice.channel, node=choice.source)
    cells = (
        picture,
        Block(values, scale, outside, choice.winner, choice.place),
        Sign("→"),
        Amount(choice.total, limit),
    )
    winner = f"({int(choice.rows[row])}, {int(choice.columns[column])})"
    notes = [text(QT_TRANSLATE_NOOP("microscope", "Framed: the winner, at {at} of the map."), at=winner)]
    if (ties := int(np.count_nonzero(choice.ties))) > 1:
        template = QT_TRANSLATE_NOOP("microscope", "{count} values are equally large; the first of them is taken.")
        notes.append(text(template, count=ties))
    notes.append(text(QT_TRANSLATE_NOOP("microscope", "Pooling has no parameters and learns nothing.")))
    if outside is not None:
        notes.append(text(QT_TRANSLATE_NOOP("microscope", "Hatched: outside of the map. It never wins.")))
    return Page(
        text(
            QT_TRANSLATE_NOOP(
                "microscope", "{place}: the largest of the {shape} values in the window of map {channel}"
            ),
            place=spell_place(facts),
            shape=spell(choice.values.shape),
            channel=choice.channel,
        ),
        *own_part(facts, style_of(facts, limit)),
        heads=(
            text(QT_TRANSLATE_NOOP("microscope", "map of {node}"), node=choice.source),
            text(QT_TRANSLATE_NOOP("microscope", "in its window")),
            None,
            text(QT_TRANSLATE_NOOP("microscope", "the largest")),
        ),
        rows=(Row(str(choice.channel), name, cells, choice.place(row, column)),),
        notes=(*notes, *seen_note(facts)),
        symbols="<i>y</i> = max<sub>i,j</sub> <i>x</i>(i, j)",
        numbers=equation(facts, style_of(facts, limit)),
    )


def copied_page(facts: Facts, copied: Copied, _: Options) -> Page:
    """The page of a copied value: its place in the input."""
    kind = facts.network[facts.value.place.node].kind
    notes = [text(QT_TRANSLATE_NOOP("microscope", "{kind} computes nothing: it moves values."), kind=kind)]
    if copied.place is None:
        title = text(
            QT_TRANSLATE_NOOP("microscope", "{place} lies in the border, which holds 0"), place=spell_place(facts)
        )
        return _unchanged_page(facts, title, None, (text(HATCHED),))
    title = text(
        QT_TRANSLATE_NOOP("microscope", "{place} is {source}, unchanged"),
        place=spell_place(facts),
        source=spelled_source(facts.value, copied.place),
    )
    return _unchanged_page(facts, title, copied.place, tuple(notes))


def dropped_page(facts: Facts, dropped: Dropped, _: Options) -> Page:
    """The page of dropout: the unchanged value, and how training would change it."""
    title = text(
        QT_TRANSLATE_NOOP("microscope", "{place} is {source}, unchanged while you look"),
        place=spell_place(facts),
        source=spelled_source(facts.value, dropped.place),
    )
    template = QT_TRANSLATE_NOOP(
        "microscope",
        "While training it is 0 with a probability of {share}, else multiplied by {factor}. Each value is drawn alone.",
    )
    if dropped.together == "map":
        template = QT_TRANSLATE_NOOP(
            "microscope",
            "While training its whole map is 0 with a probability of {share}, else multiplied by {factor}.",
        )
    elif dropped.together == "sample":
        template = QT_TRANSLATE_NOOP(
            "microscope",
            "While training all maps of an image are 0 with a probability of {share}, else multiplied by {factor}.",
        )
    elif dropped.together == "batch":
        template = QT_TRANSLATE_NOOP(
            "microscope",
            "While training the maps of all images of a batch are 0 with a probability of {share}, else multiplied by"
            " {factor}.",
        )
    note = text(template, share=percent(dropped.probability), factor=fixed(dropped.factor, 3))
    return _unchanged_page(facts, title, dropped.place, (note,))


def _unchanged_page(facts: Facts, title: Text, source: Place | None, notes: tuple[Text, ...]) -> Page:
    """The page of a value that equals the value at ``source``; None if it comes from no place."""
    limit = value_limit(facts)
    rows: tuple[Row, ...] = ()
    heads: tuple[Text | None, ...] = ()
    if source is not None:
        rows = (
            Row(
                str(source.channel),
                title,
                (*source_cells(facts, source), Sign("→"), Amount(facts.value.value, limit)),
                source,
            ),
        )
        heads = (text(QT_TRANSLATE_NOOP("microscope", "from {node}"), node=source.node), None, None)
    return Page(
        title,
        *own_part(facts, style_of(facts, limit)),
        heads=heads,
        rows=rows,
        notes=(*notes, *seen_note(facts)),
        symbols="<i>y</i> = <i>x</i>",
        numbers=equation(facts, style_of(facts, limit)),
    )


def source_cells(facts: Facts, place: Place) -> tuple[Picture]:
    """The map, or the vector laid out in rows, from which a value comes, with the value framed."""
    inputs = facts.value.inputs[place.node]
    scale = scale_of(facts, place.node, inputs)
    if inputs.ndim > 1:
        frame = (place.row, place.column, place.row + 1, place.column + 1)
        leads = leads_in(place.node, inputs[place.channel], place.channel)
        return (Picture(inputs[place.channel], scale, frame, leads),)
    rows = laid_out(inputs)
    row, column = divmod(place.channel, rows.shape[1])
    return (Picture(rows, scale, (row, column, row + 1, column + 1), leads_in(place.node, inputs)),)


def spelled_source(value: Value, place: Place) -> str:
    """A place in an input of ``value`` as text, see :func:`spell_at`."""
    return spell_at(place, value.inputs[place.node].ndim)


def shares_page(facts: Facts, shares: Shares, options: Options) -> Page:
    """The page of a softmax: exponentials of all channels, and the share of each."""
    title = text(
        QT_TRANSLATE_NOOP("microscope", "{place}: the share of value {chosen} among all {count}"),
        place=spell_place(facts),
        chosen=shares.chosen,
        count=len(shares.values),
    )
    name = text(QT_TRANSLATE_NOOP("microscope", "sum of all exponentials"))
    return Page(
        title,
        map_title(facts),
        own_map(facts),
        (Line(name, fixed(float(shares.exponentials.sum()), DECIMALS)), *result_lines(facts, Decimals(DECIMALS))),
        *_share_rows(shares, options),
        notes=(text(SHIFTED, shift=fixed(shares.shift, 3, True)), *seen_note(facts)),
        symbols=SOFTMAX,
        numbers=f"{escape(spell_place(facts))} = <b>{fixed(facts.value.value, DECIMALS)}</b>",
    )


SOFTMAX = "<i>p</i><sub>k</sub> = e<sup><i>x</i><sub>k</sub></sup> / Σ<sub>i</sub> e<sup><i>x</i><sub>i</sub></sup>"
SHIFTED = QT_TRANSLATE_NOOP(
    "microscope", "The largest value, {shift}, is subtracted from all first. That changes no share."
)


def scored_page(facts: Facts, scored: Scored, options: Options) -> Page:
    """The page of an Output value: its logit among all, their softmax, and the loss for the label."""
    softmax = scored.softmax
    limit = max(SMALLEST_LIMIT, largest(softmax.values))
    lines = [
        *result_lines(facts, style_of(facts, limit)),
        Line(
            text(QT_TRANSLATE_NOOP("microscope", "its share (softmax)")), percent(float(softmax.shares[softmax.chosen]))
        ),
    ]
    numbers = f"<i>p</i><sub>{softmax.chosen}</sub> = <b>{fixed(float(softmax.shares[softmax.chosen]), DECIMALS)}</b>"
    symbols = SOFTMAX
    if scored.label is not None and scored.loss is not None:
        share = float(softmax.shares[scored.label])
        name = text(
            QT_TRANSLATE_NOOP("microscope", "share of the label {label}"), label=options.class_name(scored.label)
        )
        lines += [
            Line(name, percent(share)),
            Line(text(QT_TRANSLATE_NOOP("microscope", "loss")), fixed(scored.loss, DECIMALS)),
        ]
        symbols += f"<br>loss = −log <i>p</i><sub>{scored.label}</sub>"
        numbers += f"<br>{loss_of(share, scored.loss)}"
    title = text(
        QT_TRANSLATE_NOOP("microscope", "{place}: the logit of class {chosen}, and what softmax and loss make of all"),
        place=spell_place(facts),
        chosen=options.class_name(softmax.chosen),
    )
    return Page(
        title,
        map_title(facts),
        own_map(facts),
        tuple(lines),
        *_share_rows(softmax, options, options.class_name),
        notes=(text(SHIFTED, shift=fixed(softmax.shift, 3, True)), text(CHOOSE)),
        symbols=symbols,
        numbers=numbers,
    )


def loss_of(share: float, loss: float) -> str:
    """``loss = −log 0.9876 = 0.0125``, in HTML: the share with the digits that the loss needs."""
    result = Decimals(DECIMALS)
    style, holds = settled(
        Digits(DECIMALS), lambda tried: tried.read(share) > 0 and result.agrees(-log(tried.read(share)), loss)
    )
    return f"loss = −log {style.write(share)} {equals(holds)} <b>{result.write(loss)}</b>"


CHOOSE = QT_TRANSLATE_NOOP("microscope", "The shares of all classes sum to 1: the network must choose one of them.")


def _share_rows(
    shares: Shares, options: Options, name_of: Callable[[int], str] = str
) -> tuple[tuple[Text | None, ...], tuple[Row, ...], Rest | None, tuple[int, ...]]:
    """Heads, rows that begin with what ``name_of`` calls them, the row for the rest, and the order."""
    order = ordered(shares.shares, options)
    limit = max(SMALLEST_LIMIT, largest(shares.values))
    shown = order[: count_shown(len(order), options)]
    written = sum_of(shares.shares, order, options, 1.0, plus=False, limit=1.0)
    rows = []
    for index, share in zip(shown, written.terms, strict=True):
        cells = (
            Number(number(float(shares.values[index]), limit), number(-limit, limit)),
            Sign("→"),
            Number(fixed(float(shares.exponentials[index]), DECIMALS), fixed(0, DECIMALS)),
            Sign("→"),
            Amount(float(shares.shares[index]), 1.0, signed=False, written=share),
        )
        name = text(QT_TRANSLATE_NOOP("microscope", "value {number} of {node}"), number=index, node=shares.source)
        rows.append(Row(name_of(index), name, cells, shares.place(index), strong=index == shares.chosen))
    heads = (
        text(QT_TRANSLATE_NOOP("microscope", "value of {node}"), node=shares.source),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "exp(value − largest)")),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "share of all")),
    )
    rest_name = text(QT_TRANSLATE_NOOP("microscope", "{count} more values"), count=len(order) - len(shown))
    rest = rest_of(rest_name, shares.shares, order, options, 1.0, written, signed=False)
    return heads, tuple(rows), rest, order
