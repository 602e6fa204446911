"""The current run of a session, and the suspended run that the user can go back to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.training.channels import MOVING, Status
from cnnviz.training.continuing import DroppedLayers
from cnnviz.training.live import LiveChanges
from cnnviz.training.standing import PreviousRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence
    from cnnviz.training.device import Placement
    from cnnviz.training.loop import Moment
    from cnnviz.training.state import TrainingState
    from cnnviz.training.trained_weights import TrainedWeights


@dataclass(eq=False)
class Run:
    """Everything that belongs to one run. Another run is another object, so nothing has to be reset.

    ``state`` is None if the network has no weights. ``obstacle`` is the sentence of the first problem that keeps it
    from being trained, None if there is none or an event has already told it. ``dropped`` are the layers that edits
    removed, ``live`` the live changes.
    ``weights`` are those that the run begins with, None for initial weights of the seed.
    ``source`` is the name of the file from which the weights at step 0 were imported, empty if they were initialized.
    ``start`` is that of :class:`~cnnviz.training.channels.Weights`.
    """

    number: int
    project: Project
    start: int = 0
    state: TrainingState | None = None
    weights: TrainedWeights | None = None
    dropped: DroppedLayers = field(default_factory=DroppedLayers)
    obstacle: Sentence | None = None
    live: LiveChanges = field(default_factory=LiveChanges)
    source: str = ""
    moments: Iterator[Moment] = field(default_factory=lambda: iter(()))
    """The training loop over ``state``, at its present place."""
    stop_at_step: int | None = None
    stop_at_epoch: int | None = None
    batch_at: float = -math.inf
    """For slow motion: ``perf_counter`` when the last batch was done; minus infinity if the next need not wait."""

    @property
    def begun(self) -> bool:
        """Whether the run has weights that no start over brings back: trained or imported ones."""
        return self.state is not None and (self.state.step > 0 or bool(self.source))

    def stop_at(self, batches: int | None, epochs: int | None) -> None:
        """Pause after ``batches`` more, or at the end of the next ``epochs``; None is no limit."""
        assert self.state is not None
        self.stop_at_step = None if batches is None else self.state.step + batches
        self.stop_at_epoch = None if epochs is None else self.state.epoch + epochs


@dataclass(frozen=True, eq=False)
class SuspendedRun:
    """Everything that a session needs to go on with a run. The tensors stay on their device.

    ``seconds`` is the training time, without pauses and evaluations; ``status`` is the last published status.
    ``start`` is that of :class:`~cnnviz.training.channels.Weights`, 0 for a run that comes from elsewhere.
    """

    number: int
    project: Project
    state: TrainingState
    dropped: DroppedLayers
    seconds: float
    status: Status
    start: int = 0

    @property
    def placement(self) -> Placement:
        """Device, precision and threads of the run."""
        return self.state.placement

    @property
    def summary(self) -> PreviousRun:
        """The part of this that is published to other threads."""
        return PreviousRun(self.number, self.state.step, self.project, self.status.state in MOVING)
