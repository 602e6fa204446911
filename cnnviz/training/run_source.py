"""The interface by which the training thread reads a recorded run. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.training.channels import Metrics
    from cnnviz.training.events import Event
    from cnnviz.training.origin import Origin
    from cnnviz.training.resources import TrainingResources
    from cnnviz.training.state import TrainingState


class RunSource(Protocol):
    """A moment of a recorded run that can be loaded."""

    @property
    def origin(self) -> Origin:
        """Run and step of the moment."""
        ...

    def load(
        self, number: int, device: str | None, resources: TrainingResources
    ) -> tuple[Project, TrainingState, list[Metrics], list[Event]]:
        """The training at the moment, and the metrics and changed settings up to it, which get the run ``number``.

        ``device`` None is the device of the recorded run. Raises SaidError.
        """
        ...
