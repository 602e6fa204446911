"""Explanations of logits of the sample, made on a thread of their own."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.kept_answers import KeptAnswers
from cnnviz.jobs import Job
from cnnviz.sentence import said
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.explanation import Asked, Explanation, Similarity
    from cnnviz.training.events import Event

POLL_MILLISECONDS = 15
REST_SECONDS = 1.0
"""Least time between two explanations while training."""
RESTS = 4
"""While training, the next explanation begins after this many times the seconds that the last one took."""
LONG_SECONDS = 0.5
"""After this time the progress of an explanation is reported."""
Wish = tuple["Moment", "Sample", tuple["Asked", ...]]


class Explaining(QObject):
    """Answers :meth:`ask` for the moment and the sample on screen, and again for each newer one.

    ``explained(tuple)`` carries an explanation for each of the asked; ``progressed(float)`` the share in [0, 1] of
    one that takes long. ``checked(tuple, step)`` carries the similarities of :meth:`check`, ``checking(done, total)``
    its progress; ``checkCancelled`` ends it without a result. ``failed(str)`` is a sentence.
    """

    explained = Signal(object)
    progressed = Signal(float)
    checked = Signal(object, int)
    checking = Signal(int, int)
    checkCancelled = Signal()
    failed = Signal(str)

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._past = bridge, past
        self._kept: KeptAnswers[Explanation] = KeptAnswers()
        self._asked: tuple[Asked, ...] = ()
        self._on_screen: tuple[Moment, Sample] | None = None
        self._done: Wish | None = None
        """The last question that was answered, or is being answered."""
        self._job: Job[float, tuple[Explanation, ...] | None] | None = None
        self._check: Job[tuple[int, int], tuple[Similarity, ...] | None] | None = None
        self._cancelled: Job[tuple[int, int], tuple[Similarity, ...] | None] | None = None
        """The check that was cancelled last, which may still be ending."""
        self._checked_step = 0
        self._started_at = 0.0
        self._due_at = 0.0
        """While training, the next explanation begins after this time; 0 if it is wanted at once."""
        self._folder: Path | None = None
        """The folder of the run of :attr:`_done`; None for the present run."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.snapshot.connect(self._follow)
        bridge.events.connect(self._follow_events)
        self._follow(bridge.shown)

    def ask(self, asked: tuple[Asked, ...]) -> None:
        """Explain these from now on; none ends it."""
        if asked != self._asked:
            self._asked, self._due_at = asked, 0.0
            self.stop_check()
            if self._job is not None:
                # nobody waits for it any more
                self._job.cancel()
            self._begin()

    def check(self, asked: Asked) -> None:
        """Compare the picture of a method with those of a network whose weights are random, layer by layer."""
        self.stop_check()
        if self._on_screen is None:
            return
        moment, sample = self._on_screen
        self._checked_step = moment.step
        alone = self._alone

        def work(job: Job[tuple[int, int], tuple[Similarity, ...] | None]) -> tuple[Similarity, ...] | None:
            from cnnviz.inspection.studies.explaining import check
            from cnnviz.inspection.studies.threads import leave_cores_to_training

            if not alone:
                leave_cores_to_training()
            return check(
                moment, sample, asked, lambda done, total: job.report((done, total)), lambda: job.cancelled.is_set()
            )

        self._check = Job("cnnviz-check", work, said, after=self._cancelled).start()
        self._timer.start()

    def stop_check(self) -> None:
        """Cancel a check."""
        if self._check is not None:
            self._check.cancel()
            self._cancelled, self._check = self._check, None
            self.checkCancelled.emit()

    def close(self) -> bool:
        """Cancel; returns whether the threads have ended within the time that a window may take to close."""
        self._timer.stop()
        self.stop_check()
        ended = self._cancelled is None or self._cancelled.close()
        return (self._job is None or self._job.close()) and ended

    @property
    def is_checking(self) -> bool:
        """Whether a check is going on."""
        return self._check is not None

    @property
    def _alone(self) -> bool:
        return self._bridge.session.status.state not in MOVING

    def _follow(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.moment is None or snapshot.sample.blank:
            self._on_screen = None
            return
        if self._on_screen is not None and snapshot.sample is not self._on_screen[1]:
            # another sample is explained at once; while a drawing changes, each explanation is shown
            self._due_at = 0.0
            self.stop_check()
            if self._job is not None and snapshot.sample.origin is not self._on_screen[1].origin:
                self._job.cancel()
        self._on_screen = snapshot.moment, snapshot.sample
        self._begin()

    def _follow_events(self, events: Iterable[Event]) -> None:
        """Forget what belongs to a run that was started over."""
        started = self._kept.forget_restarted(events)
        if self._on_screen is not None and self._on_screen[0].run in started:
            self._on_screen = None
        if self._done is not None and self._done[0].run in started:
            self._done = None
            if self._job is not None:
                self._job.cancel()

    def _begin(self) -> None:
        """Start an explanation, unless there is nothing new to explain or another one is under way."""
        if not self._asked or self._on_screen is None or self._job is not None:
            return
        wish = (*self._on_screen, self._asked)
        done = self._done
        if done is not None and all(one is other for one, other in zip(wish, done, strict=True)):
            return
        known = self._known(wish)
        if known is not None:
            self._done = wish
            self.explained.emit(known)
            return
        alone = self._alone
        now = time.perf_counter()
        if not alone and now < self._due_at:
            return
        self._done, self._folder = wish, self._past.folder
        self._started_at, self._due_at = now, now + REST_SECONDS
        self._job = Job("cnnviz-explanation", partial(_explained, wish, alone), said).start()
        self._timer.start()

    def _known(self, wish: Wish) -> tuple[Explanation, ...] | None:
        """The answer to a question that was answered before."""
        moment, sample, asked = wish
        found = (self._kept.find(self._past.folder, moment, sample, one) for one in asked)
        known = tuple(one for one in found if one is not None)
        return known if len(known) == len(asked) else None

    def _poll(self) -> None:
        if self._job is not None:
            self._poll_explanation(self._job)
        if self._check is not None:
            checked = self._check.latest
            if checked.ended:
                self._check = None
                if checked.result is not None:
                    self.checked.emit(checked.result, self._checked_step)
                else:
                    self.checkCancelled.emit()
                if checked.failure is not None:
                    self.failed.emit(text(checked.failure.sentence))
            elif checked.progress is not None:
                self.checking.emit(*checked.progress)
        if self._job is None and self._check is None:
            self._timer.stop()

    def _poll_explanation(self, job: Job[float, tuple[Explanation, ...] | None]) -> None:
        state = job.latest
        if not state.ended:
            if state.progress is not None and time.perf_counter() - self._started_at > LONG_SECONDS:
                self.progressed.emit(state.progress)
            return
        self._job, now = None, time.perf_counter()
        if self._due_at:
            self._due_at = max(self._due_at, now + RESTS * (now - self._started_at))
        if job.cancelled.is_set() or self._done is None:
            self._done = None
        elif state.result is not None:
            moment, sample, asked = self._done
            for found in state.result:
                self._kept.keep(self._folder, moment, sample, found.asked, found)
            if asked == self._asked:
                self.explained.emit(state.result)
        elif state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        self._begin()


def _explained(
    wish: Wish, alone: bool, job: Job[float, tuple[Explanation, ...] | None]
) -> tuple[Explanation, ...] | None:
    """The work of a job: an explanation for each of the asked; None if it was cancelled."""
    # imported here: torch must be imported on this thread, not on that of the window
    from cnnviz.inspection.studies.explaining import explain
    from cnnviz.inspection.studies.threads import leave_cores_to_training

    if not alone:
        leave_cores_to_training()
    moment, sample, asked = wish
    made = []
    for number, one in enumerate(asked):

        def report(done: int, total: int, number: int = number) -> None:
            job.report((number + done / total) / len(asked))

        found = explain(moment, sample, one, job.cancelled.is_set, report)
        if found is None:
            return None
        made.append(found)
    return tuple(made)
