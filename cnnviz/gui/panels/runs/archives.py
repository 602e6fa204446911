"""Exporting recorded runs as archives, and importing archives, on a separate thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz.files import from_unicode, shown, to_unicode
from cnnviz.gui import file_places
from cnnviz.gui.language import text
from cnnviz.gui.widgets.save import ask_path
from cnnviz.jobs import Job
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData

    from cnnviz.runs.summary import RunSummary

POLL_MILLISECONDS = 30


class Archives(QObject):
    """Writes and reads archives, one at a time, in the order of the requests.

    ``message(str)`` says what was done, ``failed(str)`` what could not be; ``imported(str)`` carries the id of a new
    run.
    """

    message = Signal(str)
    failed = Signal(str)
    imported = Signal(str)

    def __init__(self, home: Path, parent: QWidget) -> None:
        """``home`` is the folder of all runs."""
        super().__init__(parent)
        self._home, self._window = home, parent
        self._jobs: list[Job[None, _Done]] = []
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    def export(self, runs: Sequence[tuple[RunSummary, Path]]) -> None:
        """Ask for a file, or a folder for several runs, and write the runs there; each is given with its folder."""
        from cnnviz.runs.archive import SUFFIX

        if len(runs) == 1:
            ((run, folder),) = runs
            suggested = Path(f"{file_name(run)}{SUFFIX}")
            kinds = {SUFFIX.removeprefix("."): self.tr("Recorded run")}
            path = ask_path(self._window, self.tr("Export a run"), "run", suggested, kinds)
            if path is not None:
                self.write(folder, path)
            return
        start = to_unicode(file_places.beginning("run", Path("runs")).parent)
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Export runs into a folder"), start)
        if chosen:
            target = from_unicode(chosen)
            file_places.remember("run", target / "runs")
            for run, folder in runs:
                self.write(folder, target / f"{file_name(run)}-{run.id}{SUFFIX}")

    def write(self, folder: Path, path: Path) -> None:
        """Write the run in ``folder`` to the archive ``path``."""
        self._start(_Export(folder, path))

    def ask_import(self) -> None:
        """Ask for archives, and add their runs."""
        from cnnviz.runs.archive import SUFFIX

        start = to_unicode(file_places.beginning("run", Path("run")).parent)
        kinds = f"{self.tr('Recorded runs')} (*{SUFFIX} *.zip);;{self.tr('All files')} (*)"
        chosen, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Import runs"), start, kinds)
        if chosen:
            file_places.remember("run", from_unicode(chosen[0]))
            self.add([from_unicode(each) for each in chosen])

    def add(self, paths: Sequence[Path]) -> None:
        """Add the runs of archives."""
        for path in paths:
            self._start(_Import(path, self._home))

    def close(self) -> bool:
        """Drop the archives that wait; the one at work is finished. Returns whether all threads ended in time."""
        self._timer.stop()
        ended = [job.close() for job in self._jobs]
        return all(ended)

    def _start(self, work: _Export | _Import) -> None:
        after = self._jobs[-1] if self._jobs else None
        self._jobs.append(Job("cnnviz-archive", lambda _: work(), said, after=after, daemon=False).start())
        self.message.emit(text(work.begins))
        self._timer.start()

    def _poll(self) -> None:
        while self._jobs and (state := self._jobs[0].latest).ended:
            del self._jobs[0]
            if state.failure is not None:
                self.failed.emit(text(state.failure.sentence))
            elif state.result is not None:
                sentence, run = state.result
                self.message.emit(text(sentence))
                if run:
                    self.imported.emit(run)
        if not self._jobs:
            self._timer.stop()


_Done = tuple[Sentence, str]
"""A sentence about the result, and the id of the added run; empty after an export."""


class _Export:
    """Writes the run in ``folder`` to ``path``."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder, self._path = folder, path
        self.begins = Sentence("Writing “{name}” …", name=shown(path.name))

    def __call__(self) -> _Done:
        from cnnviz.runs import archive

        archive.write(self._folder, self._path)
        return Sentence("“{name}” is written.", name=shown(self._path)), ""


class _Import:
    """Adds the run in the archive ``path`` to the library in ``home``."""

    def __init__(self, path: Path, home: Path) -> None:
        self._path, self._home = path, home
        self.begins = Sentence("Reading “{name}” …", name=shown(path.name))

    def __call__(self) -> _Done:
        from cnnviz.runs import archive

        return Sentence("“{name}” is among the runs now.", name=shown(self._path.name)), archive.read(
            self._path, self._home
        )


def archives_in(data: QMimeData) -> list[Path]:
    """The files of a drop that are archives, by their first bytes."""
    from cnnviz.runs.archive import is_archive

    paths = [from_unicode(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if is_archive(path)]


def file_name(run: RunSummary) -> str:
    """A name for a file, from the title of a run."""
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in run.title.strip())
    return kept.strip("-.")[:60] or "run"
