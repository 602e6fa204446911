"""How high a loss stands in the plot of the curves. numpy, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.localized import rounded

if TYPE_CHECKING:
    from cnnviz.gui.panels.curves.history import Floats

TOP = 1.02
"""Up to this height a value is within the plot."""


@dataclass(frozen=True)
class LossScale:
    """From the bottom to the top of the plot: losses, or where it is ``logarithmic`` their logarithms to base 10."""

    low: float = 0.0
    high: float = 1.0
    logarithmic: bool = False

    @classmethod
    def fitting(cls, raw: Floats, known: Floats, logarithmic: bool, guessing: float = 0.0) -> LossScale:
        """A scale on which smoothed and validation losses, ``known``, fit, and ``raw`` losses but for their peaks.

        On a linear scale a peak must not flatten the rest: what is above both the loss of ``guessing`` (ln of the
        number of classes) and three times the 95th percentile of the known losses does not fit.
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
            return cls(0.0, max(high * 1.02, 1e-6))
        everything = np.concatenate([raw, known])
        least = float(everything[everything > 0].min(initial=max(high, 1e-12)))
        least = max(least, high * 1e-6, 1e-12)
        return cls(math.log10(least) - 0.05, math.log10(max(high, least * 1.1)) + 0.05, True)

    def heights(self, losses: Floats) -> Floats:
        """Where losses stand: 0 at the bottom, 1 at the top."""
        if self.logarithmic:
            losses = np.log10(np.maximum(losses, 1e-12))
        heights: Floats = (losses - self.low) / (self.high - self.low)
        return heights

    def loss_at(self, height: float) -> float:
        """The loss that stands at a height."""
        value = self.low + height * (self.high - self.low)
        return float(10**value) if self.logarithmic else float(value)

    def beyond(self, steps: Floats, losses: Floats) -> tuple[Floats, Floats]:
        """The ``steps`` whose ``losses`` stand above the plot, and these losses."""
        above = np.isfinite(losses) & (self.heights(losses) > TOP)
        return steps[above], losses[above]

    def ticks(self) -> list[tuple[float, str]]:
        """Heights with the losses that stand there, as round as there are."""
        from cnnviz.gui.widgets.plot import linear_ticks

        low, high = self.low, self.high
        if not self.logarithmic:
            return [(value / high, rounded(value, 4)) for value in linear_ticks(high)]
        decades = range(math.ceil(low), math.floor(high) + 1)
        leads = (1,) if len(decades) > 1 else (1, 2, 5)
        values = [lead * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for lead in leads]
        places = [((math.log10(value) - low) / (high - low), rounded(value, 4)) for value in values]
        return [place for place in places if 0 <= place[0] <= 1]
