"""File > Watch a run: asks for the folder of a run that another process writes, and follows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog

from cnnviz.files import cause, shown
from cnnviz.gui.language import text
from cnnviz.runs.folder import RunError, moments, run_in
from cnnviz.runs.live_changes import trained_project
from cnnviz.training.changes import same_layers

if TYPE_CHECKING:
    from cnnviz.gui.workbench import Workbench
    from cnnviz.project.project import Project


def ask_watch(bench: Workbench) -> None:
    """Ask for a folder, and follow the run in it."""
    from cnnviz.runs.recorder import runs_folder

    title = QCoreApplication.translate("WatchRun", "Watch a run: its folder, or a folder of runs")
    if chosen := QFileDialog.getExistingDirectory(bench.window, title, str(runs_folder())):
        watch(bench, Path(chosen))


def watch(bench: Workbench, folder: Path) -> None:
    """Follow the run in a folder, in a window of its network; a sentence says if there is none."""
    try:
        run = run_in(folder)
        project = None if run is None else project_of(run)
    except RunError as error:
        bench.requests.failed.emit(text(error.sentence))
        return
    except OSError as error:
        template = QCoreApplication.translate("WatchRun", "The folder “{name}” cannot be read: {reason}.")
        bench.requests.failed.emit(template.format(name=shown(folder.name), reason=cause(error)))
        return
    if run is None or project is None:
        template = QCoreApplication.translate(
            "WatchRun", "There is no recorded run in “{name}”: choose the folder of a run, with its file run.json."
        )
        bench.requests.failed.emit(template.format(name=shown(folder.name)))
        return
    if same_layers(project.network, bench.editor.project.network):
        bench.show_run(run)
    else:
        bench.requests.watchAsked.emit(run, project)


def project_of(run: Path) -> Project:
    """The project that a run trains now; raises RunError."""
    return trained_project(run, max(moments(run), default=0))
