"""What a session publishes: its status, metrics, events and weights.

Nothing here knows torch or Qt. The training thread never waits for a reader: logs are appended to, the status is
replaced, and weights are copied only when somebody has asked for them.
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

T = TypeVar("T")


class State(Enum):
    """Where a session stands. The transitions are listed in :mod:`cnnviz.training.session`."""

    UNTRAINED = "untrained"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CLOSING = "closing"


MOVING = (State.RUNNING, State.STARTING)
"""The states of a session that does not stand still."""


@dataclass(frozen=True)
class Status:
    """One moment of a session, for a status line.

    ``epoch`` and ``batch`` count what is done: after the first batch of the first epoch they are 0 and 1. ``run``
    counts the starts over, ``images_per_second`` is that of the last seconds (0 where nothing moves), ``seconds_left``
    until the last epoch of the recipe and the test, evaluations counted, ``validating`` is True between the last batch
    of an epoch and its validation.
    """

    state: State = State.UNTRAINED
    run: int = 0
    epoch: int = 0
    epochs: int = 0
    batch: int = 0
    batches: int = 0
    step: int = 0
    images: int = 0
    """Training images seen in this run, each time that one is."""
    images_per_second: float = 0.0
    seconds_left: float | None = None
    validating: bool = False
    planned: int = 0
    """The epochs that were to be done, where training ended earlier because validation no longer improved; else 0."""
    ready: bool = False
    """torch and the dataset are loaded, so that a command takes effect at once."""
    device: str = ""
    precision: str = ""
    """That of the run; ``auto`` before it starts, where only a measurement will tell which one it takes."""
    threads: int = 0
    pace: float = 0.0
    """Slow motion: so many batches a second; 0 is full speed."""

    @property
    def stopped(self) -> bool:
        """Whether the run was ended before its last epoch, and tested; it can be gone on with."""
        return self.state is State.FINISHED and self.epoch < self.epochs

    @property
    def ended_early(self) -> bool:
        """Whether it ended by itself before the last epoch of its recipe: validation no longer improved."""
        return self.state is State.FINISHED and self.epochs <= self.epoch < self.planned

    @property
    def resumable(self) -> bool:
        """Whether it stands still in the middle, so that training goes on where it was."""
        return self.stopped or (self.state is State.PAUSED and self.step > 0)


def at_rest(status: Status, state: State) -> Status:
    """``status`` as that of a run that stands still in ``state``."""
    return replace(status, state=state, images_per_second=0.0, seconds_left=None, validating=False)


@dataclass(frozen=True, eq=False)
class BatchMetrics:
    """Consecutive training steps, measured while learning (dropout on, before the step's update).

    ``losses`` (mean cross-entropy of the batch) and ``accuracies`` (share in [0, 1]) are float32 (n,); the first
    belongs to step ``first_step``, counted from 1. ``seconds`` is the training time at the last of them, without
    pauses. Where they were read off the device in several pieces, int32 ``ends`` counts the steps up to the end of each
    piece, and float64 ``times`` are the seconds there.
    """

    run: int
    first_step: int
    losses: NDArray[np.float32]
    accuracies: NDArray[np.float32]
    seconds: float
    ends: NDArray[np.int32] | None = None
    times: NDArray[np.float64] | None = None

    def pieces(self) -> Iterator[tuple[int, float]]:
        """For each piece the number of steps up to its end, and the seconds there."""
        if self.ends is None or self.times is None:
            return iter([(len(self.losses), self.seconds)])
        return zip(self.ends.tolist(), self.times.tolist(), strict=True)

    def since(self, pieces: int) -> BatchMetrics:
        """Without the first ``pieces``."""
        if self.ends is None or self.times is None or not pieces:
            return self
        left = int(self.ends[pieces - 1])
        return replace(
            self,
            first_step=self.first_step + left,
            losses=self.losses[left:],
            accuracies=self.accuracies[left:],
            ends=self.ends[pieces:] - left,
            times=self.times[pieces:],
        )


@dataclass(frozen=True)
class Evaluation:
    """Loss and accuracy (share in [0, 1]) over a whole split, in evaluation mode, after ``step``."""

    run: int
    split: str
    """``validation`` or ``test``."""
    epoch: int
    step: int
    loss: float
    accuracy: float
    seconds: float
    """Training time at this moment, without pauses and evaluations."""


Metrics = BatchMetrics | Evaluation


@dataclass(frozen=True)
class RunStarted:
    """A run begins at step 0: what was drawn before belongs to another run."""

    run: int
    project: Project


@dataclass(frozen=True)
class RunResumed:
    """The run that was left before, or that of a checkpoint, is the current one now, at the step where it was.

    ``folder`` is that of the checkpoint.
    """

    run: int
    step: int
    project: Project
    folder: Path | None = None


@dataclass(frozen=True)
class RunSaved:
    """The run as it was after ``step`` is in the checkpoint ``folder``."""

    run: int
    step: int
    folder: Path


@dataclass(frozen=True)
class SaveFailed:
    """The run could not be written to the checkpoint ``folder``; it goes on, and ``sentence`` says why it was not."""

    run: int
    step: int
    folder: Path
    sentence: str


@dataclass(frozen=True)
class RateChanged:
    """A live change of the recipe, from ``step`` on; ``before`` is what the parameter was."""

    run: int
    step: int
    parameter: str
    value: float
    before: float | None = None


@dataclass(frozen=True)
class EpochsAdded:
    """After the end of the recipe training goes on for so many ``epochs`` more, from ``step`` on.

    ``rate`` is that of the first of their steps; ``raised`` is True where the recipe's schedule had ended near 0, so
    that it is :data:`cnnviz.training.schedule.ADDED` of the recipe's rate instead.
    """

    run: int
    step: int
    epochs: int
    rate: float
    raised: bool


@dataclass(frozen=True)
class NetworkChanged:
    """From ``step`` on the run trains ``project``: the layers ``kept`` go on with what they have learned, those that
    are ``new`` start with the weights of the seed."""

    run: int
    step: int
    project: Project
    kept: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """A command could not be obeyed and has changed nothing; ``sentence`` says why."""

    run: int
    sentence: str


@dataclass(frozen=True)
class RunFinished:
    """The last epoch of the recipe is done, or the run was ended before."""

    run: int
    step: int


@dataclass(frozen=True)
class RunFailed:
    """The run cannot go on. ``sentence`` says what happened and what to do, ``detail`` is the traceback."""

    run: int
    step: int
    sentence: str
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
    """An append-only list that any number of readers follow, each with a cursor of its own."""

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
    """A :class:`Log` of what still matters: a run that starts again at step 0 takes the place of all that was told of
    it before, so that a network that is edited for hours leaves one entry.

    Cursors count what was appended, whether it is still there or not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now: tuple[int, tuple[tuple[int, Event], ...]] = (0, ())
        """How many events were appended, and those that are left, each with its number; replaced as a whole, so that no
        reader has to wait."""

    def append(self, item: Event) -> None:
        """Add an event at the end."""
        count, kept = self._now
        if isinstance(item, RunStarted):
            kept = tuple(one for one in kept if one[1].run != item.run)
        self._now = count + 1, (*kept, (count, item))

    def read(self, cursor: int = 0) -> tuple[list[Event], int]:
        """The events from ``cursor`` on, and the cursor for the next call."""
        count, kept = self._now
        first = bisect_left(kept, cursor, key=lambda one: one[0])
        return [event for _, event in kept[first:]], count


@dataclass(frozen=True, eq=False)
class Weights:
    """A copy of all parameters and buffers between two batches; float32 as trained, contiguous, on the CPU.

    ``tensors`` are named as in the torch module (``conv1.weight``); ``network`` is the one they belong to, and
    ``shapes`` what is known of its nodes.
    ``settled`` is True where training stands still, so that no newer ones will follow by themselves.
    """

    run: int
    step: int
    network: Network
    shapes: Shapes
    tensors: Mapping[str, Tensor]
    settled: bool


class WeightsSlot:
    """Latest wins, on demand: the trainer copies its weights only when somebody has asked since the last copy."""

    def __init__(self) -> None:
        self._latest: Weights | None = None
        self._wanted = True
        self._listeners: list[Callable[[], None]] = []

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the training thread after each copy; it must return at once."""
        self._listeners.append(callback)

    def request(self) -> None:
        """Ask for newer weights than the last ones; where training stands still there are none."""
        self._wanted = True

    @property
    def wanted(self) -> bool:
        """Whether somebody has asked since the last :meth:`offer`. Read by the trainer between two batches."""
        return self._wanted

    @property
    def latest(self) -> Weights | None:
        """The last published weights; None where the network cannot be built."""
        return self._latest

    def offer(self, weights: Weights | None) -> None:
        """Publish newer weights."""
        self._latest = weights
        self._wanted = False
        for callback in self._listeners:
            callback()
