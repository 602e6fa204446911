"""What looking into the network costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.training.channels import Status

AVERAGED_SECONDS = 2.0
"""The cost is averaged over about this time."""
GPU_SHARE, LONGEST_PAUSE_SECONDS = 0.06, 1.0
"""Beside a training on a GPU, drawing and painting snapshots takes at most about this share of a core, unless the time
between two snapshots would be more than :data:`LONGEST_PAUSE_SECONDS`. On an NVIDIA H200 a training of the tutorial's
network kept 84 % of its speed with 10 snapshots a second, and 99 % with 3.5."""


class InspectionCost:
    """The share of the training cores' time that computing, drawing and painting snapshots takes."""

    def __init__(self) -> None:
        self.drawing_seconds = 0.0
        """The time that drawing and painting snapshots has taken since the window was opened."""
        self._last_seconds = 0.0
        """The time that drawing and painting the last snapshot has taken."""
        self._unpainted = False
        """Whether a snapshot has been drawn since the window was last painted."""
        self._measured_at, self._spent_before = time.perf_counter(), 0.0
        """When the cost was last measured, and the time that snapshots had taken until then."""

    def note_drawing(self, seconds: float) -> None:
        """Note that a snapshot was drawn in so many seconds, and is to be painted."""
        self.drawing_seconds += seconds
        self._last_seconds = seconds
        self._unpainted = True

    def note_painting(self, seconds: float) -> None:
        """Note the duration of a paint of the window; it counts if it painted a new snapshot."""
        if self._unpainted:
            self._unpainted = False
            self.drawing_seconds += seconds
            self._last_seconds += seconds

    def seconds_between(self, status: Status) -> float:
        """The least time in seconds between two snapshots if only the weights have changed."""
        if status.state is not State.RUNNING or not _on_gpu(status):
            return 0.0
        return min(LONGEST_PAUSE_SECONDS, self._last_seconds / GPU_SHARE)

    def measure(self, computing_seconds: float, cores: int) -> float | None:
        """The cost since the last measurement, in [0, 1]; None if that was a short time ago.

        ``computing_seconds`` is the time that computing snapshots has taken since the window was opened, ``cores`` the
        number of cores that train.
        """
        now = time.perf_counter()
        if now - self._measured_at < AVERAGED_SECONDS:
            return None
        spent = computing_seconds + self.drawing_seconds
        cost = (spent - self._spent_before) / (now - self._measured_at) / max(1, cores)
        self._measured_at, self._spent_before = now, spent
        return cost


def training_cores(status: Status) -> int:
    """The number of cores that a training keeps busy.

    A GPU is given its work by one core, which also draws: both need Python's interpreter lock.
    """
    return 1 if _on_gpu(status) else status.threads


def _on_gpu(status: Status) -> bool:
    return status.device not in ("", "CPU")
