"""How well a thing with a name and a description answers what was typed to find it."""

from __future__ import annotations

import re

BEGINS, WORD, INSIDE, DESCRIBED = range(4)
"""The name begins with it, a word of the name does, it is inside the name, a word of the description begins with it."""


def rank(typed: str, name: str, description: str) -> int | None:
    """The best is 0; None where it is no answer. Of several words each must be found, and the worst counts.

    Of the description only beginnings of words count: letters inside its words are found everywhere.
    """
    found = [_rank(word, name.casefold(), description.casefold()) for word in typed.casefold().split()]
    return None if None in found else max((one for one in found if one is not None), default=BEGINS)


def _rank(word: str, name: str, description: str) -> int | None:
    if name.startswith(word):
        return BEGINS
    begins = re.compile(rf"(?<![^\W_]){re.escape(word)}")
    if begins.search(name):
        return WORD
    if word in name:
        return INSIDE
    return DESCRIBED if begins.search(description) else None
