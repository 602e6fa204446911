"""Decodes the images of a source once, into files of the user's cache, which are then memory-mapped.

A folder of the cache holds a file of pixels for each split of the source, and ``contents.json`` with their sizes and
times, what was left out, and a histogram. It is written under a temporary name and moved into place, so a decoding that
was broken off leaves nothing that could be taken for a complete one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data import decoded_cache
from cnnviz.data.errors import DataError
from cnnviz.data.sources.source import Fault, Form, Trouble
from cnnviz.data.sources.workers import Workers
from cnnviz.files import FileError, cause, open_ordinary, put_in_place, read_ordinary
from cnnviz.jobs import CancelledError
from cnnviz.sentence import Sentence
from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cnnviz.data.sources.source import Source

log = logging.getLogger(__name__)

CONTENTS = "contents.json"
VERSION = 1
"""Goes into the names of the folders: another version of the decoder does not use what this one has decoded."""
BLOCK_BYTES, _MOST_ROWS = 2**22, 256
"""A block of images that are decoded together has at most so many bytes and rows."""
_NAME_DIGITS = 24
_LEVELS = 256
"""Values that a byte can have."""
_MOST_CONTENTS_BYTES = 2**28
_SPARE_BYTES = 2**26


@dataclass(frozen=True)
class Progress:
    """How many of ``total`` images are decoded."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Prepared:
    """The decoded images of a source: uint8 (n, C, H, W) memory maps by split, without those that are damaged.

    ``rows``: int64 (n,), the number of each image in the listing of its split. ``histograms``: int64 (C, 256) by split,
    how often each value occurs in each channel.
    """

    images: Mapping[str, NDArray[np.uint8]]
    rows: Mapping[str, NDArray[np.int64]]
    histograms: Mapping[str, NDArray[np.int64]]
    faults: tuple[Fault, ...]


