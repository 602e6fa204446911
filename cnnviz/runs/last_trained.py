"""The run that was trained last in the window of each project file. No torch.

A project file names the run that it was saved with. Its window may have trained another run after that and closed
without saving. A list in the data folder remembers that run, so that opening the project file shows it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnviz import settings
from cnnviz.files import cause, write_atomically
from cnnviz.runs.folder import object_in

MOST = 500
"""The greatest number of files in the list. The newest are last; the oldest are dropped."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Entry:
    """``named`` is the run that the project file names, ``run`` the run that its window trained last."""

    named: str
    run: str


def run_of(path: Path, named: str) -> str:
    """The id of the run to show for a project file; ``named`` is the run that the file names, or empty.

    The run in the list, unless the file was replaced since and names another run: then that run.
    """
    entry = _read().get(str(path.absolute()))
    return named if entry is None or entry.named != named else entry.run


def file_of(run: str) -> Path | None:
    """The project file whose window trained a run; of several the one that was noted last. None if there is none."""
    return next((Path(path) for path, entry in reversed(_read().items()) if entry.run == run), None)


def remember(path: Path, named: str, run: str) -> None:
    """Note that the window of a project file, which names ``named``, trains ``run``; a failure is logged."""
    key, entries = str(path.absolute()), _read()
    if entries.pop(key, None) == _Entry(named, run):
        return
    entries[key] = _Entry(named, run)
    newest = dict(list(entries.items())[-MOST:])
    # json writes ASCII, because the path may contain bytes that are not valid characters
    content = json.dumps({path: [entry.named, entry.run] for path, entry in newest.items()})
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_file(), content)
    except OSError as error:
        log.warning("which run a project was left with could not be noted: %s", cause(error))


def _file() -> Path:
    return settings.folders().data / "projects.json"


def _read() -> dict[str, _Entry]:
    try:
        raw = object_in(_file())
    except (OSError, ValueError):
        return {}
    return {path: _Entry(*pair) for path, pair in raw.items() if _is_pair(pair)}


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
