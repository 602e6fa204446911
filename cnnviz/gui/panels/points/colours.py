"""The colours of classes, told apart by people with any kind of colour vision (Paul Tol, "Colour schemes", 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

ON_DARK = (
    "#8c98e6",
    "#c17458",
    "#ffdba7",
    "#ff9fb9",
    "#73e0ff",
    "#0cad91",
    "#bcf300",
    "#baa700",
    "#f8ffff",
    "#9030f0",
)
"""The scheme "light" and a violet, moved apart so that the least CIEDE2000 difference is as large as can be."""
ON_LIGHT = (
    "#332288",
    "#88ccee",
    "#44aa99",
    "#117733",
    "#999933",
    "#ddb400",
    "#cc6677",
    "#882255",
    "#aa4499",
    "#9030f0",
)
"""The scheme "muted", with a stronger yellow, and a violet."""


def class_colour(theme: Theme, label: int) -> str:
    """The colour of a class, as ``#rrggbb``; the colours repeat after ten classes."""
    colours = ON_DARK if theme.name == "dark" else ON_LIGHT
    return colours[label % len(colours)]
