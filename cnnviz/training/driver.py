"""What a session's thread does: takes commands between batches, drives the loop, publishes what happened."""

from __future__ import annotations

import gc
import logging
import math
import queue
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import torch
from torch import Tensor

from cnnviz.data.catalogue import DataError, Dataset, describe, load
from cnnviz.network.check import Report, check
from cnnviz.project.project import DatasetChoice, Project
from cnnviz.training import keep_memory, loop
from cnnviz.training.changes import Continuation, compare, renamed
from cnnviz.training.channels import (
    BatchMetrics,
    EpochsAdded,
    Evaluation,
    NetworkChanged,
    RateChanged,
    Refused,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
    State,
    Status,
    Weights,
)
from cnnviz.training.clock import Clock
from cnnviz.training.comparison import settle
from cnnviz.training.continuing import Memory, continued
from cnnviz.training.device import DeviceError, Placement, place_run
from cnnviz.training.facts import facts_for
from cnnviz.training.failure import NotANumber, explain
from cnnviz.training.live import changed_live
from cnnviz.training.schedule import ANNEALED, factor
from cnnviz.training.session import (
    Apply,
    Back,
    Close,
    Command,
    Continue,
    Pace,
    Pause,
    Play,
    Reset,
    Session,
    Stop,
    Visit,
)
from cnnviz.training.shelf import Left, Shelf
from cnnviz.training.state import TrainingState, start
from cnnviz.training.waiting import Neighbours

log = logging.getLogger(__name__)


