"""What is known of one step of a run, as a line of text over the curves."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.panels.run_history import Reading
from cnnviz.gui.widgets.numerals import fixed, grouped, percent
from cnnviz.training.channels import RateChanged


def sentence(reading: Reading, chosen: bool) -> str:
    """The validation first, as that is what counts; then the training, and how it is measured where the user asks.

    ``chosen``: the step was pointed at or is held; else it is the newest.
    """
    translate = QCoreApplication.translate
    parts = []
    if reading.validation is not None:
        one = reading.validation
        template = translate("CurvesPanel", "validation {accuracy}, loss {loss} (epoch {epoch})")
        parts.append(template.format(epoch=one.epoch, loss=f"{one.loss:.4f}", accuracy=percent(one.accuracy)))
    template = translate("CurvesPanel", "now, step {step}: loss {loss}, accuracy {accuracy}")
    if chosen:
        template = translate("CurvesPanel", "step {step}: loss {loss}, accuracy {accuracy}")
    training = template.format(
        step=grouped(reading.step), loss=fixed(reading.smooth_loss, 4), accuracy=percent(reading.smooth_accuracy)
    )
    if chosen:
        template = translate(
            "CurvesPanel", "(while learning, dropout on, mean of the last 50 batches; this batch {loss}, {accuracy})"
        )
        training += " " + template.format(loss=fixed(reading.loss, 4), accuracy=percent(reading.accuracy))
    return " · ".join([*parts, training])


def change_text(change: RateChanged) -> str:
    """The label of a mark: what was changed while training, and to what."""
    name = "rate" if change.parameter == "learning_rate" else change.parameter.replace("_", " ")
    return f"{name} {change.value:g}"
