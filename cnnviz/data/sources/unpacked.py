"""The unpacked files of a public dataset on this machine, which stay when the dataset is removed from the list.

``SHA256SUMS`` beside them has a line for each file, as ``sha256sum`` writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnviz.data.sources import registry
from cnnviz.data.sources.download import checksum
from cnnviz.files import is_there, read_ordinary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.data.sources.public import Public

SUMS = "SHA256SUMS"
_LINE = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<name>[\w.-]+)")
_MOST_BYTES = 2**16


def folder_of(public: Public) -> Path:
    """The folder of the unpacked files of a public dataset."""
    return registry.datasets_folder() / public.name


def is_unpacked(public: Public) -> bool:
    """Whether the files of a public dataset are on this machine; their content is not looked at."""
    return is_there(folder_of(public) / SUMS)


def write_sums(folder: Path, cancelled: Callable[[], bool]) -> None:
    """Write the checksums of all files in a folder; raises OSError, and CancelledError if ``cancelled()`` is True."""
    lines = [f"{checksum(path, 'sha256', cancelled)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def are_intact(folder: Path, cancelled: Callable[[], bool]) -> bool:
    """Whether a folder has the files of its checksums; raises CancelledError if ``cancelled()`` returns True."""
    try:
        lines = read_ordinary(folder / SUMS, _MOST_BYTES).decode("ascii").splitlines()
        found = [_LINE.fullmatch(line) for line in lines]
        return bool(found) and all(
            match and checksum(folder / match["name"], "sha256", cancelled) == match["sum"] for match in found
        )
    except (OSError, ValueError):
        return False
