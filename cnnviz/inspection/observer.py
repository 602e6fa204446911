"""The observer answers questions about a moment and a sample, on its own thread and with its own copy of the network.

It computes the network as drawn, in float32, in evaluation mode, with one torch thread. It draws nothing and trains
nothing: a slow window makes snapshots rarer but does not slow down training.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.answers import ANSWERS, Answers
from cnnviz.jobs import Job
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    The last :meth:`request` is answered at the newest moment of ``source``, and again when ``source`` has a newer one;
    each request asks ``source`` for one. A request that the last snapshot already answers is not computed again.
    ``answers`` holds the function for each kind of question. ``made`` counts the snapshots,
    ``seconds`` is the time that they took in total. ``failure`` is a sentence if the newest request could not be
    answered, and is None again after the next snapshot.
    """

    def __init__(self, source: Source, answers: Answers = ANSWERS) -> None:
        self.latest: Snapshot | None = None
        self.failure: Sentence | None = None
        self.made = 0
        self.seconds = 0.0
        self._source, self._answers = source, answers
        self._wake = threading.Condition()
        self._request: _Request | None = None
        self._answered: tuple[_Request, Moment] | None = None
        self._anew = False
        """Whether the strongest maps are to be chosen with the next snapshot."""
        self._wider: list[tuple[int, Mapping[tuple[str, str], float]]] = []
        """Scales to be taken with the next snapshot."""
        self._listeners: list[Callable[[], None]] = []
        source.listen(self._notify)
        self._job: Job[None, None] = Job("cnnviz-observer", self._run)

    def start(self) -> None:
        """Start the thread."""
        self._job.start()

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the observer's thread after each snapshot; it must return at once."""
        self._listeners.append(callback)

    def request(self, sample: Sample, questions: Questions, *, newer: bool = True) -> None:
        """Ask for a snapshot of this sample at the newest moment, and for another one when a newer moment comes.

        ``newer`` asks for a newer moment than the newest one, which costs training a copy of the weights.
        """
        with self._wake:
            serial = self._request.serial + 1 if self._request else 1
            self._request = _Request(sample, questions, serial)
            self._wake.notify()
        if newer:
            self._source.request()

    def choose_maps_again(self) -> None:
        """Choose the strongest maps again with the next request, which is answered even if it equals the last one."""
        with self._wake:
            self._anew, self._answered = True, None

    def widen_scales(self, run: int, limits: Mapping[tuple[str, str], float]) -> None:
        """Widen the scales of the recorded moments of a run to ``limits``, by kind and node, and answer again."""
        with self._wake:
            self._wider.append((run, limits))
            self._answered = None
            self._wake.notify()

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread. Returns whether it ended within ``timeout`` seconds."""
        with self._wake:
            self._job.cancel()
            self._wake.notify()
        return self._job.wait(timeout)

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify()

    def _next(self) -> tuple[_Request, Moment] | None:
        """Wait for a request that is not yet answered for the newest moment; None when the observer is closed."""
        with self._wake:
            while not self._job.cancelled.is_set():
                request, moment = self._request, self._source.newest
                if request and moment and not self._is_answered(request, moment):
                    self._answered = (request, moment)
                    return request, moment
                self._wake.wait()
        return None

    def _is_answered(self, request: _Request, moment: Moment) -> bool:
        """Whether a new snapshot would equal the last one. If the last one failed, a new request tries again."""
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
                while self._wider:
                    viewer.scales.widen(*self._wider.pop(0))
                if self._anew:
                    self._anew = False
                    viewer.choose_maps_again()
                self.latest = viewer.snapshot(moment, request.sample, request.questions)
            except Exception as error:  # noqa: BLE001 - the thread goes on; the failure is reported
                self._fail(error)
                continue
            self.failure = None
            self.made += 1
            self.seconds += time.perf_counter() - began
            for callback in self._listeners:
                callback()

    def _viewer(self) -> Viewer:
        # not at the top of the file: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.viewer import Viewer

        return Viewer(self._answers)

    def _fail(self, error: Exception) -> None:
        """Publish the failure as a sentence. Log it unless the last snapshot failed in the same way."""
        what = next(iter(str(error).strip().splitlines()), type(error).__name__)
        sentence = Sentence(
            "Kernels and maps could not be made, and those on screen may be old: {reason}.",
            reason=unchanged(what.rstrip(".")),
        )
        if sentence != self.failure:
            log.error("a snapshot could not be made", exc_info=error)
        self.failure = sentence
