"""The predictions for all images of a split, at the moment that the window shows, made on a thread of their own."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.jobs import Job
from cnnviz.sentence import said
from cnnviz.training.channels import MOVING, Evaluation
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cnnviz.data.catalogue import Dataset, Split
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.predictions import Predictions
    from cnnviz.network.graph import Network
    from cnnviz.training.channels import Metrics
    from cnnviz.training.events import Event

POLL_MILLISECONDS = 40
KEPT_BYTES = 64 * 2**20
"""The most memory of results that are kept, so that a moment seen before is shown at once; at least one is kept."""
VALIDATION, TEST = "validation", "test"


class Predicting(QObject):
    """Predicts the classes of all images of :attr:`split` at the moment that the window shows.

    While it is watched, it does so whenever training pauses or ends an epoch, and for each recorded moment that is
    looked at; :meth:`renew` does so now. ``changed`` follows another result, or another split; ``progressed(done,
    total)`` counts images; ``failed(str)`` is a sentence.
    """

    changed = Signal()
    progressed = Signal(int, int)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.split = VALIDATION
        self.latest: Predictions | None = None
        """The result on screen; None if there is none for the network and the split."""
        self.run: Path | int = 0
        """The run that :attr:`latest` belongs to: its folder if it was opened from the library, else its number."""
        self.dataset: Dataset | None = None
        self._bridge, self._past = bridge, past
        self._watched = False
        self._epoch_ended = False
        self._moment: Moment | None = None
        """The moment that the window shows."""
        self._shown: Moment | None = None
        """The moment of :attr:`latest`."""
        self._job: Job[int, Predictions | None] | None = None
        self._working: tuple[Moment, str, Split] | None = None
        self._kept: OrderedDict[tuple[Path | None, int, int, str], tuple[Network, Predictions]] = OrderedDict()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.dataset.connect(self._set_dataset)
        bridge.metrics.connect(self._follow_metrics)
        bridge.events.connect(self._follow_events)
        bridge.snapshot.connect(self._follow)

    @property
    def running(self) -> bool:
        """Whether predictions are being made."""
        return self._job is not None

    @property
    def sample(self) -> Sample | None:
        """The sample that was chosen last in the window."""
        return self._bridge.sample

    @property
    def images(self) -> Split | None:
        """The images of the split."""
        if self.dataset is None:
            return None
        return self.dataset.test if self.split == TEST else self.dataset.validation

    @property
    def outdated(self) -> bool:
        """Whether the window shows another moment than the result belongs to."""
        return self._shown is not None and self._moment is not None and not _same(self._shown, self._moment)

    def watch(self, watched: bool) -> None:
        """Follow the moments that the window shows from now on, or no more."""
        self._watched = watched
        if watched and (self.latest is None or self._still):
            self.renew()

    def choose_split(self, split: str) -> None:
        """Predict for another split: ``"validation"`` or ``"test"``."""
        if split != self.split:
            self.split = split
            self._clear()
            self.renew()

    def renew(self) -> None:
        """Predict at the moment that the window shows, unless that is already done."""
        moment, images = self._moment, self.images
        if moment is None or images is None:
            return
        self._epoch_ended = False
        if self.latest is not None and not self.outdated:
            return
        known, kept = self._kept.get(self._key(moment), (None, None))
        # a network may be edited without a step in between
        if kept is not None and known == moment.network:
            self._kept.move_to_end(self._key(moment))
            self._show(moment, kept)
            return
        if self._working is not None and self._working[1] == self.split and _same(self._working[0], moment):
            return
        if self._job is not None:
            self._job.cancel()
        self._start(moment, images)

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    @property
    def _still(self) -> bool:
        """Whether the moment on screen stays there: training stands still, or it is a recorded one."""
        return self._moment is not None and (self._moment.settled or self._past.step is not None)

    def _follow(self, snapshot: Snapshot | None) -> None:
        self._moment = None if snapshot is None else snapshot.moment
        if self._moment is None or (self._shown is not None and self._shown.network != self._moment.network):
            self._clear()
        if self._watched and (self._still or self._epoch_ended or (self.latest is None and self._job is None)):
            self.renew()

    def _follow_metrics(self, metrics: Iterable[Metrics]) -> None:
        if any(isinstance(metric, Evaluation) and metric.split == VALIDATION for metric in metrics):
            self._epoch_ended = True

    def _follow_events(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted):
                # the number of a run without steps is used again
                for key in [key for key in self._kept if key[0] is None and key[1] == event.run]:
                    del self._kept[key]

    def _set_dataset(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._kept.clear()
        self._clear()

    def _clear(self) -> None:
        if self.latest is not None:
            self.latest = self._shown = None
            self.changed.emit()

    def _key(self, moment: Moment) -> tuple[Path | None, int, int, str]:
        return self._past.folder, moment.run, moment.step, self.split

    def _keep(self, moment: Moment, predictions: Predictions) -> None:
        self._kept[self._key(moment)] = moment.network, predictions
        while len(self._kept) > 1 and sum(each.bytes for _, each in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    def _start(self, moment: Moment, images: Split) -> None:
        self._working = moment, self.split, images
        alone = self._bridge.session.status.state not in MOVING
        past = self._past
        folder = past.folder if past.folder is not None or moment.run != past.run else past.present
        self._job = prediction_job(moment, images, self.split, alone=alone, after=self._job, folder=folder).start()
        self._timer.start()
        self.progressed.emit(0, len(images))

    def _poll(self) -> None:
        job, working = self._job, self._working
        if job is None or working is None:
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None:
                self.progressed.emit(state.progress, len(working[2]))
            return
        self._timer.stop()
        self._job = self._working = None
        moment, split, _ = working
        if state.result is not None and split == self.split:
            self._keep(moment, state.result)
            self._show(moment, state.result)
        elif state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
            self.changed.emit()
        if self._watched and self._still and self.outdated:
            self.renew()

    def _show(self, moment: Moment, predictions: Predictions) -> None:
        self.latest, self._shown = predictions, moment
        self.run = self._past.folder or moment.run
        self.changed.emit()


def prediction_job(
    moment: Moment,
    images: Split,
    split: str,
    *,
    alone: bool,
    after: Job[int, Predictions | None] | None = None,
    folder: Path | None = None,
) -> Job[int, Predictions | None]:
    """A job that predicts the classes of ``images``, called ``split``; its progress is the number of images done.

    Unless it is ``alone``, it leaves the cores to training. It begins when the job ``after`` has ended. For ``folder``
    see :func:`predicted`.
    """

    def work(job: Job[int, Predictions | None]) -> Predictions | None:
        # imported here: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.studies.threads import leave_cores_to_training

        if not alone:
            leave_cores_to_training()
        return predicted(moment, images, split, folder, job.report, job.cancelled.is_set)

    return Job("cnnviz-predictions", work, said, after=after)


def predicted(
    moment: Moment,
    images: Split,
    split: str,
    folder: Path | None,
    report: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Predictions | None:
    """The predictions at a moment for ``images``, called ``split``; None if ``cancelled``.

    ``folder`` is the folder of the moment's run, where predictions are read if they were made before, and kept if the
    moment is recorded, or about to be, as where training stands still. ``report`` is told the number of images done.
    """
    # imported here: torch must not be imported on the thread of the window
    from cnnviz.inspection.studies import kept
    from cnnviz.inspection.studies.predicting import predict
    from cnnviz.runs.folder import is_recorded, study_path

    if folder is None:
        return predict(moment, images, split, report, cancelled)
    path, key = study_path(folder, moment.step, f"predictions-{split}"), kept.key_of(moment, images)
    found = kept.read(path, moment, images, split, key)
    if found is None:
        found = predict(moment, images, split, report, cancelled)
        if found is not None and (moment.settled or is_recorded(folder, moment.step)):
            kept.write(path, found, key)
    return found


def _same(one: Moment, other: Moment) -> bool:
    """Whether two moments have the same weights."""
    return one is other or (one.network is other.network and (one.run, one.step) == (other.run, other.step))
