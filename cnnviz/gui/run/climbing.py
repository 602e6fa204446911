"""Images that are made to excite a map, each on its own thread and kept for its moment."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.excitation import Climbed, Goal

POLL_MILLISECONDS = 40
MOST_KEPT = 100
"""The number of images that are kept, so that the image of a map seen before is shown at once."""


@dataclass(frozen=True)
class Climb:
    """What is climbed: a map of a layer at a step of a run, towards a goal."""

    run: int
    step: int
    node: str
    channel: int
    goal: Goal


class Climbing(QObject):
    """Makes one image at a time.

    ``grown(Climb, Climbed)`` follows the image while it grows, and the finished image; ``stopped`` the end of the work,
    also without an image; ``failed(str)`` is a sentence.
    """

    grown = Signal(object, object)
    stopped = Signal()
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.present: Climb | None = None
        """What is being climbed."""
        self._bridge = bridge
        self._job: Job[Climbed, Climbed | None] | None = None
        self._cancelled: Job[Climbed, Climbed | None] | None = None
        """The last job that was cancelled, which may still be ending."""
        self._reported: Climbed | None = None
        """The image that :attr:`grown` carried last."""
        self._kept: OrderedDict[Climb, Climbed] = OrderedDict()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    def kept(self, climb: Climb) -> Climbed | None:
        """The finished image, if it was made before."""
        return self._kept.get(climb)

    def start(self, climb: Climb, moment: Moment) -> None:
        """Make an image, from other noise than the last one that was made for an equal ``climb``. ``moment`` is at the
        step of ``climb``."""
        self.stop()
        before = self._kept.get(climb)
        seed = 0 if before is None else before.seed + 1
        training_idle = self._bridge.training_idle

        def work(job: Job[Climbed, Climbed | None]) -> Climbed | None:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies import climbing
            from cnnviz.inspection.studies.threads import check_of

            check = check_of(job.cancelled, training_idle)
            return climbing.climb(moment, climb.node, climb.channel, climb.goal, seed, job.report, check)

        self.present = climb
        self._job = Job("cnnviz-climb", work, said, after=self._cancelled).start()
        self._timer.start()

    def stop(self) -> None:
        """Cancel; the image is dropped."""
        if self._job is not None:
            self._job.cancel()
            self._cancelled, self._job, self.present = self._job, None, None
            self._timer.stop()
            self.stopped.emit()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self.stop()
        return self._cancelled is None or self._cancelled.close()

    def _poll(self) -> None:
        job, climb = self._job, self.present
        if job is None or climb is None:
            return
        state = job.latest
        image = state.result if state.ended else state.progress
        if state.ended:
            self._job = self.present = None
            self._timer.stop()
        if image is not None and image is not self._reported:
            self._reported = image
            if state.ended:
                self._kept[climb] = image
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            self.grown.emit(climb, image)
        if state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        if state.ended:
            self.stopped.emit()
