"""The outputs of a layer as points for many validation images, at the moment on screen, made on their own thread."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.inspection.studies.points import chosen_of, layers_with_points
from cnnviz.jobs import Job
from cnnviz.sentence import said
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.points import Chosen, Points

POLL_MILLISECONDS = 20
UPDATE_SECONDS = 0.5
"""Least time between two updates while training."""
MOST_COST = 0.04
"""The share of the processor time that updates take while training; slow ones become rarer."""
KEPT = 24
"""The number of results that are kept, so that a moment seen before is shown at once."""
Key = tuple["Path | None", int, str]
"""The folder and the number of a run, and a layer."""


class Projecting(QObject):
    """Draws the outputs of :attr:`node` at the moment that the window shows as points, on axes held for the run.

    While it is watched, it follows training and the past. ``changed`` follows other points or none;
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
        self._shown: Moment | None = None
        """The moment of :attr:`latest`."""
        self._axes: dict[Key, Axes] = {}
        self._earlier: Axes | None = None
        """The axes before the last :meth:`fit_again`; new ones get the signs that are nearest to them."""
        self._kept: OrderedDict[tuple[Key, int, int], Points] = OrderedDict()
        self._job: Job[float, tuple[Points, float] | None] | None = None
        self._working: tuple[Moment, Key] | None = None
        self._next_at = 0.0
        """The time from which the next update may begin while training."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.dataset.connect(self._set_dataset)
        bridge.snapshot.connect(self._follow)
        self._follow(bridge.shown)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose outputs can be drawn, in the order of the network."""
        return () if self._moment is None else layers_with_points(self._moment)

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
            self._kept = OrderedDict((one, points) for one, points in self._kept.items() if one[0] != key)
            self._earlier = self._axes.pop(key, None)
            self._shown = None
            if self._job is not None:
                self._job.cancel()
            self._begin()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    @property
    def _moving(self) -> bool:
        """Whether training goes on; what is computed then must leave it the processor."""
        return self._bridge.session.status.state in MOVING

    def _key(self, moment: Moment) -> Key:
        return self._past.folder, moment.run, self.node or ""

    def _follow(self, snapshot: Snapshot | None) -> None:
        self._moment = None if snapshot is None else snapshot.moment
        if self.latest is not None and (self._moment is None or not self.latest.axes.fit(self._moment)):
            self._clear()
        self._begin()

    def _set_dataset(self, dataset: Dataset) -> None:
        self.dataset, self._chosen = dataset, None
        self._axes.clear()
        self._kept.clear()
        self._restart()

    def _restart(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._clear()
        self._begin()

    def _clear(self) -> None:
        self.latest = self._shown = None
        self.changed.emit()

    def _begin(self) -> None:
        """Start on the points of the moment on screen, unless they are there, or something is still under way."""
        moment, chosen, node = self._moment, self.chosen, self.node
        if not self._watched or moment is None or not chosen or node not in self.layers or self._job is not None:
            return
        if self._shown is not None and _same(self._shown, moment):
            return
        key = self._key(moment)
        if (kept := self._kept.get((key, moment.run, moment.step))) is not None:
            self._show(moment, kept)
            return
        moving = self._moving
        if moving and self.latest is not None and time.perf_counter() < self._next_at:
            return
        axes = self._axes.get(key)
        self._working = moment, key
        self._job = projection_job(
            moment,
            chosen,
            node,
            axes if axes is not None and axes.fit(moment) else None,
            self._earlier,
            alone=not moving,
        ).start()
        self._timer.start()

    def _poll(self) -> None:
        job, working = self._job, self._working
        if job is None or working is None:
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None and self.latest is None:
                self.progressed.emit(state.progress)
            return
        self._timer.stop()
        self._job = self._working = None
        moment, key = working
        if job.cancelled.is_set():
            pass
        elif state.result is not None:
            points, seconds = state.result
            cores = max(1, self._bridge.session.status.threads)
            self._next_at = time.perf_counter() + max(UPDATE_SECONDS, seconds / cores / MOST_COST)
            self._axes[key] = points.axes
            self._kept[key, moment.run, moment.step] = points
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            if self._moment is not None and key == self._key(self._moment):
                self._show(moment, points)
        elif state.failure is not None:
            # not again at once for the same moment
            self._shown = moment
            self.failed.emit(text(state.failure.sentence))
        self._begin()

    def _show(self, moment: Moment, points: Points) -> None:
        self.latest, self._shown = points, moment
        self.changed.emit()


def projection_job(
    moment: Moment, chosen: Chosen, node: str, axes: Axes | None, earlier: Axes | None, *, alone: bool
) -> Job[float, tuple[Points, float] | None]:
    """A job for the points of ``chosen``, on ``axes`` or on new ones, and the processor time in seconds.

    New axes have the signs that are nearest to ``earlier`` ones of the same layer.
    Unless it is ``alone``, it leaves the cores to training. Its progress is a share in [0, 1].
    """

    def work(job: Job[float, tuple[Points, float] | None]) -> tuple[Points, float] | None:
        # imported here: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.studies.projecting import fit, project
        from cnnviz.inspection.studies.threads import leave_cores_to_training

        if not alone:
            leave_cores_to_training()
        used = axes or fit(moment, chosen, node, job.cancelled.is_set)
        if used is None:
            return None
        if axes is None and earlier is not None and earlier.node == node and earlier.fit(moment):
            used = used.turned_like(earlier)
        began = time.thread_time()
        points = project(moment, chosen, used, lambda done: job.report(done / len(chosen)), job.cancelled.is_set)
        return None if points is None else (points, time.thread_time() - began)

    return Job("cnnviz-points", work, said)


def _same(one: Moment, other: Moment) -> bool:
    """Whether two moments have the same weights."""
    return one is other or (one.network is other.network and (one.run, one.step) == (other.run, other.step))
