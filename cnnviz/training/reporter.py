"""Reads the numbers of a run off the device while it is trained, and publishes them through its session's channels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cnnviz.training.channels import BatchMetrics, Evaluation, Event, Metrics, RateChanged, Status, Weights
from cnnviz.training.clock import Clock
from cnnviz.training.failure import NotANumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.network.graph import Network
    from cnnviz.training.live import Mark
    from cnnviz.training.loop import BatchDone, Evaluated
    from cnnviz.training.session_channels import SessionChannels
    from cnnviz.training.state import TrainingState


class Reporter:
    """Fills the channels of a session; only its training thread calls it.

    A batch that is done stays on the device until :meth:`flush`, so that nothing has to be waited for.
    """

    def __init__(self, channels: SessionChannels) -> None:
        self.run = 0
        """The number of the run that is reported."""
        self.seconds = 0.0
        """Its training time, without pauses and evaluations."""
        self.clock = Clock()
        self._channels = channels
        self._pending: list[BatchDone] = []

    @property
    def status(self) -> Status:
        """The status that was published last."""
        return self._channels.standing.latest.status

    @property
    def weights_wanted(self) -> bool:
        """Whether somebody has asked for newer weights."""
        return self._channels.weights.wanted

    def publish(self, **changes: object) -> None:
        """Change fields of the status."""
        self.publish_standing(status=replace(self.status, **changes))  # type: ignore[arg-type]

    def publish_standing(self, event: Event | None = None, **changes: object) -> None:
        """Change fields of the standing, all at once.

        ``event`` is appended after that, so that whoever reads the event reads a standing that is as new.
        """
        append = None if event is None else partial(self.append_event, event)
        standing = self._channels.standing
        standing.publish(replace(standing.latest, **changes), append)  # type: ignore[arg-type]

    def append_event(self, event: Event) -> None:
        """Add an event to the log."""
        self._channels.events.append(event)

    def append_changes(self, step: int, marks: Sequence[Mark]) -> None:
        """Add live changes of the recipe, from ``step`` on."""
        for mark in marks:
            self.append_event(RateChanged(self.run, step, *mark))

    def append_metrics(self, metrics: Sequence[Metrics]) -> None:
        """Add the metrics of a run that was read from a checkpoint."""
        for one in metrics:
            self._channels.metrics.append(one)

    def metrics(self) -> list[Metrics]:
        """All that was measured in the run."""
        return [one for one in self._channels.metrics.read()[0] if one.run == self.run]

    def begin(self, run: int, seconds: float = 0.0) -> None:
        """Another run is reported from now on; batches of the one before that were not read are dropped."""
        self.run, self.seconds, self._pending = run, seconds, []

    def drop_batches(self) -> None:
        """Forget the batches that were not yet read: the device may not answer any more."""
        self._pending = []

    def add_batch(self, done: BatchDone) -> None:
        """One more batch is done."""
        self._pending.append(done)
        self.clock.stepped()

    def flush(self, state: TrainingState, left: tuple[int, int]) -> None:
        """Publish the losses and accuracies of the batches since the last time. So many images are ``left``: to be
        trained, and to be evaluated.

        Raises NotANumber, once all is published, where a loss is not a number.
        """
        if not self._pending:
            return
        done, self._pending = self._pending, []
        # .cpu() waits for the device: for all batches at once, at most 20 times a second
        losses: Tensor = torch.stack([one.loss for one in done]).float().cpu()  # (batches,)
        correct: Tensor = torch.stack([one.correct for one in done]).float().cpu()  # (batches,)
        sizes = np.array([one.size for one in done], dtype=np.float32)
        self.seconds += self.clock.flushed(int(sizes.sum()))
        first = state.step - len(done) + 1
        values, shares = losses.numpy(), (correct.numpy() / sizes).astype(np.float32)
        self._channels.metrics.append(BatchMetrics(self.run, first, values, shares, self.seconds))
        self.publish(
            epoch=state.epoch,
            batch=state.batch,
            step=state.step,
            images=self.status.images + int(sizes.sum()),
            epochs=state.epochs,
            planned=state.planned,
            images_per_second=self.clock.images_per_second,
            seconds_left=self.clock.seconds_left(*left),
            validating=False,
        )
        if not np.isfinite(values).all():
            raise NotANumber(first + int(np.argmin(np.isfinite(values))))

    def add_evaluation(self, moment: Evaluated, state: TrainingState) -> None:
        """Publish an evaluation; the time that it took is no training time."""
        if moment.images:
            place = (self.run, moment.title, state.epoch, state.step)
            self._channels.metrics.append(Evaluation(*place, moment.loss, moment.accuracy, self.seconds))
        self.publish(validating=False, epoch=state.epoch, batch=state.batch, epochs=state.epochs, planned=state.planned)
        self.clock.evaluated(moment.images)

    def publish_weights(self, state: TrainingState | None, network: Network, *, settled: bool) -> None:
        """Publish a copy of the weights; None where there is no state. ``settled``: training stands still."""
        if state is None:
            self._channels.weights.offer(None)
            return
        # copied into fresh tensors: a channels_last weight of one channel calls itself contiguous, strides and all
        tensors = {
            name: torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
            for name, tensor in state.module.state_dict().items()
        }
        shapes = state.module.shapes
        self._channels.weights.offer(Weights(self.run, state.step, network, shapes, tensors, settled))
