"""Common parts of pages with many terms: their order, the row for the rest, lines of the table. No Qt."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.equations import added, decimals_for, nearly, written_sum
from cnnviz.gui.panels.microscope.facts import own_map, spell_place
from cnnviz.gui.panels.microscope.page import Amount, Line, Rest, Text, text
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.scales import largest
from cnnviz.numerals import exact, spell

if TYPE_CHECKING:
    from cnnviz.equations import Decimals, WrittenSum
    from cnnviz.gui.panels.microscope.facts import Facts, Options
    from cnnviz.gui.panels.microscope.page import Picture
    from cnnviz.inspection.arithmetic.terms import Numbers

MOST_ROWS = 512
"""The most rows on screen; a file has all terms."""
FEW_PARTS = 3
"""The number of terms that a formula shows."""
FEWER = QT_TRANSLATE_NOOP("microscope", "Show fewer rows")


def ordered(amounts: Numbers, options: Options) -> tuple[int, ...]:
    """The terms in the order of ``options``, else by descending absolute amount; ``amounts`` is float64 (n,)."""
    given = options.order
    if given is not None and len(given) == len(amounts) and sorted(given) == list(range(len(amounts))):
        return given
    order: list[int] = np.argsort(-np.abs(np.nan_to_num(amounts)), kind="stable").tolist()
    return tuple(order)


def count_shown(total: int, options: Options) -> int:
    """How many terms have a row. A single remaining term gets a row too, as a row for the rest is no smaller."""
    if options.unfolded:
        return total if options.complete else min(total, MOST_ROWS)
    return total if total <= options.row_count + 1 else options.row_count


def rest_of(
    name: Text,
    amounts: Numbers,
    order: tuple[int, ...],
    options: Options,
    limit: float,
    written: WrittenSum,
    *,
    signed: bool = True,
) -> Rest | None:
    """The row below the terms: the sum of the terms without a row; the link that shows fewer if all have rows."""
    shown = count_shown(len(order), options)
    if shown < len(order):
        total = float(amounts[list(order[shown:])].sum())
        return Rest(name, Amount(total, limit, signed, written.rest or ""))
    return Rest(text(FEWER), None) if options.unfolded and len(order) > options.row_count + 1 else None


def sum_of(
    amounts: Numbers,
    order: tuple[int, ...],
    options: Options,
    total: float,
    *further: float,
    bias: float | None = None,
    plus: bool = True,
    limit: float | None = None,
) -> WrittenSum:
    """The texts of a sum of ``amounts``, float64 (n,), that with ``bias`` makes ``total``; those with a row are its
    terms.

    ``further`` are other numbers of the table, for which the decimals have to be enough too.
    """
    shown = count_shown(len(order), options)
    subtotal = float(amounts.sum())
    numbers = (subtotal, total, bias or 0.0, *further)
    sizes = (abs(number) for number in numbers if isfinite(number))
    style = decimals_for(limit or largest(amounts.astype(np.float32)), max(sizes, default=0.0))
    terms = amounts[list(order[:shown])].tolist()
    return written_sum(terms, subtotal, total, style, bias=bias, more_terms=shown < len(order), plus=plus)


def written_parts(amounts: Numbers, order: tuple[int, ...], written: WrittenSum) -> str:
    """The sum as a formula: its first :data:`FEW_PARTS` terms, and the bias."""
    parts: list[str] = [written.style.write(float(amounts[index]), plus=True) for index in order[:FEW_PARTS]]
    parts += ["…"] if len(order) > len(parts) else []
    return added([*parts, *([] if written.bias is None else [written.bias])])


def sign_of(order: tuple[int, ...], written: WrittenSum) -> str:
    """The sign between :func:`written_parts` and the result. After … it is =, because not all terms are written."""
    return "=" if len(order) > FEW_PARTS else written.sign


def map_title(facts: Facts) -> Text:
    """``conv2, map 0 (11 × 11)``."""
    place, values = facts.value.place, facts.value.map
    if values.ndim == 1:
        template = QT_TRANSLATE_NOOP("microscope", "{node}, {count} values")
        return text(template, node=place.node, count=len(values))
    template = QT_TRANSLATE_NOOP("microscope", "{node}, map {channel} ({shape})")
    return text(template, node=place.node, channel=place.channel, shape=spell(values.shape))


def style_of(facts: Facts, limit: float) -> Decimals:
    """The decimals of numbers up to ``limit``, and of the value."""
    return decimals_for(limit, abs(facts.value.value))


def result_lines(facts: Facts, style: Decimals, *, holds: bool = True) -> tuple[Line, ...]:
    """Lines with the value, and the result of the activation that follows.

    ``holds``: the lines above give the value as they are written.
    """
    value = facts.value.value
    written = nearly(style.write(value, plus=True), holds)
    lines = [Line(text("{place}", place=spell_place(facts)), written, strong=True, exact=exact(value))]
    if facts.activation is not None:
        node, result = facts.activation
        name = text(QT_TRANSLATE_NOOP("microscope", "after {node}"), node=node)
        lines.append(Line(name, style.write(result, plus=True), exact=exact(result)))
    return tuple(lines)


def own_part(facts: Facts, style: Decimals, *lines: Line, holds: bool = True) -> tuple[Text, Picture, tuple[Line, ...]]:
    """Title of the map, map and table of the page of a value; ``lines`` stand above its result, see
    :func:`result_lines`."""
    return map_title(facts), own_map(facts), (*lines, *result_lines(facts, style, holds=holds))


def equation(facts: Facts, style: Decimals, between: str = "", sign: str = "=") -> str:
    """``conv2[0, 5, 9] = … = 1.23``: place and result of the value, and the arithmetic ``between`` them, with the
    ``sign`` of its result; HTML."""
    result = f"<b>{style.write(facts.value.value, plus=True)}</b>"
    return " ".join((escape(spell_place(facts)), "=", *((between, sign) if between else ()), result))


def seen_note(facts: Facts) -> tuple[Text, ...]:
    """A note about the part of the image on which the value depends."""
    seen = facts.value.seen
    if seen is None:
        return ()
    top, left, bottom, right = seen
    template = QT_TRANSLATE_NOOP("microscope", "Dashed in the sample: the {shape} of the image that it sees.")
    return (text(template, shape=spell((bottom - top, right - left))),)
