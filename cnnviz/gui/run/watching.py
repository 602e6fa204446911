"""Follows a recorded run while another process writes it, perhaps on another machine. Nothing is written to it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.jobs import Job

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.run.past import Past
    from cnnviz.runs.histories.run_history import RunHistory

POLL_MILLISECONDS = 1000
"""The time between two readings of the folder."""


@dataclass(frozen=True)
class FolderState:
    """The folder of a run at some time: bytes of its numbers, steps of its moments, and whether it has finished.

    ``history`` are its curves if they have changed since the state before. ``successor`` is the folder of a run that
    goes on from this one, and was begun while this one was followed.
    """

    bytes: int
    steps: tuple[int, ...]
    finished: bool = False
    history: RunHistory | None = None
    successor: Path | None = None


class Watching(QObject):
    """Follows the run of the library, or of any folder, that the window has opened.

    New moments are added to the timeline; if the newest one is on screen, the window goes on to the next. If another
    run goes on from it with the same layers, because its process was ended and started again, that one is opened.
    ``grown`` carries the new curves, ``changed`` follows a change of :attr:`live`.
    """

    grown = Signal(object)
    changed = Signal()

    def __init__(self, past: Past, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._past = past
        self._state: FolderState | None = None
        self._job: Job[None, FolderState | None] | None = None
        self._job_folder: Path | None = None
        """The folder that the job reads."""
        self._since = 0.0
        """When the run was opened."""
        self.live = False
        """Whether the opened run has grown while it was followed, and has not finished."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self.poll)
        past.opened.connect(self._restart)

    def close(self) -> bool:
        """Stop following; returns whether the thread has ended."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _restart(self) -> None:
        self._state = None
        self._since = time.time()
        self._set_live(False)
        if self._past.folder is None:
            self._timer.stop()
        else:
            self._timer.start()

    def poll(self) -> None:
        """Take what was read last, and read the folder again."""
        if self._job is not None and not self._job.latest.ended:
            return
        folder = self._past.folder
        if self._job is not None and self._job_folder == folder and (state := self._job.latest.result) is not None:
            self._take(state)
        # it may be the folder of a successor now
        folder, before, since = self._past.folder, self._state, self._since
        self._job = None
        if folder is not None and self._timer.isActive():
            self._job_folder = folder
            self._job = Job("cnnviz-watching", lambda _: _state_now(folder, before, since)).start()

    def _take(self, state: FolderState) -> None:
        before, self._state = self._state, state
        if state.successor is not None:
            self._past.open(state.successor, read_state(state.successor, None, self._since).steps)
            return
        if before is not None and state.history is not None:
            self._set_live(not state.finished)
            self.grown.emit(state.history)
            self._past.grow(state.steps)
        if state.finished:
            self._set_live(False)
            self._timer.stop()

    def _set_live(self, live: bool) -> None:
        if live != self.live:
            self.live = live
            self.changed.emit()


def _state_now(folder: Path, before: FolderState | None, since: float) -> FolderState | None:
    """As :func:`read_state`; None if the run was deleted, or is on a drive that does not answer now."""
    from cnnviz.runs.folder import RunError

    try:
        return read_state(folder, before, since)
    except (OSError, RunError):
        return None


def read_state(folder: Path, before: FolderState | None, since: float) -> FolderState:
    """Read the folder of a run; ``before`` is its state before, ``since`` the time when the run was opened."""
    from cnnviz.runs.folder import NUMBERS, moments
    from cnnviz.runs.histories.recorded import recorded_history
    from cnnviz.runs.summary import summarize

    steps = tuple(moments(folder))
    numbers = folder / NUMBERS
    size = numbers.stat().st_size if numbers.is_file() else 0
    if before is not None and (before.bytes, before.steps) == (size, steps):
        return replace(before, history=None, successor=successor(folder, since))
    return FolderState(size, steps, summarize(folder).numbers.finished, recorded_history(folder))


def successor(folder: Path, since: float) -> Path | None:
    """The newest run beside ``folder`` that goes on from it with the same layers and was begun after ``since``, or
    None."""
    from cnnviz.runs.folder import FACTS
    from cnnviz.runs.summary import summarize

    # ids of runs begin with their time, so later ones have larger names
    later = [run for run in folder.parent.iterdir() if run.name > folder.name and (run / FACTS).is_file()]
    for run_folder in sorted(later, reverse=True):
        facts = summarize(run_folder).facts
        if facts.parent == folder.name and facts.created >= since and _of_same_layers(folder, run_folder):
            return run_folder
    return None


def _of_same_layers(folder: Path, other: Path) -> bool:
    """Whether two runs have the same layers at the end of the first one; False while a project is not written yet."""
    from cnnviz.runs.folder import RunError, moments, project_at
    from cnnviz.training.changes import same_layers

    try:
        last = project_at(folder, max(moments(folder), default=0))
        return same_layers(last.network, project_at(other, 0).network)
    except RunError:
        return False
