"""The names of the runs of a window, as the library shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from cnnviz.runs.recorder import Recorder


def session_run_name(recorder: Recorder | None, run: int) -> str:
    """The name of a run of the session in the library; ``run 2`` if it is not recorded."""
    from cnnviz.runs.summary import name_in

    folder = None if recorder is None else recorder.folders.get(run)
    return QCoreApplication.translate("RunNames", "run %d") % run if folder is None else name_in(folder)
