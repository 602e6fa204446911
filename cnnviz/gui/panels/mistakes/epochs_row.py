"""The row above the views of all epochs: a sentence, the choice of the measure, and the button that predicts epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.segments import Segments

if TYPE_CHECKING:
    from cnnviz.gui.run.epoch_predictions import EpochPredictions


class EpochsRow(QWidget):
    """The sentence tells what is drawn, or how far the predictions are. ``measureChosen(measure)`` follows a click."""

    measureChosen = Signal(str)

    def __init__(self, study: EpochPredictions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self.measures = Segments(self.tr("Which measure is drawn"))
        self.measures.add("accuracy", self.tr("Accuracy"), self.tr("The share of each class that is right"))
        self.measures.add("loss", self.tr("Loss"), self.tr("The mean loss of each class"))
        self.measures.choose("accuracy")
        self.measures.chosen.connect(self.measureChosen)
        self._text = ElidedLabel()
        self._text.setProperty("role", "muted")
        explain(self._text, "suspicious label")
        self.button = QPushButton()
        self.button.clicked.connect(self._start_or_cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.measures)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)
        study.progressed.connect(self._show_progress)
        study.failed.connect(self._text.setText)

    def show_sentence(self, sentence: str, *, measures: bool) -> None:
        """Show a sentence about the plot and the missing epochs, and with ``measures`` the choice of the measure."""
        self.measures.setVisible(measures)
        missing, running = len(self._study.missing), self._study.running
        if not running:
            self._text.setText(sentence)
        self.button.setVisible(bool(missing) or running)
        if running:
            self.button.setText(self.tr("Cancel"))
            self.button.setToolTip(self.tr("Stop predicting; finished epochs are kept"))
        else:
            self.button.setText(counted("Predict {count} more epochs", "Predict 1 more epoch", missing))
            self.button.setToolTip(
                self.tr("Predict the validation images with the recorded weights at the end of each epoch")
            )

    def text(self) -> str:
        """The sentence that is shown."""
        return self._text.text()

    def _start_or_cancel(self) -> None:
        if self._study.running:
            self._study.cancel()
        else:
            self._study.start()

    def _show_progress(self, done: int, total: int) -> None:
        text = self.tr("Predicting {done} of {total} images …")
        self._text.setText(text.format(done=grouped(done), total=grouped(total)))
