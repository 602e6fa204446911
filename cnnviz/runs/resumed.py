"""The runs of a session that go on from a checkpoint or a recorded moment, as its recorder sees them. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.training.channels import BatchMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.training.channels import Metrics
    from cnnviz.training.events import RunResumed
    from cnnviz.training.origin import Origin


class ResumedRuns:
    """The runs that continue from a checkpoint or a recorded moment, until they are trained.

    Metrics from before that moment are held back until then, so that a run that is only opened leaves no folder.
    """

    def __init__(self) -> None:
        self._origins: dict[int, Origin | None] = {}
        self._steps: dict[int, int] = {}
        """The step from which each run continues, for runs that have not been trained since."""
        self._before: dict[int, list[Metrics]] = {}

    def add(self, event: RunResumed) -> None:
        """Another run goes on from a checkpoint or a recorded moment."""
        self._origins[event.run], self._steps[event.run], self._before[event.run] = event.origin, event.step, []

    def forget(self, run: int) -> None:
        """Forget a run that was never trained, because another run has got its number."""
        for values in (self._origins, self._steps, self._before):
            values.pop(run, None)

    def origin(self, run: int) -> Origin | None:
        """The recorded moment from which a run goes on; None if there is none."""
        return self._origins.get(run)

    def released(self, run: int, metrics: Sequence[Metrics]) -> list[Metrics]:
        """The metrics to be recorded now that there are new ``metrics``: none before the run is trained, then all."""
        if run not in self._steps:
            return list(metrics)
        self._before[run] += metrics
        step = self._steps[run]
        if all(not isinstance(metric, BatchMetrics) or metric.first_step <= step for metric in metrics):
            return []
        del self._steps[run]
        return self._before.pop(run)
