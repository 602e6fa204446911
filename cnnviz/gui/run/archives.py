"""Project and weights in one archive: written from the run that a window trains, and opened on another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from cnnviz.files import from_unicode, shown, to_unicode
from cnnviz.gui.file_places import beginning, remember
from cnnviz.gui.language import text
from cnnviz.gui.run.project_run import split
from cnnviz.jobs import Job, JobError
from cnnviz.project.file import SUFFIX as PROJECT_SUFFIX
from cnnviz.sentence import said
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.project_run import ProjectRun
    from cnnviz.project.project import Project

POLL_MILLISECONDS = 30
CLOSING_SECONDS = 10.0
"""How long an archive that is being written is waited for before the window closes."""


class RunArchives(QObject):
    """Writes and opens archives on a separate thread, one at a time.

    ``project`` returns the project on screen. ``message(str)`` and ``written(Path)`` follow when an archive is written;
    ``failed(str)`` says why one could not be written or opened.
    """

    message = Signal(str)
    written = Signal(object)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, run: ProjectRun, project: Callable[[], Project], window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._bridge, self._run, self._project = bridge, run, project
        self._job: Job[None, str] | None = None
        self._take_result: Callable[[str], object] = lambda _: None
        """Takes the result of the job."""
        self._awaited: tuple[Path, int] | None = None
        """The archive that is written as soon as an exact moment of this step, or a later one, is recorded."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def possible(self) -> bool:
        """Whether there is a recorded run that can be written."""
        return bool(self._run.name) and self._bridge.session.status.begun

    def ask(self, suggested: Path) -> None:
        """Ask for a file, and write the project with the weights of its run."""
        # not at the top of the file: most windows write no archive
        from cnnviz.runs.archive import SUFFIX

        title = QCoreApplication.translate("archives", "Save the project with its weights")
        suggested = beginning("training", suggested.with_name(f"{suggested.name}{SUFFIX}"))
        dialog = QFileDialog(self._window, title, to_unicode(suggested.parent), f"cnnviz (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(to_unicode(suggested.name))
        chosen = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        if chosen:
            path = from_unicode(chosen[0])
            remember("training", path)
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the project on screen with the weights of the present step, or of the next one while training.

        The name of a plain project is refused: the next plain Save would replace the archive.
        """
        if path.suffix == PROJECT_SUFFIX:
            sentence = self.tr("“%s” was not written: a name with this ending is for a project without weights.")
            self.failed.emit(f"{sentence % shown(path.name)} {self.tr('Choose a name that ends in .cnnviz-run.')}")
            return
        status, recorder = self._bridge.session.status, self._bridge.recorder
        self._awaited = path, status.step
        if status.state in MOVING and recorder is not None and recorder.records(status.run):
            recorder.ask_exact()
        self._timer.start()
        self._poll()

    def open(self, path: Path) -> None:
        """Add the run in an archive to the library, and show it; the project on screen stays."""
        from cnnviz.runs import archive
        from cnnviz.runs.folder import RunError
        from cnnviz.runs.recorder import runs_folder

        library = runs_folder()

        def work(_: Job[None, str]) -> str:
            try:
                return archive.read_once(path, library)
            except RunError as error:
                raise JobError(error.sentence) from error

        self._start(work, self._run.reopen)

    def close(self) -> bool:
        """End the job; returns whether it has ended."""
        self._timer.stop()
        return self._job is None or self._job.wait(CLOSING_SECONDS)

    def _start(self, work: Callable[[Job[None, str]], str], take_result: Callable[[str], object]) -> None:
        self._take_result = take_result
        self._job = Job("cnnviz-archive", work, said, after=self._job).start()
        self._timer.start()

    def _poll(self) -> None:
        if self._awaited is not None and self._job is None:
            self._write_when_recorded(*self._awaited)
        state = None if self._job is None else self._job.latest
        if state is not None and state.ended:
            self._job = None
            if state.failure is not None:
                self.failed.emit(text(state.failure.sentence))
            elif state.result is not None:
                self._take_result(state.result)
        if self._job is None and self._awaited is None:
            self._timer.stop()

    def _write_when_recorded(self, path: Path, step: int) -> None:
        """Write the archive if the moment is recorded, or if it never will be."""
        from cnnviz.runs import archive
        from cnnviz.runs.folder import RunError, moments
        from cnnviz.runs.library import Library
        from cnnviz.runs.recorder import runs_folder
        from cnnviz.runs.summary import summarize

        recorder, run = self._bridge.recorder, self._bridge.session.status.run
        if recorder is not None and run in recorder.folders and recorder.records(run):
            exact = [moment.step for moment in recorder.files(run) if moment.exact]
            if max(exact, default=-1) < step:
                return
        self._awaited = None
        (identifier, opened), project = split(self._run.name), self._project()

        def work(_: Job[None, str]) -> str:
            try:
                folder = Library(runs_folder()).folder(identifier)
                recorded = moments(folder)
                # the first moment, and the opened one or else the best and the last from which training can go on
                chosen = {min(recorded, default=0), opened}
                if opened is None:
                    exact = [step for step, moment in recorded.items() if moment.exact]
                    chosen |= {summarize(folder).numbers.best_step, max(exact or recorded, default=0)}
                archive.write(folder, path, [step for step in recorded if step in chosen], project)
            except RunError as error:
                raise JobError(error.sentence) from error
            return shown(path)

        def tell(name: str) -> None:
            self.message.emit(self.tr("Saved with weights as “%s”.") % name)
            self.written.emit(path)

        self._start(work, tell)
