"""Explanations of logits of the sample, and the check of a method, each made on a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.moment_study import same_run
from cnnviz.gui.run.sample_study import POLL_MILLISECONDS, SampleStudy
from cnnviz.inspection.studies.explanation import Asked, Explanation
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.explanation import Similarity

    CheckJob = Job[tuple[int, int], tuple[Similarity, ...] | None]

LONG_SECONDS = 0.5
"""After this time the progress of an explanation is reported."""
Requests = tuple[Asked, ...]
Explanations = tuple[Explanation, ...]


class Explaining(SampleStudy[Requests, float, Explanations]):
    """Makes an explanation for each of several requests; a report is the share in [0, 1] that is done.

    ``checked(tuple, step)`` carries the similarities of :meth:`check`, ``checking(done, total)`` its progress;
    ``checkCancelled`` ends it without a result.
    """

    checked = Signal(object, int)
    checking = Signal(int, int)
    checkCancelled = Signal()

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        self._check: CheckJob | None = None
        self._cancelled: CheckJob | None = None
        """The check that was cancelled last, which may still be ending."""
        self._checked: Moment | None = None
        """The moment of the last check."""
        super().__init__(bridge, past, "cnnviz-explanation", _explained, LONG_SECONDS, parent)
        self._check_timer = QTimer(self)
        self._check_timer.setInterval(POLL_MILLISECONDS)
        self._check_timer.timeout.connect(self._poll_check)

    def ask(self, asked: Requests | None) -> None:
        """See :meth:`SampleStudy.ask`; a check of something else is cancelled."""
        if asked != self._asked:
            self.stop_check()
        super().ask(asked)

    def check(self, request: Asked) -> None:
        """Compare the picture of a method with those of a network whose weights are random, layer by layer."""
        self.stop_check()
        if self._on_screen is None:
            return
        moment, sample = self._on_screen
        self._checked = moment
        training_idle = self._bridge.training_idle

        def work(job: CheckJob) -> tuple[Similarity, ...] | None:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.explaining import check
            from cnnviz.inspection.studies.threads import check_of

            cancelled = check_of(job.cancelled, training_idle)
            return check(moment, sample, request, cancelled, lambda done, total: job.report((done, total)))

        self._check = Job("cnnviz-check", work, said, after=self._cancelled).start()
        self._check_timer.start()

    def stop_check(self) -> None:
        """Cancel a check."""
        if self._check is not None:
            self._check.cancel()
            self._cancelled, self._check = self._check, None
            self._check_timer.stop()
            self.checkCancelled.emit()

    def close(self) -> bool:
        """Cancel; returns whether the threads have ended within the time that a window may take to close."""
        self.stop_check()
        ended = self._cancelled is None or self._cancelled.close()
        return super().close() and ended

    @property
    def is_checking(self) -> bool:
        """Whether a check is going on."""
        return self._check is not None

    def _follow(self, snapshot: Snapshot | None) -> None:
        if self._on_screen is not None and snapshot is not None and not snapshot.sample.blank:
            moment, sample = self._on_screen
            other_run = snapshot.moment is not None and not same_run(moment, snapshot.moment)
            if snapshot.sample is not sample or other_run:
                self.stop_check()
        super()._follow(snapshot)

    def _find(self, moment: Moment, sample: Sample, asked: Requests) -> Explanations | None:
        """See :meth:`SampleStudy._find`: each explanation is kept for itself."""
        answers = (self._kept.find(self._past.folder, moment, sample, request) for request in asked)
        explanations = tuple(explanation for answer in answers if answer is not None for explanation in answer)
        return explanations if len(explanations) == len(asked) else None

    def _keep(self, folder: Path | None, moment: Moment, sample: Sample, asked: Requests, answer: Explanations) -> None:
        for request, explanation in zip(asked, answer, strict=True):
            self._kept.keep(folder, moment, sample, request, (explanation,))

    def _poll_check(self) -> None:
        job = self._check
        if job is None or self._checked is None:
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None:
                self.checking.emit(*state.progress)
            return
        self._check = None
        self._check_timer.stop()
        if state.result is not None:
            self.checked.emit(state.result, self._checked.step)
        else:
            self.checkCancelled.emit()
        if state.failure is not None:
            self.failed.emit(text(state.failure.sentence), self._checked)


def _explained(
    moment: Moment, sample: Sample, asked: Requests, report: Callable[[float], None], cancelled: Callable[[], bool]
) -> Explanations | None:
    # imported here: torch must be imported on the thread of the job
    from cnnviz.inspection.studies.explaining import explain

    explanations = []
    for number, request in enumerate(asked):

        def report_share(done: int, total: int, number: int = number) -> None:
            report((number + done / total) / len(asked))

        explanation = explain(moment, sample, request, cancelled=cancelled, report=report_share)
        if explanation is None:
            return None
        explanations.append(explanation)
    return tuple(explanations)
