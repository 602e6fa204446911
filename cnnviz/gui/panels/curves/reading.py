"""The measures of a step, as a line of text over the curves; also the texts of marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.sentences import epochs
from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import fixed, grouped, percent, rounded
from cnnviz.parameters import title
from cnnviz.training.events import EpochsAdded, NetworkChanged, RateChanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.runs.histories.run_history import Mark, Reading

MOST_NAMES = 3
"""At most this many layers are named in a mark."""


def sentence(reading: Reading, chosen: bool) -> str:
    """The measures of a step: first validation, which matters most, then training.

    ``chosen``: the user points at the step or holds it, so the line also says how it was measured. Otherwise the step
    is the newest.
    """
    translate = QCoreApplication.translate
    parts = []
    if reading.validation is not None:
        validation = reading.validation
        template = translate("CurvesPanel", "validation {accuracy}, loss {loss} ({where})")
        where = translate("CurvesPanel", "epoch {epoch}").format(epoch=validation.epoch)
        where = ", ".join(part for part in (where, reading.precision) if part)
        parts.append(
            template.format(where=where, loss=fixed(validation.loss, 4), accuracy=percent(validation.accuracy))
        )
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
        alone = template.format(loss=fixed(reading.loss, 4), accuracy=percent(reading.accuracy))
        return f"{', '.join(parts)}; {alone}"
    return ", ".join(parts)


def change_text(change: Mark) -> str:
    """The text of a mark: a parameter with old and new value, added epochs, or another network."""
    translate = QCoreApplication.translate
    if isinstance(change, EpochsAdded):
        template = translate("CurvesPanel", "+{epochs} at rate {rate}")
        return template.format(epochs=epochs(change.epochs), rate=rounded(change.rate, 3))
    if isinstance(change, NetworkChanged):
        if change.frozen is not None:
            if not change.frozen:
                return translate("CurvesPanel", "no layer frozen")
            rest = len(change.frozen) - MOST_NAMES
            names = ", ".join(change.frozen[:MOST_NAMES]) + (f" + {rest}" if rest > 0 else "")
            return translate("CurvesPanel", "frozen: {names}").format(names=names)
        if change.new:
            return translate("CurvesPanel", "network changed, new: {names}").format(names=", ".join(change.new))
        return translate("CurvesPanel", "network changed, all layers kept")
    name = translate("CurvesPanel", "rate") if change.parameter == "learning_rate" else text(title(change.parameter))
    if change.before is None:
        return f"{name} {rounded(change.value)}"
    return f"{name} {rounded(change.before)} → {rounded(change.value)}"


def caption(changes: Sequence[Mark]) -> str:
    """The label of neighbouring marks: a single change, the values of one parameter in all of them, or their number."""
    first, last = changes[0], changes[-1]
    if len(changes) == 1:
        return change_text(first)
    rates = [change for change in changes if isinstance(change, RateChanged)]
    if len(rates) == len(changes) and len({change.parameter for change in rates}) == 1:
        assert isinstance(first, RateChanged) and isinstance(last, RateChanged)
        # steps were trained between the changes, so even a return to the first value is worth telling
        if first.before != last.value:
            return change_text(replace(first, value=last.value))
    return counted("{count} changes", "1 change", len(changes))
