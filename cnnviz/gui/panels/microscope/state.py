"""From a value to the page that is drawn: one function for each form of arithmetic. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.gui.panels.microscope.facts import Facts, Options, number, own_map, spell_place
from cnnviz.gui.panels.microscope.page import Line, Page, text
from cnnviz.gui.panels.microscope.products import after_line, map_title, products_page, seen_note
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.arithmetic.terms import Products

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGES: Mapping[type, Callable[[Facts, Any, Options], Page]] = {Products: products_page}
"""For each form of arithmetic the function that makes its page."""


def page(facts: Facts, options: Options) -> Page:
    """The page of a value; one whose arithmetic has no form says so."""
    arithmetic = facts.value.arithmetic
    make = PAGES.get(type(arithmetic))
    return _without_terms(facts) if make is None else make(facts, arithmetic, options)


def _without_terms(facts: Facts) -> Page:
    value = facts.value
    kind = facts.network[value.place.node].kind
    title = text(
        QT_TRANSLATE_NOOP("microscope", "How {kind} makes this value is not written out term by term."), kind=kind
    )
    limit = abs(value.value)
    table = (Line(text("{place}", place=spell_place(facts)), number(value.value, limit), strong=True),)
    return Page(
        title, (), (), None, (), map_title(facts), own_map(facts), (*table, *after_line(facts, limit)), seen_note(facts)
    )
