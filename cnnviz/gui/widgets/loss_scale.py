"""The loss axis of the curves: from losses to heights in the plot and back. numpy, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.localized import rounded

if TYPE_CHECKING:
    from cnnviz.runs.histories.series import Floats

TOP = 1.02
"""Values up to this height are inside the plot."""
ABOVE = 1.02
"""The end of a linear scale, relative to the largest loss on it."""
BESIDE = 0.05
"""The room below and above the losses on a logarithmic scale, in powers of ten."""
LEAST, LEAST_SHARE = 1e-12, 1e-6
"""A logarithmic scale begins at LEAST or more, and at this share of the largest loss or more."""


@dataclass(frozen=True)
class LossScale:
    """The losses at the bottom (``low``) and top (``high``) of the plot; their decimal logarithms if
    ``logarithmic``."""

    low: float = 0.0
    high: float = 1.0
    logarithmic: bool = False

    @classmethod
    def fitting(cls, raw: Floats, known: Floats, logarithmic: bool, guessing: float = 0.0) -> LossScale:
        """A scale that holds the ``known`` losses (n,), smoothed and validation, and the ``raw`` losses (m,) but for
        peaks.

        On a linear scale a peak must not flatten the rest: known losses do not count if they exceed both 1.2 times the
        loss of ``guessing`` (ln of the number of classes) and three times the 95th percentile of the known losses. Raw
        losses count up to 1.5 times the largest known loss that counts, or three times their own percentile if larger.
        """
        known, raw = known[np.isfinite(known)], raw[np.isfinite(raw)]
        if not known.size:
            return cls(logarithmic=logarithmic)
        high = float(known.max())
        if not logarithmic and high > (most := max(1.2 * guessing, 3 * float(np.quantile(known, 0.95)))):
            high = float(known[known <= most].max())
        if raw.size:
            most = math.inf if logarithmic else max(1.5 * high, 3 * float(np.quantile(raw, 0.95)))
            high = max(high, min(float(raw.max()), most))
        if not logarithmic:
            return cls(0.0, max(high * ABOVE, 1e-6))
        everything = np.concatenate([raw, known])
        least = float(everything[everything > 0].min(initial=max(high, LEAST)))
        least = max(least, high * LEAST_SHARE, LEAST)
        return cls(math.log10(least) - BESIDE, math.log10(max(high, least * 1.1)) + BESIDE, True)

    def heights(self, losses: Floats) -> Floats:
        """The heights of losses, float64 of the same shape: 0 at the bottom, 1 at the top."""
        if self.logarithmic:
            losses = np.log10(np.maximum(losses, LEAST))
        heights: Floats = (losses - self.low) / (self.high - self.low)
        return heights

    def loss_at(self, height: float) -> float:
        """The loss at a height."""
        value = self.low + height * (self.high - self.low)
        return float(10**value) if self.logarithmic else float(value)

    def beyond(self, steps: Floats, losses: Floats) -> tuple[Floats, Floats]:
        """The ``steps`` (n,) whose ``losses`` (n,) are above the plot, and these losses, float64 (k,) each."""
        above = np.isfinite(losses) & (self.heights(losses) > TOP)
        return steps[above], losses[above]

    def ticks(self) -> list[tuple[float, str]]:
        """Tick marks: heights and the round losses at them."""
        low, high = self.low, self.high
        if not self.logarithmic:
            return [(value / high, _short(value)) for value in linear_ticks(high)]
        decades = range(math.ceil(low), math.floor(high) + 1)
        leads = (1,) if len(decades) > 1 else (1, 2, 5)
        values = [lead * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for lead in leads]
        places = [((math.log10(value) - low) / (high - low), _short(value)) for value in values]
        return [place for place in places if 0 <= place[0] <= 1]


def _short(loss: float) -> str:
    """A round loss; one with a power of ten has no spaces, so that it fits beside the axis."""
    return rounded(loss, 4).replace(" × ", "×")


def linear_ticks(high: float, count: int = 3) -> list[float]:
    """Round numbers from 0 to ``high`` > 0, about ``count`` of them."""
    rough = high / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * lead for lead in (1, 2, 2.5, 5, 10) if power * lead >= rough * 0.999)
    return [step * number for number in range(int(high / step + 1e-6) + 1)]
