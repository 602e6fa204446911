"""Making the page of a value, with a function for each form of arithmetic. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.gui.panels.microscope.choices import choice_page, copied_page, dropped_page, scored_page, shares_page
from cnnviz.gui.panels.microscope.joined import attended_page, combined_page
from cnnviz.gui.panels.microscope.page import Page, text
from cnnviz.gui.panels.microscope.products import products_page
from cnnviz.gui.panels.microscope.steps import curve_page, divided_page, normalized_page, pixel_page, scaled_page
from cnnviz.gui.panels.microscope.terms import own_part, seen_note, style_of
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.arithmetic import forms
from cnnviz.inspection.scales import SMALLEST_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.gui.panels.microscope.facts import Facts, Options

PAGES: Mapping[type, Callable[[Facts, Any, Options], Page]] = {
    forms.Products: products_page,
    forms.Choice: choice_page,
    forms.Shares: shares_page,
    forms.Scored: scored_page,
    forms.Combined: combined_page,
    forms.Divided: divided_page,
    forms.Attended: attended_page,
    forms.Curve: curve_page,
    forms.Normalized: normalized_page,
    forms.Scaled: scaled_page,
    forms.Copied: copied_page,
    forms.Dropped: dropped_page,
    forms.Pixel: pixel_page,
}
"""The function that makes the page, by form of arithmetic."""


def page(facts: Facts, options: Options) -> Page:
    """The page of a value."""
    arithmetic = facts.value.arithmetic
    make = PAGES.get(type(arithmetic))
    if make is not None:
        return make(facts, arithmetic, options)
    title = text(
        QT_TRANSLATE_NOOP("microscope", "How {kind} makes this value is not written out term by term yet."),
        kind=facts.network[facts.value.place.node].kind,
    )
    limit = max(SMALLEST_LIMIT, abs(facts.value.value))
    return Page(title, *own_part(facts, style_of(facts, limit)), notes=seen_note(facts))
