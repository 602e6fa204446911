"""The recorder writes every run of a session into a folder, on a separate thread. No torch at the top.

The training thread copies a moment between two batches and continues; the recorder's thread writes the copy. If
recording fails, it stops with a sentence. Training never waits for recording and is never changed by it.
"""

from __future__ import annotations

import logging
import os
import platform
import shutil
import time
from dataclasses import replace
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING

from cnnviz import __version__, settings
from cnnviz.jobs import Job
from cnnviz.runs.limits import Limits
from cnnviz.runs.live_changes import with_changes
from cnnviz.runs.pending import PendingMoment, PendingMoments, copied
from cnnviz.runs.resumed import ResumedRuns
from cnnviz.runs.rhythm import Rhythm
from cnnviz.runs.trouble import reason_of
from cnnviz.sentence import Sentence
from cnnviz.training.events import NetworkChanged, RunResumed, RunStarted, SettingChanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.runs.folder import MomentFile
    from cnnviz.runs.writer import RunWriter
    from cnnviz.training.channels import Metrics, Weights
    from cnnviz.training.events import Event
    from cnnviz.training.hooks import Place
    from cnnviz.training.session import Session
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)

RECORD = "CNNVIZ_RECORD"
"""Environment variable: ``0`` turns recording off, whatever the settings say."""
POLL_SECONDS = 0.5
"""How often new metrics and events are read while no moment has to be written."""
FLUSH_SECONDS = 5.0
"""How often the numbers are written to disk."""


def environment_allows_recording() -> bool:
    """Whether the environment variable :data:`RECORD` does not turn recording off."""
    return os.environ.get(RECORD) != "0"


def recording_wanted() -> bool:
    """Whether both the environment and the user's settings say that runs are recorded."""
    return environment_allows_recording() and settings.load().record


def runs_folder() -> Path:
    """The folder of all recorded runs."""
    return settings.folders().data / "runs"


