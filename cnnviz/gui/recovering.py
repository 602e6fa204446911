"""Offers to restore the unsaved edits and the recorded trainings of processes that ended unexpectedly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cnnviz import settings
from cnnviz.data.catalogue import describe
from cnnviz.data.errors import DataError
from cnnviz.files import shown
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.localized import grouped
from cnnviz.project.recovery import recoverable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.project.project import Project
    from cnnviz.project.recovery import Recovery
    from cnnviz.runs.continuing import RecordedStart
    from cnnviz.runs.ownership import Interrupted


@dataclass(frozen=True)
class LeftBehind:
    """What one window or command has left: unsaved edits, a training that can go on, or both.

    ``title`` is the name of the run, ``network`` the name of what it trains.
    """

    copy: Recovery | None = None
    run: Interrupted | None = None
    start: RecordedStart | None = None
    title: str = ""
    network: str = ""

    def discard(self) -> None:
        """Delete the copy of the edits. The recorded run stays in the library, but is not offered again."""
        if self.copy is not None:
            self.copy.discard()
        if self.run is not None:
            self.run.release()


def left_behind() -> list[LeftBehind]:
    """Everything that ended processes have left. Never raises."""
    # not at the top of the file: the first paint does not wait for it
    from cnnviz.runs.ownership import interrupted
    from cnnviz.runs.recorder import runs_folder

    copies, runs = recoverable(settings.folders().recovery), interrupted(runs_folder())
    by_window = {run.window: run for run in runs if run.window}
    found = [_with_run(copy, by_window.pop(copy.window, None)) for copy in copies]
    for run in runs:
        # found already, together with the unsaved edits of its window
        if run.window and run.window not in by_window:
            continue
        left = _with_run(None, run)
        if left.start is not None:
            found.append(left)
        else:
            run.release()
    return found


def _with_run(copy: Recovery | None, run: Interrupted | None) -> LeftBehind:
    """A copy and a run; without edits only a run that was not finished is worth an offer."""
    from cnnviz.runs.continuing import recorded_start
    from cnnviz.runs.folder import RunError
    from cnnviz.runs.summary import summarize

    if run is None:
        return LeftBehind(copy)
    try:
        summary, start = summarize(run.folder), recorded_start(run.folder, reopened=True)
    except RunError:
        return LeftBehind(copy, run)
    if copy is None and _finished(run.folder):
        return LeftBehind(copy, run)
    return LeftBehind(copy, run, start, summary.title, summary.facts.network)


def _finished(folder: Path) -> bool:
    """Whether the last step of a run is also its end."""
    from cnnviz.runs.summary import read_entries
    from cnnviz.training.events import RunFinished

    read = read_entries(folder)
    return any(isinstance(event, RunFinished) and event.step >= read.steps for event in read.events)


def _saved(start: RecordedStart) -> tuple[Path | None, Project]:
    """The project file whose window trained a run, and its project; without a file the project of the run.

    Raises RunError.
    """
    from cnnviz.gui.opening import read_project
    from cnnviz.project.file import ProjectFileError
    from cnnviz.runs.last_trained import file_of

    path = file_of(start.folder.name)
    if path is not None:
        try:
            return path, read_project(path).project
        except ProjectFileError:
            # it was moved or deleted; the run has a project of its own
            pass
    return None, start.project


class CrashRecovery(QObject):
    """Offers to restore edits and trainings in a bar of ``window``; ``open_window`` opens a window for a project."""

    def __init__(self, window: MainWindow, open_window: Callable[[Project, Path | None], MainWindow]) -> None:
        super().__init__(window)
        self._window, self._open_window = window, open_window

    def offer(self) -> None:
        """Post the offer if anything was left."""
        found = left_behind()
        copies = [left.copy for left in found if left.copy is not None]
        starts = [left for left in found if left.start is not None]
        if not found:
            return
        sentence = self.tr("cnnviz ended unexpectedly.")
        if copies:
            names = ", ".join(shown(copy.path.stem) if copy.path else self.tr("Untitled") for copy in copies)
            sentence += " " + self.tr("Unsaved work was kept: %s.") % names
        if starts:
            sentence += " " + self.tr("Training can go on: %s.") % ", ".join(map(self._named, starts))
        self._window.notice.post(
            "recovery",
            sentence,
            (self.tr("Bring it back"), lambda: self._bring_back(found)),
            (self.tr("Discard it") if copies else self.tr("Leave it in the library"), lambda: self._discard(found)),
        )

    def _named(self, left: LeftBehind) -> str:
        assert left.start is not None
        step = grouped(left.start.origin.step)
        return self.tr("“{name}” from step {step}").format(name=left.title, step=step)

    def _bring_back(self, found: list[LeftBehind]) -> None:
        self._window.notice.withdraw("recovery")
        for left in found:
            self._restore(left)

    def _restore(self, left: LeftBehind) -> None:
        from cnnviz.runs.folder import RunError

        copy, start = left.copy, left.start
        path = None if copy is None else copy.path
        try:
            if copy is not None:
                project = copy.project
            elif start is not None:
                path, project = _saved(start)
            else:
                return
            describe(project.dataset)
        except (DataError, RunError) as error:
            self._window.notice.post(
                "file", self.tr("It could not be brought back, and is kept. %s") % error_sentence(error)
            )
            return
        window = self._open_window(project, path)
        if copy is not None:
            window.document.mark_unsaved()
            if window.document.autosave():
                copy.discard()
        elif path is None:
            window.document.comes_from(left.network)
        if start is not None:
            window.painted.connect(partial(window.bench.project_run.show_start, start))
        if left.run is not None:
            left.run.release()

    def _discard(self, found: list[LeftBehind]) -> None:
        self._window.notice.withdraw("recovery")
        for left in found:
            left.discard()
