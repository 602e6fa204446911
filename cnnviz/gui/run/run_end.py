"""The test result of a run that has ended, for the card on the canvas. No Qt but for translations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import percent
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.training.channels import Evaluation, Status


@dataclass(frozen=True)
class RunEnd:
    """The end of run ``run``: a ``sentence`` with the accuracy on the test images, in percent.

    ``resumable`` tells whether the user stopped the run before its last epoch; otherwise more epochs can be added.
    """

    run: int
    sentence: str
    resumable: bool


def run_end(status: Status, tested: Evaluation | None) -> RunEnd | None:
    """The end of the present run, ``tested`` on the test images; None while it has not ended or is not tested."""
    if status.state is not State.FINISHED or tested is None:
        return None
    translate = QCoreApplication.translate
    accuracy = percent(tested.accuracy, 2)
    if status.stopped:
        sentence = translate("RunNotices", "Stopped early: {accuracy} of the test images are right.")
    elif status.ended_early:
        sentence = translate(
            "RunNotices",
            "Stopped early at epoch {epoch} of {planned}: validation accuracy no longer improved. {accuracy} of the"
            " test images are right.",
        )
    else:
        sentence = translate("RunNotices", "Done: {accuracy} of the test images are right.")
    text = sentence.format(accuracy=accuracy, epoch=status.epoch, planned=status.planned)
    return RunEnd(status.run, text, status.stopped)
