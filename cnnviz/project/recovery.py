"""Autosaves projects while they are edited, and finds the autosaved projects of crashed processes."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.files import cause, is_path, read_ordinary, write_atomically
from cnnviz.processes import Owner, seconds
from cnnviz.project.file import MOST_BYTES, ProjectFileError, from_json, to_json
from cnnviz.quoting import described
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.project.project import Project

SUFFIX = ".recovery"
_MOST_BYTES = 2 * MOST_BYTES

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recovery:
    """A project that a crashed process left behind.

    ``path`` is the file of the project, None if it was never saved. ``saved`` is the time of the autosave in seconds
    since 1970, ``file`` the autosaved copy. ``window`` is the key of the window that wrote it.
    """

    project: Project
    path: Path | None
    saved: float
    file: Path
    window: str = ""

    def discard(self) -> None:
        """Delete the autosaved copy."""
        self.file.unlink(missing_ok=True)


class Autosave:
    """The autosaved copy of one open project. Its file name has the project's ``key``; it records this process."""

    def __init__(self, folder: Path, key: str) -> None:
        self._owner = Owner.here()
        self._file = folder / f"{key}-{self._owner.pid}{SUFFIX}"
        self._written: tuple[Project, Path | None] | None = None

    def write(self, project: Project, path: Path | None) -> None:
        """Autosave the project unless it has not changed; raises :class:`ProjectFileError`."""
        if self._written is not None and self._written[0] is project and self._written[1] == path:
            return
        # json writes ASCII, because the path may contain bytes that are not valid characters
        entry = {
            "pid": self._owner.pid,
            "started": self._owner.started,
            "saved": time.time(),
            "path": None if path is None else str(path.absolute()),
            "project": to_json(project, compact=True),
        }
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps(entry))
        except OSError as error:
            raise ProjectFileError(
                Sentence("The project could not be autosaved: {reason}.", reason=cause(error))
            ) from error
        self._written = (project, path)

    def clear(self) -> None:
        """Delete the copy, after the project was saved or closed on purpose. Raises :class:`ProjectFileError`."""
        self._written = None
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            raise ProjectFileError(
                Sentence("The autosaved copy could not be removed: {reason}.", reason=cause(error))
            ) from error


def recoverable(folder: Path) -> list[Recovery]:
    """The autosaved projects of crashed processes in ``folder``, the newest first.

    A copy that cannot be read is renamed to ``….broken``, and this is logged.
    """
    found = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            recovery = _read(file)
        except (OSError, ValueError, RecursionError, ProjectFileError) as error:
            reason = cause(error) if isinstance(error, OSError) else error
            _log.warning("The autosaved project “%s” cannot be read: %s", file, reason)
            _set_aside(file)
            continue
        if recovery is not None:
            found.append(recovery)
    return sorted(found, key=lambda recovery: -recovery.saved)


def _read(file: Path) -> Recovery | None:
    raw = json.loads(read_ordinary(file, _MOST_BYTES))
    if not isinstance(raw, dict):
        raise ValueError("it is no object")
    pid, started, saved, path, project = (raw.get(name) for name in ("pid", "started", "saved", "path", "project"))
    owner, when = Owner.read(pid, started), seconds(saved)
    if not (path is None or (is_path(path) and Path(path).is_absolute())):
        raise ValueError(f"its path cannot be {described(path)}")
    if not isinstance(project, str):
        raise ValueError("its project is no text")
    if owner.alive:
        return None
    window = file.name.removesuffix(SUFFIX).rpartition("-")[0]
    return Recovery(from_json(project), None if path is None else Path(path), when, file, window)


def _set_aside(file: Path) -> None:
    try:
        file.replace(file.with_name(file.name + ".broken"))
    except OSError as error:
        _log.warning("“%s” could not be renamed: %s.", file, cause(error))
