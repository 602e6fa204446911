"""Which recorded moment the window shows. Moments are loaded on a separate thread, the last requested one first."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.past_pace import PastPace
from cnnviz.inspection.moment import Moment
from cnnviz.jobs import Job, JobError
from cnnviz.network.drawn_names import named_as
from cnnviz.network.shapes import infer
from cnnviz.runs.nearest import nearest_step
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes

OPENED_RUN = -1
"""The number of a run that was opened from the library, where it need not differ from others of them."""
KEPT_BYTES = 64_000_000
"""The most memory that the tensors of loaded moments take, so that going to and fro need not load them again."""


class Past(QObject):
    """The recorded moments of a run, and which of them is on screen.

    The run is the present run, or after :meth:`open` a run of the library. ``changed(int or None)`` carries the step on
    screen, None for the present; ``opened`` follows a change of the run; ``recorded(tuple)`` carries the steps of all
    moments of the run. ``failed(str)`` says why a moment cannot be shown.
    """

    changed = Signal(object)
    opened = Signal()
    recorded = Signal(object)
    failed = Signal(str)
    _ended = Signal()
    """A moment has been loaded, or cannot be; emitted on the thread that loads it."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.step: int | None = None
        """The step of the moment on screen, or of the requested moment while it is loaded; None for the present."""
        self.folder: Path | None = None
        """The folder of the run that was opened; None for the present run."""
        self.steps: tuple[int, ...] = ()
        self._run = 0
        self._present: tuple[int, ...] = ()
        """The steps of the moments of the present run."""
        self._job: Job[None, Moment] | None = None
        self._loading: tuple[Path, int] | None = None
        self._began = self._loading_seconds = 0.0
        """When the last load began, and the time that all loads have taken."""
        self._pace = PastPace()
        self._due = QTimer(self)
        """Runs while the requested moment waits for its turn beside a training."""
        self._due.setTimerType(Qt.TimerType.PreciseTimer)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._load)
        self._kept: OrderedDict[tuple[Path, int, int], Moment] = OrderedDict()
        """The loaded moments by folder, step and run, in the order in which they were last shown."""
        self._kept_bytes = 0
        self._opened = 0
        """The number that the opened run of the library has here; see :func:`is_opened`."""
        self._unreadable: set[int] = set()
        """The steps of the moments of the opened run that could not be read."""
        self.drawn: Callable[[], Network | None] = lambda: None
        """Returns the network that the window draws: its layers are those of recorded moments, perhaps renamed."""
        self._named_as: Network | None = None
        """That network when the last moment began to load."""
        self._ended.connect(self._read)
        bridge.moments.connect(self._follow)

    def open(self, folder: Path, steps: tuple[int, ...]) -> None:
        """Show a run of the library at its last moment; ``steps`` are the steps of its moments, in ascending order."""
        self.folder, self.steps, self.step = folder, steps, None
        self._opened -= 1
        self._unreadable = set()
        self.opened.emit()
        self.recorded.emit(steps)
        if steps:
            self.go_to(steps[-1])

    def grow(self, steps: tuple[int, ...]) -> None:
        """Take the moments of the opened run, which is still written; if the last one is on screen, show the new last
        one."""
        at_end = not self.steps or self.step == self.steps[-1]
        if self.folder is None or steps == self.steps:
            return
        self._take(steps)
        if at_end and steps:
            self.go_to(steps[-1])

    def go_to(self, step: int) -> None:
        """Show the moment that is nearest to ``step``."""
        if not self.steps:
            return
        nearest = nearest_step(self.steps, step)
        if nearest != self.step:
            if self.step is None:
                self._pace.begin(self._taken())
            self.step = nearest
            self.changed.emit(nearest)
            self._load()

    def follow_names(self, before: Network, after: Network) -> None:
        """Show the moment on screen again after layers of the drawn network were renamed, added or removed."""
        if self.step is not None and before.nodes.keys() != after.nodes.keys():
            self._load()

    def move(self, places: int) -> None:
        """Show the moment ``places`` later, earlier if it is negative; after the last moment comes the present."""
        if not self.steps:
            return
        count = len(self.steps)
        place = count if self.step is None else self.steps.index(nearest_step(self.steps, self.step))
        if place + places < count:
            self.go_to(self.steps[max(0, place + places)])
        else:
            self.now()

    def now(self) -> None:
        """Show the present again."""
        if self.step is None and self.folder is None:
            return
        self.step = None
        self._due.stop()
        self._bridge.look_at(None)
        if self.folder is not None:
            self.folder = None
            self.opened.emit()
            self._take(self._present)
        self.changed.emit(None)

    def close(self) -> bool:
        """Stop loading; returns whether the thread has ended."""
        self._due.stop()
        job, self._job = self._job, None
        return job is None or job.close()

    def _follow(self, run: int, steps: tuple[int, ...]) -> None:
        """Take the moments of the present run; if a new run has begun, show the present."""
        self._present = steps
        if run != self._run:
            # a run of the library may have been opened before the first run of the window is prepared
            prepared, self._run = self._run == 0, run
            self._kept.clear()
            self._kept_bytes = 0
            if not (prepared and self.folder is not None):
                self.now()
        if self.folder is None:
            self._take(steps)

    def _take(self, steps: tuple[int, ...]) -> None:
        self.steps = steps
        self.recorded.emit(steps)

    @property
    def present(self) -> Path | None:
        """The folder with the moments of the present run; None if it has none."""
        recorder = self._bridge.recorder
        return None if recorder is None else recorder.folder(self._run)

    @property
    def run_folder(self) -> Path | None:
        """The folder of the run on screen; None if it is not recorded."""
        return self.folder or self.present

    @property
    def run(self) -> int:
        """The number of the present run."""
        return self._run

    def _wanted(self) -> tuple[Path, int] | None:
        """Folder and step of the moment that was requested last; None for the present."""
        folder = self.run_folder
        return None if self.step is None or folder is None else (folder, self.step)

    def _load(self) -> None:
        """Show the moment that was requested last, or load it; if another moment is being loaded, wait for that, and
        beside a training for its turn."""
        wanted = self._wanted()
        if self._job is not None or wanted is None or self._due.isActive():
            return
        if wait := self._wait():
            self._due.start(ceil(1000 * wait))
            return
        run = self._run if self.folder is None else self._opened
        newest, last = self._bridge.source.newest, next(reversed(self._kept.values()), None)
        models = [(moment.network, moment.shapes) for moment in (newest, last) if moment is not None]
        kept = self._kept.get((*wanted, run))
        drawn = self.drawn()
        # with another object of an equal network, or other names, it is loaded again, see moment_at
        if (
            kept is not None
            and _known(kept.network, models)[0] is kept.network
            and (drawn is None or named_as(drawn, kept.network, {})[0] is kept.network)
        ):
            folder, _ = wanted
            self._keep(folder, kept)
            self._bridge.look_at(kept)
            return
        self._loading, self._began, self._named_as = wanted, time.perf_counter(), drawn
        self._job = Job("cnnviz-past", lambda _: moment_at(*wanted, run, models, drawn), said, done=self._tell).start()

    def _wait(self) -> float:
        """The seconds until the next moment may be loaded."""
        if self._bridge.training_idle():
            self._pace.begin(self._taken())
            return 0.0
        return self._pace.wait(self._taken())

    def _taken(self) -> float:
        """The seconds that loading moments, and everything that was looked at, have taken in total."""
        return self._loading_seconds + self._bridge.looking_seconds

    def _tell(self) -> None:
        """Called on the thread that loads a moment, at its end."""
        # the window may be deleted before the thread has ended
        with suppress(RuntimeError):
            self._ended.emit()

    def _read(self) -> None:
        """Show the moment that has been loaded, or say why it cannot be, and load the next one that is wanted."""
        if self._job is None:
            return
        state, self._job = self._job.latest, None
        self._loading_seconds += time.perf_counter() - self._began
        loaded, wanted = self._loading, self._wanted()
        if wanted is None:
            return
        if state.result is not None and loaded is not None:
            (folder, _), (wanted_folder, _) = loaded, wanted
            self._keep(folder, state.result)
            if folder == wanted_folder:
                self._bridge.look_at(state.result)
        drawn = self.drawn()
        renamed = drawn is not None and self._named_as is not None and drawn.nodes.keys() != self._named_as.nodes.keys()
        if loaded != wanted or renamed:
            self._load()
        elif state.failure is not None:
            self._leave_unreadable(*wanted, text(state.failure.sentence))

    def _keep(self, folder: Path, moment: Moment) -> None:
        """Keep a moment that is shown now, and no longer those that were shown longest ago if they take too much."""
        key = (folder, moment.step, moment.run)
        if key not in self._kept:
            self._kept_bytes += moment.bytes
        self._kept[key] = moment
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and self._kept_bytes > KEPT_BYTES:
            self._kept_bytes -= self._kept.popitem(last=False)[1].bytes

    def _leave_unreadable(self, folder: Path, step: int, sentence: str) -> None:
        """Show another moment, because the moment at ``step`` cannot be read.

        If it was deleted meanwhile to save space, the nearest remaining moment is shown. Otherwise ``sentence`` is
        emitted, and the nearest readable moment of a run of the library is shown, or the present of the present run.
        """
        from cnnviz.runs.folder import moments

        remaining = tuple(moments(folder))
        if remaining and step not in remaining:
            self._take(remaining)
            self.go_to(step)
            return
        self.failed.emit(sentence)
        self._unreadable.add(step)
        readable = [readable_step for readable_step in self.steps if readable_step not in self._unreadable]
        if self.folder is None or not remaining or not readable:
            self.now()
        else:
            self.go_to(nearest_step(readable, step))


def _known(network: Network, models: Sequence[tuple[Network, Shapes]]) -> tuple[Network, Shapes | None]:
    """The first of ``models`` whose network equals ``network``; that network itself, without shapes, if none does."""
    return next((model for model in models if model[0] == network), (network, None))


def is_opened(run: int) -> bool:
    """Whether a run was opened from the library: such runs have numbers below 0, those of the session above 0."""
    return run < 0


def moment_at(
    folder: Path, step: int, run: int, models: Sequence[tuple[Network, Shapes]], drawn: Network | None = None
) -> Moment:
    """The moment after ``step`` of the run in ``folder``; raises JobError.

    Its layers have the names that they have in ``drawn``. If its network equals one in ``models``, the first such
    object is used, so that the colour scales of the run are kept.
    """
    from cnnviz.runs.folder import RunError, weights

    try:
        project, recorded = weights(folder, step)
    except RunError as error:
        raise JobError(error.sentence) from error
    network, tensors = (project.network, recorded) if drawn is None else named_as(drawn, project.network, recorded)
    network, shapes = _known(network, models)
    # not settled, so that the colour scales of the run are kept
    return Moment(network, shapes or infer(network), tensors, run, step, settled=False, recorded=True)
