"""Learning rate range test: a short training whose rate grows at each step, and the rate that its losses suggest.

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

    from cnnviz.sentence import Sentence

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 300
WIDTH = 8.0
"""Standard deviation, in steps, of the Gaussian that smooths the losses; it is centred, so the curve does not lag."""
MEMORY = 0.95
"""Decay of the running mean of the losses, which ends the trial."""
EXPLODED = 4.0
"""The trial ends when the running mean is this many times its lowest value."""
HIGH = 1.5
"""Losses are cut off at this many times the first loss: how far a loss explodes says nothing about good rates."""
LEAST_FALL = 0.05
"""The least fall of the smoothed loss, as a share of its highest value; with less no rate is suggested."""
LEAST_CLEAR = 1.5
"""The least fall of the smoothed loss, in standard deviations of the losses of single batches from it; a lower fall may
be noise, and no rate is suggested. Of noise alone, the smoothed loss has a standard deviation of about a fifth."""
BOTTOM = 0.1
"""The bottom of the curve is the part that is at most this share of the fall above the lowest value."""
STEEP = 0.5
"""The loss still falls steeply where its slope is at least this share of the steepest one."""
MIDDLE = 2 / 3
"""The middle part of the bottom, in the logarithm of the rate; at its ends a training is slow, or near to exploding."""


@dataclass(frozen=True)
class Suggestion:
    """The ``rate`` that a trial suggests. By its losses the rates from ``lowest`` to ``highest`` are hardly worse."""

    rate: float
    lowest: float
    highest: float

    def suits(self, rate: float) -> bool:
        """Whether a training that has this ``rate`` already need not change it."""
        return self.lowest <= rate <= self.highest


@dataclass(frozen=True)
class RateTrial:
    """The measurements of a trial so far.

    ``rates`` are ascending; ``losses`` are the mean cross-entropies of the batches trained at these rates.
    ``suggested`` is None while the trial runs, and if no rate is good. ``failure`` is None unless something went wrong.
    """

    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    running: bool = True
    suggested: Suggestion | None = None
    failure: Sentence | None = None


def sweep(step: Callable[[float], float], steps: int = STEPS, *, peak: bool = False) -> Iterator[RateTrial]:
    """Make ``steps`` of a training at rates from :data:`LOWEST` to :data:`HIGHEST`, evenly spaced in their logarithm.

    ``step(rate)`` makes one update and returns the loss before it. The trial ends early if the loss explodes. The last
    value that is yielded is not ``running`` any more, and has what :func:`suggestion` suggests. ``peak`` is as there.
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
    yield replace(trial, running=False, suggested=suggestion(trial.rates, trial.losses, peak=peak))


def smoothed(losses: Sequence[float]) -> NDArray[np.float64]:
    """Average ``losses`` with Gaussian weights around each step: n numbers -> float64 (n,), all >= 0."""
    if not losses:
        return np.empty(0)
    values = _cut_off(losses)
    reach = int(4 * WIDTH)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / WIDTH) ** 2)
    sums = np.convolve(values, weights)[reach : reach + len(values)]
    shares = np.convolve(np.ones(len(values)), weights)[reach : reach + len(values)]
    return np.asarray(sums / shares)


def suggestion(rates: Sequence[float], losses: Sequence[float], *, peak: bool = False) -> Suggestion | None:
    """The rate at which the smoothed loss falls most steeply; None if it hardly falls, or no more than by noise.

    If the rate will be the ``peak`` of a schedule, so that most steps use a lower one, a higher rate is suggested: the
    middle of the bottom of the curve, in the logarithm of the rate.
    """
    smooth = smoothed(losses)
    if len(smooth) < 2:
        return None
    lowest = int(smooth.argmin())
    until = smooth[: lowest + 1]
    fall = float(until.max() - until[-1])
    noise = float(np.std(_cut_off(losses)[: lowest + 1] - until))
    if fall < max(LEAST_FALL * until.max(), LEAST_CLEAR * noise):
        return None
    if peak:
        bottom = np.flatnonzero(smooth <= smooth[lowest] + BOTTOM * fall)
        first, last = rates[bottom[0]], rates[bottom[-1]]
        middle, reach = np.sqrt(first * last), np.sqrt(last / first) ** MIDDLE
        return Suggestion(float(middle), float(middle / reach), float(middle * reach))
    slopes = np.gradient(smooth)[: lowest + 1]
    steepest = int(slopes.argmin())
    slow = np.flatnonzero(slopes > STEEP * slopes[steepest])
    before, behind = slow[slow < steepest], slow[slow > steepest]
    first = rates[before[-1] + 1 if len(before) else 0]
    last = rates[behind[0] - 1 if len(behind) else lowest]
    return Suggestion(rates[steepest], first, last)


def _cut_off(losses: Sequence[float]) -> NDArray[np.float64]:
    """The losses, at most :data:`HIGH` times the first."""
    return np.minimum(np.asarray(losses, np.float64), HIGH * losses[0])
