"""The tooltip of the button that trains: what it begins, ends or goes on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.run_names import untrained_beginning
from cnnviz.training.channels import MOVING, State

if TYPE_CHECKING:
    from cnnviz.runs.recorder import Recorder
    from cnnviz.training.channels import Status


def begins_anew(recorder: Recorder | None, status: Status) -> bool:
    """Whether training would be recorded as a new run, because the present one only shows a moment of another."""
    beginning = untrained_beginning(recorder, status.run)
    return beginning is not None and 0 < beginning.step == status.step


def play_tip(status: Status, other: str, *, anew: bool) -> str:
    """What the button does in a state; ``anew`` is that of :func:`begins_anew`.

    ``other`` is the name of the present run if it trains a network that differs from the one on screen, else empty.
    """
    translate = QCoreApplication.translate
    if status.state in MOVING:
        return translate("TopBar", "Stop between two batches (F5)")
    if other and anew:
        words = translate("TopBar", "Go on with “{run}” in a new run, without the changes on screen (F5)")
    elif other:
        words = translate("TopBar", "Go on with “{run}”, without the changes on screen (F5)")
    elif anew and status.resumable:
        words = translate("TopBar", "Go on from step {step} in a new run; the run up to there stays as it is (F5)")
    elif anew:
        words = translate("TopBar", "Train for more epochs in a new run; the run up to here stays as it is (F5)")
    elif status.resumable:
        words = translate("TopBar", "Go on with this run where it is (F5)")
    elif status.state is State.FINISHED:
        words = translate("TopBar", "Train this run for more epochs (F5)")
    else:
        words = translate("TopBar", "Train in the background (F5)")
    return words.format(run=other, step=grouped(status.step))
