"""Limits the size of a source before it is parsed, by counting its tokens; also removes commands of notebooks."""

from __future__ import annotations

import re

from cnnviz.code.read.remarks import PasteError, Remark

MOST_CHARACTERS = 250_000
MOST_WORDS = 25_000
"""The most tokens: names, numbers, strings and signs."""
MOST_BRACKETS = 150
"""How deep brackets may be nested; Python itself allows two hundred."""
MOST_FIELDS = 3000
"""The most values in the f-strings of a source: Python 3.11 parses an f-string in quadratic time."""

# the end of a string is optional, so that the regular expression never backtracks: the time is linear
_WORD = re.compile(
    r"""
    (?P<string>(?P<prefix>[A-Za-z]{0,2})(?:
        '''(?:[^\\']|\\.|'(?!''))*(?:''')?|\"\"\"(?:[^\\"]|\\.|"(?!\"\"))*(?:\"\"\")?
        |'(?:[^\\\n']|\\.)*'?|"(?:[^\\\n"]|\\.)*"?))
    |(?P<comment>\#[^\n]*)
    |(?P<joined>\\\n)
    |(?P<line>\n)
    |(?P<space>[ \t\f\r]+)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<word>\w+|.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_COMMANDS = frozenset("%!?")


def without_commands(text: str) -> str:
    """The source without commands of a notebook, such as ``%matplotlib inline``, whose lines become empty.

    Raises PasteError for a source that would take too long to read.
    """
    if len(text) > MOST_CHARACTERS:
        raise PasteError(Remark("too_long", values={"count": len(text), "most": MOST_CHARACTERS}))
    kept: list[str] = []
    place = start = words = depth = fields = 0
    at_line_begin = True
    while found := _WORD.match(text, place):
        place = found.end()
        match found.lastgroup:
            case "space" | "joined" | "comment":
                continue
            case "line":
                at_line_begin = depth == 0
                continue
            case "open":
                depth += 1
            case "close":
                depth = max(0, depth - 1)
            case "string" if "f" in found["prefix"].lower():
                fields += found["string"].count("{")
            case "word" if at_line_begin and found["word"] in _COMMANDS:
                kept.append(text[start : found.start()])
                line_end = text.find("\n", place)
                place = start = line_end if line_end >= 0 else len(text)
        at_line_begin = False
        words += 1
        if words > MOST_WORDS or fields > MOST_FIELDS:
            raise PasteError(Remark("too_much"))
        if depth > MOST_BRACKETS:
            raise PasteError(Remark("too_nested"))
    return "".join([*kept, text[start:]])
