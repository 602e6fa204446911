"""Ranking things with a name and a description by how well they match a search text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

BEGINS, WORD, ALIAS, INSIDE, ALIAS_BEGINS, DESCRIBED = range(6)
"""Ranks, from the best, for a typed text: the name begins with the text, a word of the name begins with it, a synonym
equals it, the name contains it, a synonym begins with it, a word of the description begins with it."""


def rank(typed: str, name: str, description: str, aliases: Collection[str] = ()) -> int | None:
    """The rank of a match, 0 is best; None if it does not match. Each typed word must match, and the worst rank counts.

    Synonyms, ``aliases``, are in lower case and match as a whole or by their beginnings. In the description only
    beginnings of words match, because letters inside words would match almost everything.
    """
    words = typed.casefold().split()
    matched = [match for word in words if (match := _rank(word, name.casefold(), description.casefold())) is not None]
    ranks = [max(matched, default=BEGINS)] if len(matched) == len(words) else []
    text = " ".join(words)
    if text and any(alias.startswith(text) for alias in aliases):
        ranks.append(ALIAS if text in aliases else ALIAS_BEGINS)
    return min(ranks, default=None)


def _rank(word: str, name: str, description: str) -> int | None:
    if name.startswith(word):
        return BEGINS
    begins = re.compile(rf"(?<![^\W_]){re.escape(word)}")
    if begins.search(name):
        return WORD
    if word in name:
        return INSIDE
    return DESCRIBED if begins.search(description) else None
