"""Reads the code cells of a notebook (the JSON of an ``.ipynb`` file) as one Python source."""

from __future__ import annotations

import json
import re
from typing import Any

from cnnviz.code.read.budget import MOST_CHARACTERS as MOST_CODE
from cnnviz.code.read.remarks import PasteError, Remark

MOST_CHARACTERS = 64_000_000
"""The longest notebook. Most of it is usually pictures."""
_LOOKS_LIKE_ONE = re.compile(r"\s*\{\s*\"(?:cells|metadata|nbformat|nbformat_minor|worksheets)\"")
_OTHER_LANGUAGES = re.compile(
    r"\s*%%(?:bash|sh|script|system|cmd|powershell|html|svg|javascript|js|latex|markdown|perl|ruby|R|sql|cython)\b|\s*%%!"
)
_LIST = re.compile(r"\s*\"(?:source|input)\"\s*:\s*\[\s*")


def is_notebook(text: str) -> bool:
    """Whether a text looks like the JSON of a notebook."""
    return _LOOKS_LIKE_ONE.match(text) is not None


def code_of(text: str) -> str:
    """The code cells of a notebook, one after another; raises PasteError.

    Each line of code has the number of its line in ``text``, if it has a line of its own there, as Jupyter writes it;
    else lines count through the code cells.
    """
    if len(text) > MOST_CHARACTERS:
        raise PasteError(Remark("too_long", values={"count": len(text), "most": MOST_CHARACTERS}))
    try:
        cells = [_lines(cell) for cell in _cells(json.loads(text))]
    except RecursionError as error:
        raise PasteError(Remark("too_nested")) from error
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise PasteError(Remark("no_notebook" if line else "no_notebook_at_all", line)) from error
    count = sum(len(line) for lines, code in cells if code for line in lines)
    if count > MOST_CODE:
        raise PasteError(Remark("too_long", values={"count": count, "most": MOST_CODE}))
    return _in_place(text, cells) or "\n".join("".join(lines) for lines, code in cells if code and lines)


def _cells(notebook: Any) -> list[dict[str, Any]]:
    """The cells of a notebook of format 4, or of an older one."""
    sheets = notebook.get("worksheets") if isinstance(notebook, dict) else None
    holders = sheets if isinstance(sheets, list) else [notebook]
    found = []
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if not isinstance(cells, list):
            raise ValueError("a notebook has cells")
        found += [cell for cell in cells if isinstance(cell, dict)]
    return found


def _lines(cell: dict[str, Any]) -> tuple[list[str], bool]:
    """The text of a cell as its JSON has it, in lines with their ends, and whether it is Python."""
    source = cell.get("source", cell.get("input", []))
    parts = [source] if isinstance(source, str) else source
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("a cell has lines of text")
    code = cell.get("cell_type") == "code" and not (parts and _OTHER_LANGUAGES.match(parts[0]))
    return parts, code


def _in_place(text: str, cells: list[tuple[list[str], bool]]) -> str:
    """The code, each line in the place that it has in ``text``; empty if a line has no place of its own."""
    written = text.split("\n")
    code_lines = [""] * len(written)
    place = 0
    for parts, code in cells:
        if not parts:
            continue
        while place < len(written) and not (_LIST.fullmatch(written[place]) and _decoded(written, place, parts)):
            place += 1
        if place == len(written) or any("\n" in part.removesuffix("\n") for part in parts):
            return ""
        if code:
            code_lines[place + 1 : place + 1 + len(parts)] = [part.removesuffix("\n") for part in parts]
        place += len(parts)
    return "\n".join(code_lines)


def _decoded(written: list[str], place: int, parts: list[str]) -> bool:
    """Whether these lines of text stand after a place in JSON, each in a line."""
    lines = written[place + 1 : place + 1 + len(parts)]
    if len(lines) != len(parts):
        return False
    try:
        return all(json.loads(line.strip().removesuffix(",")) == part for line, part in zip(lines, parts, strict=True))
    except ValueError:
        return False
