"""A sweep that runs as a process of its own beside the window, and goes on when the window is closed.

Its process is noted in a file, so that any window can see whether it runs, end it, and have it go on.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.files import read_ordinary, write_atomically
from cnnviz.sweeps.storage import sweeps_folder
from cnnviz.sweeps.trials import has_ended, number_of, worker_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 2**20
STORAGE = "--storage"
"""The option of the command with the storage of a sweep that is not kept among the user's data."""
_NAME = re.compile(r"\w[\w .+-]{0,99}")


def is_name(name: str) -> bool:
    """Whether a sweep can have this name: letters, digits, spaces and ``. + - _``, not longer than 100."""
    return _NAME.fullmatch(name) is not None and name == name.strip()


def project_file(name: str) -> Path:
    """The file that is written for a sweep of a project without a file, or with unsaved changes."""
    return sweeps_folder() / f"{name}.cnnviz"


def log_file(name: str) -> Path:
    """The file into which the process of a sweep writes its errors."""
    return sweeps_folder() / f"{name}.log"


def note(name: str, process: int, arguments: Sequence[str]) -> None:
    """Note the process that makes the trials of a sweep, and the arguments of its command; raises OSError."""
    write_atomically(_process_file(name), json.dumps([worker_of(process), *arguments]))


def running(name: str) -> bool:
    """Whether the process that was noted for a sweep still runs."""
    noted = _noted(name)
    return bool(noted) and not has_ended(noted[0])


def end(name: str) -> None:
    """Ask the process of a sweep to end; trials that are under way do not count."""
    import psutil

    if running(name):
        with suppress(psutil.Error):
            psutil.Process(number_of(_noted(name)[0])).terminate()


def arguments_of(name: str) -> list[str]:
    """The arguments of the command that worked on a sweep last; empty if that is not known."""
    return _noted(name)[1:]


def noted_as(storage: str, name: str) -> str:
    """The name under which the process that makes the trials of the sweep ``name`` in a ``storage`` is or would be
    noted; empty if the note of that name is about another storage, or for a storage elsewhere if there is none."""
    place = Path(storage)
    own = place.parent == sweeps_folder()
    known = place.stem if own else name
    arguments = arguments_of(known) if is_name(known) else []
    elsewhere = STORAGE in arguments
    if own:
        return "" if elsewhere else known
    return known if elsewhere and arguments[arguments.index(STORAGE) + 1 :][:1] == [storage] else ""


def last_words(name: str) -> str:
    """The last line of :func:`log_file`; empty if there is none, or if Ctrl+C has ended the process."""
    with suppress(OSError):
        lines = read_ordinary(log_file(name), MOST_BYTES).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return "" if last.startswith(KeyboardInterrupt.__name__) else last
    return ""


def _process_file(name: str) -> Path:
    return sweeps_folder() / f"{name}.process"


def _noted(name: str) -> list[str]:
    """The process and the arguments that were noted; empty if there is no note."""
    with suppress(OSError, ValueError):
        noted = json.loads(read_ordinary(_process_file(name), MOST_BYTES))
        if isinstance(noted, list) and noted and all(isinstance(each, str) for each in noted):
            return noted
    return []
