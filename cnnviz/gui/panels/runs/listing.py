"""Reads the list of recorded runs on a separate thread, repeatedly while the panel is visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from cnnviz.runs.library import Library
    from cnnviz.runs.summary import RunSummary

POLL_MILLISECONDS = 10
RELOAD_MILLISECONDS = 3000
"""The time between two readings of a visible list: runs grow, and other windows record too."""


def library() -> Library:
    """The library of this user's runs."""
    # not at the top of the file: a window that lists no runs needs none of this
    from cnnviz.runs.library import Library
    from cnnviz.runs.recorder import runs_folder

    return Library(runs_folder())


def read_runs(job: Job[list[RunSummary], list[RunSummary]]) -> list[RunSummary]:
    """All runs in their context, the newest first; before that is known, the runs are reported without it."""
    from cnnviz.runs.context import in_context

    own_library = library()
    runs = own_library.runs()
    job.report(runs)
    return in_context(own_library.home, runs)


class Listing(QObject):
    """``read(list)`` carries all runs, the newest first. The first time they may come without their context first."""

    read = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._job: Job[list[RunSummary], list[RunSummary]] | None = None
        self.unread = True
        """Whether no list has been passed on yet."""
        self._again = False
        """Whether the list that is being read may be older than the last change."""
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._take)
        self._timer = QTimer(self)
        self._timer.setInterval(RELOAD_MILLISECONDS)
        self._timer.timeout.connect(self._renew)

    def start(self) -> None:
        """Read the list now and regularly."""
        self.reload()
        self._timer.start()

    def stop(self) -> None:
        """Stop reading the list regularly."""
        self._timer.stop()

    def reload(self) -> None:
        """Read the list as it is now."""
        if self._job is not None:
            self._again = True
            return
        self._job = Job("cnnviz-runs", read_runs, said).start()
        self._poll.start()

    def _renew(self) -> None:
        # a list that is being read is new enough: in a library on a slow disk, reading takes longer than the interval
        if self._job is None:
            self.reload()

    def close(self) -> bool:
        """Stop; returns whether the thread has ended in time."""
        self._poll.stop()
        self._timer.stop()
        return self._job is None or self._job.close()

    def _take(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None:
            return
        if not state.ended:
            if self.unread and state.progress:
                self.unread = False
                self.read.emit(state.progress)
            return
        self._job = None
        self._poll.stop()
        if self._again:
            self._again = False
            self.reload()
        elif state.result is not None:
            self.unread = False
            self.read.emit(state.result)


def why_no_runs() -> str:
    """Why the list is empty."""
    from cnnviz.runs.recorder import recording_wanted

    translate = QCoreApplication.translate
    if recording_wanted():
        return translate(
            "RunsPanel", "Every run is listed here once it has been trained. Archives of runs can be dropped here."
        )
    return translate(
        "RunsPanel", "Runs are not recorded, because recording is switched off. Archives of runs can be dropped here."
    )
