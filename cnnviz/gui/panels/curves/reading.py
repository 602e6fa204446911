"""The measures of a step, as a line of text over the curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, loss, percent
from cnnviz.gui.widgets.steady_label import DOT

if TYPE_CHECKING:
    from cnnviz.runs.histories.run_history import Reading


def sentence(reading: Reading, chosen: bool, moving: bool = False) -> str:
    """The measures of a step: first validation, which matters most, then training.

    ``chosen``: the user points at the step or holds it, so the line also says how it was measured. Otherwise the step
    is the newest, and while training goes on (``moving``) without its number: the curves are drawn less often than the
    bar counts batches.
    """
    translate = QCoreApplication.translate
    parts = []
    if reading.validation is not None:
        validation = reading.validation
        template = translate("CurvesPanel", "validation {accuracy}, loss {loss} ({where})")
        moment = translate("CurvesPanel", "epoch {epoch}").format(epoch=validation.epoch)
        moment = ", ".join(part for part in (moment, reading.precision) if part)
        parts.append(template.format(where=moment, loss=loss(validation.loss), accuracy=percent(validation.accuracy)))
    moment = translate("CurvesPanel", "step {step}" if chosen else "now" if moving else "now, step {step}")
    template = translate("CurvesPanel", "{where}: training {accuracy}, loss {loss}")
    training = template.format(
        where=moment.format(step=grouped(reading.step)),
        loss=loss(reading.smooth_loss),
        accuracy=percent(reading.smooth_accuracy),
    )
    # how it was measured is a part of its own, which is left out first where there is no room
    return DOT.join([*parts, training, _measured(reading)] if chosen else [*parts, training])


def _measured(reading: Reading) -> str:
    """How the training measures of a step were computed, and their values for its batch alone."""
    translate = QCoreApplication.translate
    parts = [translate("CurvesPanel", "while learning")]
    if reading.dropout:
        parts.append(translate("CurvesPanel", "dropout on"))
    if reading.augmented:
        parts.append(translate("CurvesPanel", "images augmented"))
    if reading.averaged > 1:
        parts.append(counted("mean of the last {count} batches", "mean of the last batch", reading.averaged))
        template = translate("CurvesPanel", "this batch {accuracy}, {loss}")
        alone = template.format(loss=loss(reading.loss), accuracy=percent(reading.accuracy))
        return f"{', '.join(parts)}; {alone}"
    return ", ".join(parts)
