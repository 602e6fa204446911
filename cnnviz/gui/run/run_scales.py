"""Gives recorded moments the colour scales of their whole run, before all of its moments have been shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from cnnviz.inspection.answers.kernels import WeightScale
from cnnviz.jobs import Job
from cnnviz.runs.thinning import spread_steps
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot

    Scales = Mapping[tuple[str, str], float]

REST_MILLISECONDS = 400
"""How long the shown moment must not change before the run is read, so that reading does not slow the timeline."""
POLL_MILLISECONDS = 50
MOST_MOMENTS = 12
"""The most moments of a run that are read; they are spread over the run."""


class RunScales(QObject):
    """Reads some moments of a run when one of its recorded moments is shown for the first time, on a separate thread.

    The colour scales of the run are widened, so that they cover the values that the panels show at these moments.
    """

    def __init__(self, past: Past, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._past, self._bridge = past, bridge
        self.read_runs: set[int] = set()
        """The numbers of the runs that have been read."""
        self._run = 0
        """The run that the job reads."""
        self._job: Job[None, Scales] | None = None
        self._rest_timer = QTimer(self)
        self._rest_timer.setSingleShot(True)
        self._rest_timer.setInterval(REST_MILLISECONDS)
        self._rest_timer.timeout.connect(self._begin)
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(POLL_MILLISECONDS)
        self._poll_timer.timeout.connect(self._poll)
        past.changed.connect(self._follow)

    def close(self) -> bool:
        """Stop reading; returns whether the thread has ended."""
        self._rest_timer.stop()
        self._poll_timer.stop()
        return self._job is None or self._job.close()

    def _follow(self, step: int | None) -> None:
        if step is None:
            self._rest_timer.stop()
        else:
            self._rest_timer.start()

    def _begin(self) -> None:
        snapshot, folder = self._bridge.shown, self._past.run_folder
        if self._job is not None or snapshot is None or snapshot.moment is None or folder is None:
            return
        run, steps = snapshot.run, self._past.steps
        if not snapshot.moment.recorded or run in self.read_runs:
            return
        chosen = spread_steps(steps, MOST_MOMENTS)
        self._run = run
        self._job = Job("cnnviz-scales", lambda job: _scales(job, folder, chosen, snapshot), said).start()
        self._poll_timer.start()

    def _poll(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None or not state.ended:
            return
        self._job = None
        self._poll_timer.stop()
        self.read_runs.add(self._run)
        if state.result:
            self._bridge.widen_scales(self._run, state.result)


def _scales(job: Job[None, Scales], folder: Path, steps: tuple[int, ...], shown: Snapshot) -> Scales:
    """The widest scales at ``steps``, for the sample and the questions of a snapshot."""
    # torch must not be imported on the thread of the window
    from cnnviz.inspection.survey import widest_scales

    questions = frozenset({*shown.answers, WeightScale()})
    return widest_scales(_moments(job, folder, steps, shown), shown.sample, questions)


def _moments(job: Job[None, Scales], folder: Path, steps: tuple[int, ...], shown: Snapshot) -> Iterator[Moment]:
    """Read the moments at ``steps``; unreadable moments are left out."""
    from cnnviz.gui.run.past import moment_at
    from cnnviz.jobs import JobError

    assert shown.moment is not None
    models = [(shown.moment.network, shown.moment.shapes)]
    for step in steps:
        if job.cancelled.is_set():
            return
        try:
            yield moment_at(folder, step, shown.run, models, shown.moment.network)
        except JobError:
            continue
