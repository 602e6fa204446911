"""Names and pins that the user gave to moments of a run, in a small file in its folder. No torch, no Qt."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.files import cause, write_atomically
from cnnviz.runs.folder import MARKS, RunError, object_in
from cnnviz.runs.sealed import is_sound, sealed
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

FORMAT, VERSION = "cnnviz-marks", 1
LONGEST_NAME = 100
"""The most characters of the name of a moment."""
MOST_MARKS = 1000
"""The most moments of a run that can be named or pinned."""
_MOST_DIGITS = 12
"""Of a step."""


@dataclass(frozen=True)
class MomentMark:
    """The name and pin of a moment. A moment with a name or a pin is never deleted to make room for others."""

    name: str = ""
    pinned: bool = False


def read_marks(folder: Path) -> dict[int, MomentMark]:
    """The marks of a run by step, in ascending order. Never raises: damaged marks are left out."""
    try:
        raw = object_in(folder / MARKS)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raw = None
    # is_sound is None for a file without a seal, of an older version
    if raw is None or is_sound(raw) is False:
        log.warning("The names and pins of the moments of %s are damaged and left out.", folder.name)
        return {}
    found = raw.get("moments") if raw.get("version") == VERSION else None
    marks = {} if not isinstance(found, dict) else {_step(key): _mark(value) for key, value in found.items()}
    kept = sorted((step, mark) for step, mark in marks.items() if step is not None and mark != MomentMark())
    return dict(kept[:MOST_MARKS])


def write_mark(folder: Path, step: int, mark: MomentMark) -> dict[int, MomentMark]:
    """Set the mark of a moment, or remove it if ``mark`` is empty. Returns all marks; raises :class:`RunError`."""
    marks = read_marks(folder) | {step: MomentMark(clean_name(mark.name), mark.pinned)}
    marks = dict(sorted((at, each) for at, each in marks.items() if each != MomentMark()))
    if len(marks) > MOST_MARKS:
        raise RunError(Sentence("A run can have {most} named or pinned moments, no more.", most=MOST_MARKS))
    try:
        write_atomically(folder / MARKS, _as_json(marks))
    except OSError as error:
        raise RunError(
            Sentence("The name or pin of the moment could not be kept: {reason}.", reason=cause(error))
        ) from error
    return marks


def clean_name(name: str) -> str:
    """A name on one line of at most :data:`LONGEST_NAME` characters, all of them printable."""
    line = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())
    return line[:LONGEST_NAME].strip()


def _as_json(marks: Mapping[int, MomentMark]) -> str:
    moments = {str(step): {"name": mark.name, "pinned": mark.pinned} for step, mark in marks.items()}
    return sealed({"format": FORMAT, "version": VERSION, "moments": moments})


def _step(key: str) -> int | None:
    return int(key) if key.isascii() and key.isdecimal() and len(key) <= _MOST_DIGITS else None


def _mark(value: Any) -> MomentMark:
    entry = value if isinstance(value, dict) else {}
    name = entry.get("name")
    return MomentMark(clean_name(name) if isinstance(name, str) else "", entry.get("pinned") is True)
