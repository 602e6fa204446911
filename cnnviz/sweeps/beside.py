"""A sweep that runs as a process of its own beside the window, and goes on when the window is closed.

Its process is noted in a file, so that any window can see whether it runs, and end it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from cnnviz.files import read_ordinary, write_atomically
from cnnviz.sweeps.storage import sweeps_folder
from cnnviz.sweeps.trials import has_ended, worker_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 2**20
_NAME = re.compile(r"\w[\w .+-]{0,99}")


def is_name(name: str) -> bool:
    """Whether a sweep can have this name: letters, digits, spaces and ``. + - _``, not longer than 100."""
    return _NAME.fullmatch(name) is not None and name == name.strip()


def storage_file(name: str) -> Path:
    """The file of the sweep of a name that is kept on this machine."""
    return sweeps_folder() / f"{name}.sqlite"


def project_file(name: str) -> Path:
    """The file for the project of a sweep that has no file of its own."""
    return sweeps_folder() / f"{name}.cnnviz"


def log_file(name: str) -> Path:
    """The file with what the process of a sweep says on errors."""
    return sweeps_folder() / f"{name}.log"


def note(name: str, process: int) -> None:
    """Note the number of the process that makes the trials of a sweep; raises OSError."""
    write_atomically(_process_file(name), worker_of(process))


def running(name: str) -> bool:
    """Whether the process that was noted for a sweep still runs."""
    worker = _noted(name)
    return bool(worker) and not has_ended(worker)


def end(name: str) -> None:
    """Ask the process of a sweep to end; the trials that it makes do not count."""
    import psutil

    if running(name):
        with suppress(psutil.Error):
            psutil.Process(int(_noted(name).split()[-2])).terminate()


def last_words(name: str) -> str:
    """The last line that the process of a sweep said on an error; empty if there is none."""
    with suppress(OSError):
        lines = read_ordinary(log_file(name), MOST_BYTES).decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
    return ""


def _process_file(name: str) -> Path:
    return sweeps_folder() / f"{name}.process"


def _noted(name: str) -> str:
    with suppress(OSError):
        return read_ordinary(_process_file(name), MOST_BYTES).decode(errors="replace")
    return ""
