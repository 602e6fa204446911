"""How the runs of a window and of the library are named, and their learning rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import rounded

if TYPE_CHECKING:
    from cnnviz.runs.recorder import Recorder
    from cnnviz.runs.summary import RunSummary


def session_run_name(recorder: Recorder | None, run: int) -> str:
    """The name of a run of the session in the library; ``run 2`` if it is not recorded."""
    from cnnviz.runs.summary import name_in

    folder = None if recorder is None else recorder.folders.get(run)
    return QCoreApplication.translate("RunNames", "run %d") % run if folder is None else name_in(folder)


def rates(run: RunSummary) -> str:
    """The learning rate of a run: ``0.01``, or ``0.01 → 0.001`` if it was changed while training."""
    return " → ".join(rounded(rate, 4) for rate in run.learning_rates)
