"""The current run of a session, and a run that is suspended while another one is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.training.continuing import DroppedLayers
from cnnviz.training.live import LiveChanges
from cnnviz.training.standing import PreviousRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.project.project import Project
    from cnnviz.training.channels import Status
    from cnnviz.training.device import Placement
    from cnnviz.training.loop import Moment
    from cnnviz.training.state import TrainingState


@dataclass(eq=False)
class Run:
    """Everything that ends with a run. Another run is another value, so that nothing has to be reset by hand.

    ``state`` is None where the network cannot be trained; ``obstacle`` then says what the check of the network found,
    and is empty where an event has said it. ``dropped`` are the layers that changes took away.
    """

    number: int
    project: Project
    state: TrainingState | None = None
    dropped: DroppedLayers = field(default_factory=DroppedLayers)
    obstacle: str = ""
    live: LiveChanges = field(default_factory=LiveChanges)
    moments: Iterator[Moment] = field(default_factory=lambda: iter(()))
    """The loop over ``state``, at the place where it was left."""
    stop_at_step: int | None = None
    stop_at_epoch: int | None = None
    batch_at: float = -math.inf
    """``perf_counter`` when the last batch was done; minus infinity where the next one need not wait."""

    @property
    def begun(self) -> bool:
        """Whether at least one step has been trained."""
        return self.state is not None and self.state.step > 0

    def stop_at(self, batches: int | None, epochs: int | None) -> None:
        """Pause after so many more batches, or at the end of so many more epochs; None is no limit."""
        assert self.state is not None
        self.stop_at_step = None if batches is None else self.state.step + batches
        self.stop_at_epoch = None if epochs is None else self.state.epoch + epochs


@dataclass(frozen=True, eq=False)
class SuspendedRun:
    """All that a session needs to go on with a run. Its tensors stay on their device.

    ``seconds`` is its training time, without pauses and evaluations; ``status`` the last one that was published.
    """

    number: int
    project: Project
    state: TrainingState
    dropped: DroppedLayers
    seconds: float
    status: Status

    @property
    def placement(self) -> Placement:
        """Where and how it is computed."""
        return self.state.placement

    @property
    def summary(self) -> PreviousRun:
        """What other threads are told of it."""
        return PreviousRun(self.number, self.state.step, self.project)
