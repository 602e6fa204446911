"""Starts a sweep as a process of its own, which goes on when the window is closed."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.files import cause, to_unicode
from cnnviz.gui.language import text
from cnnviz.jobs import Job
from cnnviz.program import command
from cnnviz.project.file import save
from cnnviz.sweeps import beside
from cnnviz.sweeps.storage import missing_optuna, storage_file, sweeps_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.run.sweep_plan import Plan
    from cnnviz.project.project import Project


class Sweeping(QObject):
    """``started(storage, name)`` follows the start of a sweep in the file or URL ``storage``; ``failed(str)`` says why
    it could not be started."""

    started = Signal(str, str)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._started: list[str] = []
        """The names of the sweeps that were started here, the newest last."""

    @property
    def running(self) -> list[str]:
        """The sweeps that were started here and still run."""
        return [name for name in self._started if beside.running(name)]

    def keep_project(self, plan: Plan, project: Project) -> bool:
        """Write the project that a plan names, if it has no file of its own; returns whether it is there."""
        path = beside.project_file(plan.name)
        if plan.source != to_unicode(path):
            return True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save(project, path)
        except OSError as error:
            self._refuse(text(cause(error)))
            return False
        return True

    def start(self, plan: Plan, project: Project) -> bool:
        """Start the process of a plan; returns whether it runs."""
        return self.keep_project(plan, project) and self._start(plan.name, plan.arguments())

    def go_on(self, name: str) -> bool:
        """Start the command again that worked on a sweep last; returns whether it runs."""
        return self._start(name, beside.arguments_of(name))

    def _start(self, name: str, arguments: Sequence[str]) -> bool:
        try:
            sweeps_folder().mkdir(parents=True, exist_ok=True)
            with beside.log_file(name).open("wb") as errors:
                process = subprocess.Popen(
                    command(*arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    # Ctrl+C in the terminal ends the window, and not the sweep
                    start_new_session=True,
                )
            # the system keeps a process that has ended until somebody has waited for it
            Job("cnnviz-sweep-process", lambda _: process.wait()).start()
            beside.note(name, process.pid, arguments)
        except OSError as error:
            self._refuse(text(cause(error)))
            return False
        self._started = [*(started for started in self._started if started != name), name]
        if beside.STORAGE in arguments:
            storage = arguments[arguments.index(beside.STORAGE) + 1]
        else:
            storage = str(storage_file(name))
        self.started.emit(storage, name)
        return True

    def end(self) -> None:
        """Ask all sweeps that were started here to end."""
        for name in self.running:
            beside.end(name)

    def _refuse(self, reason: str) -> None:
        self.failed.emit(self.tr("The sweep could not be started: {reason}.").format(reason=reason.rstrip(".")))


def why_impossible() -> str:
    """Why no sweep can be started, as a sentence: Optuna is not installed; empty if it is."""
    return "" if find_spec("optuna") is not None else text(missing_optuna())
