"""The line about a training in bfloat16 that has counted another number of wrong predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.panels.mistakes import words
from cnnviz.gui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from cnnviz.gui.run.epoch_predictions import EpochPredictions
    from cnnviz.inspection.studies.predictions import Predictions


class RoundingLine(ElidedLabel):
    """Shown only where the numbers differ."""

    def __init__(self, epochs: EpochPredictions) -> None:
        super().__init__()
        self._epochs = epochs
        self.setProperty("role", "muted")
        self.hide()

    def show_for(self, found: Predictions | None) -> None:
        """Compare these predictions with those of the training; without any nothing is said."""
        note = "" if found is None else words.rounding(found, self._epochs.in_bfloat16(found))
        self.setText(note)
        self.setVisible(bool(note))
