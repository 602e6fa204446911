"""What is said of the previous run when another one takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.run_names import is_lasting, session_run_name, untrained

if TYPE_CHECKING:
    from cnnviz.runs.recorder import Recorder
    from cnnviz.training.standing import PreviousRun


def left(previous: PreviousRun, recorder: Recorder | None) -> str:
    """How the previous run was left: only of a run that is on disk it is said that it is kept."""
    translate, began = QCoreApplication.translate, untrained(recorder, previous.run)
    if not is_lasting(recorder, previous.run):
        if previous.interrupted:
            sentence = translate("RunNotices", "“{run}” was being trained: it was paused at step {step}.")
        else:
            sentence = translate("RunNotices", "“{run}” was trained to step {step}.")
        held = translate("RunNotices", "It is not recorded: this window holds it until yet another run begins.")
        sentence = f"{sentence} {held}"
    elif previous.interrupted:
        sentence = translate("RunNotices", "“{run}” was being trained: it was paused at step {step} and is kept.")
    elif began is not None and began.origin is not None and not began.origin.reopened:
        sentence = translate("RunNotices", "“{run}” has not been trained yet.")
    else:
        sentence = translate("RunNotices", "“{run}” is kept as it was after step {step}.")
    return sentence.format(run=session_run_name(recorder, previous.run), step=grouped(previous.step))
