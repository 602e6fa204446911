"""Copies of a project that is edited, written beside the window: a crash loses what was done in the last moment."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

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
"""An edit is written so long after it, together with those that follow it in that time."""

Unsaved = tuple[Project, Path | None]
"""A project with changes that no file holds, and the file that it belongs to."""


class BackgroundAutosave(QObject):
    """The copy of one open project. ``unsaved`` returns what is to be in it, None where all is saved.

    Projects are immutable, so a thread of its own turns them into text and writes them. ``failed`` carries a sentence,
    once where every copy ends in the same.
    """

    failed = Signal(str)

    def __init__(self, unsaved: Callable[[], Unsaved | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unsaved = unsaved
        self._copy = Autosave(settings.folders().recovery, uuid4().hex[:8])
        self._last: Job[None, bool] | None = None
        self._failure = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._write)

    def schedule(self) -> None:
        """The project has changed. A copy follows, also where edits go on without a pause."""
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> bool:
        """Write the copy now; whether nothing would be lost."""
        self._timer.stop()
        job = self._begin(self._unsaved())
        job.wait()
        return job.latest.result is True

    def clear(self) -> None:
        """Remove the copy."""
        self._timer.stop()
        self._begin(None).wait()

    def close(self) -> None:
        """Wait for what is being written; the copy stays as it is."""
        self._timer.stop()
        if self._last is not None:
            self._last.wait()

    def _write(self) -> None:
        if self._last is not None and not self._last.latest.ended:
            # a slow disk: the next copy waits for the one before
            self._timer.start()
            return
        self._begin(self._unsaved())

    def _begin(self, unsaved: Unsaved | None) -> Job[None, bool]:
        """Write or remove the copy on a thread of its own, once the one before has ended."""
        self._last = Job("cnnviz-autosave", lambda _: self._put(unsaved), after=self._last)
        return self._last.start()

    def _put(self, unsaved: Unsaved | None) -> bool:
        """Write what is unsaved, or remove the copy; on the thread of the copies."""
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
