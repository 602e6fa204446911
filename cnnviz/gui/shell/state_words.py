"""The words of the top bar for the state and the progress of a run."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.training.channels import State, Status


def state_words(status: Status, *, hindered: bool, opening: bool) -> str:
    """A sign and the name of a state.

    ``hindered``: the network cannot be trained; ``opening``: the run that the project was saved with is being opened.
    """
    translate = QCoreApplication.translate
    early = status.stopped or status.ended_early
    if opening:
        untrained = translate("TopBar", "OPENING")
    elif hindered:
        untrained = translate("TopBar", "NOT READY")
    else:
        untrained = translate("TopBar", "READY")
    imported = status.begun and not status.step
    words = {
        State.UNTRAINED: untrained,
        State.STARTING: translate("TopBar", "STARTING"),
        State.RUNNING: translate("TopBar", "RUNNING"),
        State.PAUSED: translate("TopBar", "IMPORTED") if imported else translate("TopBar", "PAUSED"),
        State.FINISHED: translate("TopBar", "STOPPED EARLY") if early else translate("TopBar", "FINISHED"),
        State.FAILED: translate("TopBar", "FAILED"),
        State.CLOSING: translate("TopBar", "CLOSING"),
    }
    signs = {State.RUNNING: "●", State.PAUSED: "❚❚", State.FINISHED: "✓", State.FAILED: "✕", State.STARTING: "○"}
    sign = "■" if early else signs.get(status.state, "○")
    return f"{sign} {words[status.state]}"


def progress_words(status: Status) -> str:
    """How many epochs and batches are done; empty before the first batch."""
    translate = QCoreApplication.translate
    if status.validating:
        words = translate("TopBar", "epoch %d of %d · validating")
        return words % (min(status.epoch + 1, status.epochs), status.epochs)
    if not status.step:
        return ""
    if status.ended_early:
        return translate("TopBar", "epoch %d of %d · no longer improving") % (status.epoch, status.planned)
    if status.epoch >= status.epochs:
        return counted("{count} epochs done", "1 epoch done", status.epochs)
    current, batch = status.epoch + 1, grouped(status.batch)
    words = translate("TopBar", "epoch %d of %d · batch %s of %s")
    return words % (current, status.epochs, batch, grouped(status.batches))
