"""The link between Qt and the training session and observer: a timer reads their news."""

from __future__ import annotations

import time
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.dataset_loading import DatasetLoading
from cnnviz.gui.run.inspection_cost import InspectionCost, training_cores
from cnnviz.gui.run.speed_measurements import SpeedMeasurements
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.moment import Live, LiveOrRecorded, Recorded, Sample
from cnnviz.inspection.observer import Observer
from cnnviz.sentence import Sentence
from cnnviz.training.channels import MOVING, State, Status
from cnnviz.training.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cnnviz.data.catalogue import Dataset
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.project.project import Project
    from cnnviz.runs.folder import MomentFile
    from cnnviz.runs.recorder import Recorder

POLL_MILLISECONDS = 49
STATUS_SECONDS = 0.2
"""Numbers that change all the time are emitted this often; a new state is emitted at once."""
REQUEST_SECONDS = 1 / 12
"""Least time between snapshots while training; otherwise a snapshot is taken only if the questions change."""
STROKE_SECONDS = 1 / 36
"""Least time between snapshots of samples that follow one another, as strokes do, while training: more of them would
not be seen, and would take the processor from training."""
HURRY_SECONDS = 1.0
"""How long a new sample or moment is waited for. There may be no new snapshot: computing it may fail, or it may be on
screen already."""


