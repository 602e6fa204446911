"""Studies of the sample at the moment that the window shows. Each is computed on its own thread, and kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.kept_answers import KeptAnswers
from cnnviz.gui.run.moment_study import same_run
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.training.events import Event

A = TypeVar("A", bound="Hashable")
P = TypeVar("P")
R = TypeVar("R")

POLL_MILLISECONDS = 15
REST = 6.0
"""While training, the pause after a study is this many times its processor time, so that it costs little."""
LEAST_REST_SECONDS = 1.0
"""The least pause, in seconds."""


class SampleStudy(QObject, Generic[A, P, R]):
    """Answers :meth:`ask` for the moment and the sample on screen, and again for each newer one.

    ``make`` answers on a thread called ``name``; its arguments are a moment, a sample, the request, a function that
    takes reports, and a check whether it is cancelled. It returns None if it is. ``answered(answer, moment)`` carries
    an answer; ``progressed(report)`` a report of a study that has taken ``silent_seconds``. ``failed(str, moment)`` is
    a sentence. No answer or failure of another run than that on screen is told.
    """

    answered = Signal(object, object)
    progressed = Signal(object)
    failed = Signal(str, object)

    def __init__(
        self,
        bridge: Bridge,
        past: Past,
        name: str,
        make: Callable[[Moment, Sample, A, Callable[[P], None], Callable[[], bool]], R | None],
        silent_seconds: float = 0.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._past = bridge, past
        self._name, self._make, self._silent_seconds = name, make, silent_seconds
        self._asked: A | None = None
        self._on_screen: tuple[Moment, Sample] | None = None
        self._latest: tuple[Moment, Sample, A] | None = None
        """The last request that was answered, or is being answered, with its moment and sample."""
        self._folder: Path | None = None
        """The folder of the run of :attr:`_latest`; None for the present run."""
        self._job: Job[P, tuple[R | None, float]] | None = None
        """Its result is an answer, and the seconds of processor time that it took."""
        self._kept: KeptAnswers[R] = KeptAnswers()
        self._started_at = 0.0
        self._rest_until = 0.0
        """The time from which the next study may begin while training, of time.perf_counter."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.snapshot.connect(self._follow)
        bridge.events.connect(self._follow_events)
        self._follow(bridge.shown)

    def ask(self, asked: A | None) -> None:
        """Answer this from now on; None ends it."""
        if asked != self._asked:
            self._asked, self._rest_until, self._latest = asked, 0.0, None
            if self._job is not None:
                self._job.cancel()
            # who asks may have been told of the snapshot on screen before this study
            self._follow(self._bridge.shown)

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _follow(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.moment is None or snapshot.sample.blank:
            self._on_screen = None
            return
        moment, before = self._on_screen or (None, None)
        if moment is not None and not same_run(moment, snapshot.moment):
            self._rest_until = 0.0
            if self._job is not None:
                self._job.cancel()
        if before is not None and snapshot.sample is not before:
            # another sample is studied at once; while a drawing changes, each answer is shown
            self._rest_until = 0.0
            if self._job is not None and snapshot.sample.origin is not before.origin:
                self._job.cancel()
        self._on_screen = snapshot.moment, snapshot.sample
        self._begin()

    def _follow_events(self, events: Iterable[Event]) -> None:
        """Forget what belongs to a run that was started over."""
        started = self._kept.forget_restarted(events)
        moment_on_screen, _ = self._on_screen or (None, None)
        if moment_on_screen is not None and moment_on_screen.run in started:
            self._on_screen = None
        latest_moment, *_ = self._latest or (None,)
        if latest_moment is not None and latest_moment.run in started:
            self._latest = None
            if self._job is not None:
                self._job.cancel()

    def _find(self, moment: Moment, sample: Sample, asked: A) -> R | None:
        """The answer to a request that was answered before."""
        return self._kept.find(self._past.folder, moment, sample, asked)

    def _keep(self, folder: Path | None, moment: Moment, sample: Sample, asked: A, answer: R) -> None:
        self._kept.keep(folder, moment, sample, asked, answer)

    def _begin(self) -> None:
        """Start a study, unless there is nothing new to study or another study is under way."""
        if self._asked is None or self._on_screen is None or self._job is not None:
            return
        (moment, sample), asked = self._on_screen, self._asked
        request = moment, sample, asked
        if self._latest is not None and all(part is old for part, old in zip(request, self._latest, strict=True)):
            return
        kept = self._find(moment, sample, asked)
        if kept is not None:
            self._latest = request
            self.answered.emit(kept, moment)
            return
        now = time.perf_counter()
        if not self._bridge.training_idle() and now < self._rest_until:
            return
        self._latest, self._folder, self._started_at = request, self._past.folder, now
        self._job = self._new_job(moment, sample, asked).start()
        self._timer.start()

    def _new_job(self, moment: Moment, sample: Sample, asked: A) -> Job[P, tuple[R | None, float]]:
        make, training_idle = self._make, self._bridge.training_idle

        def work(job: Job[P, tuple[R | None, float]]) -> tuple[R | None, float]:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.threads import check_of

            check, began = check_of(job.cancelled, training_idle), time.thread_time()
            return make(moment, sample, asked, job.report, check), time.thread_time() - began

        return Job(self._name, work, said)

    def _poll(self) -> None:
        job = self._job
        if job is None:
            return
        state = job.latest
        if not state.ended:
            silent = time.perf_counter() - self._started_at < self._silent_seconds
            if state.progress is not None and not silent and not job.cancelled.is_set():
                self.progressed.emit(state.progress)
            return
        self._timer.stop()
        self._job = None
        answer, seconds = state.result or (None, 0.0)
        self._rest_until = time.perf_counter() + max(LEAST_REST_SECONDS, REST * seconds)
        if job.cancelled.is_set() or self._latest is None:
            self._latest, self._rest_until = None, 0.0
        elif answer is not None:
            moment, sample, asked = self._latest
            self._keep(self._folder, moment, sample, asked, answer)
            self.answered.emit(answer, moment)
        elif state.failure is not None:
            self.failed.emit(text(state.failure.sentence), self._latest[0])
        self._begin()
