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
    processes. ``running``: the process that was started beside a window makes its trials; if it has ended, ``known``
    says whether its command can be started again, and ``ended`` is its last line if it ended with an error. ``process``
    is the name under which it is noted.
    """

    kept: tuple[Path, ...] = ()
    snapshot: SweepSnapshot | None = None
    failure: str = ""
    running: bool = False
    ended: str = ""
    known: bool = False
    process: str = ""


class SweepWatch(QObject):
    """``changed`` follows a change of :attr:`state`. Nothing is read unless it is watched."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = SweepState()
        self.where = ""
        """The file or URL of the storage that is followed; empty at first."""
        self._name = ""
        self._reader: Reader | None = None
        self._watched = False
        self._job: Job[SweepState, SweepState] | None = None
        self._of: Reader | None = None
        """The reader that the job uses."""
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._take)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(PAUSE_MILLISECONDS)
        self._again.timeout.connect(self._read)

    @property
    def name(self) -> str:
        """The name of the sweep that is shown, or that was asked for."""
        return self.state.snapshot.name if self.state.snapshot is not None else self._name

    def follow(self, where: str, name: str = "") -> None:
        """Follow the sweep of this name in a storage; without a name the newest sweep in it."""
        from cnnviz.sweeps.watching import Reader

        if (where, name) == (self.where, self._name):
            return
        self.where, self._name = where, name
        self._reader = Reader(where)
        self.state = SweepState(self.state.kept)
        self.changed.emit()
        self._read()

    def watch(self, watched: bool) -> None:
        """Read the storage repeatedly, or no longer."""
        self._watched = watched
        if watched:
            self._read()
        else:
            self._again.stop()

    def close(self) -> bool:
        """Stop; returns whether the thread has ended in time."""
        self._watched = False
        self._poll.stop()
        self._again.stop()
        return self._job is None or self._job.close()

    def _read(self) -> None:
        if not self._watched or self._job is not None:
            return
        self._again.stop()
        reader, name = self._reader, self._name
        self._of = reader
        self._job = Job("cnnviz-sweep", lambda job: _found(job, reader, name), said).start()
        self._poll.start()

    def _take(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None:
            return
        if self._of is self._reader:
            self._show(state.result or state.progress)
        if not state.ended:
            return
        self._job = None
        self._poll.stop()
        if self._of is not self._reader:
            # another sweep was chosen meanwhile
            self._read()
            return
        if self._watched:
            self._again.start()

    def _show(self, found: SweepState | None) -> None:
        if found is not None and found != self.state:
            self.state = found
            self.changed.emit()


def _found(job: Job[SweepState, SweepState], reader: Reader | None, name: str) -> SweepState:
    """What is found; the trials are reported before what mattered is computed from them."""
    from cnnviz.sweeps import beside
    from cnnviz.sweeps.storage import SweepError
    from cnnviz.sweeps.watching import kept_sweeps

    kept = tuple(kept_sweeps())
    if reader is None:
        return SweepState(kept)
    # the file is made a moment after the process has started
    process = beside.noted_as(reader.where, name)
    running = bool(process) and beside.running(process)
    ended = beside.last_words(process) if process and not running else ""
    known = bool(process) and not running and bool(beside.arguments_of(process))
    try:
        snapshot = reader.snapshot(name)
        job.report(SweepState(kept, snapshot, "", running, ended, known, process))
        return SweepState(kept, reader.with_importance() or snapshot, "", running, ended, known, process)
    except SweepError as error:
        return SweepState(kept, reader.last_snapshot(), text(error.sentence), running, ended, known, process)
