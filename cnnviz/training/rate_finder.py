"""Finding a learning rate: a short training whose rate grows at each step, and the rate that its losses suggest.

Smith, "Cyclical learning rates for training neural networks", 2015, with the smoothing, the end and the suggestion of
fastai. torch is imported on the finder's own thread alone.
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf, isfinite

from cnnviz.project.project import Project
from cnnviz.training.channels import Weights

log = logging.getLogger(__name__)

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 300
SMOOTHING = 0.95
"""What is shown of a loss is a running mean that keeps this share of the one before."""
EXPLODED = 4.0
"""The trial ends where the smoothed loss is so many times the lowest one."""
LEAST_FALL = 10
"""With fewer steps downwards there is no rate to be offered."""


@dataclass(frozen=True)
class RateTrial:
    """What a trial has measured up to now.

    ``losses`` are the smoothed losses of the batches at ``rates``, of the same length and growing. ``pick`` is the rate
    on offer, None while it runs and where there is none; ``failure`` a sentence where something went wrong.
    """

    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    running: bool = True
    pick: float | None = None
    failure: str = ""


def sweep(step: Callable[[float], float], steps: int = STEPS) -> Iterator[RateTrial]:
    """Take ``steps`` of a training at rates from :data:`LOWEST` to :data:`HIGHEST`, evenly spaced in their logarithm.

    ``step(rate)`` makes one update and returns the loss before it. Ends early where the loss explodes; the last trial
    is no longer running.
    """
    trial = RateTrial()
    mean, lowest = 0.0, inf
    for number in range(steps):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / max(1, steps - 1))
        loss = step(rate)
        if not isfinite(loss):
            break
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smooth = mean / (1 - SMOOTHING ** (number + 1))
        trial = replace(trial, rates=(*trial.rates, rate), losses=(*trial.losses, smooth))
        yield trial
        if smooth > EXPLODED * lowest:
            break
        lowest = min(lowest, smooth)
    yield replace(trial, running=False, pick=suggestion(trial.rates, trial.losses))


def suggestion(rates: tuple[float, ...], losses: tuple[float, ...]) -> float | None:
    """The rate in the middle of the longest fall of the loss, fastai's "valley"; None where it hardly falls.

    The longest fall is the longest series of losses, not all neighbours, each lower than the one before; as many steps
    as it has, up to its end, are taken for its place.
    """
    ends: list[float] = []
    """The negated last loss of the best series of each length, growing."""
    length = last = 0
    for place, loss in enumerate(losses):
        found = bisect_left(ends, -loss)
        ends[found : found + 1] = [-loss]
        if found + 1 > length:
            length, last = found + 1, place
    if length < LEAST_FALL:
        return None
    third = length / 3
    return rates[last - length + int(third) + int(third / 2)]


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
