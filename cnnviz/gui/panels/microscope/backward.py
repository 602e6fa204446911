"""The page of a gradient: how the loss changes with a value, as a sum over the values that it feeds. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.equations import equals, nearly
from cnnviz.gui.panels.microscope.facts import DECIMALS, laid_out, spell_at
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
    Words,
    text,
)
from cnnviz.gui.panels.microscope.step_rows import Step, step_rows, written_steps
from cnnviz.gui.panels.microscope.terms import ordered, rest_of, sign_of, sum_of, written_parts
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.scales import largest
from cnnviz.numerals import exact, fixed, significant

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.equations import WrittenSum
    from cnnviz.gui.panels.microscope.facts import Options
    from cnnviz.gui.panels.microscope.step_rows import WrittenSteps
    from cnnviz.inspection.answers.gradient import Fed, Gradient
    from cnnviz.inspection.arithmetic.terms import Numbers, Place
    from cnnviz.inspection.questions import Array

    Hold = Callable[[str, float], float]
    """Widens the scale that a name stands for, and gives its limit."""

LABEL = QT_TRANSLATE_NOOP("microscope", "loss for label {label}")
GUESS = QT_TRANSLATE_NOOP("microscope", "loss for class {label}")
UNLABELLED = QT_TRANSLATE_NOOP(
    "microscope", "The sample has no label: the loss is that of the class that the network says."
)


@dataclass(frozen=True, eq=False)
class Term:
    """A map that the value feeds.

    ``gradients`` and ``derivatives``, float32 (h, w), are those of the fed values; ``leads`` is the place to which a
    click goes.
    """

    node: str
    channel: int
    gradients: Array
    derivatives: Array
    total: float
    leads: Place
    fed: dict[tuple[int, int], Place]
    """The values that it feeds, by row and column of ``gradients``."""


def terms_of(fed: Fed) -> list[Term]:
    """A term for each map of a node that a value feeds."""
    rows, row_at = np.unique(fed.rows, return_inverse=True)
    columns, column_at = np.unique(fed.columns, return_inverse=True)
    terms = []
    for channel in np.unique(fed.channels).tolist():
        in_map = fed.channels == channel
        gradients = np.zeros((len(rows), len(columns)), np.float32)
        derivatives = np.zeros_like(gradients)
        gradients[row_at[in_map], column_at[in_map]] = fed.gradients[in_map]
        derivatives[row_at[in_map], column_at[in_map]] = fed.derivatives[in_map]
        products = fed.products[in_map]
        strongest = np.flatnonzero(in_map)[int(np.abs(products).argmax())]
        leads = fed.place(int(strongest))
        cells = zip(row_at[in_map].tolist(), column_at[in_map].tolist(), strict=True)
        places = {cell: fed.place(int(index)) for cell, index in zip(cells, np.flatnonzero(in_map), strict=True)}
        terms.append(Term(fed.node, channel, gradients, derivatives, float(products.sum()), leads, places))
    return terms


def gradient_page(gradient: Gradient, options: Options, hold: Hold) -> Page:
    """The page about how the loss changes with a value, with a row for each map that it feeds."""
    place = gradient.place
    terms = [term for fed in gradient.feeds for term in terms_of(fed)]
    totals = np.array([term.total for term in terms])
    order = ordered(totals, options)
    limit = hold("partial", largest(totals.astype(np.float32)))
    gradient_scale = Scale(hold("gradient", max((largest(term.gradients) for term in terms), default=0.0)), True)
    derivative_scale = Scale(hold("derivative", max((largest(term.derivatives) for term in terms), default=0.0)), True)
    several = len(gradient.feeds) > 1
    written = sum_of(totals, order, options, gradient.gradient)
    rows = tuple(
        _row(terms[index], gradient_scale, derivative_scale, limit, several, number)
        for index, number in zip(order, written.terms, strict=False)
    )
    logit = _logit_steps(gradient)
    result, holds = str(significant(gradient.gradient)), True
    if logit is not None:
        result, holds = logit.results[-1], logit.holds[-1]
    elif rows:
        result, holds = written.style.write(gradient.gradient, plus=True), written.holds
    fed_nodes = ", ".join(dict.fromkeys(feed.node for feed in gradient.feeds))
    spelled = spell_at(place, gradient.map.ndim)
    rest_name = text(QT_TRANSLATE_NOOP("microscope", "{count} more"), count=len(order) - len(rows))
    return Page(
        text(LOGIT_TITLE if gradient.probability is not None else TITLE, place=spelled),
        _map_title(gradient),
        _map(gradient, hold),
        (
            Line(text("{place}", place=spelled), significant(gradient.value), exact=exact(gradient.value)),
            Line(text(LABEL if gradient.labelled else GUESS, label=gradient.label), fixed(gradient.loss, DECIMALS)),
            *_softmax_lines(gradient),
            Line(
                text(QT_TRANSLATE_NOOP("microscope", "gradient")),
                nearly(result, holds),
                strong=True,
                exact=exact(gradient.gradient),
            ),
        ),
        heads=_heads(fed_nodes, several) if rows else (),
        rows=rows or _logit_rows(logit),
        rest=rest_of(rest_name, totals, order, options, limit, written),
        order=order,
        notes=_notes(gradient),
        symbols=SUM if terms else LOGIT if gradient.probability is not None else "",
        numbers=_numbers(gradient, totals, order, written, result, holds=holds),
        instead=None if rows or gradient.probability is not None else text(NOTHING_CHANGES),
    )


TITLE = QT_TRANSLATE_NOOP("microscope", "How the loss changes with {place}: the sum over all that it feeds")
LOGIT_TITLE = QT_TRANSLATE_NOOP("microscope", "How the loss changes with {place}: its share, less 1 for the label")
NOTHING_CHANGES = QT_TRANSLATE_NOOP(
    "microscope", "Nothing behind it changes with this value now, as behind a ReLU that gives 0: its gradient is 0."
)
SUM = "∂L/∂<i>x</i> = Σ ∂L/∂<i>y</i> · ∂<i>y</i>/∂<i>x</i>"
LOGIT = "∂L/∂<i>x</i><sub>k</sub> = <i>p</i><sub>k</sub> − [k = label]"


def _map_title(gradient: Gradient) -> Text:
    place = gradient.place
    if gradient.map.ndim == 1:
        return text(QT_TRANSLATE_NOOP("microscope", "Gradient for {node}"), node=place.node)
    template = QT_TRANSLATE_NOOP("microscope", "Gradient for {node}, map {channel}")
    return text(template, node=place.node, channel=place.channel)


def _map(gradient: Gradient, hold: Hold) -> Picture:
    place, values = gradient.place, laid_out(gradient.map)
    row, column = (place.row, place.column) if gradient.map.ndim > 1 else divmod(place.channel, values.shape[1])
    return Picture(values, Scale(hold("map", largest(gradient.map)), True), (row, column, row + 1, column + 1))


def _numbers(
    gradient: Gradient, totals: Numbers, order: tuple[int, ...], written: WrittenSum, result: str, *, holds: bool
) -> str:
    name = f"∂L/∂{escape(spell_at(gradient.place, gradient.map.ndim))}"
    if not order:
        return f"{name} {equals(holds)} {result}"
    sign = sign_of(order, written)
    if len(order) == 1 and sign == "=":
        return f"{name} = <b>{result}</b>"
    return f"{name} = {written_parts(totals, order, written)} {sign} <b>{result}</b>"


def _softmax_lines(gradient: Gradient) -> tuple[Line, ...]:
    if gradient.probability is None:
        return ()
    return (Line(text(QT_TRANSLATE_NOOP("microscope", "its share (softmax)")), fixed(gradient.probability, DECIMALS)),)


def _logit_steps(gradient: Gradient) -> WrittenSteps | None:
    """The gradient of a logit as text: its softmax share, minus 1 for the label; None for another value."""
    if gradient.probability is None:
        return None
    name = text(QT_TRANSLATE_NOOP("microscope", "1 for the label, 0 for others"))
    is_label = float(gradient.place.channel == gradient.label)
    return written_steps(gradient.probability, [Step("−", name, is_label, gradient.total)])


def _logit_rows(written: WrittenSteps | None) -> tuple[Row, ...]:
    """The rows of the gradient of a logit."""
    if written is None:
        return ()
    return step_rows(text(QT_TRANSLATE_NOOP("microscope", "its share (softmax)")), leads=None, written=written)


def _heads(fed_nodes: str, several: bool) -> tuple[Text | None, ...]:
    heads = (
        text(QT_TRANSLATE_NOOP("microscope", "gradient of {node}"), node=fed_nodes),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "how much it changes with the value")),
        None,
        text(QT_TRANSLATE_NOOP("microscope", "comes back")),
    )
    return (text(QT_TRANSLATE_NOOP("microscope", "feeds")), *heads) if several else heads


def _row(term: Term, gradient_scale: Scale, derivative_scale: Scale, limit: float, several: bool, written: str) -> Row:
    """The row of a term; with ``several`` nodes that are fed, it names the node."""
    cells: tuple[Cell, ...] = (
        Block(term.gradients, gradient_scale, leads=lambda row, column: term.fed.get((row, column))),
        Sign("×"),
        Block(term.derivatives, derivative_scale),
        Sign("="),
        Amount(term.total, limit, written=written),
    )
    if several:
        cells = (Words(text("{node}", node=term.node)), *cells)
    name = text(QT_TRANSLATE_NOOP("microscope", "map {number} of {node}"), number=term.channel, node=term.node)
    return Row(str(term.channel), name, cells, term.leads)


CHANGE = 0.01
"""The change of the value in the sentence of :func:`_effect`."""


def _effect(gradient: float) -> Text:
    """What a small change of the value would do to the loss."""
    template = QT_TRANSLATE_NOOP(
        "microscope", "Were the value larger by 0.01, the loss would change by about {change}."
    )
    return text(template, change=significant(CHANGE * gradient, 3))


def _notes(gradient: Gradient) -> tuple[Text, ...]:
    notes = []
    count = sum(len(fed.products) for fed in gradient.feeds)
    if count:
        plural = text(QT_TRANSLATE_NOOP("microscope", "It feeds {count} values."), count=count)
        notes.append(text(QT_TRANSLATE_NOOP("microscope", "It feeds 1 value.")) if count == 1 else plural)
    if gradient.gradient:
        notes.append(_effect(gradient.gradient))
    if not gradient.labelled:
        notes.append(text(UNLABELLED))
    return tuple(notes)
