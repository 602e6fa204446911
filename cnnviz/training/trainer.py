"""The runs of a session: how they begin, go on to where they were asked to, change, end and fail."""

from __future__ import annotations

import logging
import math
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cnnviz.data.catalogue import DataError
from cnnviz.network.check import examine
from cnnviz.project.project import Project
from cnnviz.training import keeping, loop
from cnnviz.training.changes import Continuation, compare, renamed
from cnnviz.training.channels import (
    EpochsAdded,
    NetworkChanged,
    Refused,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
    State,
    Status,
)
from cnnviz.training.commands import Play
from cnnviz.training.comparison import remembered, settle
from cnnviz.training.continuing import Memory, continued
from cnnviz.training.device import DeviceError
from cnnviz.training.facts import facts_for
from cnnviz.training.failure import NotANumber, explain
from cnnviz.training.live import LiveChanges, add_epochs
from cnnviz.training.reporter import Reporter
from cnnviz.training.session import Session
from cnnviz.training.shelf import Left, Shelf
from cnnviz.training.state import TrainingState, start
from cnnviz.training.workplace import Workplace

log = logging.getLogger(__name__)


class Trainer:
    """One run after the other, on the training thread of ``session``."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state: TrainingState | None = None
        self.project = self.wanted = session.project
        """The project of the run, and the one on screen."""
        self._report = Reporter(session)
        self._place = Workplace(session.device, session.threads)
        self._moments: Iterator[loop.Moment] = iter(())
        self._hindrance = ""
        """Why there is no state: what the check of the network found; empty where there is one or an event told it."""
        self._runs = 0
        """The highest number that a run has had."""
        self._shelf = Shelf()
        self._memory = Memory()
        self._live = LiveChanges()
        self._batch_at = -math.inf
        """When the last batch was done; minus infinity where the next one need not wait."""
        self._stop_at_step: int | None = None
        self._stop_at_epoch: int | None = None

    @property
    def running(self) -> bool:
        """Whether there is something to :meth:`advance`."""
        return self._report.status.state is State.RUNNING

    def wait(self) -> float:
        """Seconds until the next batch of a slow motion may begin."""
        if not self._report.status.pace:
            return 0.0
        return self._batch_at + 1 / self._report.status.pace - time.perf_counter()

    def pace(self, batches_per_second: float) -> None:
        """Slow motion, or full speed at 0."""
        self._report.publish(pace=max(0.0, batches_per_second))

    def begin(self, project: Project) -> None:
        """A run at step 0 of ``project``; where it cannot be trained there are no weights."""
        self._leave()
        self.project = self.session.project = self.wanted = project
        if (self.state is not None and self.state.step > 0) or self._report.run == 0:
            self._runs += 1
        self._report.begin(self._runs)
        self.state, self._moments = None, iter(())
        self._stop_at_step = self._stop_at_epoch = None
        # what dropped layers had learned is gone with the run
        self._memory = Memory()
        self.session.dropped = ()
        self._report.tell(RunStarted(self._report.run, project))
        old = self._report.status
        self.session.publish(Status(run=self._report.run, epochs=project.recipe.epochs, ready=old.ready, pace=old.pace))
        try:
            placement, report = self._place.prepare(project)
            self._hindrance = "" if report.trainable else report.errors[0].sentence()
            known = remembered(placement, project.recipe, project.network, report)
            if report.trainable:
                self.state = start(project, report, placement)
                self._moments = self._endless()
        except Exception as error:
            self.state = None
            self.fail(error)
            return
        self._offer(settled=True)
        self._report.publish(
            state=State.UNTRAINED,
            ready=True,
            device=placement.describe(),
            precision=known.precision if known else "auto",
            threads=placement.threads,
            batches=self._place.batches(project.recipe.batch_size),
        )

    def _leave(self) -> None:
        """Keep the run so far, where it has begun, so that it can be gone back to."""
        if self.state is None or self.state.step == 0:
            return
        # what led to a failure stays on the curves as far as it could be measured
        with suppress(NotANumber):
            self._flush()
        report = self._report
        project, marks = self._live.take_back(self.state, self.project)
        report.tell_changed(self.state.step, marks)
        status = replace(report.status, epochs=self.state.epochs)
        self.session.kept = self._shelf.put(Left(report.run, project, self.state, self._memory, report.seconds, status))

    def back(self) -> None:
        """Go back to the run that was left; the present one, where it has begun, takes its place."""
        left = self._shelf.left
        if left is None:
            self._refuse("There is no run before this one to go back to.")
            return
        try:
            self._place.prepare(left.project, left.placement)
        except (DeviceError, DataError) as error:
            self._refuse(str(error))
            return
        self._shelf.clear()
        self.session.kept = None
        self._leave()
        if self.session.kept is None and self._report.run == self._runs:
            # what was never trained leaves its number to the next run
            self._runs -= 1
        self._go_to(left)

    def resume(self, folder: Path, device: str | None) -> None:
        """Go on with the run of a checkpoint; the present one, where it has begun, is kept."""
        # not at the top: only who keeps trainings waits for what that takes to be loaded
        from cnnviz.training import checkpoint

        run = self._runs + (self.state is not None and self.state.step > 0)
        try:
            project, state = checkpoint.load(folder, device)
            measured = checkpoint.metrics_of(folder, run)
            self._place.prepare(project, state.placement)
        except (checkpoint.CheckpointError, DeviceError, DataError) as error:
            self._refuse(str(error))
            return
        self._leave()
        self._runs = run
        self._go_to(keeping.brought(run, state, project, self._place, measured), folder)
        self._report.tell_measured(measured)

    def _go_to(self, left: Left, folder: Path | None = None) -> None:
        """Make a run that stands still the current one; its images are at hand."""
        self._place.use(left.placement, left.project.recipe)
        self._report.begin(left.number, left.seconds)
        self.project = self.wanted = self.session.project = left.project
        self.state, self._memory, self.session.dropped = left.state, left.memory, left.memory.layers
        self._moments = self._endless()
        self._stop_at_step = self._stop_at_epoch = None
        self._report.tell(RunResumed(left.number, self.state.step, self.project, folder))
        self._offer(settled=True)
        state = State.FINISHED if left.status.state is State.FINISHED else State.PAUSED
        self._report.publish_still(left.status, state=state, pace=self._report.status.pace)

    def save(self, folder: Path) -> None:
        """Write the run to the folder of a checkpoint; one that has failed is not worth going on with."""
        if self.state is None or self._report.status.state is State.FAILED:
            self._refuse(self._why_not() or "There is no run that could be saved.")
            return
        # a loss that is not a number ends the run here, before it replaces what was good
        self._flush()
        self._report.tell(keeping.save(self.session, self.state, self.project, folder))
        self._report.publish()

    def play(self, command: Play) -> None:
        """Train as far as ``command`` says."""
        if self.state is None and self._report.status.state is not State.FAILED:
            # what was in the way may be gone: another program that took the memory, above all
            self.begin(self.wanted)
        if self.state is None or self._report.status.state is State.FAILED:
            self._refuse(self._why_not())
            return
        self._stop_at_step = None if command.batches is None else self.state.step + command.batches
        self._stop_at_epoch = None if command.epochs is None else self.state.epoch + command.epochs
        if self._report.status.state is State.FINISHED and self.state.epoch >= self.state.epochs:
            epochs = command.epochs or (1 if command.batches else self.state.recipe.epochs)
            rate, raised = add_epochs(self.state, epochs, self._report.status.batches)
            self._report.tell(EpochsAdded(self._report.run, self.state.step, epochs, rate, raised))
        self._batch_at = -math.inf
        self._report.clock.restart(self.state.step)
        self._place.begin()
        self._report.publish(state=State.RUNNING, epochs=self.state.epochs)

    def pause(self) -> None:
        """Stand still, and stay as it is."""
        self._settle(State.PAUSED)

    def stop(self) -> None:
        """End the run here; its epoch can be gone on with."""
        if self._report.status.state is State.FINISHED:
            return
        if self.state is None or self.state.step == 0 or self._report.status.state is State.FAILED:
            self._refuse(self._why_not() or "Nothing has been trained yet, so there is nothing to test.")
            return
        if self._report.status.state is State.RUNNING:
            self._flush()
        self._stop_at_step = self._stop_at_epoch = None
        self._moments = self._endless(ended=True)
        self._report.clock.restart(self.state.step)
        self._report.publish(state=State.RUNNING)

    def _endless(self, *, ended: bool = False) -> Iterator[loop.Moment]:
        """The loop, unless it is ``ended``, the look at the test data, and the loop again where it is played on."""
        assert self.state is not None and self._place.data is not None
        if self.state.step == 0:
            # between any two steps of the comparison commands are obeyed
            self.state.placement = yield from settle(self.state, self.project)
            self._report.publish(precision=self.state.placement.precision)
            self._report.clock.restart(self.state.step)
        while True:
            if not ended:
                yield from loop.train(self.state, self._place.data)
            ended = False
            yield from loop.test(self.state, self._place.data)
            self._flush()
            self._report.tell(RunFinished(self._report.run, self.state.step))
            self._settle(State.FINISHED)
            yield loop.Evaluating("test")

    def advance(self) -> None:
        """One moment of the loop, and what it asks for."""
        assert self.state is not None
        try:
            moment = next(self._moments)
            if isinstance(moment, loop.BatchDone):
                self._report.add(moment)
                slow = self._report.status.pace > 0
                if slow:
                    self._batch_at = time.perf_counter()
                if slow or self._report.clock.due():
                    self._flush()
                if self.state.step == self._stop_at_step:
                    self._settle(State.PAUSED)
            elif isinstance(moment, loop.Evaluated):
                self._evaluated(moment)
            elif (
                isinstance(moment, loop.Evaluating)
                and self._report.clock.due()
                and self._report.status.state is State.RUNNING
            ):
                self._flush()
                self._report.publish(validating=True)
            if self.session.weights.wanted and self._report.status.state is State.RUNNING:
                self._offer(settled=False)
        except Exception as error:
            self.fail(error)

    def _evaluated(self, moment: loop.Evaluated) -> None:
        assert self.state is not None
        self._flush()
        self._report.evaluated(moment, self.state)
        if self.state.epoch == self._stop_at_epoch and self.state.epoch < self.state.epochs:
            self._settle(State.PAUSED)

    def _settle(self, state: State) -> None:
        """Stand still: the last values and weights are published, so that what is on screen is this moment."""
        if self._report.status.state is not State.RUNNING:
            return
        self._flush()
        self._offer(settled=True)
        self._report.publish_still(self._report.status, state=state)
        if self.state is not None and self.state.step == 0 and compare(self.project, self.wanted).restart:
            self.begin(self.wanted)

    def apply(self, project: Project) -> None:
        """Take over what can change now; see :func:`cnnviz.training.changes.compare`."""
        self.wanted = project
        change = compare(self.project, project)
        begun = self.state is not None and (self.state.step > 0 or self._report.status.state is State.RUNNING)
        if (change.restart or change.renamed) and not begun:
            self.begin(project)
            return
        if self.state is None:
            return
        if change.renamed and not change.restart:
            network = renamed(self.project.network, project.network)
            assert network is not None
            self._take_over(replace(self.project, network=network))
        if not change.live:
            return
        after, marks = self._live.take_over(self.state, self.project, project, change.live)
        self._report.tell_changed(self.state.step, marks)
        loop.set_rate(self.state, self._report.status.batches)
        if "epochs" in change.live:
            self.state.epochs = max(after.recipe.epochs, self.state.epoch + (self.state.batch > 0))
        self.project = self.session.project = after
        self._report.publish(epochs=self.state.epochs)

    def go_on(self, project: Project) -> None:
        """Go on training with a change that is not live, keeping what fits; what cannot be taken over is refused."""
        self.apply(project)
        if self.state is None or self.state.step == 0 or self._report.status.state is State.FAILED:
            self.play(Play())
            return
        change = compare(self.project, project)
        if change.restart:
            if not change.continuable:
                self._refuse("This change needs a training from scratch.")
                return
            if (went := self._take_over(project)) is None:
                return
            run, step, kept = self._report.run, self.state.step, (*went.kept, *went.recalled)
            self._report.tell(NetworkChanged(run, step, project, kept, went.new))
        if self._report.status.state is not State.RUNNING:
            self.play(Play())

    def _take_over(self, project: Project) -> Continuation | None:
        """Make the state one of ``project`` at the same place; None, and a sentence, where that cannot be trained."""
        assert self.state is not None
        self._flush()
        report = examine(project.network, self._place.facts(project, self.state.placement))
        if not report.trainable:
            self._refuse(report.errors[0].sentence())
            return None
        before = examine(self.project.network, facts_for(self.project, 0))
        self.state, went = continued(self.state, self.project, before, project, report, self._memory)
        self._moments = self._endless()
        self.project = self.session.project = project
        self.session.dropped = self._memory.layers
        self._offer(settled=self._report.status.state is not State.RUNNING)
        return went

    def _why_not(self) -> str:
        """Why the run cannot be trained; empty where it can."""
        if self._report.status.state is State.FAILED:
            return "This run failed: start over."
        return f"The network cannot be trained. {self._hindrance}" if self._hindrance else ""

    def _refuse(self, sentence: str) -> None:
        self._report.tell(Refused(self._report.run, sentence))
        self._report.publish()

    def fail(self, error: Exception) -> None:
        """End the run with a sentence; it stays as it is, to be looked at or started over."""
        log.error("training stopped", exc_info=error)
        error = self._first(error)
        known = isinstance(error, DeviceError | DataError)
        sentence = str(error) if known else explain(error, self.project.recipe.batch_size)
        detail = "".join(traceback.format_exception(error))
        self._report.drop()
        with suppress(Exception):
            self._offer(settled=True)
        self._report.tell(RunFailed(self._report.run, self.state.step if self.state else 0, sentence, detail))
        self._report.publish_still(self._report.status, state=State.FAILED, ready=True)

    def _first(self, error: Exception) -> Exception:
        """Put what led to ``error`` on the curves; the failure that was found in it, where that came before.

        A device that no longer answers has neither numbers nor a layer to give.
        """
        try:
            self._flush()
        except NotANumber as before:
            error = before if isinstance(error, NotANumber) else error
        except Exception:
            log.warning("the last batches cannot be read", exc_info=True)
        if isinstance(error, NotANumber) and error.layer is None and self.state is not None and self._place.data:
            with suppress(Exception):
                error.layer = loop.suspect(self.state, self._place.data.train)
        return error

    def close(self) -> None:
        """Leave torch as it was found, and say that the session ends."""
        self._place.close()
        self._report.publish(state=State.CLOSING)

    def _flush(self) -> None:
        if self.state is not None:
            self._place.look_around()
            self._report.flush(self.state, self._place.left(self.state))

    def _offer(self, *, settled: bool) -> None:
        self._report.offer(self.state, self.project.network, settled=settled)
