"""Images larger than memory: decoded in the background into files of the cache, from which a training reads meanwhile.

A file holds the images of a split in the order of their rows. Rows that are asked for are decoded first, so a training
starts with its first batches. When all are decoded the folder gets its name; until then it belongs to its process.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data import decoded_cache
from cnnviz.data.errors import DataError
from cnnviz.data.sources.image_folder import natural
from cnnviz.data.sources.preparing import CONTENTS, check_room, kept_faults, not_kept
from cnnviz.data.sources.workers import Workers
from cnnviz.files import open_ordinary, put_in_place, read_ordinary
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from cnnviz.data.sources.source import Block, Fault, Form, Source
    from cnnviz.data.sources.workers import Task

log = logging.getLogger(__name__)

TOGETHER = 128
"""So many images are decoded as one task."""
SECONDS = 5.0
"""How long the end of the program waits for a task."""
_MOST_CONTENTS_BYTES = 2**28


@dataclass(eq=False)
class Part:
    """The images of a split: the ascending rows of the listing of the source's split ``split``, int64 (N,).

    ``requested``, ``decoded`` and ``good``, bool (N,), say which images are given out for decoding, are decoded,
    and are not damaged.
    """

    split: str
    rows: NDArray[np.int64]
    requested: NDArray[np.bool_] = field(init=False)
    decoded: NDArray[np.bool_] = field(init=False)
    good: NDArray[np.bool_] = field(init=False)
    images: NDArray[np.uint8] = field(init=False)
    """uint8 (N, C, H, W), zeros where an image is damaged or not yet decoded."""

    def __post_init__(self) -> None:
        self.requested, self.decoded = np.zeros((2, len(self.rows)), np.bool_)
        self.good = np.ones(len(self.rows), np.bool_)


class Filling:
    """Decodes the parts of a source on a thread of its own, until :meth:`stop`.

    ``folder`` is the folder of the cache; if it is there and intact, nothing is decoded. Raises OSError.
    """

    def __init__(self, folder: Path, source: Source, form: Form, parts: Mapping[str, Part]) -> None:
        self._folder, self._source, self._form, self.parts = folder, source, form, parts
        self.faults: tuple[Fault, ...] = ()
        self.failure: Sentence | None = None
        self._changed = threading.Condition()
        self._stopping = False
        self._preferred: tuple[str, NDArray[np.int64]] = "train", np.empty(0, np.int64)
        self._thread: threading.Thread | None = None
        self._temporary: Path | None = None
        if not self._opened():
            self._begin()

    @property
    def done(self) -> int:
        """How many images are decoded."""
        return sum(int(part.decoded.sum()) for part in self.parts.values())

    @property
    def total(self) -> int:
        """How many images there are."""
        return sum(len(part.rows) for part in self.parts.values())

    def prefer(self, name: str, rows: NDArray[np.int64]) -> None:
        """Decode these rows of a part first, int64 (n,), in this order."""
        with self._changed:
            self._preferred = name, rows

    def wait(self, name: str, rows: NDArray[np.int64], seconds: float) -> bool:
        """Whether these rows of a part, int64 (n,), are decoded within ``seconds``; raises :class:`DataError`."""
        decoded = self.parts[name].decoded
        with self._changed:
            self._changed.wait_for(lambda: self.failure is not None or bool(decoded[rows].all()), seconds)
            if decoded[rows].all():
                return True
            if self.failure is not None:
                raise DataError(self.failure)
            return False

    def stop(self) -> None:
        """End the thread, after what it is doing; what is not complete is deleted."""
        self._stopping = True
        if self._thread is not None:
            self._thread.join(SECONDS)

    def _opened(self) -> bool:
        """Open the images that were decoded before; returns False if they are missing or damaged."""
        try:
            entry: dict[str, Any] = json.loads(read_ordinary(self._folder / CONTENTS, _MOST_CONTENTS_BYTES))
            faults = kept_faults(self._source, entry["faults"])
            for name, part in self.parts.items():
                facts, path = entry["parts"][name], self._folder / f"{name}.bin"
                with open_ordinary(path) as file:
                    status = os.fstat(file.fileno())
                if [status.st_size, status.st_mtime_ns] != facts["file"] or status.st_size != self._bytes(part):
                    raise ValueError(f"“{path.name}” has changed")
                part.images = self._map(path, part)
                part.good[np.array(facts["bad"], np.int64)] = False
                part.decoded[:] = part.requested[:] = True
            self.faults = faults
            decoded_cache.mark_used(self._folder)
        except FileNotFoundError:
            return False
        except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
            log.warning("what “%s” holds is not what was written there (%s); it is made anew", self._folder, error)
            return False
        return True

    def _begin(self) -> None:
        parent = self._folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        _clean(parent)
        decoded_cache.prune(self._folder)
        check_room(parent, sum(map(self._bytes, self.parts.values())))
        self._temporary = Path(tempfile.mkdtemp(dir=parent, prefix=f"{decoded_cache.FILLING_PREFIX}{os.getpid()}-"))
        for name, part in self.parts.items():
            part.decoded[:] = part.requested[:] = False
            part.good[:] = True
            path = self._temporary / f"{name}.bin"
            with path.open("wb") as file:
                file.truncate(self._bytes(part))
            part.images = self._map(path, part)
        self._thread = threading.Thread(target=self._run, name="cnnviz-decoding", daemon=True)
        _running.append(self)
        self._thread.start()

    def _run(self) -> None:
        workers = Workers(self._source, self._form)
        assert self._temporary is not None
        files: dict[str, Any] = {}
        try:
            for name in self.parts:
                # not through the memory map: if the disk is full, writing to a map ends the process
                files[name] = (self._temporary / f"{name}.bin").open("r+b", buffering=0)
            for task, block in workers.read(self._tasks()):
                if self._stopping:
                    break
                self._write(files, task, block)
            for file in files.values():
                file.close()
            if self.done == self.total:
                self._finish()
        except Exception as error:
            if not self._stopping and not isinstance(error, OSError | DataError):
                log.exception("decoding images has failed")
            with self._changed:
                self.failure = _explained(error)
        finally:
            for file in files.values():
                file.close()
            workers.close()
            with self._changed:
                if self.failure is None and self.done < self.total:
                    self.failure = Sentence("Decoding the images was broken off.")
                self._changed.notify_all()
            shutil.rmtree(self._temporary, ignore_errors=True)
            if self in _running:
                _running.remove(self)

    def _tasks(self) -> Iterator[Task]:
        while not self._stopping:
            with self._changed:
                task = self._next()
            if task is None:
                return
            yield task

    def _next(self) -> Task | None:
        """The rows that are decoded next; None if all are requested."""
        name, preferred = self._preferred
        if self._source.scattered and len(preferred):
            part = self.parts[name]
            missing_rows = preferred[~part.requested[preferred]]
            self._preferred = name, missing_rows[TOGETHER:]
            if len(missing_rows):
                return self._task(part, missing_rows[:TOGETHER])
        for part in self.parts.values():
            rows = np.flatnonzero(~part.requested)[:TOGETHER]
            if len(rows):
                return self._task(part, rows)
        return None

    def _task(self, part: Part, rows: NDArray[np.int64]) -> Task:
        part.requested[rows] = True
        return part.split, np.sort(part.rows[rows]).tolist()

    def _write(self, files: Mapping[str, Any], task: Task, block: Block) -> None:
        """Write the images of a task to the files of all parts that hold them."""
        split, listed = task
        size = prod(self._form.shape)
        for name, part in self.parts.items():
            if part.split != split:
                continue
            # the index in the part of each row of the listing, (n,), if the part holds it
            rows = np.searchsorted(part.rows, listed)
            in_part = (rows < len(part.rows)) & (part.rows[np.minimum(rows, len(part.rows) - 1)] == listed)
            for at in np.flatnonzero(in_part & block.good).tolist():
                files[name].seek(int(rows[at]) * size)
                files[name].write(np.ascontiguousarray(block.images[at]).data)
            with self._changed:
                part.good[rows[in_part & ~block.good]] = False
                part.decoded[rows[in_part]] = True
                self._changed.notify_all()
        self.faults += block.faults

    def _finish(self) -> None:
        assert self._temporary is not None
        self.faults = tuple(sorted(self.faults, key=lambda fault: natural(fault.name)))
        parts = {}
        for name, part in self.parts.items():
            status = (self._temporary / f"{name}.bin").stat()
            bad = np.flatnonzero(~part.good).tolist()
            parts[name] = {"file": [status.st_size, status.st_mtime_ns], "bad": bad}
        faults = [(fault.name, fault.trouble.value) for fault in self.faults]
        (self._temporary / CONTENTS).write_text(json.dumps({"parts": parts, "faults": faults}), encoding="utf-8")
        try:
            put_in_place(self._temporary, self._folder)
        except OSError as error:
            # all images are there for this process; another one decodes them again
            log.warning("the decoded images could not be kept: %s", error)

    def _bytes(self, part: Part) -> int:
        return len(part.rows) * prod(self._form.shape)

    def _map(self, path: Path, part: Part) -> NDArray[np.uint8]:
        shape = (len(part.rows), *self._form.shape)
        # mmap refuses an empty range
        return np.memmap(path, np.uint8, "r", 0, shape) if len(part.rows) else np.empty(shape, np.uint8)


@dataclass(frozen=True, eq=False)
class Arriving:
    """A part of a :class:`Filling`, as a training sees it."""

    filling: Filling
    name: str

    def prefer(self, rows: NDArray[np.int64]) -> None:
        """Decode these rows first, int64 (n,), in this order."""
        self.filling.prefer(self.name, rows)

    def wait(self, rows: NDArray[np.int64], seconds: float) -> bool:
        """Whether these rows, int64 (n,), are decoded within ``seconds``; raises :class:`DataError`."""
        return self.filling.wait(self.name, rows, seconds)

    def good(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these rows, int64 (n,), are not damaged: bool (n,)."""
        found: NDArray[np.bool_] = self.filling.parts[self.name].good[rows]
        return found


_running: list[Filling] = []


def stop_all() -> None:
    """End all decoding in the background."""
    # a filling that ends takes itself off the list
    for filling in tuple(_running):
        filling.stop()


atexit.register(stop_all)


def _explained(error: Exception) -> Sentence:
    if isinstance(error, OSError):
        return not_kept(error).sentence
    return said(error)


def _clean(folder: Path) -> None:
    """Delete what processes that are gone have left unfinished."""
    import psutil

    for path in folder.glob(f"{decoded_cache.FILLING_PREFIX}*"):
        owner = path.name.removeprefix(decoded_cache.FILLING_PREFIX).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(path, ignore_errors=True)
