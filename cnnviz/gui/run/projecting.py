"""The outputs of a layer as points for many validation images, at the moment on screen, computed on a thread."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.embedding import EmbeddingStudy
from cnnviz.gui.run.moment_study import same_weights
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
MOST_COST = 0.035
"""The share of the program's processor time that updates take while training; each renews as many points as that
allows."""
MOST_PARTS = 16
"""Each update renews at least 1/16 of the points. If that takes longer than allowed, updates become rarer."""
LEAST_BUSY = 0.25
"""The least number of busy cores that is reckoned with, so that a training on a GPU does not stop the updates."""
KEPT = 24
"""The number of results that are kept, so that a moment seen before is shown at once."""
Key = tuple["Path | None", int, str]
"""The folder and the number of a run, and a layer."""
Result = tuple["Points", float, int]
"""The points, and the processor time in seconds that a number of images took."""


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
        self._job: Job[float, Result | None] | None = None
        self._working: tuple[Moment, Key] | None = None
        self._image_seconds = 0.0
        """The processor time that one image takes."""
        self._part = 0
        """The number of updates of a part of the points."""
        self._busy = 1.0
        """The number of cores that the program kept busy between the last two updates."""
        self._measured = time.perf_counter(), time.process_time()
        self._started_at = self._next_at = 0.0
        """The time from which the next update may begin while training."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.dataset.connect(self._set_dataset)
        bridge.snapshot.connect(self._follow)
        self.embedding = EmbeddingStudy(lambda: self._moving, self._cores, self)
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

    @property
    def _moving(self) -> bool:
        """Whether training goes on. Studies must leave the processor to it then."""
        return self._bridge.session.status.state in MOVING

    def _cores(self) -> int:
        return max(1, self._bridge.session.status.threads)

    def _key(self, moment: Moment) -> Key:
        return self._past.folder, moment.run, self.node or ""

    def _follow(self, snapshot: Snapshot | None) -> None:
        self._moment = None if snapshot is None else snapshot.moment
        if self.latest is not None and (self._moment is None or not self.latest.axes.fits(self._moment)):
            self._clear()
        self._begin()

    def _set_dataset(self, dataset: Dataset) -> None:
        self.dataset, self._chosen = dataset, None
        self._axes.clear()
        self._kept.clear()
        self.embedding.clear()
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
        moving = self._moving and not moment.settled and self._past.step is None
        whole = self.latest is not None and self.latest.whole
        if self._shown is not None and same_weights(self._shown, moment) and (whole or moving):
            return
        key = self._key(moment)
        if (kept := self._kept.get((key, moment.run, moment.step))) is not None:
            self._show(moment, kept)
            return
        if moving and self.latest is not None and time.perf_counter() < self._next_at:
            return
        axes = self._axes.get(key)
        if axes is not None and not axes.fits(moment):
            axes = None
        base = self.latest if moving and self.latest is not None and self.latest.axes is axes else None
        wish = Wish(moment, chosen, node, axes, self._earlier, base, self._rows(len(chosen)), not self._moving)
        self._working, self._started_at = (moment, key), time.perf_counter()
        self._job = projection_job(wish).start()
        self._timer.start()

    def _rows(self, count: int) -> slice:
        """The rows of the next part of the points; all parts together are all points."""
        now = time.perf_counter(), time.process_time()
        if now[0] - self._measured[0] >= UPDATE_SECONDS / 2:
            self._busy = max(LEAST_BUSY, (now[1] - self._measured[1]) / (now[0] - self._measured[0]))
            self._measured = now
        allowed = MOST_COST * self._busy * UPDATE_SECONDS
        parts = min(MOST_PARTS, max(1, ceil(self._image_seconds * count / allowed)))
        self._part += 1
        return slice(self._part % parts, None, parts)

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
            points, seconds, count = state.result
            self._image_seconds = seconds / max(1, count)
            self._next_at = self._started_at + max(UPDATE_SECONDS, seconds / self._busy / MOST_COST)
            self._axes[key] = points.axes
            if points.whole:
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


@dataclass(frozen=True, eq=False)
class Wish:
    """A request for the points of the ``chosen`` images on ``axes``; None fits new axes, with the signs of ``earlier``.

    ``base`` are earlier points on the same axes, of which only ``rows`` are renewed. ``alone``: nothing is trained.
    """

    moment: Moment
    chosen: Chosen
    node: str
    axes: Axes | None
    earlier: Axes | None
    base: Points | None
    rows: slice
    alone: bool


def projection_job(wish: Wish) -> Job[float, Result | None]:
    """A job for points, which leaves the cores to training. Its progress is a share in [0, 1].

    It ends with None if it is cancelled.
    """

    def work(job: Job[float, Result | None]) -> Result | None:
        # imported here: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.studies.projecting import fit, project
        from cnnviz.inspection.studies.threads import check_of

        moment, node, axes, earlier = wish.moment, wish.node, wish.axes, wish.earlier
        cancelled = check_of(job.cancelled, alone=wish.alone)
        if axes is None:
            axes = fit(moment, wish.chosen, node, cancelled)
            if axes is not None and earlier is not None and earlier.node == node and earlier.fits(moment):
                axes = axes.turned_like(earlier)
        if axes is None:
            return None
        chosen = wish.chosen if wish.base is None else wish.chosen.part(wish.rows)
        began = time.thread_time()
        points = project(moment, chosen, axes, lambda done: job.report(done / len(chosen)), cancelled)
        if points is None:
            return None
        seconds = time.thread_time() - began
        return points if wish.base is None else wish.base.renewed(points, wish.rows), seconds, len(chosen)

    return Job("cnnviz-points", work, said)
