"""Which process records a run: so a run whose process was killed is found, and its training can go on. No torch.

``owner.json`` stands in the folder of a run while a process records it, and is deleted when the recorder is closed.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.files import cause, write_atomically
from cnnviz.processes import Owner
from cnnviz.runs.folder import NUMBERS, object_in

if TYPE_CHECKING:
    from pathlib import Path

OWNER = "owner.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Interrupted:
    """The run that a process was recording last in a window when it was killed.

    ``folders`` are the folders of all runs of the window, the newest first. ``window`` is the key of the window,
    empty for a command.
    """

    folders: tuple[Path, ...]
    window: str

    @property
    def folder(self) -> Path:
        """The folder of the run that was recorded last."""
        return self.folders[0]

    def release(self) -> None:
        """Release the runs, because the user has decided about them: they are not offered again."""
        for folder in self.folders:
            release(folder)


def claim(folder: Path, window: str) -> None:
    """Note that this process records the run in ``folder`` for a window; raises OSError."""
    owner = Owner.here()
    entry = {
        "pid": owner.pid,
        "started": owner.started,
        "computer": platform.node(),
        "window": window,
        "run": folder.name,
    }
    write_atomically(folder / OWNER, json.dumps(entry))


def release(folder: Path) -> None:
    """Note that the run in ``folder`` is not being recorded any more; a failure is logged."""
    try:
        (folder / OWNER).unlink(missing_ok=True)
    except OSError as error:
        log.warning("the run “%s” still counts as being recorded: %s", folder.name, cause(error))


def may_be_recorded(folder: Path, *, elsewhere: bool = False) -> bool:
    """Whether a process may be recording the run in ``folder``; with ``elsewhere`` a process other than this one.

    Nothing is known of the processes of another computer. The start of the process is not compared: that time changes
    where the clock is set.
    """
    import psutil

    try:
        owner = object_in(folder / OWNER)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    pid = owner.get("pid")
    if owner.get("computer") != platform.node() or type(pid) is not int:
        return True
    return psutil.pid_exists(pid) and not (elsewhere and pid == os.getpid())


def belongs_here(folder: Path, home: Path) -> bool:
    """Whether this program may add to the run in ``folder``: a run of the library in ``home`` that no other process may
    be recording. Runs elsewhere are only looked at. Never raises."""
    try:
        return folder.resolve().parent == home.resolve() and not may_be_recorded(folder, elsewhere=True)
    except OSError:
        return False


def interrupted(home: Path) -> list[Interrupted]:
    """What processes of this computer were recording in ``home`` when they were killed, one for each window, the newest
    first. Never raises."""
    groups: dict[tuple[Owner, str], list[tuple[float, Path]]] = {}
    for folder in _owned(home):
        try:
            raw = object_in(folder / OWNER)
            # a folder that was copied or renamed has another name; another computer may share the library
            if raw.get("run") != folder.name or raw.get("computer") != platform.node():
                continue
            owner, window = Owner.read(raw.get("pid"), raw.get("started")), str(raw.get("window"))
            if owner.alive:
                continue
            written = (folder / NUMBERS).stat().st_mtime
        except (OSError, ValueError):
            continue
        groups.setdefault((owner, window), []).append((written, folder))
    by_window = [(sorted(runs, reverse=True), window) for (_, window), runs in groups.items()]
    # each list of runs begins with its newest, so this compares the windows by their newest runs
    by_window.sort(reverse=True)
    return [Interrupted(tuple(folder for _, folder in runs), window) for runs, window in by_window]


def _owned(home: Path) -> list[Path]:
    """The folders of the runs that a process has claimed."""
    try:
        # quick also for a thousand runs, as it is done before the first window is painted
        with os.scandir(home) as entries:
            return [home / entry.name for entry in entries if os.access(f"{entry.path}/{OWNER}", os.R_OK)]
    except OSError:
        return []