class Recorder:
    """Records the runs of ``session`` in ``home`` until it is closed; ``network`` names what is trained.

    It is made and started before the session trains. With ``limits`` it records every run; without, the settings say,
    when a run begins, whether it is recorded, and how large it may become. ``window`` names the window: should the
    process be killed, the next start offers the window's runs again. ``trouble`` says why recording has stopped, if it
    has; ``folders`` are the folders of the session's runs by their numbers, ``resumed`` the runs that continue others.
    """

    def __init__(
        self,
        session: Session,
        network: Callable[[], str],
        home: Path | None = None,
        limits: Limits | None = None,
        window: str = "",
    ) -> None:
        self.trouble: Sentence | None = None
        self.folders: dict[int, Path] = {}
        self._session, self._network = session, network
        self._home = runs_folder() if home is None else home
        self._limits, self._window = limits, window
        self._pending = PendingMoments()
        self._rhythms: dict[int, Rhythm] = {}
        self._first: dict[int, Weights] = {}
        self._stopped: set[int] = set()
        self._writers: dict[int, RunWriter] = {}
        self._projects: dict[int, Project] = {}
        self.resumed = ResumedRuns(self._home, lambda: session.events.read(self._events_read)[0])
        self._metrics_read, self._events_read = 0, 0
        self._flushed_at = time.monotonic()
        self._job: Job[None, None] = Job("cnnviz-recorder", self._run, daemon=False)
        self._exact_asked = False

    def start(self) -> None:
        """Begin to record; to be called before the session is started or right after."""
        self._session.weights.listen(self._keep_first)
        self._keep_first()
        self._session.at(self._is_due, self._copy)
        self._job.start()

    def close(self, timeout: float = 5.0) -> bool:
        """Write all that waits, after the session was closed; returns whether ``timeout`` seconds were enough."""
        self._pending.close()
        return self._job.wait(timeout)

    def ask_exact(self) -> None:
        """Have an exact moment, from which training can continue, recorded after the next batch or validation."""
        self._exact_asked = True

    def records(self, run: int) -> bool:
        """Whether a run of the session is recorded, or will be as soon as it is trained."""
        return run not in self._stopped and (run in self._rhythms or self._new_runs_recorded)

    def moments(self, run: int) -> tuple[int, ...]:
        """The steps of the moments of a run that are on disk now, in ascending order."""
        return tuple(moment.step for moment in self.files(run))

    def files(self, run: int) -> tuple[MomentFile, ...]:
        """The moments of a run on disk now, by step; before it is trained, those of the run that it continues."""
        writer = self._writers.get(run)
        return self.resumed.files(run) if writer is None else writer.files

    def folder(self, run: int) -> Path | None:
        """The folder with the moments of a run; None if there is none."""
        return self.folders.get(run) or self.resumed.folder(run)

    def budget(self, run: int) -> int:
        """The bytes that the moments of a run may take; 0 before the first."""
        writer = self._writers.get(run)
        return 0 if writer is None else writer.budget

    def _keep_first(self) -> None:
        """Keep the weights at the beginning of a run in memory until it is trained."""
        weights = self._session.weights.latest
        if weights is not None and (weights.step == 0 or weights.run not in self._rhythms):
            self._first = {weights.run: weights}

    @property
    def _new_runs_recorded(self) -> bool:
        """Whether a run that begins now is recorded; who makes a recorder has asked the environment."""
        return self._limits is not None or settings.load().record

    def _decide(self, run: int) -> bool:
        """Decide, when a run is trained for the first time, whether it is recorded; a no is final."""
        if run not in self._stopped and not self._new_runs_recorded:
            self._stopped.add(run)
        return run not in self._stopped

    def _is_due(self, place: Place) -> bool:
        """Whether a moment is copied at ``place``; called on the training thread after every batch and evaluation."""
        if place.run in self._stopped:
            return False
        now = time.monotonic()
        rhythm = self._rhythms.get(place.run)
        if rhythm is None:
            if not self._decide(place.run):
                return False
            rhythm = self._rhythms[place.run] = Rhythm(now)
        if place.settled:
            # where training stands still a copy costs it nothing, and training can continue there
            rhythm.begin_pause(now)
            return place.step != rhythm.exact_step
        if place.evaluated == "validation":
            # the weights may be the best so far
            return place.step != (rhythm.exact_step if self._exact_asked else rhythm.step)
        if self._exact_asked:
            return not place.evaluated
        return not place.evaluated and rhythm.due(place.step, now) and not self._pending.full

    def _copy(self, place: Place, state: TrainingState) -> None:
        rhythm, now = self._rhythms[place.run], time.monotonic()
        exact = place.settled or self._exact_asked or rhythm.wants_exact(now)
        self._exact_asked = False
        try:
            moment = copied(place, state, self._session.standing.project, self._first.pop(place.run, None), exact=exact)
        except Exception as error:  # noqa: BLE001 - without memory for a copy training goes on
            self._stop(place.run, error)
            return
        rhythm.recorded(place.step, now, exact=exact)
        if not place.settled:
            rhythm.spent(moment.seconds)
        self._pending.add(moment)

    def _run(self, _: Job[None, None]) -> None:
        from cnnviz.runs.ownership import release

        while not self._pending.ended:
            moment = self._pending.take(POLL_SECONDS)
            self._read_channels()
            if moment is not None:
                self._attempt(moment.run, partial(self._write, moment))
                self._pending.written(moment)
            if time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
                self._flushed_at = time.monotonic()
                for run, writer in tuple(self._writers.items()):
                    self._attempt(run, writer.flush)
        # metrics and events that arrived while the last moment was being written
        self._read_channels()
        for run, writer in tuple(self._writers.items()):
            self._attempt(run, writer.flush)
            try:
                writer.close()
            except OSError as error:
                self._stop(run, error)
            release(writer.folder)

    def _read_channels(self) -> None:
        """Write the new metrics and events."""
        session = self._session
        metrics, self._metrics_read = session.metrics.read(self._metrics_read)
        events, events_read = session.events.read(self._events_read)
        for event in events:
            self._note_beginning(event)
        # only now: until a beginning is known, ``resumed`` finds it among the events that are not read
        self._events_read = events_read
        for run in dict.fromkeys(each.run for each in (*metrics, *events)):
            new_metrics = [each for each in metrics if each.run == run]
            new_events = [each for each in events if each.run == run]
            # a run that is only opened has nothing to write until it is trained
            due_metrics, due_events = self.resumed.released(run, new_metrics, new_events)
            if run in self._writers or (due_metrics and (run in self._rhythms or self._decide(run))):
                self._attempt(run, partial(self._add, run, due_metrics, due_events))

    def _note_beginning(self, event: Event) -> None:
        """Keep the project with which a run begins, and where the run comes from."""
        # a number is given again after a run that was never trained, so a new run replaces what its number had
        if isinstance(event, RunStarted):
            self._projects[event.run] = event.project
            self.resumed.begin(event)
        elif isinstance(event, RunResumed) and (event.origin is not None or event.folder is not None):
            self._projects[event.run] = event.project
            self.resumed.add(event)
        elif isinstance(event, RunResumed | NetworkChanged):
            # the previous run again, or an edit of this one: the project with which it began stays
            self._projects.setdefault(event.run, event.project)
        elif isinstance(event, SettingChanged) and event.step == 0 and event.run in self._projects:
            # no step was trained with the earlier value
            self._projects[event.run] = with_changes(self._projects[event.run], [event])

    def _add(self, run: int, metrics: list[Metrics], events: list[Event]) -> None:
        self._writer(run).add(metrics, events)

    def _write(self, moment: PendingMoment) -> None:
        self._projects.setdefault(moment.run, moment.project)
        self._add(moment.run, *self.resumed.release(moment.run))
        writer = self._writer(moment.run)
        # processor time only, because training does not wait for the disk
        began = time.thread_time()
        if (first := moment.first) is not None:
            origin = self.resumed.origin(moment.run)
            if origin is None or not writer.take_over(self._home / origin.run, first.step):
                writer.write_weights(first.step, self._project_of(first, moment.project), first.tensors)
        moment.write(writer)
        seconds, rhythm = time.thread_time() - began, self._rhythms[moment.run]
        if not moment.place.settled:
            rhythm.spent(seconds)
        if moment.exact:
            rhythm.exact_has_cost(moment.seconds + seconds)

    def _project_of(self, first: Weights, trained: Project) -> Project:
        """The project that the first weights of a run belong to; ``trained`` is the project of the next moment."""
        from cnnviz.project.layout import Layout

        for project in (trained, self._projects.get(first.run, trained)):
            if project.network == first.network:
                return project
        return replace(trained, network=first.network, layout=Layout())

    def _writer(self, run: int) -> RunWriter:
        """The writer of a run; the first call creates its folder."""
        if run not in self._writers:
            import torch

            from cnnviz.data.catalogue import describe
            from cnnviz.network.shapes import infer
            from cnnviz.runs import ownership
            from cnnviz.runs.leftovers import remove_leftovers
            from cnnviz.runs.library import Library
            from cnnviz.runs.summary import Facts
            from cnnviz.runs.writer import RunWriter

            limits = self._limits or Limits.of_settings()
            remove_leftovers(self._home)
            Library(self._home).make_room(limits.all - limits.run)
            status, project = self._session.status, self._projects.get(run, self._session.standing.project)
            now = datetime.now()
            facts = Facts(
                self._network(),
                now.timestamp(),
                sum(node.parameter_count for node in infer(project.network).nodes.values()),
                status.device,
                status.precision,
                status.threads,
                f"cnnviz {__version__}, torch {torch.__version__}, Python {platform.python_version()}",
                batch_size=project.recipe.batch_size,
                optimizer=project.recipe.optimizer,
                learning_rate=project.recipe.learning_rate,
                dataset=describe(project.dataset).title,
            )
            facts = self.resumed.facts(run, facts, self.folder)
            folder = self._home / f"{now:%Y%m%d-%H%M%S}-{token_hex(4)}"
            try:
                # in this order: a folder that has facts and is not claimed counts as left by a killed process
                folder.mkdir(parents=True)
                ownership.claim(folder, self._window)
                self._writers[run] = RunWriter(folder, project, facts, limits.run)
            except BaseException:
                self._writers.pop(run, None)
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self.folders = {**self.folders, run: folder}
        return self._writers[run]

    def _attempt(self, run: int, action: Callable[[], None]) -> None:
        """Call a function for a run that is still recorded."""
        if run in self._stopped:
            return
        try:
            action()
        except Exception as error:  # noqa: BLE001 - the thread goes on, for the next run
            self._stop(run, error)

    def _stop(self, run: int, error: Exception) -> None:
        """No longer record a run; ``trouble`` says why. Any thread may call this."""
        from cnnviz.runs.library import TRASH

        self._stopped.add(run)
        folder = self.folders.get(run)
        if folder is None or not (self._home / TRASH / folder.name).is_dir():
            log.warning("a run is no longer recorded", exc_info=error)
            why = reason_of(error, self._home)
            self.trouble = Sentence("This run is no longer recorded. {reason} Training goes on.", reason=why)
        elif run == self._session.status.run:
            self.trouble = Sentence("This run was deleted, so it is no longer recorded. Training goes on.")
