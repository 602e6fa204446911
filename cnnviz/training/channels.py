"""What a session publishes: its status, metrics, events and weights. No torch, no Qt.

The training thread never waits for a reader: it appends to logs, replaces the status, and copies weights only when
somebody has requested them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence
    from cnnviz.training.origin import Origin

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
        """The same steps without those of the first ``pieces``."""
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


Metrics = BatchMetrics | Evaluation


@dataclass(frozen=True)
class RunStarted:
    """A run begins at step 0; all values before belong to another run."""

    run: int
    project: Project


@dataclass(frozen=True)
class RunResumed:
    """The previous run, the run of a checkpoint, or a new run that continues a recorded run, is the current run now.

    ``folder`` is that of the checkpoint, ``origin`` the moment of the recorded run; both are None for the previous run.
    """

    run: int
    step: int
    project: Project
    folder: Path | None = None
    origin: Origin | None = None


@dataclass(frozen=True)
class RunSaved:
    """The run was written to the checkpoint ``folder`` as it was after ``step``."""

    run: int
    step: int
    folder: Path


@dataclass(frozen=True)
class SaveFailed:
    """The run could not be written to the checkpoint ``folder``; ``sentence`` says why. Training goes on."""

    run: int
    step: int
    folder: Path
    sentence: Sentence


@dataclass(frozen=True)
class RateChanged:
    """A setting was changed while training, from ``step`` on; ``before`` is its earlier value."""

    run: int
    step: int
    parameter: str
    value: float
    before: float | None = None


@dataclass(frozen=True)
class EpochsAdded:
    """Training goes on after the end of the recipe, from ``step`` on, for ``epochs`` more.

    ``rate`` is the learning rate of the first added step. ``raised`` is True if the schedule had ended near 0, so that
    the added epochs train with :data:`cnnviz.training.schedule.ADDED` times the recipe's rate.
    """

    run: int
    step: int
    epochs: int
    rate: float
    raised: bool


@dataclass(frozen=True)
class NetworkChanged:
    """From ``step`` on the run trains ``project``: the layers in ``kept`` keep their weights, those in ``new`` start
    with the initial weights of the seed."""

    run: int
    step: int
    project: Project
    kept: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """A command could not be carried out and changed nothing; ``sentence`` says why."""

    run: int
    sentence: Sentence


@dataclass(frozen=True)
class RunFinished:
    """The last epoch of the recipe is done, or the run was stopped before; the test images have been evaluated."""

    run: int
    step: int


@dataclass(frozen=True)
class RunFailed:
    """The run cannot go on. ``sentence`` says what happened and what to do, ``detail`` is the traceback."""

    run: int
    step: int
    sentence: Sentence
    detail: str


Event = (
    RunStarted
    | RunResumed
    | RunSaved
    | SaveFailed
    | RateChanged
    | EpochsAdded
    | NetworkChanged
    | Refused
    | RunFinished
    | RunFailed
)


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


class EventLog(Log[Event]):
    """A :class:`Log` in which a run that starts again at step 0 replaces all earlier events of the same run.

    So a network that is edited for hours without training leaves one entry. Cursors count all events ever appended,
    also those that were replaced.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now: tuple[int, tuple[tuple[int, Event], ...]] = (0, ())
        """The number of events ever appended, and the events that are left, each with its number. The tuple is
        replaced as a whole, so that readers need no lock."""

    def append(self, item: Event) -> None:
        """Add an event at the end."""
        count, kept = self._now
        if isinstance(item, RunStarted):
            kept = tuple((number, event) for number, event in kept if event.run != item.run)
        self._now = count + 1, (*kept, (count, item))

    def read(self, cursor: int = 0) -> tuple[list[Event], int]:
        """The events from ``cursor`` on, and the cursor for the next call."""
        count, kept = self._now
        first = bisect_left(kept, cursor, key=lambda numbered: numbered[0])
        return [event for _, event in kept[first:]], count


@dataclass(frozen=True, eq=False)
class Weights:
    """A copy of all parameters and buffers of ``network``, made between two batches.

    ``tensors`` are named and shaped as in the torch module (``conv1.weight``: (O, I, kH, kW)): contiguous, on the CPU,
    float32 (batch counters of normalizations int64). ``shapes`` are the shapes of the nodes. ``settled`` is True if
    training stands still: no newer weights follow by themselves.
    """

    run: int
    step: int
    network: Network
    shapes: Shapes
    tensors: Mapping[str, Tensor]
    settled: bool


class WeightsSlot:
    """Holds the newest weights. The trainer copies its weights only after somebody has requested newer ones."""

    def __init__(self) -> None:
        self._latest: Weights | None = None
        self._wanted = True
        self._listeners: list[Callable[[], None]] = []

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the training thread after each copy; it must return at once."""
        self._listeners.append(callback)

    def request(self) -> None:
        """Ask for weights newer than :attr:`latest`; none will come while training stands still."""
        self._wanted = True

    @property
    def wanted(self) -> bool:
        """Whether somebody has called :meth:`request` since the last :meth:`publish`. Read between two batches."""
        return self._wanted

    @property
    def latest(self) -> Weights | None:
        """The newest weights; None if the network cannot be built."""
        return self._latest

    def publish(self, weights: Weights | None) -> None:
        """Replace :attr:`latest` and call the listeners."""
        self._latest = weights
        self._wanted = False
        for callback in self._listeners:
            callback()
