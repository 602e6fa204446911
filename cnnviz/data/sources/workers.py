"""Decodes the images of a source in several processes, because one process of Python decodes them one by one."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.sources.source import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from cnnviz.data.sources.source import Form, Source

log = logging.getLogger(__name__)

FEWEST = 4000
"""The fewest images for which processes are started; this process decodes fewer before others have started."""
MOST = 8
"""The most processes. More would wait for the disk, and for the process that writes the decoded images."""

Task = tuple[str, "Sequence[int]"]
"""A split of a source, and the ascending rows of its listing to be read."""


class Workers:
    """Reads images of ``source`` in ``form``, in several processes if that is worth while."""

    def __init__(self, source: Source, form: Form) -> None:
        self._source, self._form = source, form
        self._count = processes() if source.slow and len(source.contents) >= FEWEST else 1
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def read(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Block]]:
        """Each task with its images, in the order of the tasks."""
        if self._count < 2:
            for task in tasks:
                yield task, read_rows(self._source, task, self._form)
            return
        waiting: deque[tuple[Task, Future[Block] | None]] = deque()
        for task in tasks:
            waiting.append((task, self._submitted(task)))
            if len(waiting) > 2 * self._count:
                yield self._result(*waiting.popleft())
        while waiting:
            yield self._result(*waiting.popleft())

    def _submitted(self, task: Task) -> Future[Block] | None:
        """The result of a task that a process will read; None if no processes run any more."""
        if self._count < 2:
            return None
        try:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    self._count, multiprocessing.get_context("spawn"), _begin, (self._source, self._form)
                )
            return self._pool.submit(_read, task)
        except (OSError, BrokenProcessPool) as error:
            self._give_up(error)
            return None

    def _result(self, task: Task, future: Future[Block] | None) -> tuple[Task, Block]:
        if future is not None:
            try:
                return task, future.result()
            except BrokenProcessPool as error:
                self._give_up(error)
        return task, read_rows(self._source, task, self._form)

    def _give_up(self, error: Exception) -> None:
        """Go on in this process: the system may have ended the others for want of memory."""
        if self._count > 1:
            log.warning("the processes that decode images have ended (%s); it goes on without them", error)
        self._count = 1


def processes() -> int:
    """How many processes decode: one for each processor that this program may use, but not more than :data:`MOST`."""
    try:
        usable = len(os.sched_getaffinity(0))
    except AttributeError:
        usable = os.cpu_count() or 1
    return min(MOST, usable)


def read_rows(source: Source, task: Task, form: Form) -> Block:
    """The images of a task as one block. Rows that are no neighbours are read one by one."""
    split, rows = task
    if rows[-1] - rows[0] == len(rows) - 1:
        return source.read(split, rows[0], rows[-1] + 1, form)
    blocks = [source.read(split, row, row + 1, form) for row in rows]
    return Block(
        np.concatenate([block.images for block in blocks]),
        np.concatenate([block.good for block in blocks]),
        tuple(fault for block in blocks for fault in block.faults),
    )


_mine: tuple[Source, Form] | None = None
"""The source and the form of this process, if it is one of those that decode."""


def _begin(source: Source, form: Form) -> None:
    global _mine
    # Ctrl+C reaches all processes of a terminal; the one that started these ends them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _mine = source, form


def _read(task: Task) -> Block:
    assert _mine is not None
    return read_rows(_mine[0], task, _mine[1])
