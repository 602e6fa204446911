"""Reads losses and accuracies of a run off the device, and publishes them through the channels of its session."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics, Status, Weights
from cnnviz.training.clock import Clock
from cnnviz.training.events import Event, SettingChanged
from cnnviz.training.failure import NotANumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.network.graph import Network
    from cnnviz.training.live import ChangedValue
    from cnnviz.training.loop import BatchDone, Evaluated
    from cnnviz.training.session_channels import SessionChannels
    from cnnviz.training.state import TrainingState


class Reporter:
    """Fills the channels of a session. Only its training thread uses this object.

    Losses stay on the device until :meth:`flush`, so that a step does not have to wait for the device.
    """

    def __init__(self, channels: SessionChannels) -> None:
        self.run = 0
        """The number of the run that is reported."""
        self.start = 0
        """See :class:`~cnnviz.training.channels.Weights`."""
        self.seconds = 0.0
        """The training time of the run, without pauses and evaluations."""
        self.clock = Clock()
        self._channels = channels
        self._pending: list[BatchDone] = []

    @property
    def status(self) -> Status:
        """The last published status."""
        return self._channels.standing.latest.status

    @property
    def weights_requested(self) -> bool:
        """Whether somebody has requested newer weights."""
        return self._channels.weights.requested

    def publish(self, **changes: object) -> None:
        """Publish the status with some fields changed."""
        self.publish_standing(status=replace(self.status, **changes))  # type: ignore[arg-type]

    def publish_standing(self, event: Event | None = None, **changes: object) -> None:
        """Publish the standing with some fields changed, all at once; then append ``event``.

        In this order a reader of the event finds a standing that is at least as new.
        """
        append = None if event is None else partial(self.append_event, event)
        standing = self._channels.standing
        standing.publish(replace(standing.latest, **changes), append)  # type: ignore[arg-type]

    def append_event(self, event: Event) -> None:
        """Append an event to the log."""
        self._channels.events.append(event)

    def append_changes(self, step: int, changes: Sequence[ChangedValue]) -> None:
        """Append an event for each live change of the recipe, from ``step`` on."""
        for change in changes:
            self.append_event(SettingChanged(self.run, step, change.name, change.value, change.before))

    def append_metrics(self, metrics: Sequence[Metrics]) -> None:
        """Append the metrics of a run that was read from a checkpoint."""
        for entry in metrics:
            self._channels.metrics.append(entry)

    def metrics(self) -> list[Metrics]:
        """All metrics of the run."""
        return [entry for entry in self._channels.metrics.read()[0] if entry.run == self.run]

    def begin(self, run: int, start: int, seconds: float = 0.0) -> None:
        """Report another run from now on; batches of the run before that were not read yet are dropped."""
        self.run, self.start, self.seconds, self._pending = run, start, seconds, []
        self.clock.forget()

    def drop_batches(self) -> None:
        """Drop the batches that were not read yet: the device may not answer any more."""
        self._pending = []

    def add_batch(self, done: BatchDone) -> None:
        """Remember a batch that is done, to be published by :meth:`flush`."""
        self._pending.append(done)
        self.clock.stepped()

    def flush(self, state: TrainingState, left: tuple[int, int]) -> None:
        """Publish the losses and accuracies of the batches since the last call.

        ``left`` are the numbers of images that are still to be trained and to be evaluated. Raises NotANumber, after
        publishing everything, if a loss is not finite.
        """
        if not self._pending:
            return
        done, self._pending = self._pending, []
        # .cpu() waits for the device: once for all these batches, at most 20 times a second
        losses: Tensor = torch.stack([each.loss for each in done]).float().cpu()  # (batches,)
        correct: Tensor = torch.stack([each.correct for each in done]).float().cpu()  # (batches,)
        sizes = np.array([each.size for each in done], dtype=np.float32)
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
            measured=self.clock.pace,
            validating=False,
        )
        if not np.isfinite(values).all():
            raise NotANumber(first + int(np.argmin(np.isfinite(values))))

    def add_evaluation(self, moment: Evaluated, state: TrainingState) -> None:
        """Publish an evaluation. Its time does not count as training time."""
        if moment.images:
            place = (self.run, moment.title, state.epoch, state.step)
            self._channels.metrics.append(Evaluation(*place, moment.loss, moment.accuracy, self.seconds))
        self.clock.evaluated(moment.images)
        self.publish(
            validating=False,
            epoch=state.epoch,
            batch=state.batch,
            epochs=state.epochs,
            planned=state.planned,
            measured=self.clock.pace,
        )

    def forget_pace(self) -> None:
        """From now on a step of the run takes another time."""
        self.clock.forget()
        self.publish(measured=None)

    def publish_weights(self, state: TrainingState | None, network: Network, *, settled: bool) -> None:
        """Publish a copy of the weights; None if there is no state. ``settled`` is True if training stands still."""
        if state is None:
            self._channels.weights.publish(None)
            return
        # into new tensors: contiguous() keeps the channels_last strides of a weight with one channel
        tensors = {
            name: torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
            for name, tensor in state.module.state_dict().items()
        }
        shapes = state.module.shapes
        self._channels.weights.publish(Weights(self.run, state.step, network, shapes, tensors, settled, self.start))
