"""The outputs of a layer as points for many validation images, at the moment on screen, computed on a thread."""

from __future__ import annotations

import time
from collections import OrderedDict
from math import prod
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.embedding import EmbeddingStudy
from cnnviz.gui.run.moment_study import same_run, same_weights
from cnnviz.gui.run.projection_job import Result, Wish, projection_job
from cnnviz.gui.run.training_time import TrainingTime
from cnnviz.gui.run.update_budget import UpdateBudget
from cnnviz.inspection.studies.points import KEPT_BYTES, chosen_of, layers_with_points

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.points import Chosen, Points
    from cnnviz.jobs import Job
    from cnnviz.training.precision import Resolved

POLL_MILLISECONDS = 20
FIRST = 256
"""Beside training the axes are fitted to this many images, whose points are the first ones."""
PART_MACS = 5e10
"""The most MACs of the network, a second or two of work, for the points that are made together while training stands
still. The points of a large network therefore appear in parts."""
MOST_KEPT = 24
"""The number of results that are kept, so that a moment seen before is shown at once."""
Key = tuple["Path | None", int, str]
"""The folder and the number of a run, and a layer."""


class Projecting(QObject):
    """Draws the outputs of :attr:`node` at the moment that the window shows as points, on axes held for the run.

    While it is watched, it follows training and the past. ``changed`` follows other points or none, and other layers;
    ``progressed(float)`` is the share in [0, 1] of the first points; ``failed(str)`` is a sentence.
    """

    changed = Signal()
    progressed = Signal(float)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.node: str | None = None
        self.latest: Points | None = None
        """The points on screen; None if there are none for the network and the layer."""
        self.dataset: Dataset | None = bridge.images
        self._chosen: Chosen | None = None
        self._bridge, self._past = bridge, past
        self._watched = False
        self._moment: Moment | None = None
        self.layers: tuple[str, ...] = ()
        """The layers whose outputs can be drawn, in the order of the network."""
        self._shown: Moment | None = None
        """The moment of :attr:`latest`."""
        self._starts: dict[int, int] = {}
        """The start of the last moment of each run, see :class:`~cnnviz.inspection.moment.Moment`."""
        self._axes: dict[Key, Axes] = {}
        self._earlier: Axes | None = None
        """The axes before the last :meth:`fit_again`; new ones get the signs that are nearest to them."""
        self._kept: OrderedDict[tuple[Key, int], Points] = OrderedDict()
        """The results for a layer of a run at a step."""
        self._failed: Moment | None = None
        """The last moment at which the outputs of the layer cannot be drawn."""
        self._job: Job[float, Result | None] | None = None
        self._working: tuple[Moment, Key] | None = None
        self._beside = False
        """Whether :attr:`_job` began beside a training."""
        self._budget = UpdateBudget()
        self.updates = 0
        """How often other points were shown."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        self._time = TrainingTime()
        bridge.metrics.connect(self._time.add)
        bridge.dataset.connect(self._set_dataset)
        bridge.snapshot.connect(self._follow)
        self.embedding = EmbeddingStudy(bridge.training_idle, self._cores, self)
        self._follow(bridge.shown)

    @property
    def running(self) -> bool:
        """Whether points are being computed."""
        return self._job is not None

    @property
    def sample(self) -> Sample | None:
        """The sample that was chosen last in the window."""
        return self._bridge.sample

    @property
    def chosen(self) -> Chosen | None:
        """The images that are drawn as points; None before the dataset is loaded."""
        if self._chosen is None and self.dataset is not None:
            self._chosen = chosen_of(self.dataset.validation)
        return self._chosen

    @property
    def renewal(self) -> float | None:
        """The seconds in which all points are renewed while training; None if they are of one step."""
        points = self.latest
        return None if points is None or points.whole else self._budget.whole_seconds(len(points.chosen))

    @property
    def age(self) -> float | None:
        """The seconds of training since the step of the oldest point; None if all are of one step, or it is not known.

        They count up to the last step that training has told: a pause makes no point older.
        """
        points = self.latest
        return None if points is None or points.whole else self._time.since(points.run, int(points.steps.min()))

    def watch(self, watched: bool) -> None:
        """Follow the moments that the window shows from now on, or no more."""
        self._watched = watched
        if watched:
            self._begin()
        elif self._job is not None:
            self._job.cancel()

    def choose_node(self, node: str) -> None:
        """Show the outputs of another layer."""
        if node != self.node:
            self.node = node
            self._restart()

    def fit_again(self) -> None:
        """Fit the axes at the moment on screen; all points of the run are drawn on these from now on."""
        if self.latest is not None and self._moment is not None:
            key = self._key(self._moment)
            self._kept = OrderedDict((kept, points) for kept, points in self._kept.items() if kept[0] != key)
            self._earlier = self._axes.pop(key, None)
            self._shown = None
            self._budget.hurry()
            if self._job is not None:
                self._job.cancel()
            self._begin()

    def embed(self) -> None:
        """Make an embedding by t-SNE of the outputs at the moment on screen, unless it is known."""
        if self._moment is not None and self.node in self.layers and self.chosen:
            self.embedding.start(self._moment, self.chosen, self.node, self._past.folder)

    @property
    def can_embed(self) -> bool:
        """Whether there is no complete embedding of the layer at the moment on screen yet, and it can be made."""
        embedding, moment = self.embedding.latest, self._moment
        if moment is None or not self.chosen or self.node not in self.layers:
            return False
        points = None if embedding is None or not embedding.done else embedding.points
        return points is None or (points.run, points.step, points.axes.node) != (moment.run, moment.step, self.node)

    def close(self) -> bool:
        """Cancel; returns whether the threads have ended within the time that a window may take to close."""
        self._timer.stop()
        ended = self.embedding.close()
        return (self._job is None or self._job.close()) and ended

    def _cores(self) -> int:
        return max(1, self._bridge.session.status.threads)

    def _key(self, moment: Moment) -> Key:
        return self._past.folder, moment.run, self.node or ""

    def _follow(self, snapshot: Snapshot | None) -> None:
        before, self._moment = self._moment, None if snapshot is None else snapshot.moment
        layers = self.layers
        if self._moment is None:
            self.layers = ()
        elif before is None or before.network is not self._moment.network:
            self.layers = layers_with_points(self._moment)
        if self.layers != layers:
            # the panel may have been shown this snapshot before these layers were known
            self.changed.emit()
        shown, embedded = self._shown, self.embedding.latest
        moment = self._moment
        other_run = moment is not None and shown is not None and not same_run(shown, moment)
        if self.latest is not None and (moment is None or other_run or self.latest.run != moment.run):
            self._clear()
        if embedded is not None and self._moment is not None and embedded.points.run != self._moment.run:
            self.embedding.leave()
        if self._moment is not None and not self._moment.may_be_of(self._starts.get(self._moment.run, 0)):
            self._forget(self._moment.run)
        if self._moment is not None and self._moment.start:
            self._starts[self._moment.run] = self._moment.start
        self._begin()

    def _forget(self, run: int) -> None:
        """Forget the points of a run that was never trained and has left its number to the next one."""
        for kept in [kept for kept in self._kept if kept[0][:2] == (None, run)]:
            del self._kept[kept]
        for key in [key for key in self._axes if key[:2] == (None, run)]:
            del self._axes[key]
        self.embedding.clear()
        self._stop()

    def _set_dataset(self, dataset: Dataset) -> None:
        self.dataset, self._chosen = dataset, None
        self._axes.clear()
        self._kept.clear()
        self.embedding.clear()
        self._restart()

    def _restart(self) -> None:
        self._stop()
        self._begin()

    def _stop(self) -> None:
        """Cancel the job, and show no points."""
        if self._job is not None:
            self._job.cancel()
        self._failed = None
        self._budget.hurry()
        self._clear()

    def _clear(self) -> None:
        self.latest = self._shown = None
        self.changed.emit()

    def _begin(self) -> None:
        """Start on the points of the moment on screen, unless they are there, or something is still under way."""
        moment, chosen, node, training_idle = self._moment, self.chosen, self.node, self._bridge.training_idle()
        if self._job is not None and self._beside and training_idle:
            # it has the lowest priority for good; the next one has the usual one
            self._job.cancel()
        if not self._watched or moment is None or not chosen or node not in self.layers or self._job is not None:
            return
        moving = not (training_idle or moment.settled or self._past.step is not None)
        if self._failed is not None and same_weights(self._failed, moment):
            return
        if self._complete(exactly=not moving) and self._shown is not None and same_weights(self._shown, moment):
            return
        key = self._key(moment)
        if (kept := self._kept.get((key, moment.step))) is not None:
            self._show(moment, kept)
            return
        if moving and not self._budget.ready:
            self._timer.start()
            return
        axes = self._axes.get(key)
        if axes is not None and not axes.fits(moment):
            axes = None
        base = self._base(moment, axes)
        growing = base is None or len(base.chosen) < len(chosen)
        count = self._budget.begin(FIRST, len(chosen), growing=growing) if moving else _together(moment, node)
        if base is None:
            few = moving or (axes is None and not training_idle)
            rows = slice(0, min(len(chosen), FIRST if few else max(FIRST, count)))
        else:
            rows = base.rows_to_renew(max(1, count), len(chosen), exactly=not moving)
        half = moving and self._bridge.session.status.precision == "bfloat16"
        precision: Resolved = "bfloat16" if half else "float32"
        self._working, self._beside = (moment, key), not training_idle
        self._job = projection_job(
            Wish(moment, chosen, node, axes, self._earlier, base, rows, precision, self._bridge.training_idle)
        ).start()
        self._timer.start()

    def _complete(self, *, exactly: bool) -> bool:
        """Whether the points on screen are those of all images at one step, and if asked for, ``exactly`` these."""
        points = self.latest
        return points is not None and self._all(points) and (bool(points.exact.all()) or not exactly)

    def _all(self, points: Points) -> bool:
        return points.whole and self.chosen is not None and len(points.chosen) == len(self.chosen)

    def _base(self, moment: Moment, axes: Axes | None) -> Points | None:
        """The points on screen if they are renewed in parts; a recorded moment does not take over points of others."""
        points, shown = self.latest, self._shown
        if points is None or shown is None or points.axes is not axes:
            return None
        return points if self._past.step is None or (same_weights(shown, moment) and points.whole) else None

    def _poll(self) -> None:
        job, working = self._job, self._working
        if job is None or working is None:
            self._timer.stop()
            self._begin()
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None and self.latest is None:
                self.progressed.emit(state.progress)
            return
        self._timer.stop()
        self._job = self._working = None
        moment, key = working
        seconds, fixed, count = 0.0, 0.0, 0
        if job.cancelled.is_set():
            pass
        elif (result := state.result) is not None:
            points, seconds, fixed, count = result.points, result.seconds, result.fixed, result.count
            self._axes[key] = points.axes
            if self._all(points) and points.exact.all():
                self._kept[key, moment.step] = points
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            if self._moment is not None and key == self._key(self._moment):
                began = time.thread_time()
                self._show(moment, points)
                fixed += time.thread_time() - began
        elif state.failure is not None:
            self._failed = moment
            self.failed.emit(text(state.failure.sentence))
        self._budget.end(seconds, fixed, count)
        self._begin()

    def _show(self, moment: Moment, points: Points) -> None:
        self.latest, self._shown = points, moment
        self.updates += 1
        self.changed.emit()


def _together(moment: Moment, node: str) -> int:
    """The number of images whose points are made together while training stands still."""
    values = prod(moment.shapes.nodes[node].output or (1,))
    return int(min(PART_MACS / max(1, moment.shapes.macs), KEPT_BYTES / (4 * values)))
