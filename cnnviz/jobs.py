"""Background work: a thread with a single task, which can be followed and cancelled.

No Qt and no torch. Nothing waits for a reader: the state of a job is a frozen value, which the thread replaces and
other threads poll.
"""

from __future__ import annotations

import logging
import threading
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cnnviz.sentence import SaidError, Sentence, said

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

P = TypeVar("P")
R = TypeVar("R")


class JobError(SaidError):
    """Raised by work that cannot be done."""


class CancelledError(Exception):
    """Raised inside work that was cancelled before its end; if the work did not catch it, the job would have failed."""


@dataclass(frozen=True)
class Failure:
    """Why a job has no result: a ``sentence`` for the user, and the traceback as ``detail``."""

    sentence: Sentence
    detail: str


@dataclass(frozen=True)
class JobState(Generic[P, R]):
    """The state of a job.

    ``progress`` is its last report. Once it has ``ended`` there is a ``result`` or a ``failure``, or neither
    if it was cancelled before it began.
    """

    ended: bool = False
    progress: P | None = None
    result: R | None = None
    failure: Failure | None = None


class Job(Generic[P, R]):
    """Calls ``work(job)`` on a thread called ``name``; the return value is the result.

    ``explain`` makes a sentence from an exception; a :class:`JobError` has its own sentence. An exception without a
    sentence of its own is logged with its traceback. Without ``explain`` any exception but a JobError is a bug: it
    becomes the failure of the job, and is also raised in the thread for ``threading.excepthook``. A job ``after``
    another job waits for its end, even if it is cancelled. The end of the program waits for a job that is no
    ``daemon``, because torch aborts if the interpreter ends first. ``done`` is called on the thread once the job has
    ended; it must return at once.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Job[P, R]], R],
        explain: Callable[[Exception], Sentence] | None = None,
        after: Job[Any, Any] | None = None,
        *,
        daemon: bool = True,
        done: Callable[[], object] | None = None,
    ) -> None:
        self.cancelled = threading.Event()
        """Set by :meth:`cancel`; the work checks it, or waits for it, and returns soon after."""
        self._state: JobState[P, R] = JobState()
        # released as soon as they are no longer needed, because they may hold gigabytes
        self._explain = explain
        self._work: Callable[[Job[P, R]], R] | None = work
        self._after = after
        self._done = done
        self._thread = threading.Thread(target=self._run, name=name, daemon=daemon)

    @property
    def latest(self) -> JobState[P, R]:
        """The newest state. To read several fields consistently, keep the returned value."""
        return self._state

    def start(self) -> Job[P, R]:
        """Start the thread and return the job. Raises RuntimeError if the system has no thread left."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Ask the work to end; returns at once."""
        self.cancelled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, at most ``timeout`` seconds; returns whether the thread has ended or was never started."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def close(self, timeout: float = 2.0) -> bool:
        """Cancel; returns whether the thread has ended within ``timeout`` seconds."""
        self.cancel()
        return self.wait(timeout)

    def report(self, progress: P) -> None:
        """Publish the progress; called by the work."""
        self._state = replace(self._state, progress=progress)

    def _run(self) -> None:
        try:
            self._do()
        finally:
            if self._done is not None:
                self._done()

    def _do(self) -> None:
        if self._after is not None:
            self._after.wait()
        work, explain = self._work, self._explain
        self._work = self._explain = self._after = None
        assert work is not None
        if self.cancelled.is_set():
            self._state = replace(self._state, ended=True)
            return
        try:
            result = work(self)
        except Exception as error:
            is_job_error = isinstance(error, JobError)
            unexpected = explain is None and not is_job_error
            if is_job_error or (explain is not None and isinstance(error, SaidError)):
                # such as a run that another program has deleted or damaged: the sentence says it all
                log.info("%s: %s", self._thread.name, error)
            elif not unexpected:
                log.exception("%s has failed", self._thread.name)
            sentence = said(error) if is_job_error or explain is None else explain(error)
            failure = Failure(sentence, "".join(traceback.format_exception(error)))
            self._state = replace(self._state, ended=True, failure=failure)
            if unexpected:
                raise
        else:
            self._state = replace(self._state, ended=True, result=result)
