"""The arrangement in which the window of each project file was left. No torch."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from cnnviz import settings
from cnnviz.files import cause, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

MOST = 500
"""The greatest number of files in the list. The newest are last; the oldest are dropped."""
ARRANGEMENTS = ("build", "train_view", "look")
"""The ids of the actions that choose an arrangement."""
log = logging.getLogger(__name__)


def arrangement_of(path: Path | None) -> str:
    """The arrangement in which the window of a project file was left; empty if that is not known, or without a file."""
    return "" if path is None else _read().get(str(path.absolute()), "")


def remember_arrangement(path: Path | None, arrangement: str) -> None:
    """Note the arrangement of the window of a project file, if it has one; a failure is logged."""
    if path is None or arrangement_of(path) == arrangement:
        return
    entries = _read()
    entries.pop(key := str(path.absolute()), None)
    entries[key] = arrangement
    # json writes ASCII, because the path may contain bytes that are not valid characters
    content = json.dumps(dict(list(entries.items())[-MOST:]))
    try:
        write_atomically(_file(), content)
    except OSError as error:
        log.warning("the arrangement of a project could not be noted: %s", cause(error))


def _file() -> Path:
    return settings.folders().data / "arrangements.json"


def _read() -> dict[str, str]:
    # not at the top of the file: the first window has no file
    from cnnviz.runs.folder import object_in

    try:
        raw = object_in(_file())
    except (OSError, ValueError):
        return {}
    return {path: name for path, name in raw.items() if name in ARRANGEMENTS}
