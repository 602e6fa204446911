"""The commands of a session. They are carried out in order, between two batches. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.hooks import Hook
    from cnnviz.training.run_source import RunSource
    from cnnviz.training.state import TrainingState
    from cnnviz.training.trained_weights import TrainedWeights


@dataclass(frozen=True)
class Play:
    """Train to the end of the recipe; or ``batches`` more, or to the end of the next ``epochs``, then pause."""

    batches: int | None = None
    epochs: int | None = None


@dataclass(frozen=True)
class Pause:
    """Pause between two batches."""


@dataclass(frozen=True)
class Stop:
    """End the run and evaluate it on the test images. ``Play`` continues it."""


@dataclass(frozen=True)
class Pace:
    """Slow motion: train at most ``batches_per_second``; 0 is full speed."""

    batches_per_second: float


@dataclass(frozen=True)
class Back:
    """Make the previous run the current one, and the current run the previous one."""


@dataclass(frozen=True)
class Reset:
    """Begin another run of ``project`` at step 0, with the initial weights of the recipe's seed."""

    project: Project


@dataclass(frozen=True)
class Transfer:
    """Begin another run of ``project`` at step 0, with what the current run has learned, or with other ``weights``."""

    project: Project
    weights: TrainedWeights | None


@dataclass(frozen=True)
class Apply:
    """The project on screen was edited."""

    project: Project


@dataclass(frozen=True)
class Continue:
    """Continue the run with ``project``: layers that still fit keep their weights, the others start anew."""

    project: Project


@dataclass(frozen=True)
class Save:
    """Write the run to ``folder`` as a checkpoint."""

    folder: Path


@dataclass(frozen=True)
class Resume:
    """Make the run of the checkpoint in ``folder`` the current one; ``device`` None is the checkpoint's."""

    folder: Path
    device: str | None


@dataclass(frozen=True)
class Branch:
    """Start a new run from a moment of a recorded run, and make it the current run; ``device`` None is the recorded
    run's."""

    source: RunSource
    device: str | None


@dataclass(frozen=True)
class Visit:
    """Call ``callback`` once between two batches with the state of the run; None if there is no state."""

    callback: Callable[[TrainingState | None], object]


@dataclass(frozen=True)
class AddHook:
    """Call ``hook`` between batches from now on, wherever it asks for it."""

    hook: Hook


@dataclass(frozen=True)
class RemoveHook:
    """Stop calling ``hook``."""

    hook: Hook


@dataclass(frozen=True)
class Close:
    """End the thread."""


Command = (
    Play
    | Pause
    | Stop
    | Pace
    | Reset
    | Transfer
    | Back
    | Apply
    | Continue
    | Save
    | Resume
    | Branch
    | Visit
    | AddHook
    | RemoveHook
    | Close
)
