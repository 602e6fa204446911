"""Runs a learning rate trial on its own thread, which alone imports torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.jobs import Job
from cnnviz.training.failure import explain
from cnnviz.training.rate_sweep import RateTrial

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.sentence import Sentence
    from cnnviz.training.channels import Weights


class RateFinder:
    """One learning rate trial of ``project`` on its own thread.

    It trains the weights that a new training starts with: a copy of ``weights`` if they belong to the network of the
    project and were not trained yet, else the initial weights. No run is changed. ``device`` and ``threads`` are as for
    a session.
    """

    def __init__(
        self, project: Project, weights: Weights | None = None, device: str = "auto", threads: int | None = None
    ) -> None:
        self.job: Job[RateTrial, None] = Job("cnnviz-rate-finder", self._run, self._explain)
        self._project, self._device, self._threads = project, device, threads
        untrained = weights is not None and weights.step == 0 and weights.network == project.network
        self._tensors = weights.tensors if weights is not None and untrained else None

    @property
    def latest(self) -> RateTrial:
        """The measurements so far. If the job was cancelled, no rate is suggested."""
        state = self.job.latest
        trial = state.progress or RateTrial()
        if state.failure is not None:
            trial = replace(trial, failure=state.failure.sentence)
        return replace(trial, running=False) if state.ended else trial

    def concerns(self, project: Project) -> bool:
        """Whether the trial of ``project`` would be the same: nothing that it depends on has been changed."""

        def parts(one: Project) -> tuple[object, ...]:
            return one.network, one.dataset, replace(one.recipe, learning_rate=1.0, epochs=1)

        return parts(project) == parts(self._project)

    def start(self) -> None:
        """Begin; returns at once."""
        self.job.start()

    def _run(self, job: Job[RateTrial, None]) -> None:
        from cnnviz.training.rate_trial import trials

        for trial in trials(self._project, self._tensors, self._device, self._threads):
            if job.cancelled.is_set():
                break
            job.report(trial)

    def _explain(self, error: Exception) -> Sentence:
        return explain(error, self._project.recipe.batch_size)
