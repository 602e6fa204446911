"""Projects written aside while they are edited, so that a crash loses no more than the last seconds."""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from cnnviz.files import write_atomically
from cnnviz.project.file import MOST_BYTES, ProjectFileError, from_json, to_json
from cnnviz.project.project import Project

SUFFIX = ".recovery"
_SAME_START = 2.0
"""Seconds by which the start of one process may be told apart from itself, as the system's clock is set."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recovery:
    """A project that a process left behind: ``path`` is the file that it belonged to (None: never saved), ``saved``
    the time of the autosave in seconds since 1970, ``file`` where it lies.
    """

    project: Project
    path: Path | None
    saved: float
    file: Path

    def discard(self) -> None:
        """Forget it."""
        self.file.unlink(missing_ok=True)


class Autosave:
    """The autosaved copy of one open project, told from others by ``key``; it names this process as its owner."""

    def __init__(self, folder: Path, key: str) -> None:
        process = psutil.Process()
        self._pid, self._started = process.pid, process.create_time()
        self._file = folder / f"{key}-{self._pid}{SUFFIX}"
        self._written: tuple[Project, Path | None] | None = None

    def write(self, project: Project, path: Path | None) -> None:
        """Write the project aside, unless it lies there already; raises :class:`ProjectFileError`."""
        if self._written is not None and self._written[0] is project and self._written[1] == path:
            return
        entry = {
            "pid": self._pid,
            "started": self._started,
            "saved": time.time(),
            "path": None if path is None else str(path.absolute()),
            "project": to_json(project),
        }
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps(entry, ensure_ascii=False))
        except OSError as error:
            raise ProjectFileError(f"The project could not be autosaved: {error.strerror or error}.") from error
        self._written = (project, path)

    def clear(self) -> None:
        """Remove the copy: the project was saved, or closed on purpose. Raises :class:`ProjectFileError`."""
        self._written = None
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            message = f"The autosaved copy could not be removed: {error.strerror or error}."
            raise ProjectFileError(message) from error


def recoverable(folder: Path) -> list[Recovery]:
    """What crashed processes left in ``folder``, the newest first; copies of living processes are left alone.

    A copy that cannot be read is renamed to ``….broken`` and said in the log.
    """
    found = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            recovery = _read(file)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, ProjectFileError) as error:
            _log.warning("The autosaved project “%s” cannot be read: %s", file, error)
            _set_aside(file)
            continue
        if recovery is not None:
            found.append(recovery)
    return sorted(found, key=lambda recovery: -recovery.saved)


def _read(file: Path) -> Recovery | None:
    if file.stat().st_size > 2 * MOST_BYTES:
        raise ValueError("it is too large")
    entry = json.loads(file.read_text(encoding="utf-8"))
    if _alive(int(entry["pid"]), float(entry["started"])):
        return None
    path = entry["path"]
    return Recovery(from_json(entry["project"]), None if path is None else Path(path), float(entry["saved"]), file)


def _alive(pid: int, started: float) -> bool:
    try:
        return pid == os.getpid() or abs(psutil.Process(pid).create_time() - started) < _SAME_START
    except (psutil.Error, ValueError, OverflowError):
        return False


def _set_aside(file: Path) -> None:
    try:
        file.replace(file.with_name(file.name + ".broken"))
    except OSError as error:
        _log.warning("“%s” could not be renamed: %s.", file, error.strerror or error)
