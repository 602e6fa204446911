"""What stands in the place of curves that there are none of."""

from __future__ import annotations

from cnnviz.gui.widgets.muted import MutedLabel


class NoCurves(MutedLabel):
    """Says why there are no curves, and what brings them."""

    def __init__(self) -> None:
        super().__init__(centred=True)
        self._hindrance = ""
        self._opening = self._elsewhere = self._training = False
        self._show()

    def set_hindrance(self, sentence: str) -> None:
        """Set why training cannot start, empty if it can."""
        self._hindrance = sentence
        self._show()

    def set_opening(self, opening: bool) -> None:
        """Set whether the run of the project is being opened."""
        self._opening = opening
        self._show()

    def set_training(self, moving: bool) -> None:
        """Set whether training goes on."""
        self._training = moving
        self._show()

    def set_elsewhere(self, elsewhere: bool) -> None:
        """Set whether another run than the present one is looked at."""
        self._elsewhere = elsewhere
        self._show()

    def _show(self) -> None:
        if self._opening:
            words = self.tr("The run of this project is being opened.")
        elif self._elsewhere:
            words = self.tr("No curves of this run are recorded.")
        elif self._training:
            words = self.tr("Curves appear after the first batches.")
        elif self._hindrance:
            words = self.tr("Curves appear when training starts.") + " " + self._hindrance
        else:
            words = self.tr("Curves appear when training starts: press Train.")
        self.setText(words)
