"""What a session's thread does: takes commands between batches, drives the loop, publishes what happened."""

from __future__ import annotations

import gc
import logging
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
from cnnviz.network.layers import RandomDropping
from cnnviz.project.project import DatasetChoice, Project
from cnnviz.training import loop
from cnnviz.training.changes import compare, live_fields
from cnnviz.training.channels import (
    BatchMetrics,
    Evaluation,
    RateChanged,
    RunFailed,
    RunFinished,
    RunStarted,
    State,
    Status,
    Weights,
)
from cnnviz.training.comparison import settle
from cnnviz.training.device import DeviceError, Placement, place_run
from cnnviz.training.facts import facts_for
from cnnviz.training.failure import NotANumber, explain
from cnnviz.training.modules import SeededDropout
from cnnviz.training.session import Apply, Close, Command, Pause, Play, Reset, Session, Visit
from cnnviz.training.state import TrainingState, start
from cnnviz.training.waiting import Neighbours

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.05
"""Values are read off the device, and the status is renewed, at most this often."""
SPEED_SECONDS = 3.0
"""images/s is the mean of about this long."""


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
        self.run_number = 0
        self.stop_at_step: int | None = None
        self.stop_at_epoch: int | None = None
        self.pending: list[loop.BatchDone] = []
        self.seconds = 0.0
        self.clock = Clock()
        self.neighbours: Neighbours | None = None
        self.closed = False

    def run(self) -> None:
        """Serve commands until the session is closed."""
        try:
            self._begin(self.project)
            # torch and what it imported stay; looking through them again and again cost a tenth of the speed
            gc.freeze()
            while not self.closed:
                if self._status.state is State.RUNNING:
                    self._advance()
                    self._take(block=False)
                else:
                    self._take(block=True)
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

    def _take(self, *, block: bool) -> None:
        """Obey the commands that wait; of edits that follow each other only the last counts."""
        waiting: list[Command] = []
        try:
            waiting.append(self.session.commands.get(block=block))
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
            case Reset(project):
                self._begin(project)
            case Apply(project):
                self._apply(project)
            case Visit(callback):
                callback(self.state)
            case Close():
                self.closed = True

    def _begin(self, project: Project) -> None:
        """A run at step 0 of ``project``; where it cannot be trained there are no weights."""
        self.project = self.session.project = self.wanted = project
        if (self.state is not None and self.state.step > 0) or self.run_number == 0:
            self.run_number += 1
        self.state, self.moments, self.pending, self.seconds = None, iter(()), [], 0.0
        self.stop_at_step = self.stop_at_epoch = None
        self.session.events.append(RunStarted(self.run_number, project))
        self.session.publish(Status(run=self.run_number, epochs=project.recipe.epochs, ready=self._status.ready))
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
        if self._status.state is State.FINISHED:
            self.state.epochs += command.epochs or (1 if command.batches else self.state.recipe.epochs)
        if self.state.step == 0:
            self.state.placement = self.placement = settle(self.state.placement, self.state.recipe)
            self._publish(precision=self.placement.precision)
        self.clock.restart(self.state.step)
        self._look_around()
        self._publish(state=State.RUNNING, epochs=self.state.epochs)

    def _endless(self) -> Iterator[loop.Moment]:
        """The loop, the look at the test data after its last epoch, and the loop again where epochs are added."""
        assert self.state is not None and self.data is not None
        while True:
            yield from loop.train(self.state, self.data)
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
                if self.clock.due():
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
        if change.restart and (self.state is None or self.state.step == 0) and self._status.state is not State.RUNNING:
            self._begin(project)
            return
        if not change.live or self.state is None:
            return
        fields = live_fields(self.project.recipe)
        recipe = replace(self.project.recipe, **{name: getattr(project.recipe, name) for name in fields})
        network = self.project.network
        for name in network.of_kind(RandomDropping):
            layer = project.network[name] if name in project.network.nodes else None
            module = self.state.module._modules.get(name)
            if isinstance(layer, RandomDropping) and isinstance(module, SeededDropout) and layer.p != module.p:
                module.p = layer.p
                network = replace(network, nodes={**network.nodes, name: project.network.nodes[name]})
                self._mark(f"{name} p", layer.p)
        for name in fields:
            if name in change.live:
                self._mark(name, getattr(recipe, name))
        for group in self.state.optimizer.param_groups:
            group["weight_decay"] = recipe.weight_decay
            if recipe.optimizer == "sgd":
                group["momentum"] = recipe.momentum
        self.state.recipe = recipe
        loop.set_rate(self.state, self._status.batches)
        if "epochs" in change.live:
            self.state.epochs = max(recipe.epochs, self.state.epoch + (self.state.batch > 0))
        self.project = self.session.project = replace(self.project, recipe=recipe, network=network)
        self._publish(epochs=self.state.epochs)

    def _mark(self, parameter: str, value: float) -> None:
        step = self.state.step if self.state else 0
        self.session.events.append(RateChanged(self.run_number, step, parameter, value))

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


class Clock:
    """Training time without pauses and evaluations, and the speed of the last seconds."""

    def __init__(self) -> None:
        self.images_per_second = 0.0
        self._last = self._flush_at = time.perf_counter()
        self._window: list[tuple[float, int]] = []

    def restart(self, step: int) -> None:
        """Training goes on after standing still; ``step`` 0 begins a new measurement."""
        self._last = self._flush_at = time.perf_counter()
        self._window = []
        if step == 0:
            self.images_per_second = 0.0

    def skip(self) -> None:
        """What passed since the last flush was an evaluation and does not count."""
        self._last = time.perf_counter()

    def due(self) -> bool:
        """Whether it is time to read values off the device."""
        return time.perf_counter() - self._flush_at >= FLUSH_SECONDS

    def flushed(self, images: int) -> float:
        """Note ``images`` done since the last call; returns the seconds they took."""
        now = time.perf_counter()
        passed, self._last, self._flush_at = now - self._last, now, now
        self._window.append((passed, images))
        while len(self._window) > 1 and sum(seconds for seconds, _ in self._window[1:]) > SPEED_SECONDS:
            self._window.pop(0)
        elapsed = sum(seconds for seconds, _ in self._window)
        self.images_per_second = sum(count for _, count in self._window) / elapsed if elapsed else 0.0
        return passed
