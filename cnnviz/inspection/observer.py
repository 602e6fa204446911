"""The observer: on a thread and with a module of its own it answers questions about a moment and a sample.

It computes in float32, in evaluation mode, the network as drawn, with one torch thread. It draws nothing and trains
nothing: a slow window makes snapshots rarer, never training slower.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.answers import ANSWERS, Answers
from cnnviz.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.moment import Moment, Sample, Source
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.viewer import Viewer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Request:
    sample: Sample
    questions: Questions
    serial: int


class Observer:
    """Makes snapshots on request; the newest is :attr:`latest`.

    Each call of :meth:`look` asks for one snapshot of the newest moment of ``source``, and asks there for a newer one;
    while nothing is asked nothing is computed, and what the snapshot before answers is not computed again. ``answers``
    joins each kind of question to its function. ``seconds`` adds up what looking has cost this thread. ``failure`` is a
    sentence where the newest request could not be answered, empty again with the next snapshot.
    """

    def __init__(self, source: Source, answers: Answers = ANSWERS) -> None:
        self.latest: Snapshot | None = None
        self.failure = ""
        self.made = 0
        self.seconds = 0.0
        self._source, self._answers = source, answers
        self._wake = threading.Condition()
        self._request: _Request | None = None
        self._answered: tuple[_Request, Moment] | None = None
        self._listeners: list[Callable[[], None]] = []
        source.listen(self._notify)
        self._job: Job[None, None] = Job("cnnviz-observer", self._run)

    def start(self) -> None:
        """Start the thread."""
        self._job.start()

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the observer's thread after each snapshot; it must return at once."""
        self._listeners.append(callback)

    def look(self, sample: Sample, questions: Questions) -> None:
        """Ask for a snapshot of this sample: of the newest moment now, and again when a newer one comes."""
        with self._wake:
            serial = self._request.serial + 1 if self._request else 1
            self._request = _Request(sample, questions, serial)
            self._wake.notify()
        self._source.request()

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread; whether it has ended within ``timeout`` seconds."""
        with self._wake:
            self._job.cancel()
            self._wake.notify()
        return self._job.wait(timeout)

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify()

    def _next(self) -> tuple[_Request, Moment] | None:
        """Wait for a request that is not answered at the newest moment; None when closed."""
        with self._wake:
            while not self._job.cancelled.is_set():
                request, moment = self._request, self._source.newest
                if request and moment and not self._is_answered(request, moment):
                    self._answered = (request, moment)
                    return request, moment
                self._wake.wait()
        return None

    def _is_answered(self, request: _Request, moment: Moment) -> bool:
        """Whether a snapshot would say what the one before says; where that one failed, a new request tries again."""
        if self._answered is None or self._answered[1] is not moment:
            return False
        before = self._answered[0]
        if self.failure or request.serial == before.serial:
            return request.serial == before.serial
        return request.sample is before.sample and request.questions == before.questions

    def _run(self, _: Job[None, None]) -> None:
        viewer: Viewer | None = None
        while (asked := self._next()) is not None:
            began = time.perf_counter()
            request, moment = asked
            try:
                viewer = viewer or self._viewer()
                self.latest = viewer.snapshot(moment, request.sample, request.questions)
            except Exception as error:  # noqa: BLE001 - the thread goes on; the failure is reported
                self._fail(error)
                continue
            self.failure = ""
            self.made += 1
            self.seconds += time.perf_counter() - began
            for callback in self._listeners:
                callback()

    def _viewer(self) -> Viewer:
        # not at the top: torch is loaded on this thread, where nobody waits for it
        from cnnviz.inspection.viewer import Viewer

        return Viewer(self._answers)

    def _fail(self, error: Exception) -> None:
        """Say it and log it, once where every look ends in the same."""
        what = next(iter(str(error).strip().splitlines()), type(error).__name__)
        sentence = f"Kernels and maps could not be made, and those on screen may be old: {what.rstrip('.')}."
        if sentence != self.failure:
            log.error("a snapshot could not be made", exc_info=error)
        self.failure = sentence
