"""Turns text as people copy it into Python: web pages, consoles, notebooks, listings. Each line keeps its number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACES = {
    **dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
    **dict.fromkeys([0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0xAD], ""),
}
"""Spaces other than the usual one, and characters without width."""
_SIGNS = {
    **dict.fromkeys(map(ord, "“”„‟″＂"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′＇"), "'"),
    **dict.fromkeys(map(ord, "–−－"), "-"),
    **{ord(wide): plain for wide, plain in zip("（），：；＝［］", "(),:;=[]", strict=True)},
}
"""Signs that word processors and Asian keyboards put in the place of those of Python."""
_FENCE = re.compile(r"\s*(```+|~~~+)\s*\{?\.?([\w-]*)")
_PYTHON = frozenset({"", "python", "python3", "py", "py3", "ipython", "ipython3", "pycon", "code-cell"})
"""The languages of a block in Markdown that is read."""
_NUMBERED = re.compile(r"\s*(?P<number>\d{1,6})(?:[.:)]|\s*\||(?=\s)|$)(?P<code>.*)")
_CONSOLE = re.compile(r"\s*>>>(?: |$)")
_CONSOLE_MORE = re.compile(r"\s*\.\.\.(?: |$)")
_CELL = re.compile(r"\s*(?:In ?)?\[[\d* ]*\] ?:(?: |$)")
_CELL_MORE = re.compile(r"\s*\.{3,} ?:(?: |$)")
_RESULT = re.compile(r"\s*Out ?\[\d*\] ?:")
_OBJECT = re.compile(r"\s*<.+ at 0x[0-9a-fA-F]+>\s*")
_MODULE, _CHILD = re.compile(r"[A-Za-z_]\w*\("), re.compile(r"\s+\([\w.]+\): ")
"""An object, and the first two lines of a module of torch, as Python shows them."""
_HELP = re.compile(r"\s*[\w.]+\?{1,2}\s*|\s*\?{1,2}[\w.]+\s*")
_COMMAND_VALUE = re.compile(r"(\s*[A-Za-z_][\w, ]*=\s*)[!%]\w.*")


@dataclass(frozen=True)
class Copied:
    """Python read from a copied text; ``output`` is the number of the first line that Python had printed and that is
    left out, 0 if there is none."""

    text: str
    output: int = 0


def copied(text: str) -> Iterator[Copied]:
    """Ways to read a text that is no Python as it stands. Lines that are no Python are empty."""
    lines = _without_fences(text.translate(_SPACES).split("\n"))
    for listing in _without_numbers(lines):
        plain, output = _without_prompts(listing)
        if not output:
            plain, output = _without_objects(plain)
        without_signs = "\n".join(map(_without_notebook_signs, plain))
        yield Copied(without_signs, output)
        yield Copied(without_signs.translate(_SIGNS), output)


def dedented(text: str) -> str:
    """Lines cut out of a class or a function, without the indentation that they have in common."""
    lines = text.split("\n")
    code = [place for place, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    depths = [len(lines[place]) - len(lines[place].lstrip()) for place in code]
    if len(code) > 1 and depths[0] < (depth := min(depths[1:])):
        # the selection began within the first line, behind its indentation
        lines[code[0]] = " " * (depth - depths[0]) + lines[code[0]]
        depths[0] = depth
    least = min(depths, default=0)
    return "\n".join(line[least:] if not line[:least].strip() else line.lstrip() for line in lines)


def _without_fences(lines: list[str]) -> list[str]:
    """The lines of the code blocks in Markdown; all lines if there are no blocks."""
    blocks: list[tuple[str, int, int]] = []
    begin, fence, language = -1, "", ""
    for place, line in enumerate(lines):
        found = _FENCE.match(line)
        if begin < 0 and found is not None:
            begin, fence, language = place, found[1], found[2].lower()
        elif begin >= 0 and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            blocks.append((language, begin, place))
            begin = -1
    if begin >= 0:
        blocks.append((language, begin, len(lines)))
    kept = [block for block in blocks if block[0] in _PYTHON]
    if not kept:
        return lines
    kept_lines = [""] * len(lines)
    for _, first, last in kept:
        kept_lines[first + 1 : last] = (
            dedented("\n".join(lines[first + 1 : last])).split("\n") if last > first + 1 else []
        )
    return kept_lines


def _without_numbers(lines: list[str]) -> Iterator[list[str]]:
    """The lines without the numbers at their left, if all lines have consecutive ones: first with the code in the
    columns where it stands, then with all that follows a number from the first column on."""
    found = [(place, _NUMBERED.fullmatch(line)) for place, line in enumerate(lines) if line.strip()]
    # the number that the line 0 would have
    firsts = {int(numbered["number"]) - place for place, numbered in found if numbered is not None}
    if len(found) < 2 or len(firsts) != 1 or any(numbered is None for _, numbered in found):
        yield lines
        return
    for in_columns in (True, False):
        kept_lines = [""] * len(lines)
        for place, numbered in found:
            assert numbered is not None
            code = numbered["code"]
            if code.strip():
                kept_lines[place] = " " * numbered.start("code") + code if in_columns else code
        yield kept_lines


def _without_prompts(lines: list[str]) -> tuple[list[str], int]:
    """What was typed behind the prompts of Python or IPython, and the first line that was output; all lines and 0 if
    the text does not begin with a prompt."""
    first = next((line for line in lines if line.strip()), "")
    console = _CONSOLE.match(first) is not None
    if not console and not _CELL.match(first):
        return lines, 0
    prompt, continued = (_CONSOLE, _CONSOLE_MORE) if console else (_CELL, _CELL_MORE)
    # cells copied from a notebook have a prompt in their first line only
    first_line_only = not console and not any(map(_CELL_MORE.match, lines))
    code_lines, output, typed = [], 0, False
    for place, line in enumerate(lines, 1):
        found = prompt.match(line)
        if found is None and typed:
            found = continued.match(line)
        if found is not None:
            typed = True
            code_lines.append(line[found.end() :])
        elif first_line_only and typed and not _RESULT.match(line):
            code_lines.append(line)
        else:
            typed = typed and not line.strip()
            output = output or (place if line.strip() else 0)
            code_lines.append("")
    return code_lines, output


def _without_objects(lines: list[str]) -> tuple[list[str], int]:
    """The lines without objects as Python shows them, such as a printed module; and the first line of these, 0 if there
    is none."""
    code_lines, output, inside = [], 0, False
    for place, line in enumerate(lines, 1):
        if _MODULE.fullmatch(line) and place < len(lines) and _CHILD.match(lines[place]):
            inside = True
        is_object = inside or _OBJECT.fullmatch(line) is not None
        inside = inside and line != ")"
        output = output or (place if is_object else 0)
        code_lines.append("" if is_object else line)
    return code_lines, output


def _without_notebook_signs(line: str) -> str:
    """A line of a notebook without a question about a name, and with ``...`` for the output of a command."""
    if _HELP.fullmatch(line):
        return ""
    found = _COMMAND_VALUE.fullmatch(line)
    return line if found is None else f"{found[1]}..."