class Driver:
    """The training thread of a :class:`Session`; everything in here runs on it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.project = self.wanted = session.project
        """The project of the run, and the one on screen."""
        self.placement: Placement | None = None
        self.data: loop.TrainingData | None = None
        self.choice: DatasetChoice | None = None
        self.state: TrainingState | None = None
        self.moments: Iterator[loop.Moment] = iter(())
        self.run_number = self.runs = 0
        """The number of the current run, and the highest that any has had."""
        self.shelf = Shelf()
        self.batch_at = -math.inf
        """When the last batch was done; minus infinity where the next one need not wait."""
        self.memory = Memory()
        self.stop_at_step: int | None = None
        self.stop_at_epoch: int | None = None
        self.pending: list[loop.BatchDone] = []
        self.seconds = 0.0
        self.clock = Clock()
        self.neighbours: Neighbours | None = None
        self.closed = False

    def run(self) -> None:
        """Serve commands until the session is closed."""
        keep_memory()
        try:
            self._begin(self.project)
            # torch and what it imported stay; looking through them again and again cost a tenth of the speed
            gc.freeze()
            while not self.closed:
                if self._status.state is not State.RUNNING:
                    self._take(None)
                elif (wait := self._wait()) > 0:
                    self._take(wait)
                else:
                    self._advance()
                    self._take(0)
        except Exception as error:
            # the last resort: the loop itself is guarded below, so that a failed run can be started over
            self._fail(error)
        finally:
            if self.neighbours is not None:
                self.neighbours.close()
            self._publish(state=State.CLOSING)

    @property
    def _status(self) -> Status:
        return self.session.status

    def _publish(self, **changes: object) -> None:
        self.session.publish(replace(self._status, **changes))  # type: ignore[arg-type]

    def _wait(self) -> float:
        """Seconds until the next batch of a slow motion may begin."""
        if not self._status.pace:
            return 0.0
        return self.batch_at + 1 / self._status.pace - time.perf_counter()

    def _take(self, patience: float | None) -> None:
        """Obey the commands that come within so many seconds, None: whenever the first comes; of edits that follow
        each other only the last counts."""
        waiting: list[Command] = []
        try:
            waiting.append(self.session.commands.get(block=patience != 0, timeout=patience))
            while True:
                waiting.append(self.session.commands.get(block=False))
        except queue.Empty:
            pass
        for command, following in zip_longest(waiting, waiting[1:]):
            if self.session.closing.is_set():
                self.closed = True
                return
            if isinstance(command, Apply) and isinstance(following, Apply):
                continue
            try:
                self._obey(command)
            except Exception as error:
                self._fail(error)

    def _obey(self, command: Command) -> None:
        match command:
            case Play():
                self._play(command)
            case Pause():
                self._settle(State.PAUSED)
            case Stop():
                self._stop()
            case Pace(batches_per_second):
                self._publish(pace=max(0.0, batches_per_second))
            case Reset(project):
                self._begin(project)
            case Back():
                self._back()
            case Apply(project):
                self._apply(project)
            case Continue(project):
                self._continue(project)
            case Visit(callback):
                callback(self.state)
            case Close():
                self.closed = True

    def _begin(self, project: Project) -> None:
        """A run at step 0 of ``project``; where it cannot be trained there are no weights."""
        self._leave()
        self.project = self.session.project = self.wanted = project
        if (self.state is not None and self.state.step > 0) or self.run_number == 0:
            self.runs += 1
            self.run_number = self.runs
        self.state, self.moments, self.pending, self.seconds = None, iter(()), [], 0.0
        self.stop_at_step = self.stop_at_epoch = None
        self._forget()
        self.session.events.append(RunStarted(self.run_number, project))
        old = self._status
        self.session.publish(Status(run=self.run_number, epochs=project.recipe.epochs, ready=old.ready, pace=old.pace))
        try:
            report = self._prepare(project)
            if report.trainable:
                assert self.placement is not None and self.data is not None
                self.state = start(project, report, self.placement)
                self.moments = self._endless()
        except Exception as error:
            self.state = None
            self._fail(error)
            return
        self._offer(settled=True)
        self._publish(
            state=State.UNTRAINED,
            ready=True,
            device=self.placement.describe() if self.placement else "",
            precision=self.placement.precision if self.placement else "",
            threads=self.placement.threads if self.placement else 0,
            batches=loop.batches_per_epoch(len(self.data.train), project.recipe.batch_size) if self.data else 0,
        )

    def _leave(self) -> None:
        """Keep the run so far, where it has begun, so that it can be gone back to."""
        if self.state is None or self.state.step == 0:
            return
        # what led to a failure stays on the curves as far as it could be measured
        with suppress(NotANumber):
            self._flush()
        left = Left(self.run_number, self.project, self.state, self.memory, self.seconds, self._status)
        self.session.kept = self.shelf.put(left)

    def _back(self) -> None:
        """Go back to the run that was left; the present one, where it has begun, takes its place."""
        left = self.shelf.take()
        if left is None:
            return
        self.session.kept = None
        self._leave()
        self._prepare(left.project)
        self.run_number, self.project, self.wanted = left.number, left.project, left.project
        self.state, self.memory, self.seconds, self.placement = left.state, left.memory, left.seconds, left.placement
        self.session.project, self.session.dropped = left.project, left.memory.layers
        torch.set_num_threads(self.placement.threads)
        self.pending, self.moments = [], self._endless()
        self.stop_at_step = self.stop_at_epoch = None
        self.session.events.append(RunResumed(self.run_number, self.state.step, self.project))
        self._offer(settled=True)
        state = State.FINISHED if left.status.state is State.FINISHED else State.PAUSED
        still = {"images_per_second": 0.0, "seconds_left": None, "validating": False, "pace": self._status.pace}
        self.session.publish(replace(left.status, state=state, **still))  # type: ignore[arg-type]

    def _prepare(self, project: Project) -> Report:
        """Device, threads and data for a project, and the report of its network."""
        self.placement = place_run(project.recipe, self.session.device, self.session.threads)
        # thread counts belong to the thread that runs torch; the main thread's setting does not reach this one
        torch.set_num_threads(self.placement.threads)
        if self.neighbours is None:
            self.neighbours = Neighbours(self.placement.threads)
        if not describe(project.dataset.name).at_hand:
            self.data = self.choice = None
        elif self.data is None or self.choice != project.dataset:
            dataset: Dataset = load(project.dataset.name, project.dataset.validation, project.dataset.split_seed)
            self.data = loop.TrainingData.of(dataset, self.placement.device)
            self.choice = project.dataset
        return check(project.network, facts_for(project))

    def _play(self, command: Play) -> None:
        if self.state is None or self._status.state is State.FAILED:
            return
        self.stop_at_step = None if command.batches is None else self.state.step + command.batches
        self.stop_at_epoch = None if command.epochs is None else self.state.epoch + command.epochs
        if self._status.state is State.FINISHED and self.state.epoch >= self.state.epochs:
            self._add_epochs(command.epochs or (1 if command.batches else self.state.recipe.epochs))
        if self.state.step == 0:
            self.state.placement = self.placement = settle(self.state.placement, self.state.recipe)
            self._publish(precision=self.placement.precision)
        self.batch_at = -math.inf
        self.clock.restart(self.state.step)
        self._look_around()
        self._publish(state=State.RUNNING, epochs=self.state.epochs)

    def _add_epochs(self, epochs: int) -> None:
        assert self.state is not None
        state, recipe = self.state, self.state.recipe
        state.epochs += epochs
        rate = recipe.learning_rate * factor(recipe, state.step, self._status.batches) * state.lowered
        raised = recipe.schedule in ANNEALED and state.step >= recipe.epochs * self._status.batches
        self.session.events.append(EpochsAdded(self.run_number, state.step, epochs, rate, raised))

    def _stop(self) -> None:
        """End the run here; its epoch can be gone on with."""
        if self.state is None or self.state.step == 0:
            return
        if self._status.state is State.RUNNING:
            self._flush()
        elif self._status.state is not State.PAUSED:
            return
        self.stop_at_step = self.stop_at_epoch = None
        self.moments = self._endless(ended=True)
        self.clock.restart(self.state.step)
        self._publish(state=State.RUNNING)

    def _endless(self, *, ended: bool = False) -> Iterator[loop.Moment]:
        """The loop, unless it is ``ended``, the look at the test data, and the loop again where it is played on."""
        assert self.state is not None and self.data is not None
        while True:
            if not ended:
                yield from loop.train(self.state, self.data)
            ended = False
            yield from loop.test(self.state, self.data)
            self._flush()
            self.session.events.append(RunFinished(self.run_number, self.state.step))
            self._settle(State.FINISHED)
            yield loop.Evaluating("test")

    def _advance(self) -> None:
        """One moment of the loop, and what it asks for."""
        assert self.state is not None
        try:
            moment = next(self.moments)
            if isinstance(moment, loop.BatchDone):
                self.pending.append(moment)
                slow = self._status.pace > 0
                if slow:
                    self.batch_at = time.perf_counter()
                if slow or self.clock.due():
                    self._flush()
                if self.state.step == self.stop_at_step:
                    self._settle(State.PAUSED)
            elif isinstance(moment, loop.Evaluated):
                self._evaluated(moment)
            elif self.clock.due() and self._status.state is State.RUNNING:
                self._flush()
                self._publish(validating=True)
            if self.session.weights.wanted and self._status.state is State.RUNNING:
                self._offer(settled=False)
        except NotANumber as error:
            # what led there stays on the curves; a value of it that is not a number is this same failure
            with suppress(NotANumber):
                self._flush()
            self._fail(error)
        except Exception as error:
            self._fail(error)

    def _evaluated(self, moment: loop.Evaluated) -> None:
        assert self.state is not None
        self._flush()
        if moment.images:
            split = moment.split if moment.weights == "last" else f"{moment.split} best"
            place = (self.run_number, split, self.state.epoch, self.state.step)
            self.session.metrics.append(Evaluation(*place, moment.loss, moment.accuracy, self.seconds))
        self._publish(validating=False, epoch=self.state.epoch, batch=self.state.batch, epochs=self.state.epochs)
        self.clock.skip()
        if self.state.epoch == self.stop_at_epoch and self.state.epoch < self.state.epochs:
            self._settle(State.PAUSED)

    def _flush(self) -> None:
        """Read the values of the batches since the last time off the device, in one go."""
        if not self.pending or self.state is None:
            return
        self._look_around()
        done, self.pending = self.pending, []
        losses: Tensor = torch.stack([one.loss for one in done]).float().cpu()
        correct: Tensor = torch.stack([one.correct for one in done]).float().cpu()
        sizes = np.array([one.size for one in done], dtype=np.float32)
        self.seconds += self.clock.flushed(int(sizes.sum()))
        first = self.state.step - len(done) + 1
        values, shares = losses.numpy(), (correct.numpy() / sizes).astype(np.float32)
        self.session.metrics.append(BatchMetrics(self.run_number, first, values, shares, self.seconds))
        speed = self.clock.images_per_second
        total = len(self.data.train) if self.data else 0
        left = (self.state.epochs - self.state.epoch) * total - self.state.batch * self.state.recipe.batch_size
        self._publish(
            epoch=self.state.epoch,
            batch=self.state.batch,
            step=self.state.step,
            images=self._status.images + int(sizes.sum()),
            epochs=self.state.epochs,
            images_per_second=speed,
            seconds_left=max(0.0, left / speed) if speed else None,
            validating=False,
        )
        if not np.isfinite(values).all():
            raise NotANumber(first + int(np.argmin(np.isfinite(values))))

    def _look_around(self) -> None:
        if self.neighbours is not None:
            self.neighbours.look()

    def _settle(self, state: State) -> None:
        """Stand still: the last values and weights are published, so that what is on screen is this moment."""
        if self._status.state is not State.RUNNING:
            return
        self._flush()
        self._offer(settled=True)
        self._publish(state=state, images_per_second=0.0, seconds_left=None, validating=False)
        if self.state is not None and self.state.step == 0 and compare(self.project, self.wanted).restart:
            self._begin(self.wanted)

    def _offer(self, *, settled: bool) -> None:
        if self.state is None:
            self.session.weights.offer(None)
            return
        # copied into fresh tensors: a channels_last weight of one channel calls itself contiguous, strides and all
        tensors = {
            name: torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
            for name, tensor in self.state.module.state_dict().items()
        }
        step = self.state.step
        self.session.weights.offer(Weights(self.run_number, step, self.project.network, tensors, settled))

    def _apply(self, project: Project) -> None:
        """Take over what can change now; see :func:`cnnviz.training.changes.compare`."""
        self.wanted = project
        change = compare(self.project, project)
        begun = self.state is not None and (self.state.step > 0 or self._status.state is State.RUNNING)
        if (change.restart or change.renamed) and not begun:
            self._begin(project)
            return
        if self.state is None:
            return
        if change.renamed and not change.restart:
            network = renamed(self.project.network, project.network)
            assert network is not None
            self._take_over(replace(self.project, network=network))
        if not change.live:
            return
        after, marks = changed_live(self.state, self.project, project, change.live)
        for mark in marks:
            self.session.events.append(RateChanged(self.run_number, self.state.step, *mark))
        loop.set_rate(self.state, self._status.batches)
        if "epochs" in change.live:
            self.state.epochs = max(after.recipe.epochs, self.state.epoch + (self.state.batch > 0))
        self.project = self.session.project = after
        self._publish(epochs=self.state.epochs)

    def _continue(self, project: Project) -> None:
        """Go on training with a change that is not live, keeping what fits; what cannot be taken over is refused."""
        self._apply(project)
        if self.state is None or self.state.step == 0 or self._status.state is State.FAILED:
            return
        change = compare(self.project, project)
        if change.restart:
            if not change.continuable:
                self._refuse("This change needs a training from scratch.")
                return
            went = self._take_over(project)
            if went is None:
                return
            kept = (*went.kept, *went.recalled)
            self.session.events.append(NetworkChanged(self.run_number, self.state.step, project, kept, went.new))
        if self._status.state is not State.RUNNING:
            self._play(Play())

    def _take_over(self, project: Project) -> Continuation | None:
        """Make the state one of ``project`` at the same place; None, and a sentence, where that cannot be trained."""
        assert self.state is not None
        self._flush()
        report = check(project.network, facts_for(project))
        if not report.trainable:
            self._refuse(report.errors[0].sentence())
            return None
        before = check(self.project.network, facts_for(self.project, 0))
        self.state, went = continued(self.state, self.project, before, project, report, self.memory)
        self.moments = self._endless()
        self.project = self.session.project = project
        self.session.dropped = self.memory.layers
        self._offer(settled=self._status.state is not State.RUNNING)
        return went

    def _forget(self) -> None:
        """What dropped layers had learned is gone with the run."""
        self.memory = Memory()
        self.session.dropped = ()

    def _refuse(self, sentence: str) -> None:
        self.session.events.append(Refused(self.run_number, sentence))
        self._publish()

    def _fail(self, error: Exception) -> None:
        log.error("training stopped", exc_info=error)
        known = isinstance(error, DeviceError | DataError)
        sentence = str(error) if known else explain(error, self.project.recipe.batch_size)
        step = self.state.step if self.state else 0
        detail = "".join(traceback.format_exception(error))
        self.pending = []
        self._offer(settled=True)
        self.session.events.append(RunFailed(self.run_number, step, sentence, detail))
        self._publish(state=State.FAILED, ready=True, images_per_second=0.0, seconds_left=None, validating=False)
