"""For how long the present run has been trained since a step, from the times that training tells. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.runs.histories.series import Times
from cnnviz.training.channels import BatchMetrics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz.training.channels import Metrics


class TrainingTime:
    """The training time of the steps of the present run, without pauses and evaluations."""

    def __init__(self) -> None:
        self._run = self._last_step = 0
        self._times = Times()

    def add(self, metrics: Iterable[Metrics]) -> None:
        """Take over the times of further steps; those of another run replace the present ones."""
        for batches in metrics:
            if not isinstance(batches, BatchMetrics):
                continue
            if batches.run != self._run or batches.first_step <= self._last_step:
                self._run, self._times = batches.run, Times()
            before = batches.first_step - 1
            for steps, seconds in batches.pieces():
                self._last_step = before + steps
                self._times.add(self._last_step, seconds)

    def since(self, run: int, step: int) -> float | None:
        """The seconds that ``run`` has been trained for since ``step``; None if its times are not known."""
        if run != self._run or step > self._last_step:
            return None
        then, now = self._times.at(np.array([step, self._last_step], np.int64)).tolist()
        return float(now - then)
