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
_NUMBERED = re.compile(r"(\s*)(\d{1,6})(?:[.:)]|\s*\||(?=\s)|$)(.*)")
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
    """Python read from a copied text; ``output`` is the first line that is left out as the output of others, 0 if
    there is none."""

    text: str
    output: int = 0


def copied(text: str) -> Iterator[Copied]:
    """Ways to read a text that is no Python as it stands. Lines that are no Python are empty."""
    lines = _without_fences(text.translate(_SPACES).split("\n"))
    for listing in _without_numbers(lines):
        plain, output = _without_prompts(listing)
        if not output:
            plain, output = _without_shown(plain)
        made = "\n".join(map(_without_commands, plain))
        yield Copied(made, output)
        yield Copied(made.translate(_SIGNS), output)


def dedented(text: str) -> str:
    """Lines cut out of a class or a function, without the indentation that they have in common."""
    lines = text.split("\n")
    code = [place for place, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    depths = [len(lines[place]) - len(lines[place].lstrip()) for place in code]
    if len(code) > 1 and depths[0] < (rest := min(depths[1:])):
        # the selection began within the first line, behind its indentation
        lines[code[0]] = " " * (rest - depths[0]) + lines[code[0]]
        depths[0] = rest
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
    made = [""] * len(lines)
    for _, first, last in kept:
        made[first + 1 : last] = dedented("\n".join(lines[first + 1 : last])).split("\n") if last > first + 1 else []
    return made


def _without_numbers(lines: list[str]) -> Iterator[list[str]]:
    """The lines without the numbers at their left, if all lines have consecutive ones: in columns, or else."""
    found = [(place, _NUMBERED.fullmatch(line)) for place, line in enumerate(lines) if line.strip()]
    firsts = {int(number[2]) - place for place, number in found if number is not None}
    if len(found) < 2 or len(firsts) != 1 or any(number is None for _, number in found):
        yield lines
        return
    for in_columns in (True, False):
        made = [""] * len(lines)
        for place, number in found:
            assert number is not None
            made[place] = " " * number.start(3) + number[3] if in_columns else number[3]
            if not number[3].strip():
                made[place] = ""
        yield made


def _without_prompts(lines: list[str]) -> tuple[list[str], int]:
    """What was typed behind the prompts of Python or IPython, and the first line that was output; all lines and 0 if
    the text does not begin with a prompt."""
    first = next((line for line in lines if line.strip()), "")
    console = _CONSOLE.match(first) is not None
    if not console and not _CELL.match(first):
        return lines, 0
    prompt, more = (_CONSOLE, _CONSOLE_MORE) if console else (_CELL, _CELL_MORE)
    # cells copied from a notebook have a prompt in their first line only
    whole = not console and not any(map(_CELL_MORE.match, lines))
    made, output, typed = [], 0, False
    for place, line in enumerate(lines, 1):
        found = prompt.match(line)
        if found is None and typed:
            found = more.match(line)
        if found is not None:
            typed = True
            made.append(line[found.end() :])
        elif whole and typed and not _RESULT.match(line):
            made.append(line)
        else:
            typed = typed and not line.strip()
            output = output or (place if line.strip() else 0)
            made.append("")
    return made, output


def _without_shown(lines: list[str]) -> tuple[list[str], int]:
    """The lines without objects as Python shows them, such as a printed module; and the first line of these, 0 if there
    is none."""
    made, output, inside = [], 0, False
    for place, line in enumerate(lines, 1):
        if _MODULE.fullmatch(line) and place < len(lines) and _CHILD.match(lines[place]):
            inside = True
        shown = inside or _OBJECT.fullmatch(line) is not None
        inside = inside and line != ")"
        output = output or (place if shown else 0)
        made.append("" if shown else line)
    return made, output


def _without_commands(line: str) -> str:
    """A line of a notebook without a question about a name, and with ``...`` for the output of a command."""
    if _HELP.fullmatch(line):
        return ""
    found = _COMMAND_VALUE.fullmatch(line)
    return line if found is None else f"{found[1]}..."
