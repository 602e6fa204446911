"""The current and the previous run of a session: beginning, suspending and resuming runs, and publishing them."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError
from cnnviz.network.check import examine
from cnnviz.sentence import SaidError, Sentence, unchanged
from cnnviz.training import keeping
from cnnviz.training.channels import State, Status, at_rest
from cnnviz.training.comparison import remembered
from cnnviz.training.device import DeviceError
from cnnviz.training.events import Event, Refused, RunResumed, RunStarted
from cnnviz.training.facts import facts_of_data
from cnnviz.training.failure import NotANumber, out_of_memory
from cnnviz.training.inheriting import inheritance
from cnnviz.training.pace import remember, step_of
from cnnviz.training.run import Run, SuspendedRun
from cnnviz.training.state import start
from cnnviz.training.trained_weights import take_over

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.channels import Metrics
    from cnnviz.training.origin import Origin
    from cnnviz.training.reporter import Reporter
    from cnnviz.training.resources import TrainingResources
    from cnnviz.training.run_source import RunSource
    from cnnviz.training.state import TrainingState
    from cnnviz.training.trained_weights import TrainedWeights

    Loaded = tuple[Project, TrainingState, Sequence[Metrics], Sequence[Event]]


log = logging.getLogger(__name__)


class Runs:
    """The runs of one session, used on its training thread. Run 0 is a placeholder that is never trained."""

    def __init__(self, project: Project, reporter: Reporter, resources: TrainingResources) -> None:
        self.current = Run(0, project)
        self._previous: SuspendedRun | None = None
        self._last_number = 0
        """The highest number that a run has so far."""
        self._starts = 0
        """The number of runs that were started, or came from elsewhere."""
        self._reporter, self._resources = reporter, resources

    def begin(self, project: Project, weights: TrainedWeights | None = None) -> None:
        """Make a new run of ``project`` the current one, which begins with ``weights`` if they are given;
        :meth:`build` must be called next."""
        # the next run reuses the number of a run that was never trained
        if self._suspend() or self._last_number == 0:
            self._last_number += 1
        run = self._replace(Run(self._last_number, project, self._next_start(), weights=weights))
        self._reporter.begin(run.number, run.start)
        old = self._reporter.status
        status = Status(run=run.number, epochs=project.recipe.epochs, ready=old.ready, pace=old.pace)
        origin = None if weights is None else weights.origin
        self.publish(status, RunStarted(run.number, project, _inherited(project, weights), origin))

    def build(self) -> Status:
        """Load the images of the current run and, if its network can be trained, build its state at step 0.

        Returns the status to publish. Raises DeviceError, DataError and what torch raises.
        """
        run = self.current
        recipe = run.project.recipe
        placement, report = self._resources.prepare(run.project)
        run.obstacle = None if report.trainable else report.errors[0].said
        placed = remembered(placement, recipe, run.project.network, report)
        if report.trainable:
            run.state = start(run.project, report, placement)
            if run.weights is not None:
                take_over(run.state, run.project, report, run.weights)
        return replace(
            self._reporter.status,
            state=State.UNTRAINED,
            ready=True,
            device=placement.describe(),
            precision=placed.precision if placed else "auto",
            threads=placement.threads,
            batches=self._resources.batches(recipe.batch_size),
        )

    def _suspend(self) -> bool:
        """Make the current run the previous one if it has begun. Returns whether it has."""
        run, reporter = self.current, self._reporter
        if run.state is None or not run.begun:
            return False
        # publish the last batches: they show what led to a failure
        with suppress(NotANumber):
            self.flush()
        project, changes = run.live.revert(run.state, run.project)
        reporter.append_changes(run.state.step, changes)
        status = replace(reporter.status, epochs=run.state.epochs)
        self._previous = SuspendedRun(run.number, project, run.state, run.dropped, reporter.seconds, status, run.start)
        return True

    def back(self) -> bool:
        """Make the previous run the current one; the present one, if it has begun, becomes the previous one.

        Returns False if that was refused.
        """
        previous = self._previous
        if previous is None:
            self.refuse(Sentence("There is no run before this one to go back to."))
            return False
        try:
            self._resources.prepare(previous.project, previous.placement)
        except (DeviceError, DataError) as error:
            self.refuse(error.sentence)
            return False
        self._previous = None
        if not self._suspend() and self.current.number == self._last_number:
            # the next run reuses the number of a run that was never trained
            self._last_number -= 1
        self._go_to(previous)
        return True

    def resume(self, folder: Path, device: str | None) -> bool:
        """Make the run of a checkpoint the current one. Returns False if that was refused."""
        # not at the top of the file: its imports take time, and most sessions load no checkpoint
        from cnnviz.training import checkpoint

        def load(number: int) -> Loaded:
            project, state = checkpoint.load(folder, device)
            return project, state, checkpoint.metrics_of(folder, number), ()

        return self._load(load, folder=folder)

    def branch(self, source: RunSource, device: str | None) -> bool:
        """Make a new run from a moment of a recorded run the current one. Returns False if that was refused."""
        return self._load(lambda number: source.load(number, device, self._resources), origin=source.origin)

    def _load(self, load: Callable[[int], Loaded], folder: Path | None = None, origin: Origin | None = None) -> bool:
        """Make the run that ``load`` returns, given its number, the current one. Returns False if that was refused."""
        # the next run reuses the number of a run that was never trained
        number = self._last_number + self.current.begun
        try:
            project, state, metrics, events = load(number)
            _, report = self._resources.prepare(project, state.placement)
        except Exception as error:  # noqa: BLE001 - the run may come from anywhere, and the present one stays as it is
            self._restore_resources()
            self.refuse(_why_not_opened(error))
            return False
        self._suspend()
        self._last_number = number
        batches = self._resources.batches(project.recipe.batch_size)
        suspended = keeping.suspended(number, state, project, batches, metrics)
        if origin is not None:
            suspended = replace(suspended, status=replace(suspended.status, source=origin.source))
        self._go_to(suspended, folder, origin)
        self.current.obstacle = report.errors[0].said if report.errors else None
        for event in events:
            self._reporter.append_event(event)
        self._reporter.append_metrics(metrics)
        return True

    def look_for_obstacle(self) -> None:
        """Find out again whether the current run, which has weights, can be trained."""
        run = self.current
        assert run.state is not None
        try:
            _, report = self._resources.prepare(run.project, run.state.placement)
        except (DeviceError, DataError) as error:
            run.obstacle = error.sentence
            return
        run.obstacle = report.errors[0].said if report.errors else None

    def _restore_resources(self) -> None:
        """Use the images and the threads of the current run again, after another one was to be loaded."""
        run = self.current
        if run.state is not None:
            with suppress(DeviceError, DataError):
                self._resources.prepare(run.project, run.state.placement)

    def _go_to(self, suspended: SuspendedRun, folder: Path | None = None, origin: Origin | None = None) -> None:
        """Make a suspended run the current one; its images must be loaded."""
        state = suspended.state
        self._resources.use(suspended.placement, suspended.project.recipe)
        source = suspended.status.source
        start = suspended.start or self._next_start()
        run = Run(suspended.number, suspended.project, start, state, dropped=suspended.dropped, source=source)
        self._replace(run)
        self._reporter.begin(run.number, run.start, suspended.seconds)
        finished = suspended.status.state is State.FINISHED
        status = at_rest(suspended.status, State.FINISHED if finished else State.PAUSED)
        status = replace(status, pace=self._reporter.status.pace)
        try:
            # before the status: a reader of the status must find weights of the same run
            self.publish_weights(settled=True)
        finally:
            self.publish(status, RunResumed(run.number, state.step, run.project, folder, origin))

    def _next_start(self) -> int:
        self._starts += 1
        return self._starts

    def _replace(self, run: Run) -> Run:
        """Make ``run`` the current one."""
        # run and loop refer to each other: without this their tensors would stay until the garbage collector runs
        self.current.moments = iter(())
        self.current = run
        return run

    @property
    def failed(self) -> bool:
        """Whether the current run has failed."""
        return self._reporter.status.state is State.FAILED

    def why_not(self) -> Sentence | None:
        """Why the run cannot be trained; None if it can, or if an event has told the reason."""
        if self.failed:
            return Sentence("This run failed: start over.")
        if self.current.obstacle is None:
            return None
        return Sentence("The network cannot be trained. {problem}", problem=self.current.obstacle)

    def refuse(self, sentence: Sentence) -> None:
        """Publish why a command is not carried out."""
        self._reporter.append_event(Refused(self.current.number, sentence))
        self._reporter.publish()

    def flush(self) -> None:
        """Publish the batches that are done; see :meth:`Reporter.flush`."""
        if self.current.state is not None:
            self._resources.check_neighbours()
            self._reporter.flush(self.current.state, self._resources.images_left(self.current.state))

    def remember_pace(self) -> None:
        """Keep the pace of the run, if it is known, for the next training of such a network by one process."""
        status, project, state = self._reporter.status, self.current.project, self.current.state
        if status.measured is not None and state is not None and state.placement.ranks is None:
            report = examine(project.network, facts_of_data(project))
            remember(status.device, status.threads, step_of(project, report), status.measured)

    def publish(self, status: Status, event: Event | None = None) -> None:
        """Publish ``status`` and the current and previous run, and then ``event``."""
        previous = None if self._previous is None else self._previous.summary
        self._reporter.publish_standing(
            event, status=status, project=self.current.project, previous=previous, dropped=self.current.dropped.layers
        )

    def publish_weights(self, *, settled: bool) -> None:
        """Publish a copy of the weights. ``settled`` is True if training stands still."""
        self._reporter.publish_weights(self.current.state, self.current.project.network, settled=settled)


def _inherited(project: Project, weights: TrainedWeights | None) -> tuple[str, ...]:
    """The layers of a run of ``project`` that begin with trained ``weights``."""
    if weights is None:
        return ()
    try:
        return tuple(inheritance(weights.project, project).kept)
    except DataError:
        # an unknown dataset, which building the run reports
        return ()


def _why_not_opened(error: Exception) -> Sentence:
    """Why the run of a checkpoint or of a recorded moment could not be made the current one."""
    if isinstance(error, SaidError):
        return error.sentence
    log.error("a run could not be opened", exc_info=error)
    if out_of_memory(error):
        return Sentence("There is not enough memory to open this run. Close other windows or programs.")
    reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
    return Sentence("This run could not be opened: {reason}.", reason=unchanged(reason))
