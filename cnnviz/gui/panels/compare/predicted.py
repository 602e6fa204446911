"""What both sides predict for the validation images, made on a thread of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.moment_study import VALIDATION
from cnnviz.gui.run.predicting import prediction_job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.predictions import Predictions
    from cnnviz.jobs import Job

POLL_MILLISECONDS = 40
KEPT = 8
"""The number of moments whose predictions are kept."""
Group = Literal["a", "b", "both"]
"""Images that only side A gets wrong, only side B, or both."""
GROUPS: tuple[Group, ...] = ("a", "b", "both")


def group(a: Predictions, b: Predictions, name: Group) -> NDArray[np.int64]:
    """The indices of the images of a group, int64 (n,), those with the highest loss first."""
    wrong = {"a": ~a.right & b.right, "b": a.right & ~b.right, "both": ~a.right & ~b.right}[name]
    losses = {"a": a.losses, "b": b.losses, "both": a.losses + b.losses}[name]
    found = np.flatnonzero(wrong).astype(np.int64)
    ordered: NDArray[np.int64] = found[np.argsort(-losses[found], kind="stable")]
    return ordered


class BothPredicted(QObject):
    """``changed`` follows new predictions and progress; ``failed(str)`` says why there are none."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.progress: float | None = None
        """The share that is done, in [0, 1]; None while nothing is predicted."""
        self._kept: list[tuple[Moment, Split, Predictions]] = []
        self._job: Job[int, Predictions | None] | None = None
        self._working: tuple[Moment, Split] | None = None
        self._failed: list[tuple[Moment, Split]] = []
        """What could not be predicted last, at most once for each side."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    def of(self, moment: Moment, images: Split) -> Predictions | None:
        """The predictions at a moment; None if they are not made yet."""
        return next(
            (predictions for its_moment, split, predictions in self._kept if its_moment is moment and split is images),
            None,
        )

    def want(self, moments: tuple[Moment, Moment], images: Split) -> None:
        """Predict at the first of the moments for which it was not done yet; call it again after ``changed``."""
        for moment in moments:
            if self._job is None and self.of(moment, images) is None and (moment, images) not in self._failed:
                self._start(moment, images)

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended in time."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _start(self, moment: Moment, images: Split) -> None:
        self._working, self.progress = (moment, images), 0.0
        self._job = prediction_job(moment, images, VALIDATION, training_idle=lambda: False).start()
        self._timer.start()

    def _poll(self) -> None:
        job, working = self._job, self._working
        if job is None or working is None:
            return
        state = job.latest
        if not state.ended:
            share = (state.progress or 0) / max(1, len(working[1]))
            if share != self.progress:
                self.progress = share
                self.changed.emit()
            return
        self._timer.stop()
        self._job = self._working = self.progress = None
        if state.result is not None:
            self._kept = [*self._kept[1 - KEPT :], (*working, state.result)]
        elif state.failure is not None:
            self._failed = [*self._failed[-1:], working]
            self.failed.emit(text(state.failure.sentence))
        self.changed.emit()
