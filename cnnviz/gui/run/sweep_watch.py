"""Follows a sweep whose trials other processes make. Its storage is read on a separate thread, and only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.sweeps.watching import Reader, SweepSnapshot

POLL_MILLISECONDS = 20
PAUSE_MILLISECONDS = 1000
"""The time between two readings of the storage."""


@dataclass(frozen=True)
class SweepState:
    """What was found: the ``kept`` sweeps of this machine, and a ``snapshot`` of the one that is followed, if any.

    ``failure`` is the sentence why it could not be read; the last snapshot before stays, with what is known of its
    processes. ``running``: the process that was started beside a window makes its trials; if it has ended,
    ``restartable`` says whether its command can be started again, and ``last_line`` is what it wrote last if it ended
    with an error. ``process`` is the name under which it is noted.
    """

    kept: tuple[Path, ...] = ()
    snapshot: SweepSnapshot | None = None
    failure: str = ""
    running: bool = False
    last_line: str = ""
    restartable: bool = False
    process: str = ""


class SweepWatch(QObject):
    """``changed`` follows a change of :attr:`state`. Nothing is read unless it is watched."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = SweepState()
        self.storage = ""
        """The file or URL of the storage that is followed; empty at first."""
        self._name = ""
        self._reader: Reader | None = None
        self._watched = False
        self._job: Job[SweepState, SweepState] | None = None
        self._job_reader: Reader | None = None
        """The reader that the job uses."""
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(POLL_MILLISECONDS)
        self._poll_timer.timeout.connect(self._poll)
        self._pause_timer = QTimer(self)
        self._pause_timer.setSingleShot(True)
        self._pause_timer.setInterval(PAUSE_MILLISECONDS)
        self._pause_timer.timeout.connect(self._read)

    @property
    def name(self) -> str:
        """The name of the sweep that is shown, or that was asked for."""
        return self.state.snapshot.name if self.state.snapshot is not None else self._name

    def follow(self, storage: str, name: str = "") -> None:
        """Follow the sweep of this name in a storage; without a name the newest sweep in it."""
        from cnnviz.sweeps.watching import Reader

        if (storage, name) == (self.storage, self._name):
            return
        self.storage, self._name = storage, name
        self._reader = Reader(storage)
        self.state = SweepState(self.state.kept)
        self.changed.emit()
        self._read()

    def watch(self, watched: bool) -> None:
        """Read the storage repeatedly, or no longer."""
        self._watched = watched
        if watched:
            self._read()
        else:
            self._pause_timer.stop()

    def close(self) -> bool:
        """Stop; returns whether the thread has ended in time."""
        self._watched = False
        self._poll_timer.stop()
        self._pause_timer.stop()
        return self._job is None or self._job.close()

    def _read(self) -> None:
        if not self._watched or self._job is not None:
            return
        self._pause_timer.stop()
        reader, name = self._reader, self._name
        self._job_reader = reader
        self._job = Job("cnnviz-sweep", lambda job: _read_storage(job, reader, name), said).start()
        self._poll_timer.start()

    def _poll(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None:
            return
        if self._job_reader is self._reader:
            self._show(state.result or state.progress)
        if not state.ended:
            return
        self._job = None
        self._poll_timer.stop()
        if self._job_reader is not self._reader:
            # another sweep was chosen meanwhile
            self._read()
            return
        if self._watched:
            self._pause_timer.start()

    def _show(self, state: SweepState | None) -> None:
        if state is not None and state != self.state:
            self.state = state
            self.changed.emit()


def _read_storage(job: Job[SweepState, SweepState], reader: Reader | None, name: str) -> SweepState:
    """Read the storage; the trials are reported before it is computed which settings mattered."""
    from cnnviz.sweeps import beside
    from cnnviz.sweeps.storage import SweepError
    from cnnviz.sweeps.watching import kept_sweeps

    kept = tuple(kept_sweeps())
    if reader is None:
        return SweepState(kept)
    # the file is made a moment after the process has started
    process = beside.noted_as(reader.storage, name)
    running = bool(process) and beside.running(process)
    last_line = beside.last_words(process) if process and not running else ""
    restartable = bool(process) and not running and bool(beside.arguments_of(process))
    try:
        snapshot = reader.snapshot(name)
        job.report(SweepState(kept, snapshot, "", running, last_line, restartable, process))
        return SweepState(kept, reader.with_importance() or snapshot, "", running, last_line, restartable, process)
    except SweepError as error:
        return SweepState(kept, reader.last_snapshot(), text(error.sentence), running, last_line, restartable, process)
