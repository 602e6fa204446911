"""The cache of decoded images: its size, and what is removed from it."""

from __future__ import annotations

import logging
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

DAYS = 60
"""What was not used for so long is removed."""
MOST_BYTES = 20 * 10**9
"""Beyond this size, what was not used for the longest time is removed."""
UNFINISHED_SUFFIX = ".part"
"""The end of the name of an unfinished folder; its images are used once all are decoded."""
FILLING_PREFIX = "filling-"
"""The beginning of the name of an unfinished folder; its images are used one by one, as soon as they are decoded."""


@dataclass(frozen=True)
class Kept:
    """The decoded images of a dataset in the cache. ``used`` is when they were used last, in seconds since 1970."""

    folder: Path
    bytes: int
    used: float


def place() -> Path:
    """The folder of all decoded images."""
    return folders().cache / "decoded"


def mark_used(folder: Path) -> None:
    """Note that the decoded images in a folder of the cache are used now."""
    with suppress(OSError):
        os.utime(folder)


def kept() -> list[Kept]:
    """What the cache holds, the longest unused first."""
    return sorted(_found(), key=lambda each: each.used)


def size() -> int:
    """Bytes that all decoded images take."""
    return sum(each.bytes for each in _found())


def prune(spared: Path, most: int = MOST_BYTES, days: float = DAYS) -> None:
    """Remove what was not used for ``days``, then what was not used for the longest time until ``most`` bytes are left.

    The folder ``spared`` stays, and its bytes do not count. Images that a program has open stay readable until it
    closes them on Linux and macOS; Windows does not remove them.
    """
    found = [each for each in kept() if each.folder != spared]
    total, oldest = sum(each.bytes for each in found), time.time() - days * 86_400
    for each in found:
        if each.used >= oldest and total <= most:
            break
        log.info("decoded images of %d MB that are not used any more are removed", each.bytes >> 20)
        shutil.rmtree(each.folder, ignore_errors=True)
        total -= each.bytes


def _found() -> Iterator[Kept]:
    with suppress(OSError):
        for path in place().iterdir():
            unfinished = path.name.endswith(UNFINISHED_SUFFIX) or path.name.startswith(FILLING_PREFIX)
            # a file, as systems and users may put here, is not part of the cache
            if unfinished or not path.is_dir():
                continue
            # another program may remove it meanwhile
            with suppress(OSError):
                files = [file.stat() for file in path.iterdir()]
                yield Kept(path, sum(file.st_size for file in files), path.stat().st_mtime)
