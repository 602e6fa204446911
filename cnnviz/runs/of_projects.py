"""A list of project files with the run that each of them showed last. No torch.

A project file names the run that it was saved with. The window may have trained another run after that and closed
without saving. The list, a file in the data folder, says which run the window trained last.
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
class _Left:
    """``named`` is the run that the project file names, ``run`` the run that its window trained last."""

    named: str
    run: str


def run_of(path: Path, named: str) -> str:
    """The id of the run to show for a project file; ``named`` is the run that the file names, or empty.

    The run in the list, unless the file was replaced since and names another run: then that run.
    """
    left = _read().get(str(path.absolute()))
    return named if left is None or left.named != named else left.run


def file_of(run: str) -> Path | None:
    """The project file whose window trained a run; of several the one that was noted last. None if there is none."""
    return next((Path(path) for path, left in reversed(_read().items()) if left.run == run), None)


def remember(path: Path, named: str, run: str) -> None:
    """Note that the window of a project file, which names ``named``, trains ``run``; a failure is logged."""
    key, entries = str(path.absolute()), _read()
    if entries.pop(key, None) == _Left(named, run):
        return
    entries[key] = _Left(named, run)
    newest = dict(list(entries.items())[-MOST:])
    # json writes ASCII, because the path may contain bytes that are not valid characters
    content = json.dumps({path: [left.named, left.run] for path, left in newest.items()})
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_file(), content)
    except OSError as error:
        log.warning("which run a project was left with could not be noted: %s", cause(error))


def _file() -> Path:
    return settings.folders().data / "projects.json"


def _read() -> dict[str, _Left]:
    try:
        raw = object_in(_file())
    except (OSError, ValueError):
        return {}
    return {path: _Left(*entry) for path, entry in raw.items() if _is_pair(entry)}


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(isinstance(one, str) for one in entry)
