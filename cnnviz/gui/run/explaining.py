"""Explanations of logits of the sample, made on a thread of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.jobs import Job
from cnnviz.sentence import said
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.explanation import Asked, Explanation, Similarity

POLL_MILLISECONDS = 15
REST_SECONDS = 1.0
"""Least time between two explanations while training."""


class Explaining(QObject):
    """Answers :meth:`ask` for the moment and the sample on screen, and again for each newer one.

    ``explained(tuple)`` carries an explanation for each of the asked; ``checked(tuple)`` the similarities of
    :meth:`check`, ``checking(done, total)`` its progress; ``failed(str)`` is a sentence.
    """

    explained = Signal(object)
    checked = Signal(object)
    checking = Signal(int, int)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._asked: tuple[Asked, ...] = ()
        self._on_screen: tuple[Moment, Sample] | None = None
        self._done: tuple[Moment, Sample, tuple[Asked, ...]] | None = None
        """The last question that was answered, or is being answered."""
        self._job: Job[None, tuple[Explanation, ...] | None] | None = None
        self._check: Job[tuple[int, int], tuple[Similarity, ...] | None] | None = None
        self._cancelled: Job[tuple[int, int], tuple[Similarity, ...] | None] | None = None
        """The check that was cancelled last, which may still be ending."""
        self._started_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.snapshot.connect(self._follow)
        self._follow(bridge.shown)

    def ask(self, asked: tuple[Asked, ...]) -> None:
        """Explain these from now on; none ends it."""
        if asked != self._asked:
            self._asked, self._started_at = asked, 0.0
            self.stop_check()
            self._begin()

    def check(self, asked: Asked) -> None:
        """Compare the picture of a method with those of a network whose weights are random, layer by layer."""
        self.stop_check()
        if self._on_screen is None:
            return
        moment, sample = self._on_screen
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

    def close(self) -> bool:
        """Cancel; returns whether the threads have ended within the time that a window may take to close."""
        self._timer.stop()
        self.stop_check()
        ended = self._cancelled is None or self._cancelled.close()
        return (self._job is None or self._job.close()) and ended

    @property
    def _alone(self) -> bool:
        return self._bridge.session.status.state not in MOVING

    def _follow(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.moment is None or snapshot.sample.blank:
            self._on_screen = None
            return
        if self._on_screen is not None and snapshot.sample is not self._on_screen[1]:
            # another sample is explained at once
            self._started_at = 0.0
            self.stop_check()
        self._on_screen = snapshot.moment, snapshot.sample
        self._begin()

    def _begin(self) -> None:
        """Start an explanation, unless there is nothing new to explain or another one is under way."""
        if not self._asked or self._on_screen is None or self._job is not None:
            return
        wish = (*self._on_screen, self._asked)
        done = self._done
        if done is not None and all(one is other for one, other in zip(wish, done, strict=True)):
            return
        alone = self._alone
        if not alone and time.perf_counter() - self._started_at < REST_SECONDS:
            return
        self._done, self._started_at = wish, time.perf_counter()
        moment, sample, asked = wish

        def work(job: Job[None, tuple[Explanation, ...] | None]) -> tuple[Explanation, ...] | None:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.explaining import explain
            from cnnviz.inspection.studies.threads import leave_cores_to_training

            if not alone:
                leave_cores_to_training()
            found = [explain(moment, sample, one, lambda: job.cancelled.is_set()) for one in asked]
            whole = tuple(one for one in found if one is not None)
            return whole if len(whole) == len(found) else None

        self._job = Job("cnnviz-explanation", work, said).start()
        self._timer.start()

    def _poll(self) -> None:
        if self._job is not None and (state := self._job.latest).ended:
            self._job = None
            if state.result is not None and self._done is not None and self._done[2] == self._asked:
                self.explained.emit(state.result)
            elif state.failure is not None:
                self.failed.emit(text(state.failure.sentence))
            self._begin()
        if self._check is not None:
            checked = self._check.latest
            if checked.ended:
                self._check = None
                if checked.result is not None:
                    self.checked.emit(checked.result)
                elif checked.failure is not None:
                    self.failed.emit(text(checked.failure.sentence))
            elif checked.progress is not None:
                self.checking.emit(*checked.progress)
        if self._job is None and self._check is None:
            self._timer.stop()
