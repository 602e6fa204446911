"""What is read off the device while a run is trained, and told to whoever watches its session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from cnnviz.network.graph import Network
from cnnviz.training.channels import BatchMetrics, Evaluation, Event, Metrics, RateChanged, Status, Weights
from cnnviz.training.clock import Clock
from cnnviz.training.failure import NotANumber
from cnnviz.training.live import Mark
from cnnviz.training.loop import BatchDone, Evaluated
from cnnviz.training.session import Session
from cnnviz.training.state import TrainingState


class Reporter:
    """Fills the channels of a session; only its training thread calls it.

    A batch that is done stays on the device until :meth:`flush`, so that nothing has to be waited for.
    """

    def __init__(self, session: Session) -> None:
        self.run = 0
        """The number of the run that is told of."""
        self.seconds = 0.0
        """Its training time, without pauses and evaluations."""
        self.clock = Clock()
        self._session = session
        self._pending: list[BatchDone] = []

    @property
    def status(self) -> Status:
        """The last one that was published."""
        return self._session.status

    def publish(self, **changes: object) -> None:
        """Change the status."""
        self._session.publish(replace(self.status, **changes))  # type: ignore[arg-type]

    def publish_still(self, status: Status, **changes: object) -> None:
        """Change ``status`` to that of a run that stands still, and publish it."""
        still = {"images_per_second": 0.0, "seconds_left": None, "validating": False, **changes}
        self._session.publish(replace(status, **still))  # type: ignore[arg-type]

    def tell(self, event: Event) -> None:
        """Add an event to the log."""
        self._session.events.append(event)

    def tell_changed(self, step: int, marks: Sequence[Mark]) -> None:
        """Add live changes of the recipe, from ``step`` on."""
        for mark in marks:
            self.tell(RateChanged(self.run, step, *mark))

    def tell_measured(self, metrics: Sequence[Metrics]) -> None:
        """Add what was measured in the run before it came into this session."""
        for one in metrics:
            self._session.metrics.append(one)

    def begin(self, run: int, seconds: float = 0.0) -> None:
        """Another run is told of from now on; what was pending of the one before is dropped."""
        self.run, self.seconds, self._pending = run, seconds, []

    def drop(self) -> None:
        """Forget the batches that were not yet read: the device may not answer any more."""
        self._pending = []

    def add(self, done: BatchDone) -> None:
        """One more batch is done."""
        self._pending.append(done)
        self.clock.stepped()

    def flush(self, state: TrainingState, left: tuple[int, int]) -> None:
        """Read the values of the batches since the last time off the device, in one go; so many images are ``left`` to
        be trained and to be evaluated.

        Raises NotANumber, once all is told, where there is a loss that is not one.
        """
        if not self._pending:
            return
        done, self._pending = self._pending, []
        losses: Tensor = torch.stack([one.loss for one in done]).float().cpu()
        correct: Tensor = torch.stack([one.correct for one in done]).float().cpu()
        sizes = np.array([one.size for one in done], dtype=np.float32)
        self.seconds += self.clock.flushed(int(sizes.sum()))
        first = state.step - len(done) + 1
        values, shares = losses.numpy(), (correct.numpy() / sizes).astype(np.float32)
        self._session.metrics.append(BatchMetrics(self.run, first, values, shares, self.seconds))
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

    def evaluated(self, moment: Evaluated, state: TrainingState) -> None:
        """A split was looked at; the time that took is no training time."""
        if moment.images:
            split = moment.split if moment.weights == "last" else f"{moment.split} best"
            place = (self.run, split, state.epoch, state.step)
            self._session.metrics.append(Evaluation(*place, moment.loss, moment.accuracy, self.seconds))
        self.publish(validating=False, epoch=state.epoch, batch=state.batch, epochs=state.epochs, planned=state.planned)
        self.clock.evaluated(moment.images)

    def offer(self, state: TrainingState | None, network: Network, *, settled: bool) -> None:
        """Publish a copy of the weights; None where there are none."""
        if state is None:
            self._session.weights.offer(None)
            return
        # copied into fresh tensors: a channels_last weight of one channel calls itself contiguous, strides and all
        tensors = {
            name: torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
            for name, tensor in state.module.state_dict().items()
        }
        self._session.weights.offer(Weights(self.run, state.step, network, tensors, settled))
