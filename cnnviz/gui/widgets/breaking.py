"""Breaking and shortening long words for narrow places."""

from __future__ import annotations

import re

BREAK = "\u200b"
"""A zero-width space, at which Qt may break a line."""
LONGEST = 16
"""Words longer than this may break."""
WIDEST, KEPT = 14, 5
"""On a button, of words longer than WIDEST only KEPT letters at either end remain."""


def breakable(text: str) -> str:
    """``text`` with break opportunities in long words: after underscores and points, else after every LONGEST
    letters."""

    def broken(word: re.Match[str]) -> str:
        parted = re.sub(r"([_.])(?=[^_.])", rf"\1{BREAK}", word.group())
        return re.sub(rf"([^{BREAK}]{{{LONGEST}}})(?=[^{BREAK}])", rf"\1{BREAK}", parted)

    return re.sub(rf"\S{{{LONGEST + 1},}}", broken, text)


def shortened(text: str) -> str:
    """``text`` in which the middle of words too long for a button is left out."""
    return re.sub(rf"(?<!\S)(\S{{{KEPT}}})\S{{{WIDEST + 1 - 2 * KEPT},}}(\S{{{KEPT}}})(?!\S)", r"\1…\2", text)
