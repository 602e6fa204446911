"""The colours of classes, told apart by people with any kind of colour vision (Paul Tol, "Colour schemes", 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

ON_DARK = (
    "#77aadd",
    "#ee8866",
    "#eedd88",
    "#ffaabb",
    "#99ddff",
    "#44bb99",
    "#bbcc33",
    "#aaaa00",
    "#dddddd",
    "#9030f0",
)
"""The scheme "light", and a violet."""
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