class Bridge(QObject):
    """The only link between the window and the threads of training and inspection.

    Signals carry what is new since the last poll:

    - ``status(Status)``, ``metrics(list)``, ``events(list)`` and ``snapshot(Snapshot or None)``;
    - ``ready``, once: torch is loaded, and the network is built or cannot be;
    - ``dataset(Dataset)``, or ``failed(str)`` if it could not be loaded;
    - ``cost(float)``: the share of processor time that inspection takes, in [0, 1];
    - ``observerFailed(str)``: why there are no snapshots; empty when there are snapshots again;
    - ``moments(run, steps)``: the recorded moments of the present run, or what is known of them, have changed;
    - ``recordingFailed(str)``: why a run is no longer recorded.

    ``name`` is what the runs that begin from now on are recorded as, ``window_key`` the key of the window, which also
    stands in the copies of its unsaved work.
    """

    status = Signal(object)
    ready = Signal()
    metrics = Signal(object)
    events = Signal(object)
    snapshot = Signal(object)
    dataset = Signal(object)
    failed = Signal(str)
    cost = Signal(float)
    observerFailed = Signal(str)
    recordingFailed = Signal(str)
    moments = Signal(int, object)
    _snapshot_made = Signal()
    """A snapshot that is waited for has been made; emitted on the observer's thread."""

    def __init__(
        self,
        project: Project,
        questions: Callable[[], Questions],
        device: str = "auto",
        threads: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = Session(project, device, threads)
        self.measurements = SpeedMeasurements(self.session, self)
        self.source = Live(self.session.weights)
        self._recorded = Recorded()
        self.recorder: Recorder | None = None
        """What records the runs; None before :meth:`start`, and where nothing is recorded."""
        self.name = self.window_key = ""
        self._recording_failed: Sentence | None = None
        self._moments: tuple[int, tuple[MomentFile, ...]] = (0, ())
        self.observer = Observer(LiveOrRecorded(self.source, self._recorded))
        self.drawn_count = 0
        """The number of drawn snapshots."""
        self._questions = questions
        self._sample: Sample | None = None
        self._requested: tuple[Sample | None, Questions] = (None, frozenset())
        self._checked_at = self._requested_at = 0.0
        """When the questions were last compared with those of the last request, and when that request was made."""
        self._shown: Snapshot | None = None
        self._failure: Sentence | None = None
        self._status: Status | None = None
        self._status_emitted_at = 0.0
        self._events_read, self._metrics_read = 0, 0
        self._cost = InspectionCost()
        self.images: Dataset | None = None
        """The images that were loaded last."""
        self._loading = DatasetLoading()
        self._timer = QTimer(self)
        # two ticks make a snapshot; a coarse timer would sometimes need three
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._hurried_until = 0.0
        """Until then the answer to a new sample or moment is drawn as soon as it is made, not with the next poll, so
        that maps follow the pen that draws the sample."""
        self._stroke_timer = QTimer(self)
        """Runs while a sample waits for the time from which it may be looked at."""
        self._stroke_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._stroke_timer.setSingleShot(True)
        self._stroke_timer.timeout.connect(lambda: self._request_snapshot(newer=False))
        self._snapshot_made.connect(self._draw_made)
        self.observer.listen(self._note_made)

    def start(self) -> None:
        """Start the threads; torch and the images are loaded in the background."""
        from cnnviz.runs.recorder import Recorder, environment_allows_recording

        self._loading.load(self.session.standing.project.dataset)
        if environment_allows_recording():
            self.recorder = Recorder(self.session, lambda: self.name, window=self.window_key)
            self.recorder.start()
        self.session.start()
        self.observer.start()
        self._timer.start()

    def close(self) -> bool:
        """End the threads; returns whether they have ended within the time that a window may take to close."""
        self._timer.stop()
        self._stroke_timer.stop()
        self._hurried_until = 0.0
        ended = self.session.close()
        ended = self.observer.close() and ended
        ended = (self.recorder is None or self.recorder.close()) and ended
        return self._loading.close() and ended

    def set_sample(self, sample: Sample) -> None:
        """Inspect this sample from now on. If several are set before an answer, only the last is answered."""
        self._sample = sample
        if not self._hurried():
            self._hurry()

    def look_at(self, moment: Moment | None) -> None:
        """Ask the questions about a recorded moment from now on; None: about the present weights again.

        From one recorded moment to the next the questions stay; other questions are noticed with the next poll.
        """
        before = self._recorded.newest
        self._recorded.show(moment)
        self._stroke_timer.stop()
        self._hurried_until = time.perf_counter() + HURRY_SECONDS
        sample, questions = self._requested
        if moment is None or before is None or sample is None or sample is not self._sample:
            self._request_snapshot(newer=moment is None)
        else:
            self.observer.request(sample, questions, newer=False)

    def widen_scales(self, run: int, limits: Mapping[tuple[str, str], float]) -> None:
        """Widen the colour scales of the recorded moments of a run, by kind and node, and draw them again."""
        self.observer.widen_scales(run, limits)

    def choose_maps_again(self) -> None:
        """Choose the strongest maps of each layer again; otherwise they stay the same for the same sample."""
        self.observer.choose_maps_again()
        self._request_snapshot(newer=False)

    def apply(self, project: Project) -> None:
        """Pass an edited project to the session."""
        self.session.apply(project)
        self._loading.load(project.dataset)

    def training_idle(self) -> bool:
        """Whether no training runs, so that studies may use all cores. May be called on any thread."""
        return self.session.status.state not in MOVING

    def toggle(self) -> None:
        """Train, or pause."""
        if self.session.status.state in MOVING:
            self.session.pause()
        else:
            self.session.play()

    def painted(self, seconds: float) -> None:
        """Note the duration of a paint, in seconds; if it painted a new snapshot, it counts as cost of inspection."""
        self._cost.note_painting(seconds)

    @property
    def looking_seconds(self) -> float:
        """The time that computing, drawing and painting snapshots has taken since the window was opened."""
        return self.observer.seconds + self._cost.drawing_seconds

    @property
    def sample(self) -> Sample | None:
        """The sample that was set last; a snapshot of it may still be in the making."""
        return self._sample

    @property
    def shown(self) -> Snapshot | None:
        """The snapshot on screen."""
        return self._shown

    def _tick(self) -> None:
        self._read_dataset()
        session = self.session
        # read before the events and emitted after them: the event that begins a run comes before its metrics
        metrics, self._metrics_read = session.metrics.read(self._metrics_read)
        self._read_events()
        if metrics:
            self.metrics.emit(metrics)
        status = session.status
        self._emit_status(status)
        self.measurements.emit_results()
        self._read_recorder(status.run)
        self._draw()
        if (cost := self._cost.measure(self.observer.seconds, training_cores(status))) is not None:
            self.cost.emit(cost)
        # no newer moment comes while a recorded one is looked at
        moving = status.state is State.RUNNING and self._recorded.newest is None
        now = time.perf_counter()
        may_request = moving and now - self._requested_at >= self._cost.seconds_between(status)
        if now - self._checked_at >= REQUEST_SECONDS and (may_request or self._check_questions()):
            self._request_snapshot()

    @property
    def own_folder(self) -> Path | None:
        """The folder in which the present run is recorded; None if it is not, or not yet."""
        return None if self.recorder is None else self.recorder.folders.get(self.session.status.run)

    def _read_events(self) -> None:
        events, self._events_read = self.session.events.read(self._events_read)
        if events:
            self.events.emit(events)

    def _read_recorder(self, run: int) -> None:
        recorder = self.recorder
        if recorder is None:
            return
        moments = recorder.files(run)
        if (run, moments) != self._moments:
            self._moments = (run, moments)
            self.moments.emit(run, tuple(moment.step for moment in moments))
        if recorder.trouble is not self._recording_failed:
            self._recording_failed = recorder.trouble
            if recorder.trouble is not None:
                self.recordingFailed.emit(text(recorder.trouble))

    def _emit_status(self, status: Status) -> None:
        old = self._status
        same = old is not None and (old.state, old.run, old.ready) == (status.state, status.run, status.ready)
        if same and time.perf_counter() - self._status_emitted_at < STATUS_SECONDS:
            return
        if status != old:
            self._status_emitted_at = time.perf_counter()
            self._status = status
            self.status.emit(status)
            if status.ready and not (old is not None and old.ready):
                self.ready.emit()

    def _read_dataset(self) -> None:
        loaded = self._loading.take()
        if isinstance(loaded, Sentence):
            self.failed.emit(text(loaded))
        elif loaded is not None:
            self.images = loaded
            self.dataset.emit(loaded)

    def _draw(self) -> None:
        if (failure := self.observer.failure) != self._failure:
            self._failure = failure
            self.observerFailed.emit("" if failure is None else text(failure))
        latest = self.observer.latest
        if self.session.weights.latest is None and self._recorded.newest is None:
            latest = None
        if latest is self._shown:
            return
        # the event that begins a run must come before the snapshots of that run
        self._read_events()
        self._shown = latest
        began = time.perf_counter()
        self.snapshot.emit(latest)
        self._cost.note_drawing(time.perf_counter() - began)
        self.drawn_count += 1

    def _hurried(self) -> bool:
        return time.perf_counter() < self._hurried_until

    def _hurry(self) -> None:
        """Request a snapshot of the present sample as soon as it may be looked at: at once unless there is training."""
        now = time.perf_counter()
        self._hurried_until = now + HURRY_SECONDS
        wait = STROKE_SECONDS - (now - self._checked_at)
        if self.session.status.state is not State.RUNNING or wait <= 0:
            self._request_snapshot(newer=False)
        else:
            self._stroke_timer.start(ceil(1000 * wait))

    def _check_questions(self) -> bool:
        """Note the time of this check; returns whether sample or questions have changed since the last request."""
        self._checked_at = time.perf_counter()
        return (self._sample, self._questions_for_sample()) != self._requested

    def _questions_for_sample(self) -> Questions:
        """The questions for the sample; for a blank sample without the network's output."""
        questions = self._questions()
        return questions - {NetworkOutput()} if self._sample is not None and self._sample.blank else questions

    def _request_snapshot(self, *, newer: bool = True) -> None:
        """Request a snapshot of the present sample; with ``newer``, of weights newer than those on screen."""
        self._checked_at = self._requested_at = time.perf_counter()
        if self._sample is not None:
            questions = self._questions_for_sample()
            self._requested = (self._sample, questions)
            self.observer.request(self._sample, questions, newer=newer)

    def _note_made(self) -> None:
        """Called on the observer's thread after each snapshot."""
        if self._hurried():
            # the window may be deleted before the thread has ended
            with suppress(RuntimeError):
                self._snapshot_made.emit()

    def _draw_made(self) -> None:
        """Draw a snapshot that was waited for; if the sample has changed meanwhile, request a snapshot of it."""
        if not self._hurried():
            return
        self._draw()
        past, shown = self._recorded.newest, self._shown
        requested_sample, _ = self._requested
        if shown is not None and shown.sample is requested_sample and (past is None or shown.moment is past):
            self._hurried_until = 0.0
            if self._sample is not requested_sample:
                self._hurry()
