"""Observes one side of a comparison: loads its moment and answers questions about it, on separate threads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.past import moment_at
from cnnviz.gui.run.run_names import listed_folder
from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.moment import Recorded
from cnnviz.inspection.observer import Observer
from cnnviz.jobs import Job
from cnnviz.runs.beginnings import Beginning, beginning_of, origin_name
from cnnviz.runs.folder import RunError
from cnnviz.runs.histories.run_history import RunHistory
from cnnviz.runs.summary import Facts
from cnnviz.sentence import said

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.sides import Side
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.project.project import Project
    from cnnviz.runs.recorder import Recorder

POLL_MILLISECONDS = 40
RENEW_POLLS = 25
"""The present state is observed again each time after this many polls."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A moment of a run: its project, and what the run has measured."""

    project: Project
    history: RunHistory
    moment: Moment
    steps: tuple[int, ...]
    """The steps of the recorded moments of the run."""
    beginning: Beginning
    """Where the run begins."""


class ObservedSide(QObject):
    """``changed`` follows another moment, new answers and a new ``failure``."""

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.loaded: Loaded | None = None
        self.failure = ""
        """Why there is no moment."""
        self._bridge = bridge
        self._source = Recorded()
        self._observer = Observer(self._source, ANSWERS)
        self._observer.start()
        self._side: Side | None = None
        self._job: Job[None, Loaded] | None = None
        self._loading: tuple[Path, int | None] | None = None
        """The folder of the run and the step for which :attr:`_job` was begun."""
        self._wanted: tuple[Sample, Questions] | None = None
        self._shown: Snapshot | None = None
        self._present = RunHistory()
        self._began: tuple[int, Path | None, Beginning] = (0, None, Beginning())
        """The number of the present run, its folder in the library, and where it begins."""
        self._events_read, self._metrics_read = 0, 0
        self._polls = 0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest answers, if they are about the loaded moment and the sample that was asked for."""
        latest, loaded = self._observer.latest, self.loaded
        if latest is None or loaded is None or self._wanted is None:
            return None
        return latest if latest.moment is loaded.moment and latest.sample is self._wanted[0] else None

    @property
    def folder(self) -> Path | None:
        """The folder of the run; None if it is not recorded."""
        return None if self._side is None else self._side.folder or self._recording()

    def watch(self, watched: bool) -> None:
        """Poll for new moments and answers, or stop polling."""
        if watched:
            self._timer.start()
            self._poll()
        else:
            self._timer.stop()

    def set_side(self, side: Side) -> None:
        """Observe another moment."""
        before, self._side = self._side, side
        if before is None or (before.folder, before.step) != (side.folder, side.step):
            self.loaded, self.failure = None, ""
            self._load()
            self.changed.emit()

    def ask(self, sample: Sample | None, questions: Questions) -> None:
        """Ask these questions about a sample."""
        if sample is None:
            return
        asked = (sample, questions)
        if asked != self._wanted:
            self._wanted = asked
            self._observer.request(sample, questions)

    def close(self) -> bool:
        """End the threads; returns whether they have ended in time."""
        self._timer.stop()
        ended = self._observer.close()
        return (self._job is None or self._job.close()) and ended

    def _load(self) -> None:
        side = self._side
        if side is None or self._job is not None:
            return
        folder = side.folder or self._recording()
        if side.folder is None and side.step is None:
            self._take_present()
        elif folder is None:
            self._fail(self.tr("The present run has no recorded moments yet: train it, or choose another run."))
        else:
            # a run of the library has no number in this session
            number = self._bridge.session.status.run if side.folder is None else 0
            self._loading = folder, side.step
            self._job = Job("cnnviz-compare", lambda _: _load(folder, side.step, number), said).start()

    def _recording(self) -> Path | None:
        recorder = self._bridge.recorder
        return None if recorder is None else recorder.folder(self._bridge.session.status.run)

    def _take_present(self) -> None:
        """Take the newest moment of the present run, if it is another one."""
        moment = self._bridge.source.newest
        if moment is None or (self.loaded is not None and self.loaded.moment is moment):
            return
        session, recorder = self._bridge.session, self._bridge.recorder
        events, self._events_read = session.events.read(self._events_read)
        metrics, self._metrics_read = session.metrics.read(self._metrics_read)
        self._present.add_events(events)
        self._present.add_metrics(metrics)
        steps = () if recorder is None else recorder.moments(moment.run)
        project = self._present.trained(session.standing.project, moment.step)
        assert project is not None
        self._show(Loaded(project, self._present, moment, steps, self._beginning(moment.run)))

    def _beginning(self, run: int) -> Beginning:
        """Where the present run begins; it is read from the library once."""
        recorder = self._bridge.recorder
        folder = listed_folder(recorder, run)
        if recorder is not None and self._began[:2] != (run, folder):
            self._began = run, folder, _present_beginning(recorder, run, folder)
        return self._began[2]

    def _show(self, loaded: Loaded) -> None:
        self.loaded, self.failure = loaded, ""
        self._source.show(loaded.moment)
        self.changed.emit()

    def _fail(self, sentence: str) -> None:
        self.failure = sentence
        self.changed.emit()

    def _poll(self) -> None:
        side = self._side
        if self._job is not None and (state := self._job.latest).ended:
            self._job = None
            asked = None if side is None else (side.folder or self._recording(), side.step)
            if asked != self._loading:
                self._load()
            elif state.result is not None:
                self._show(state.result)
            elif state.failure is not None:
                self._fail(text(state.failure.sentence))
        self._polls += 1
        if side is not None and side.folder is None and self._job is None:
            if self.loaded is not None and self.loaded.moment.run != self._bridge.session.status.run:
                # another run has begun
                self.loaded = None
            moment = self._bridge.source.newest
            due = self._polls % RENEW_POLLS == 0 or (moment is not None and moment.settled)
            if side.step is None and (due or self.loaded is None):
                self._take_present()
            elif side.step is not None and self.loaded is None and due:
                self._load()
        if (latest := self.snapshot) is not self._shown:
            self._shown = latest
            self.changed.emit()


def _present_beginning(recorder: Recorder, run: int, folder: Path | None) -> Beginning:
    """Where the present run begins; ``folder`` is None if the library does not list it."""
    from cnnviz.runs.recorder import runs_folder

    if folder is not None:
        with suppress(RunError):
            return beginning_of(folder)
    facts = recorder.resumed.facts(run, Facts(), recorder.folder)
    return Beginning("", facts, origin_name(runs_folder(), facts))


def _load(folder: Path, step: int | None, run: int) -> Loaded:
    """Load the moment after ``step``, or the last one, of the run in ``folder``; raises JobError or RunError."""
    from cnnviz.runs.folder import moments
    from cnnviz.runs.histories.recorded import recorded_history
    from cnnviz.runs.live_changes import trained_project

    beginning = beginning_of(folder)
    steps = tuple(moments(folder))
    chosen = step if step is not None else max(steps, default=0)
    moment = moment_at(folder, chosen, run, models=())
    history = recorded_history(folder)
    return Loaded(trained_project(folder, chosen, history.changes), history, moment, steps, beginning)
