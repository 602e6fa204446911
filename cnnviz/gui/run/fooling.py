"""Adversarial versions of the sample, computed on their own thread."""

from __future__ import annotations

import time
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
    from cnnviz.inspection.adversarial.attack import Adversarial, Attack
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.training.events import Event

POLL_MILLISECONDS = 15
REST = 6.0
"""While training, the pause after an attack is this many times its processor time, so that it costs little."""
LEAST_REST = 1.0
"""The least pause, in seconds."""
Wish = tuple["Moment", "Sample", "Attack"]
"""What to attack, and how."""
Result = tuple["Adversarial | None", float]
"""An adversarial image, None if the attack was cancelled, and the seconds of processor time that it took."""


class Fooling(QObject):
    """Attacks the sample on screen as :meth:`ask` requests, again for each newer moment and sample.

    ``fooled(Adversarial, step)`` carries the result; ``trying(int)`` the size that a search tries. ``failed(str)`` is a
    sentence.
    """

    fooled = Signal(object, int)
    trying = Signal(int)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._past = bridge, past
        self._asked: Attack | None = None
        self._on_screen: tuple[Moment, Sample] | None = None
        self._done: Wish | None = None
        """The last question that was answered, or is being answered."""
        self._folder: Path | None = None
        """The folder of the run of :attr:`_done`; None for the present run."""
        self._job: Job[int, Result] | None = None
        self._kept: KeptAnswers[Adversarial] = KeptAnswers()
        self._rested = 0.0
        """The time from which the next attack may begin while training, of time.perf_counter."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.snapshot.connect(self._follow)
        bridge.events.connect(self._follow_events)
        self._follow(bridge.shown)

    def ask(self, asked: Attack | None) -> None:
        """Attack in this way from now on; None ends the attacks."""
        if asked != self._asked:
            self._asked, self._rested, self._done = asked, 0.0, None
            if self._job is not None:
                self._job.cancel()
            self._begin()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _follow(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.moment is None or snapshot.sample.blank:
            self._on_screen = None
            return
        if self._on_screen is not None and snapshot.sample is not self._on_screen[1]:
            # another sample is attacked at once; while a drawing changes, each result is shown
            self._rested = 0.0
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
        """Start an attack, unless there is nothing new to attack or another attack is under way."""
        if self._asked is None or self._on_screen is None or self._job is not None:
            return
        wish = (*self._on_screen, self._asked)
        if self._done is not None and all(one is other for one, other in zip(wish, self._done, strict=True)):
            return
        known = self._kept.find(self._past.folder, *wish)
        if known is not None:
            self._done = wish
            self.fooled.emit(known, wish[0].step)
            return
        alone = self._bridge.session.status.state not in MOVING
        if not alone and time.perf_counter() < self._rested:
            return
        self._done, self._folder = wish, self._past.folder
        self._job = attack_job(wish, alone=alone).start()
        self._timer.start()

    def _poll(self) -> None:
        job = self._job
        if job is None:
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None and not job.cancelled.is_set():
                self.trying.emit(state.progress)
            return
        self._timer.stop()
        self._job = None
        found, seconds = state.result or (None, 0.0)
        self._rested = time.perf_counter() + max(LEAST_REST, REST * seconds)
        if job.cancelled.is_set() or self._done is None:
            self._done, self._rested = None, 0.0
        elif found is not None:
            self._kept.keep(self._folder, *self._done, found)
            self.fooled.emit(found, self._done[0].step)
        elif state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        self._begin()


def attack_job(wish: Wish, *, alone: bool) -> Job[int, Result]:
    """A job that attacks a sample at a moment; unless it is ``alone``, it leaves the cores to training."""

    def work(job: Job[int, Result]) -> Result:
        # imported here: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.studies.fooling import fool
        from cnnviz.inspection.studies.threads import leave_cores_to_training

        if not alone:
            leave_cores_to_training()
        began = time.thread_time()
        return fool(*wish, job.cancelled.is_set, job.report), time.thread_time() - began

    return Job("cnnviz-fooling", work, said)
