"""The learning rates and losses of a short training whose rate grows at each step, and the rate that they suggest.

Smith, "Cyclical learning rates for training neural networks", 2015, https://arxiv.org/abs/1506.01186. No torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 300
WIDTH = 8.0
"""Standard deviation, in steps, of the Gaussian that smooths the losses; centred, so that the curve does not lag."""
MEMORY = 0.95
"""The running mean that ends the trial keeps this share of the mean before."""
EXPLODED = 4.0
"""The trial ends where that mean is so many times the lowest one."""
HIGH = 1.5
"""Losses above so many times the first one count as that: how far the loss explodes says nothing of good rates."""
LEAST_FALL = 0.05
"""Share of the highest smoothed loss that it must fall by, else there is no rate to be offered."""
BOTTOM = 0.1
"""The bottom of the curve is where less than this share of the fall is left."""


@dataclass(frozen=True)
class RateTrial:
    """What a trial has measured up to now.

    ``losses`` are the mean cross-entropies of the batches at ``rates``, in the same order; the rates grow. ``pick`` is
    the rate on offer: None while the trial runs, and where no rate is good. ``failure`` is a sentence where something
    went wrong.
    """

    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    running: bool = True
    pick: float | None = None
    failure: str = ""


def sweep(step: Callable[[float], float], steps: int = STEPS, *, peak: bool = False) -> Iterator[RateTrial]:
    """Take ``steps`` of a training at rates from :data:`LOWEST` to :data:`HIGHEST`, evenly spaced in their logarithm.

    ``step(rate)`` makes one update and returns the loss before it. Ends early where the loss explodes; the last trial
    is no longer running, and its pick is that of :func:`suggestion`.
    """
    trial = RateTrial()
    total, lowest = 0.0, inf
    for number in range(steps):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / max(1, steps - 1))
        loss = step(rate)
        if not isfinite(loss):
            break
        total = MEMORY * total + (1 - MEMORY) * loss
        mean = total / (1 - MEMORY ** (number + 1))
        trial = replace(trial, rates=(*trial.rates, rate), losses=(*trial.losses, loss))
        yield trial
        if mean > EXPLODED * lowest:
            break
        lowest = min(lowest, mean)
    yield replace(trial, running=False, pick=suggestion(trial.rates, trial.losses, peak=peak))


def smoothed(losses: Sequence[float]) -> NDArray[np.float64]:
    """The ``losses`` (n,) averaged with Gaussian weights around each step, float64 (n,)."""
    if not losses:
        return np.empty(0)
    values = np.minimum(np.asarray(losses, np.float64), HIGH * losses[0])
    reach = int(4 * WIDTH)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / WIDTH) ** 2)
    sums = np.convolve(values, weights)[reach : reach + len(values)]
    shares = np.convolve(np.ones(len(values)), weights)[reach : reach + len(values)]
    return np.asarray(sums / shares)


def suggestion(rates: Sequence[float], losses: Sequence[float], *, peak: bool = False) -> float | None:
    """The rate at which the smoothed loss falls most steeply; None where it hardly falls.

    Where the rate is the ``peak`` of a schedule, which most steps stay below, it is the middle of the bottom of the
    curve instead, in the logarithm of the rate.
    """
    smooth = smoothed(losses)
    if len(smooth) < 2:
        return None
    lowest = int(smooth.argmin())
    fall = float(smooth[: lowest + 1].max() - smooth[lowest])
    if fall < LEAST_FALL * smooth[: lowest + 1].max():
        return None
    if not peak:
        return rates[int(np.gradient(smooth)[: lowest + 1].argmin())]
    bottom = np.flatnonzero(smooth <= smooth[lowest] + BOTTOM * fall)
    return float(np.sqrt(rates[bottom[0]] * rates[bottom[-1]]))
