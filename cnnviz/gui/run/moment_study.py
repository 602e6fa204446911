"""Studies of the moment that the window shows. Each is computed on its own thread, and kept for its moment."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.past import is_opened
from cnnviz.training.channels import Evaluation
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cnnviz.data.catalogue import Dataset, Split
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.jobs import Job
    from cnnviz.network.graph import Network
    from cnnviz.training.channels import Metrics
    from cnnviz.training.events import Event

    TrainingIdle = Callable[[], bool]

S = TypeVar("S")
R = TypeVar("R")
Key = tuple[Any, ...]
"""Folder of the run if it was opened, number of the run, step, and subject."""
POLL_MILLISECONDS = 40
KEPT_BYTES = 64 * 2**20
"""The most memory of results that are kept, so that a moment seen before is shown at once; at least one is kept."""
VALIDATION = "validation"


class Work(NamedTuple, Generic[S]):
    """A study that is being made; its result is kept under ``key``."""

    moment: Moment
    subject: S
    images: Split
    key: Key


class MomentStudy(QObject, Generic[S, R]):
    """A study of the images at the moment that the window shows; ``subject`` tells what to study, such as a layer.

    While it is watched, the study is made whenever training pauses or ends an epoch, and for each recorded moment that
    is shown; :meth:`renew` makes it now. ``changed`` is emitted when the result is replaced or removed, and when a job
    ends without a result; ``progressed(done, total)`` counts images; ``failed(str)`` has a sentence.
    """

    changed = Signal()
    progressed = Signal(int, int)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, past: Past, subject: S, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.subject = subject
        self.latest: R | None = None
        """The result on screen; None if there is none for the network and the subject."""
        self.run: Path | int = 0
        """The run that :attr:`latest` belongs to: its folder if it was opened from the library, else its number."""
        self.dataset: Dataset | None = bridge.images
        self.moment: Moment | None = None if bridge.shown is None else bridge.shown.moment
        """The moment that the window shows."""
        self._bridge, self._past = bridge, past
        self._watched = False
        self._epoch_ended = False
        self._shown: Moment | None = None
        """The moment that :attr:`latest` belongs to."""
        self._failed: tuple[Moment, S] | None = None
        """The last moment and subject that cannot be studied."""
        self._job: Job[int, R | None] | None = None
        self._working: Work[S] | None = None
        """What :attr:`_job` computes."""
        self._kept: OrderedDict[Key, tuple[Network, int, R]] = OrderedDict()
        """Results with the network and the start of their runs."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.dataset.connect(self._set_dataset)
        bridge.metrics.connect(self._follow_metrics)
        bridge.events.connect(self._follow_events)
        bridge.snapshot.connect(self._follow)

    def possible(self) -> bool:
        """Whether the subject can be studied at the moment that the window shows."""
        return True

    @property
    def sample(self) -> Sample | None:
        """The sample that was chosen last in the window."""
        return self._bridge.sample

    @property
    def images(self) -> Split | None:
        """The images that are studied."""
        return None if self.dataset is None else self.dataset.validation

    def job(
        self, moment: Moment, images: Split, *, training_idle: TrainingIdle, after: Job[int, R | None] | None
    ) -> Job[int, R | None]:
        """A job that makes the study; its progress is the number of images done.

        Unless training is idle it leaves the cores to training. It begins when the job ``after`` has ended.
        """
        raise NotImplementedError

    def size(self, result: R) -> int:
        """The memory that a result takes, in bytes."""
        raise NotImplementedError

    def folder_of(self, moment: Moment) -> Path | None:
        """The folder of the moment's run; None if it is not recorded, or another run is on screen meanwhile."""
        past = self._past
        if is_opened(moment.run):
            return past.folder
        return past.present if moment.run == past.run else None

    @property
    def running(self) -> bool:
        """Whether a job runs, also if it was cancelled and has not ended yet."""
        return self._job is not None

    @property
    def measuring(self) -> bool:
        """Whether a job runs that was not cancelled."""
        return self._job is not None and not self._job.cancelled.is_set()

    @property
    def shown(self) -> Moment | None:
        """The moment that :attr:`latest` belongs to."""
        return self._shown

    @property
    def outdated(self) -> bool:
        """Whether the window shows another moment than the result belongs to."""
        return self._shown is not None and self.moment is not None and not same_weights(self._shown, self.moment)

    def watch(self, watched: bool) -> None:
        """Start or stop following the moments that the window shows."""
        self._watched = watched
        if watched and (self.latest is None or self._stays):
            self.renew()

    def choose(self, subject: S) -> None:
        """Study something else."""
        if subject != self.subject:
            self.subject = subject
            self._clear()
            if self._watched:
                self.renew()

    def renew(self) -> None:
        """Make the study at the moment that the window shows, unless that is already done."""
        moment, images = self.moment, self.images
        if moment is None or images is None or not len(images) or not self.possible():
            return
        self._epoch_ended = False
        if self.latest is not None and not self.outdated:
            return
        failed_moment, failed_subject = self._failed or (None, None)
        if failed_moment is moment and failed_subject == self.subject:
            return
        if self.recall():
            return
        working = self._working if self.measuring else None
        if working is not None and working.subject == self.subject and same_weights(working.moment, moment):
            return
        if self._job is not None:
            self._job.cancel()
        self._working = Work(moment, self.subject, images, self._key(moment))
        self._job = self.job(moment, images, training_idle=self._bridge.training_idle, after=self._job).start()
        self._timer.start()
        self.progressed.emit(0, len(images))

    def recall(self) -> bool:
        """Show the result for the moment on screen if it is kept; returns whether it is."""
        moment = self.moment
        if moment is None:
            return False
        key = self._key(moment)
        network, start, kept = self._kept.get(key, (None, 0, None))
        # a network may be edited without a step in between, and a run may leave its number to another
        if kept is None or network != moment.network or not moment.may_be_of(start):
            return False
        self._kept.move_to_end(key)
        self._show(moment, kept)
        return True

    def cancel(self) -> None:
        """Cancel the job that runs."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    @property
    def _stays(self) -> bool:
        """Whether the moment on screen stays there: training stands still, or it is a recorded one."""
        return self.moment is not None and (self.moment.settled or self._past.step is not None)

    def _follow(self, snapshot: Snapshot | None) -> None:
        self.moment = None if snapshot is None else snapshot.moment
        if self.moment is None or (self._shown is not None and not same_run(self._shown, self.moment)):
            self._clear()
        if self._watched and (self._stays or self._epoch_ended or (self.latest is None and self._job is None)):
            self.renew()

    def _follow_metrics(self, metrics: Iterable[Metrics]) -> None:
        if any(isinstance(metric, Evaluation) and metric.split == VALIDATION for metric in metrics):
            self._epoch_ended = True

    def _follow_events(self, events: Iterable[Event]) -> None:
        for run in (event.run for event in events if isinstance(event, RunStarted)):
            # the number of a run without steps is used again, for other weights
            for key in [key for key in self._kept if key[0] is None and key[1] == run]:
                del self._kept[key]
            if self._job is not None and self._working is not None and self._working.moment.run == run:
                self._job.cancel()
                self._working = None
            if self.moment is not None and self.moment.run == run:
                self.moment = None
            if self._shown is not None and self._shown.run == run:
                self._clear()

    def _set_dataset(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._kept.clear()
        self._clear()

    def _clear(self) -> None:
        if self.latest is not None:
            self.latest = self._shown = None
            self.changed.emit()

    def _key(self, moment: Moment) -> Key:
        return self._past.folder, moment.run, moment.step, self.subject

    def _poll(self) -> None:
        job, working = self._job, self._working
        if job is None:
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None and working is not None and not job.cancelled.is_set():
                self.progressed.emit(state.progress, len(working.images))
            return
        self._timer.stop()
        self._job = self._working = None
        if working is None:
            return
        if state.result is not None and working.subject == self.subject and working.images is self.images:
            self._keep(working.key, working.moment, state.result)
            if self.moment is None or same_run(working.moment, self.moment):
                self._show(working.moment, state.result)
            else:
                self.changed.emit()
        elif state.failure is not None:
            self._failed = working.moment, working.subject
            # the sentence comes last, so that it stays on screen
            self.changed.emit()
            self.failed.emit(text(state.failure.sentence))
        else:
            self.changed.emit()
        if self._watched and self._stays and (self.outdated or self.latest is None):
            self.renew()

    def _keep(self, key: Key, moment: Moment, result: R) -> None:
        self._kept[key] = moment.network, moment.start, result
        while len(self._kept) > 1 and sum(self.size(kept) for *_, kept in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    def _show(self, moment: Moment, result: R) -> None:
        self.latest, self._shown = result, moment
        self.run = (is_opened(moment.run) and self._past.folder) or moment.run
        self.changed.emit()


def same_run(first: Moment, second: Moment) -> bool:
    """Whether two moments may be of the same run of the same network."""
    return first.run == second.run and first.may_be_of(second.start) and first.network == second.network


def same_weights(first: Moment, second: Moment) -> bool:
    """Whether two moments have the same weights."""
    same_step = first.network is second.network and (first.run, first.step) == (second.run, second.step)
    return first is second or (same_step and first.may_be_of(second.start))
