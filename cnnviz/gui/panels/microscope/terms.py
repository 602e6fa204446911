"""Common parts of pages with many terms: their order, the row for the rest, lines of the table. No Qt."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.microscope.facts import number, own_map, spell_place
from cnnviz.gui.panels.microscope.page import Amount, Line, Rest, Text, text
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.numerals import exact, spell

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.facts import Facts, Options
    from cnnviz.gui.panels.microscope.page import Picture
    from cnnviz.inspection.arithmetic.terms import Numbers


def ordered(amounts: Numbers, options: Options) -> tuple[int, ...]:
    """The terms in the order of ``options``, else by descending absolute amount; ``amounts`` is float64 (n,)."""
    held = options.order
    if held is not None and len(held) == len(amounts) and sorted(held) == list(range(len(amounts))):
        return held
    order: list[int] = np.argsort(-np.abs(np.nan_to_num(amounts)), kind="stable").tolist()
    return tuple(order)


def count_shown(total: int, options: Options) -> int:
    """How many terms have a row. A single remaining term gets a row too, as a row for the rest is no smaller."""
    if options.unfolded:
        return total if options.complete else min(total, MOST_ROWS)
    return total if total <= options.few + 1 else options.few


MOST_ROWS = 512
"""The most rows on screen; a file has all terms."""


def rest_of(
    name: Text,
    fewer: Text,
    amounts: Numbers,
    order: tuple[int, ...],
    options: Options,
    limit: float,
    *,
    signed: bool = True,
) -> Rest | None:
    """The row below the terms: the sum of terms without a row, or if all have rows the link that shows fewer."""
    shown = count_shown(len(order), options)
    if shown < len(order):
        total = float(amounts[list(order[shown:])].sum())
        return Rest(name, Amount(total, limit, signed))
    return Rest(fewer, None) if options.unfolded and len(order) > options.few + 1 else None


def map_title(facts: Facts) -> Text:
    """``conv2, map 0 (11 × 11)``."""
    place, values = facts.value.place, facts.value.map
    if values.ndim == 1:
        template = QT_TRANSLATE_NOOP("microscope", "{node}, {count} values")
        return text(template, node=place.node, count=len(values))
    template = QT_TRANSLATE_NOOP("microscope", "{node}, map {channel} ({shape})")
    return text(template, node=place.node, channel=place.channel, shape=spell(values.shape))


def result_lines(facts: Facts, limit: float) -> tuple[Line, ...]:
    """Lines with the value, and the result of the activation that follows."""
    value = facts.value.value
    lines = [Line(text("{place}", place=spell_place(facts)), number(value, limit), strong=True, exact=exact(value))]
    if facts.after is not None:
        node, made = facts.after
        lines.append(
            Line(
                text(QT_TRANSLATE_NOOP("microscope", "after {node}"), node=node), number(made, limit), exact=exact(made)
            )
        )
    return tuple(lines)


def own_part(facts: Facts, limit: float, *lines: Line) -> tuple[Text, Picture, tuple[Line, ...]]:
    """Title of the map, map and table of the page of a value; ``lines`` stand above its result, up to ``limit``."""
    return map_title(facts), own_map(facts), (*lines, *result_lines(facts, limit))


def equation(facts: Facts, limit: float, *between: str) -> str:
    """``conv2[0, 5, 9] = … = 1.23``: place and result of the value, and the arithmetic ``between`` them; HTML."""
    return " = ".join((escape(spell_place(facts)), *between, f"<b>{number(facts.value.value, limit)}</b>"))


def seen_note(facts: Facts) -> tuple[Text, ...]:
    """A note about the part of the image on which the value depends."""
    seen = facts.value.seen
    if seen is None:
        return ()
    high, wide = seen[2] - seen[0], seen[3] - seen[1]
    template = QT_TRANSLATE_NOOP("microscope", "Dashed in the sample: the {shape} of the image that it sees.")
    return (text(template, shape=spell((high, wide))),)
