"""File > Watch a run: asks for the folder of a run that another process writes, and follows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog

from cnnviz.files import cause, shown
from cnnviz.gui.run.watching import run_in

if TYPE_CHECKING:
    from cnnviz.gui.workbench import Workbench


def ask_watch(bench: Workbench) -> None:
    """Ask for a folder, and follow the run in it."""
    from cnnviz.runs.recorder import runs_folder

    title = QCoreApplication.translate("WatchRun", "Watch a run: its folder, or a folder of runs")
    if chosen := QFileDialog.getExistingDirectory(bench.window, title, str(runs_folder())):
        watch(bench, Path(chosen))


def watch(bench: Workbench, folder: Path) -> None:
    """Follow the run in a folder; a sentence says if there is none."""
    from cnnviz.runs.folder import moments

    try:
        run = run_in(folder)
        steps = () if run is None else tuple(moments(run))
    except OSError as error:
        template = QCoreApplication.translate("WatchRun", "The folder “{name}” cannot be read: {reason}.")
        bench.requests.failed.emit(template.format(name=shown(folder.name), reason=cause(error)))
        return
    if run is None:
        template = QCoreApplication.translate(
            "WatchRun", "There is no recorded run in “{name}”: choose the folder of a run, with its file run.json."
        )
        bench.requests.failed.emit(template.format(name=shown(folder.name)))
        return
    bench.past.open(run, steps)
    bench.requests.panelAsked.emit("curves")
