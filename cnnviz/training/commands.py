"""What a session can be asked to do. Commands are taken in order, between two batches. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.hooks import Hook
    from cnnviz.training.state import TrainingState


@dataclass(frozen=True)
class Play:
    """Train to the end of the recipe, or for so many more ``batches``, or to the end of so many more ``epochs``."""

    batches: int | None = None
    epochs: int | None = None


@dataclass(frozen=True)
class Pause:
    """Stand still between two batches; everything stays as it is."""


@dataclass(frozen=True)
class Stop:
    """End the run between two batches and evaluate it on the test images. ``Play`` goes on from here."""


@dataclass(frozen=True)
class Pace:
    """Train at most so many batches a second; 0 is full speed."""

    batches_per_second: float


@dataclass(frozen=True)
class Back:
    """Go back to the previous run; the present one takes its place."""


@dataclass(frozen=True)
class Reset:
    """Begin another run of ``project`` at step 0, with the initial weights of the recipe's seed."""

    project: Project


@dataclass(frozen=True)
class Apply:
    """The project on screen was edited."""

    project: Project


@dataclass(frozen=True)
class Continue:
    """Go on with ``project``: layers that still fit keep what they have learned, the others start new."""

    project: Project


@dataclass(frozen=True)
class Save:
    """Write the run to ``folder`` as a checkpoint."""

    folder: Path


@dataclass(frozen=True)
class Resume:
    """Go on with the run of the checkpoint in ``folder``; ``device`` None is the device of the checkpoint."""

    folder: Path
    device: str | None


@dataclass(frozen=True)
class Visit:
    """Call ``callback`` between two batches with the state of the run; None where there is none."""

    callback: Callable[[TrainingState | None], object]


@dataclass(frozen=True)
class AddHook:
    """Call ``hook`` between batches from now on."""

    hook: Hook


@dataclass(frozen=True)
class RemoveHook:
    """Call ``hook`` no more."""

    hook: Hook


@dataclass(frozen=True)
class Close:
    """End the thread."""


Command = (
    Play | Pause | Stop | Pace | Reset | Back | Apply | Continue | Save | Resume | Visit | AddHook | RemoveHook | Close
)
