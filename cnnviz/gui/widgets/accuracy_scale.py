"""The accuracy axis of curves: from accuracies to heights in the plot. numpy, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.gui.localized import rounded

if TYPE_CHECKING:
    from cnnviz.runs.histories.series import Floats


@dataclass(frozen=True)
class AccuracyScale:
    """An axis from the accuracy ``least`` at the bottom of the plot to 1 at its top."""

    least: float = 0.0

    def heights(self, accuracies: Floats) -> Floats:
        """The heights of accuracies, float64 (n,): 0 at the bottom, 1 at the top."""
        return (accuracies - self.least) / (1 - self.least)

    def ticks(self) -> list[tuple[float, str]]:
        """Tick marks: heights and the accuracies at them, in percent."""
        span = 1 - self.least
        return [(height, f"{rounded(100 * (self.least + height * span))} %") for height in (0.0, 0.5, 1.0)]
