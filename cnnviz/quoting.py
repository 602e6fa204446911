"""Quotes text from files for sentences: on one line, short, and without characters that affect how it is displayed."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 60
"""The most characters that a sentence quotes; of a longer text, beginning and end are quoted."""
_END = 20
"""How many of them are from the end."""
_LARGE = 10**15
"""Larger whole numbers are quoted like texts."""
_JOINERS = "\u200c\u200d"
"""Invisible characters that join other characters in words and emoji."""

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = LONGEST


def quoted(text: str) -> str:
    """``text`` on one line of at most :data:`LONGEST` characters.

    Line ends and other white space become spaces; characters that are not printed (control characters, marks of the
    direction of writing, halves of surrogate pairs and bytes of a file's name that are not UTF-8) become U+FFFD.
    """
    if len(text) > LONGEST:
        text = text[: LONGEST - _END - 1] + "…" + text[-_END:]
    return text if text.isprintable() else "".join(map(_printed, text))


def encodable(text: str) -> str:
    """``text`` with what no encoding can write (halves of surrogate pairs, which stand for bytes of a file's name that
    are not UTF-8) as ``\\udce9``, which is also how JSON writes it."""
    return text.encode("utf-8", "backslashreplace").decode()


def described(value: object) -> str:
    """Any value of JSON as Python writes it, within the limits of :func:`quoted`."""
    try:
        return quoted(_REPR.repr(value))
    except ValueError:
        # Python writes no number of more than some thousand digits
        return "a huge number"


def shortened(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a sentence, with texts and whole numbers shortened as by :func:`quoted`."""
    return {name: _shortened(value) for name, value in values.items()}


def _shortened(value: object) -> object:
    if isinstance(value, str):
        return quoted(value)
    return described(value) if isinstance(value, int) and abs(value) > _LARGE else value


def _printed(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
