"""Autosave: a copy of unsaved changes, written in the background; a crash loses less than a second of work."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz import settings
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.jobs import Job
from cnnviz.project.file import ProjectFileError
from cnnviz.project.project import Project
from cnnviz.project.recovery import Autosave

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

DELAY_MILLISECONDS = 500
"""Delay between an edit and the copy; further edits in that time go into the same copy."""

Unsaved = tuple[Project, Path | None]
"""A project with unsaved changes, and its file; None if it has no file yet."""


class BackgroundAutosave(QObject):
    """Writes the copy of an open project. ``unsaved`` returns the project to copy, None if everything is saved;
    ``key`` names the window.

    Projects are immutable, so a separate thread serializes and writes them. ``failed`` carries a sentence; it is
    emitted once if successive copies fail for the same reason.
    """

    failed = Signal(str)

    def __init__(self, unsaved: Callable[[], Unsaved | None], key: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unsaved = unsaved
        self._copy = Autosave(settings.folders().recovery, key)
        self._last: Job[None, bool] | None = None
        self._failure = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._write)

    def schedule(self) -> None:
        """Write a copy soon, because the project has changed; continuous edits do not postpone it."""
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> bool:
        """Write the copy now; returns whether all changes are stored."""
        self._timer.stop()
        job = self._begin(self._unsaved())
        job.wait()
        return job.latest.result is True

    def clear(self) -> None:
        """Remove the copy."""
        self._timer.stop()
        self._begin(None).wait()

    def close(self) -> None:
        """Wait for a copy that is being written; the copy is kept."""
        self._timer.stop()
        if self._last is not None:
            self._last.wait()

    def _write(self) -> None:
        if self._last is not None and not self._last.latest.ended:
            # on a slow disk the next copy waits for the previous one
            self._timer.start()
            return
        self._begin(self._unsaved())

    def _begin(self, unsaved: Unsaved | None) -> Job[None, bool]:
        """Write or remove the copy on a separate thread, after the previous write has ended."""
        self._last = Job("cnnviz-autosave", lambda _: self._put(unsaved), after=self._last)
        return self._last.start()

    def _put(self, unsaved: Unsaved | None) -> bool:
        """Write the unsaved project, or remove the copy if it is None. Runs on the thread of the copies."""
        try:
            if unsaved is None:
                self._copy.clear()
            else:
                self._copy.write(*unsaved)
        except ProjectFileError as error:
            if str(error) != self._failure:
                log.warning("%s", error)
                self.failed.emit(error_sentence(error))
            self._failure = str(error)
            return False
        self._failure = ""
        return True
