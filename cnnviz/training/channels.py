"""What a session publishes: its status, metrics and weights. Its events are in :mod:`cnnviz.training.events`.

No torch, no Qt.

The training thread never waits for a reader: it appends to logs, replaces the status, and copies weights only when
somebody has requested them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.training.pace import Pace


T = TypeVar("T")


class State(Enum):
    """The state of a session. Its transitions are listed in :mod:`cnnviz.training.session`."""

    UNTRAINED = "untrained"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CLOSING = "closing"


MOVING = (State.RUNNING, State.STARTING)
"""The states in which training runs or is about to."""


@dataclass(frozen=True)
class Status:
    """The numbers of a session at one moment, for a status line.

    ``run`` is the number of the run, which grows with each start over. ``epoch`` and ``batch`` count what is done:
    after the first batch of the first epoch they are 0 and 1. ``images_per_second`` is the speed of the last seconds (0
    while training stands still). ``seconds_left`` is the time to the end of the recipe, with all evaluations and the
    test; None if it is not known. ``validating`` is True between the last batch of an epoch and the end of its
    validation. ``device`` is the name of the device, ``threads`` the number of torch's threads.
    """

    state: State = State.UNTRAINED
    run: int = 0
    epoch: int = 0
    epochs: int = 0
    batch: int = 0
    batches: int = 0
    step: int = 0
    images: int = 0
    """How many training images this run has seen; an image counts each time."""
    images_per_second: float = 0.0
    seconds_left: float | None = None
    validating: bool = False
    planned: int = 0
    """The epochs of the recipe if training ended earlier because validation no longer improved; else 0."""
    ready: bool = False
    """True once torch and the dataset are loaded: commands now take effect at once."""
    device: str = ""
    precision: str = ""
    """The precision of the run; ``auto`` before the run starts if a measurement has to decide."""
    threads: int = 0
    pace: float = 0.0
    """Slow motion: the most batches a second; 0 is full speed."""
    measured: Pace | None = None
    """The pace of the run at full speed, also while it stands still; None if it is not known."""
    source: str = ""
    """The name of the file from which the weights at step 0 were imported; empty if they were initialized."""

    @property
    def begun(self) -> bool:
        """Whether the run has weights that no start over brings back: trained or imported ones."""
        return self.step > 0 or bool(self.source)

    @property
    def stopped(self) -> bool:
        """Whether the user ended the run before its last epoch; it was tested and can be continued."""
        return self.state is State.FINISHED and self.epoch < self.epochs

    @property
    def ended_early(self) -> bool:
        """Whether the run ended by itself before the last epoch of its recipe: validation no longer improved."""
        return self.state is State.FINISHED and self.epochs <= self.epoch < self.planned

    @property
    def resumable(self) -> bool:
        """Whether the run stands still before its end, so that training can go on from there."""
        return self.stopped or (self.state is State.PAUSED and self.step > 0)


def at_rest(status: Status, state: State) -> Status:
    """``status`` of the same run standing still in ``state``."""
    return replace(status, state=state, images_per_second=0.0, seconds_left=None, validating=False)


@dataclass(frozen=True, eq=False)
class BatchMetrics:
    """Loss and accuracy of consecutive training steps, in training mode (with dropout) before the update of the step.

    ``losses``: float32 (n,), >= 0, the mean cross-entropy of each batch; NaN if it was not a number. ``accuracies``:
    float32 (n,), shares in [0, 1]. The first value belongs to step ``first_step``, counted from 1. ``seconds`` is the
    training time at the last step, without pauses and evaluations. The values are read off the device in pieces;
    ``ends``, int32 (pieces,), is the number of steps up to the end of each piece, and ``times``, float64 (pieces,), the
    training time there in seconds. Both are None if there was one piece.
    """

    run: int
    first_step: int
    losses: NDArray[np.float32]
    accuracies: NDArray[np.float32]
    seconds: float
    ends: NDArray[np.int32] | None = None
    times: NDArray[np.float64] | None = None

    def pieces(self) -> Iterator[tuple[int, float]]:
        """For each piece the number of steps up to its end, and the training time there in seconds."""
        if self.ends is None or self.times is None:
            return iter([(len(self.losses), self.seconds)])
        return zip(self.ends.tolist(), self.times.tolist(), strict=True)

    def since(self, pieces: int) -> BatchMetrics:
        """The same metrics without the steps of the first ``pieces``."""
        if self.ends is None or self.times is None or not pieces:
            return self
        skipped = int(self.ends[pieces - 1])
        return replace(
            self,
            first_step=self.first_step + skipped,
            losses=self.losses[skipped:],
            accuracies=self.accuracies[skipped:],
            ends=self.ends[pieces:] - skipped,
            times=self.times[pieces:],
        )


@dataclass(frozen=True)
class Evaluation:
    """Mean loss and accuracy (a share in [0, 1]) over a whole split, in evaluation mode, after ``step``."""

    run: int
    split: str
    """ "validation", "test", or "test best": the test images with the weights of the best validation accuracy."""
    epoch: int
    step: int
    loss: float
    accuracy: float
    seconds: float
    """The training time up to here, without pauses and evaluations."""


def wrong_of(accuracy: float, images: int) -> int | None:
    """The number of wrong predictions that an accuracy (a share in [0, 1]) means; None without images."""
    return round((1 - accuracy) * images) if images and 0 <= accuracy <= 1 else None


Metrics = BatchMetrics | Evaluation


class Log(Generic[T]):
    """An append-only list for any number of readers, each with its own cursor."""

    def __init__(self) -> None:
        self._items: list[T] = []

    def append(self, item: T) -> None:
        """Add an item at the end."""
        self._items.append(item)

    def read(self, cursor: int = 0) -> tuple[list[T], int]:
        """The items from ``cursor`` on, and the cursor for the next call."""
        items = self._items[cursor:]
        return items, cursor + len(items)


@dataclass(frozen=True, eq=False)
class Weights:
    """A copy of all parameters and buffers of ``network``, made between two batches.

    ``tensors`` are named and shaped as in the torch module (``conv1.weight``: (O, I, kH, kW)): contiguous, on the CPU,
    float32 (batch counters of normalizations int64). ``shapes`` are the shapes of the nodes. ``settled`` is True if
    training stands still: no newer weights follow by themselves. ``start`` counts the starts of runs in the session: a
    run that was never trained leaves its number to the next one.
    """

    run: int
    step: int
    network: Network
    shapes: Shapes
    tensors: Mapping[str, Tensor]
    settled: bool
    start: int = 0


class WeightsSlot:
    """Holds the newest weights. The trainer copies its weights only after somebody has requested newer ones."""

    def __init__(self) -> None:
        self._latest: Weights | None = None
        self._requested = True
        self._listeners: list[Callable[[], None]] = []

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the training thread after each copy; it must return at once."""
        self._listeners.append(callback)

    def request(self) -> None:
        """Ask for weights newer than :attr:`latest`; none will come while training stands still."""
        self._requested = True

    @property
    def requested(self) -> bool:
        """Whether somebody has called :meth:`request` since the last :meth:`publish`. Read between two batches."""
        return self._requested

    @property
    def latest(self) -> Weights | None:
        """The newest weights; None if the network cannot be built."""
        return self._latest

    def publish(self, weights: Weights | None) -> None:
        """Replace :attr:`latest` and call the listeners."""
        self._latest = weights
        self._requested = False
        for callback in self._listeners:
            callback()
