"""What is known of one step of a run, as a line of text over the curves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.sentences import epochs
from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import fixed, grouped, percent, rounded
from cnnviz.parameters import title
from cnnviz.training.channels import EpochsAdded, NetworkChanged, RateChanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.panels.curves.run_history import Mark, Reading


def sentence(reading: Reading, chosen: bool) -> str:
    """The validation first, as that is what counts; then the training, and how it is measured where the user asks.

    ``chosen``: the step was pointed at or is held; else it is the newest.
    """
    translate = QCoreApplication.translate
    parts = []
    if reading.validation is not None:
        one = reading.validation
        template = translate("CurvesPanel", "validation {accuracy}, loss {loss} ({where})")
        where = translate("CurvesPanel", "epoch {epoch}").format(epoch=one.epoch)
        where = ", ".join(part for part in (where, reading.precision) if part)
        parts.append(template.format(where=where, loss=fixed(one.loss, 4), accuracy=percent(one.accuracy)))
    where = translate("CurvesPanel", "step {step}" if chosen else "now, step {step}")
    template = translate("CurvesPanel", "{where}: training {accuracy}, loss {loss}")
    training = template.format(
        where=where.format(step=grouped(reading.step)),
        loss=fixed(reading.smooth_loss, 4),
        accuracy=percent(reading.smooth_accuracy),
    )
    if chosen:
        training += f" ({_measured(reading)})"
    return " · ".join([*parts, training])


def _measured(reading: Reading) -> str:
    """How the training figures of a step were measured, and what they were for its batch alone."""
    translate = QCoreApplication.translate
    parts = [translate("CurvesPanel", "while learning")]
    if reading.dropout:
        parts.append(translate("CurvesPanel", "dropout on"))
    if reading.augmented:
        parts.append(translate("CurvesPanel", "images augmented"))
    if reading.averaged > 1:
        parts.append(counted("mean of the last {count} batches", "mean of the last batch", reading.averaged))
        template = translate("CurvesPanel", "this batch {accuracy}, {loss}")
        alone = template.format(loss=fixed(reading.loss, 4), accuracy=percent(reading.accuracy))
        return f"{', '.join(parts)}; {alone}"
    return ", ".join(parts)


def change_text(change: Mark) -> str:
    """What happened at a mark: a parameter from its old to its new value, epochs added, another network."""
    translate = QCoreApplication.translate
    if isinstance(change, EpochsAdded):
        template = translate("CurvesPanel", "+{epochs} at rate {rate}")
        return template.format(epochs=epochs(change.epochs), rate=rounded(change.rate, 3))
    if isinstance(change, NetworkChanged):
        if change.new:
            return translate("CurvesPanel", "network changed, new: {names}").format(names=", ".join(change.new))
        return translate("CurvesPanel", "network changed, all layers kept")
    name = translate("CurvesPanel", "rate") if change.parameter == "learning_rate" else text(title(change.parameter))
    if change.before is None:
        return f"{name} {rounded(change.value)}"
    return f"{name} {rounded(change.before)} → {rounded(change.value)}"


def caption(changes: Sequence[Mark]) -> str:
    """The label of marks that stand together: the one change, one parameter's way through all of them, or how many."""
    first, last = changes[0], changes[-1]
    if len(changes) == 1:
        return change_text(first)
    rates = [one for one in changes if isinstance(one, RateChanged)]
    if len(rates) == len(changes) and len({one.parameter for one in rates}) == 1:
        assert isinstance(first, RateChanged) and isinstance(last, RateChanged)
        # steps were trained between them: a way back to the first value is more than one change
        if first.before != last.value:
            return change_text(replace(first, value=last.value))
    return counted("{count} changes", "1 change", len(changes))
