"""Lists in the data folder that note something for each project file. No torch."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz import settings
from cnnviz.files import cause, write_atomically
from cnnviz.runs.folder import object_in

if TYPE_CHECKING:
    from pathlib import Path

MOST = 500
"""The greatest number of files in a list. The newest are last; the oldest are dropped."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NotedFiles:
    """The list in the file ``name`` of the data folder. ``noted`` says in the log what could not be noted."""

    name: str
    noted: str

    def read(self) -> dict[str, Any]:
        """What was noted, by the absolute paths of project files; empty if the list is missing or damaged."""
        try:
            return object_in(settings.folders().data / self.name)
        except (OSError, ValueError):
            return {}

    def of(self, path: Path) -> Any:
        """What was noted for a project file; None without a note."""
        return self.read().get(str(path.absolute()))

    def note(self, path: Path, value: Any) -> None:
        """Note a value that JSON can write for a project file; a failure is logged."""
        entries = self.read()
        entries.pop(key := str(path.absolute()), None)
        entries[key] = value
        file = settings.folders().data / self.name
        # json writes ASCII, because the path may contain bytes that are not valid characters
        content = json.dumps(dict(list(entries.items())[-MOST:]))
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, content)
        except OSError as error:
            log.warning("%s could not be noted: %s", self.noted, cause(error))
