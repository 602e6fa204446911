"""Words that are longer than a narrow place is wide."""

from __future__ import annotations

import re

BREAK = "\u200b"
"""A place to break that takes no room."""
LONGEST = 16
"""Longer words than this may break."""
WIDEST, KEPT = 14, 5
"""Of a longer word than this so many letters at either end stay on a button."""


def breakable(text: str) -> str:
    """``text`` with places to break in long words: behind underscores and points, else after every so many letters."""

    def broken(word: re.Match[str]) -> str:
        parted = re.sub(r"([_.])(?=[^_.])", rf"\1{BREAK}", word.group())
        return re.sub(rf"([^{BREAK}]{{{LONGEST}}})(?=[^{BREAK}])", rf"\1{BREAK}", parted)

    return re.sub(rf"\S{{{LONGEST + 1},}}", broken, text)


def shortened(text: str) -> str:
    """``text`` with the middle of words too long for a button left out."""
    return re.sub(rf"(?<!\S)(\S{{{KEPT}}})\S{{{WIDEST + 1 - 2 * KEPT},}}(\S{{{KEPT}}})(?!\S)", r"\1…\2", text)
