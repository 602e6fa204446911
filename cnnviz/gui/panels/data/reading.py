"""Work of the data page on threads: one job at a time, the newest wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.data.errors import DataError
from cnnviz.gui.language import text
from cnnviz.jobs import Job, JobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.survey import Stage

R = TypeVar("R")
POLL_MILLISECONDS = 40


class Reading(QObject, Generic[R]):
    """``progressed(Stage)``, and at the end ``finished(result)`` or ``failed(str)``; a cancelled job ends silently."""

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(str)

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._name = name
        self._job: Job[Stage, R | None] | None = None
        self._last: Job[Any, Any] | None = None
        """The job that began last, which may have been cancelled and not have ended."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> bool:
        """Whether a job runs whose end will be reported."""
        return self._job is not None

    def start(self, work: Callable[[Callable[[Stage], object], Callable[[], bool]], R | None]) -> None:
        """Call ``work(report, cancelled)`` on a thread; an earlier job is cancelled."""
        self.cancel()

        def run(job: Job[Stage, R | None]) -> R | None:
            try:
                return work(job.report, job.cancelled.is_set)
            except DataError as error:
                raise JobError(error.sentence) from error

        self._job = self._last = Job(self._name, run, after=self._last).start()
        self._timer.start()

    def cancel(self) -> None:
        """Cancel the job."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._timer.stop()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended in time."""
        self.cancel()
        return self._last is None or self._last.close()

    def _poll(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None:
            return
        if state.progress is not None:
            self.progressed.emit(state.progress)
        if not state.ended:
            return
        self._job = None
        self._timer.stop()
        if state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        elif state.result is not None:
            self.finished.emit(state.result)