def prepare(
    source: Source,
    form: Form,
    report: Callable[[Progress], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Prepared:
    """The images of a source in a form, decoded now if the cache does not hold them.

    Raises :class:`DataError`, and :class:`~cnnviz.jobs.CancelledError` soon after ``cancelled()`` returns True.
    """
    text = f"{VERSION} {source.kind} {source.contents.identity} {form}"
    folder = folders().cache / "decoded" / f"own-{hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]}"
    try:
        found = _opened(folder, source, form)
        if found is None:
            decoded_cache.prune(folder)
            _make(folder, source, form, report, cancelled)
            found = _opened(folder, source, form)
    except OSError as error:
        raise not_kept(error) from error
    if found is None:
        raise DataError(Sentence("What was written to the cache of decoded images could not be read again."))
    return found


def _opened(folder: Path, source: Source, form: Form) -> Prepared | None:
    """What a folder of the cache holds; None if it is not what was written there."""
    if not folder.exists():
        return None
    try:
        entry: dict[str, Any] = json.loads(read_ordinary(folder / CONTENTS, _MOST_CONTENTS_BYTES))
        images, rows, histograms = {}, {}, {}
        for split, labels in source.contents.labels.items():
            facts = entry["splits"][split]
            good = np.ones(len(labels), np.bool_)
            good[np.array(facts["bad"], np.int64)] = False
            rows[split] = np.flatnonzero(good)
            images[split] = _map(folder / f"{split}.bin", (len(rows[split]), *form.shape), facts)
            histograms[split] = np.array(facts["histogram"], np.int64).reshape(form.channels, _LEVELS)
        faults = kept_faults(source, entry["faults"])
        decoded_cache.mark_used(folder)
        return Prepared(images, rows, histograms, faults)
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        log.warning("what “%s” holds is not what was written there (%s); it is made anew", folder, error)
        return None


def kept_faults(source: Source, entries: Sequence[tuple[object, object]]) -> tuple[Fault, ...]:
    """What was left out of images in the cache; raises ValueError if a file that was missing then can be read now."""
    faults = tuple(Fault(str(name), Trouble(trouble)) for name, trouble in entries)
    for fault in faults:
        if fault.trouble is Trouble.MISSING and _is_readable(source.path / fault.name):
            raise ValueError(f"“{fault.name}” is there again")
    return faults


def _is_readable(path: Path) -> bool:
    try:
        with open_ordinary(path) as file:
            return bool(file.read(1))
    except OSError:
        return False


def _map(path: Path, shape: tuple[int, ...], facts: Mapping[str, Any]) -> NDArray[np.uint8]:
    """A memory map of a file, uint8 ``shape``; raises OSError, and ValueError if it is not the file of these facts."""
    with open_ordinary(path) as file:
        status = os.fstat(file.fileno())
        if (status.st_size, status.st_mtime_ns) != (facts["bytes"], facts["time"]) or status.st_size != prod(shape):
            raise ValueError(f"“{path.name}” has changed")
        if shape[0] == 0:
            # mmap refuses an empty range
            return np.empty(shape, np.uint8)
        return np.memmap(file, np.uint8, "r", 0, shape)


def _make(
    folder: Path, source: Source, form: Form, report: Callable[[Progress], object], cancelled: Callable[[], bool]
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    check_room(folder.parent, len(source.contents) * prod(form.shape))
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, suffix=decoded_cache.UNFINISHED_SUFFIX))
    workers = Workers(source, form)
    try:
        entry: dict[str, Any] = {"splits": {}, "faults": []}
        done = 0
        for split in source.contents.labels:
            bad: list[int] = []
            values = np.zeros((form.channels, _LEVELS), np.int64)
            path = temporary / f"{split}.bin"
            # not through a memory map: if the disk is full, writing to a map ends the process
            with path.open("wb") as file:
                for (_, rows), block in workers.read(tasks(source, split, form)):
                    if cancelled():
                        raise CancelledError
                    images = block.images if block.good.all() else block.images[block.good]
                    file.write(np.ascontiguousarray(images).data)
                    values += histogram(images)
                    bad += (rows[0] + np.flatnonzero(~block.good)).tolist()
                    entry["faults"] += [(fault.name, fault.trouble.value) for fault in block.faults]
                    done += len(block.good)
                    report(Progress(done, len(source.contents)))
            facts = path.stat()
            entry["splits"][split] = {
                "bytes": facts.st_size, "time": facts.st_mtime_ns, "bad": bad, "histogram": values.tolist(),
            }  # fmt: skip
        (temporary / CONTENTS).write_text(json.dumps(entry), encoding="utf-8")
        put_in_place(temporary, folder, lambda: _opened(folder, source, form) is not None)
    finally:
        workers.close()
        shutil.rmtree(temporary, ignore_errors=True)


def tasks(source: Source, split: str, form: Form) -> Iterator[tuple[str, range]]:
    """All rows of a split, in blocks of some megabytes."""
    count, rows = len(source.contents.labels[split]), max(1, min(_MOST_ROWS, BLOCK_BYTES // prod(form.shape)))
    for first in range(0, count, rows):
        yield split, range(first, min(count, first + rows))


def not_kept(error: OSError) -> DataError:
    """The error for decoded images that cannot be written."""
    return DataError(
        Sentence(
            "The decoded images could not be kept in the cache: {reason}. Make room on the disk.", reason=cause(error)
        )
    )


def histogram(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each value occurs in each channel of images, uint8 (n, C, H, W): int64 (C, 256)."""
    return np.stack([np.bincount(images[:, channel].ravel(), minlength=_LEVELS) for channel in range(images.shape[1])])


def check_room(folder: Path, needed: int) -> None:
    """Raise OSError if there is not enough room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if needed + _SPARE_BYTES > free:
        text = Sentence("they take {needed:,} MB, and {free:,} MB are free", needed=needed >> 20, free=free >> 20)
        raise FileError(errno.ENOSPC, text, folder)
