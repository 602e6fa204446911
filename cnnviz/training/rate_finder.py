"""Finds a learning rate beside the window. torch is imported on the finder's own thread alone."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from cnnviz.project.project import Project
from cnnviz.training.channels import Weights
from cnnviz.training.rate_sweep import RateTrial

log = logging.getLogger(__name__)


class RateFinder:
    """One trial of ``project`` on a thread of its own; ``latest`` is what it has measured.

    It begins with ``weights`` where they belong to the network of the project, else with the initial ones, and trains
    a copy of them: no run is touched. ``device`` and ``threads`` are as for a session.
    """

    def __init__(
        self, project: Project, weights: Weights | None = None, device: str = "auto", threads: int | None = None
    ) -> None:
        self.latest = RateTrial()
        self._project, self._device, self._threads = project, device, threads
        self._tensors = weights.tensors if weights is not None and weights.network == project.network else None
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cnnviz-rate-finder", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """End after the current batch, with what has been measured and no rate on offer; returns at once."""
        self._cancelled.set()

    def close(self, timeout: float = 2.0) -> bool:
        """Cancel, and whether the thread has ended within ``timeout`` seconds."""
        self.cancel()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        from cnnviz.training.failure import explain

        try:
            from cnnviz.training.rate_trial import trials

            for trial in trials(self._project, self._tensors, self._device, self._threads):
                if self._cancelled.is_set():
                    break
                self.latest = trial
        except Exception as error:
            log.error("a trial of learning rates stopped", exc_info=error)
            self.latest = replace(self.latest, failure=explain(error, self._project.recipe.batch_size))
        self.latest = replace(self.latest, running=False)
