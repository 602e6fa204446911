"""Lists the files of a folder, and reads the names of classes that stand beside them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cnnviz.data.description import MOST_CLASSES
from cnnviz.data.errors import DataError
from cnnviz.data.sources.text import BYTE_ORDER_MARK, text_of
from cnnviz.files import cause, read_ordinary, shown
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILES = 1000
"""The most files that are listed; a dataset of arrays or tables has fewer."""
CLASS_FILES = ("classes.txt", "class_names.txt", "labels.txt")
"""Files with the name of a class in each line, in the order of the labels."""
_MOST_BYTES = 2**24


def files_in(folder: Path, suffixes: tuple[str, ...] = ()) -> list[tuple[str, int, int]]:
    """Name, size and time of change of the files in a folder, sorted by name; at most :data:`MOST_FILES`.

    ``suffixes``, such as ".csv", leave other files out. Raises :class:`DataError`.
    """
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not entry.name.lower().endswith(suffixes or ("",)):
                    continue
                if entry.is_file():
                    facts = entry.stat()
                    found.append((entry.name, facts.st_size, facts.st_mtime_ns))
                if len(found) >= MOST_FILES:
                    break
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be read: {reason}.", name=shown(folder.name), reason=cause(error))
        ) from error
    return sorted(found)


def class_names(folder: Path) -> dict[str, str] | None:
    """The names of the classes by label, from a file beside the images; None if there is none."""
    for name in CLASS_FILES:
        try:
            lines = text_of(read_ordinary(folder / name, _MOST_BYTES).removeprefix(BYTE_ORDER_MARK)).splitlines()
        except OSError:
            continue
        return {str(at): line.strip() for at, line in enumerate(lines[:MOST_CLASSES]) if line.strip()}
    return _emnist_names(folder)


def _emnist_names(folder: Path) -> dict[str, str] | None:
    """The names in a mapping file of EMNIST: label and the codes of the characters of its class in each line."""
    try:
        path = next(folder.glob("emnist-*-mapping.txt"), None)
        lines = [] if path is None else read_ordinary(path, _MOST_BYTES).decode("ascii", "replace").splitlines()
        return {
            label: "".join(chr(int(code)) for code in codes) for label, *codes in map(str.split, lines) if codes
        } or None
    except (OSError, ValueError, OverflowError):
        return None
