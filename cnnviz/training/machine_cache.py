"""Keeps measurements of this machine in small files, for later starts of the program. No torch."""

from __future__ import annotations

import json
import logging
import platform
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz import __version__
from cnnviz.files import cause, read_ordinary, write_atomically
from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MachineCache:
    """Measurements by key in a JSON file of the cache folder.

    They are valid for one model of CPU and one build of torch: a home folder may be shared by several machines, and
    torch may be replaced. ``what`` names the measurement in the log. Of all machines together the newest ``most``
    entries are kept; a file of more than ``most_bytes`` is not read. If the file cannot be read, the measurements are
    made again.
    """

    file: str
    what: str
    most: int
    most_bytes: int

    def read(self) -> dict[str, Any]:
        """The measurements of this machine, the oldest first."""
        prefix = f"{machine()} | "
        return {key.removeprefix(prefix): value for key, value in self._all().items() if key.startswith(prefix)}

    def write(self, entries: Mapping[str, Any]) -> None:
        """Replace the measurements of this machine by ``entries``. If they cannot be written, this is only logged."""
        prefix = f"{machine()} | "
        others = {key: value for key, value in self._all().items() if not key.startswith(prefix)}
        all_entries = others | {prefix + key: value for key, value in entries.items()}
        newest = dict([*all_entries.items()][-self.most :])
        try:
            write_atomically(self._path(), json.dumps(newest, indent=1) + "\n")
        except OSError as error:
            log.warning("The measured %s of this machine could not be kept: %s.", self.what, cause(error))

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(read_ordinary(self._path(), self.most_bytes))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.warning("The measured %s of this machine cannot be read (%s); it is measured anew.", self.what, error)
            return {}
        return found if isinstance(found, dict) else {}

    def _path(self) -> Path:
        return folders().cache / self.file


def machine() -> str:
    """The model of the CPU and the version of torch."""
    return f"{_processor()} | torch {_torch_version()}"


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _torch_version() -> str:
    """The version of the imported torch; if it is not imported yet, of the installed one."""
    loaded = sys.modules.get("torch")
    return str(loaded.__version__) if loaded is not None else _installed_torch()


@cache
def _installed_torch() -> str:
    # importlib.metadata knows the version too, but importing it takes 30 ms before the window is painted
    spec = find_spec("torch")
    try:
        text = (Path(spec.origin).parent / "version.py").read_text() if spec is not None and spec.origin else ""
    except OSError:
        text = ""
    found = re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE)
    # a bundle of cnnviz has no such file, but each version of it has one version of torch
    return found[1] if found else f"of cnnviz {__version__}"
