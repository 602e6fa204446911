"""Work beside the window: a thread that does one thing, and one way to follow it, to cancel it and to end it.

No Qt and no torch. Nothing waits for a reader: the state of a job is one frozen value, which the thread replaces and
anybody polls.
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
    """Work cannot be done."""


@dataclass(frozen=True)
class Failure:
    """Why a job has no result: a ``sentence`` for the user, and the traceback as ``detail``."""

    sentence: Sentence
    detail: str


@dataclass(frozen=True)
class JobState(Generic[P, R]):
    """What is known of a job at one moment.

    ``progress`` is what it has reported last. Once it has ``ended`` there is a ``result`` or a ``failure``, or neither
    where it was cancelled before it began.
    """

    ended: bool = False
    progress: P | None = None
    result: R | None = None
    failure: Failure | None = None


class Job(Generic[P, R]):
    """Does ``work(job)`` on a thread called ``name``; what it returns is the result.

    ``explain`` makes a sentence of an exception; the sentence of a :class:`JobError` is its own. Without ``explain``
    any other exception is a mistake of the program: it is the failure of the job, and is raised in the thread as well,
    for ``threading.excepthook``. A job ``after`` another one waits for the end of that, also where it is cancelled.
    The end of the program waits for work that is no ``daemon``: torch aborts where the interpreter ends under it.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Job[P, R]], R],
        explain: Callable[[Exception], Sentence] | None = None,
        after: Job[Any, Any] | None = None,
        *,
        daemon: bool = True,
    ) -> None:
        self.cancelled = threading.Event()
        """Set by :meth:`cancel`; the work looks at it, or waits for it, and returns soon after."""
        self._state: JobState[P, R] = JobState()
        # these are let go as soon as they are no longer needed: they may hold gigabytes
        self._explain = explain
        self._work: Callable[[Job[P, R]], R] | None = work
        self._after = after
        self._thread = threading.Thread(target=self._run, name=name, daemon=daemon)

    @property
    def latest(self) -> JobState[P, R]:
        """The newest state. Who reads several of its fields keeps one value for them all."""
        return self._state

    def start(self) -> Job[P, R]:
        """Begin; returns the job at once. Raises RuntimeError where the system has no thread left."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Ask the work to end; returns at once."""
        self.cancelled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, for so many seconds at most; whether the thread has ended, or was never started."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def close(self, timeout: float = 2.0) -> bool:
        """Cancel; whether the thread has ended within ``timeout`` seconds."""
        self.cancel()
        return self.wait(timeout)

    def report(self, progress: P) -> None:
        """Publish how far the work is; the work calls this."""
        self._state = replace(self._state, progress=progress)

    def _run(self) -> None:
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
            expected = isinstance(error, JobError)
            unexpected = explain is None and not expected
            if expected:
                log.info("%s: %s", self._thread.name, error)
            elif not unexpected:
                log.exception("%s has failed", self._thread.name)
            sentence = said(error) if expected or explain is None else explain(error)
            failure = Failure(sentence, "".join(traceback.format_exception(error)))
            self._state = replace(self._state, ended=True, failure=failure)
            if unexpected:
                raise
        else:
            self._state = replace(self._state, ended=True, result=result)
