"""How well a thing with a name and a description answers what was typed to find it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

BEGINS, WORD, ALIAS, INSIDE, ALIAS_BEGINS, DESCRIBED = range(6)
"""The name begins with it, a word of the name does, it is another name, it is inside the name, another name begins with
it, a word of the description begins with it."""


def rank(typed: str, name: str, description: str, aliases: Collection[str] = ()) -> int | None:
    """The best is 0; None where it is no answer. Of several words each must be found, and the worst counts.

    Other names, ``aliases``, are in lower case and count as a whole or by their beginnings. Of the description only
    beginnings of words count: letters inside its words are found everywhere.
    """
    words = typed.casefold().split()
    ranks = [_rank(word, name.casefold(), description.casefold()) for word in words]
    found = [one for one in ranks if one is not None]
    answers = [max(found, default=BEGINS)] if len(found) == len(ranks) else []
    asked = " ".join(words)
    if asked and any(alias.startswith(asked) for alias in aliases):
        answers.append(ALIAS if asked in aliases else ALIAS_BEGINS)
    return min(answers, default=None)


def _rank(word: str, name: str, description: str) -> int | None:
    if name.startswith(word):
        return BEGINS
    begins = re.compile(rf"(?<![^\W_]){re.escape(word)}")
    if begins.search(name):
        return WORD
    if word in name:
        return INSIDE
    return DESCRIBED if begins.search(description) else None
