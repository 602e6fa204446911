"""Copies of a project that is edited, written beside the window: a crash loses what was done in the last moment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz import settings
from cnnviz.project.file import ProjectFileError
from cnnviz.project.project import Project
from cnnviz.project.recovery import Autosave

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
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="cnnviz-autosave")
        self._last: Future[bool] | None = None
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
        return self._worker.submit(self._put, self._unsaved()).result()

    def clear(self) -> None:
        """Remove the copy."""
        self._timer.stop()
        self._worker.submit(self._put, None).result()

    def close(self) -> None:
        """End the thread; the copy stays as it is."""
        self._timer.stop()
        self._worker.shutdown()

    def _write(self) -> None:
        if self._last is not None and not self._last.done():
            # a slow disk: the next copy waits for the one before
            self._timer.start()
            return
        self._last = self._worker.submit(self._put, self._unsaved())

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
                self.failed.emit(str(error))
            self._failure = str(error)
            return False
        self._failure = ""
        return True
