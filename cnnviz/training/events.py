"""The events of a run that a session reports. No torch, no Qt."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.training.channels import Log

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence
    from cnnviz.training.origin import Origin, WeightsOrigin


@dataclass(frozen=True)
class RunStarted:
    """A run begins at step 0; all values before belong to another run.

    ``inherited`` are the layers that begin with what another run has learned, and ``origin`` is that run; None if all
    layers begin with the initial weights of the seed.
    """

    run: int
    project: Project
    inherited: tuple[str, ...] = ()
    origin: WeightsOrigin | None = None


@dataclass(frozen=True)
class RunResumed:
    """The previous run, the run of a checkpoint, or a new run that continues a recorded run, is the current run now.

    ``folder`` is the checkpoint's, ``origin`` the moment of the recorded run; both are None for the previous run.
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
class SettingChanged:
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
    with the initial weights of the seed.

    If nothing changes but which layers are frozen, ``frozen`` are these layers; else it is None.
    """

    run: int
    step: int
    project: Project
    kept: tuple[str, ...]
    new: tuple[str, ...]
    frozen: tuple[str, ...] | None = None


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
    """The run cannot go on. ``sentence`` says what happened and what to do, ``detail`` is the traceback.

    ``not_a_number`` says that the loss was no longer a number; it is not recorded.
    """

    run: int
    step: int
    sentence: Sentence
    detail: str
    not_a_number: bool = False


Event = (
    RunStarted
    | RunResumed
    | RunSaved
    | SaveFailed
    | SettingChanged
    | EpochsAdded
    | NetworkChanged
    | Refused
    | RunFinished
    | RunFailed
)


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
