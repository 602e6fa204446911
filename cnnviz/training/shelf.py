"""The run that was left for another one, kept so that it can be gone back to."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.project.project import Project
from cnnviz.training.channels import KeptRun, Status
from cnnviz.training.continuing import Memory
from cnnviz.training.device import Placement
from cnnviz.training.state import TrainingState


@dataclass(frozen=True, eq=False)
class Left:
    """All of a run that a session needs to go on with it; ``status`` is the last one that it showed."""

    number: int
    project: Project
    state: TrainingState
    memory: Memory
    seconds: float
    status: Status

    @property
    def placement(self) -> Placement:
        """Where it was computed; its threads are for whoever goes on with it to set."""
        return self.state.placement


class Shelf:
    """Holds one run: leaving another one gives up the one before. Its tensors stay where they are, as they are."""

    def __init__(self) -> None:
        self.left: Left | None = None
        """The run that is kept."""

    def put(self, left: Left) -> KeptRun:
        """Keep a run; returns what is said of it."""
        self.left = left
        return KeptRun(left.number, left.state.step, left.project)

    def clear(self) -> None:
        """Keep none any more."""
        self.left = None
