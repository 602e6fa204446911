"""Removes the remains of killed processes from the folders of runs: temporary files and incomplete moments."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cnnviz.runs.folder import CHECKPOINT, FACTS, MOMENTS
from cnnviz.runs.library import Library
from cnnviz.runs.ownership import may_be_recorded

if TYPE_CHECKING:
    from pathlib import Path

PART = ".part"
"""Ending of the names of temporary files, see :func:`cnnviz.files.write_atomically`."""
LEAST_AGE_SECONDS = 600.0
"""Seconds after which a temporary file is left over; the name, the notes and the marks of a run that nobody records
may be written at any time."""
TENSORS = ".safetensors"
_CHECKPOINT = re.compile(r"\d{12}")
"""The name of the folder of an exact moment: its step."""


def remove_leftovers(home: Path) -> None:
    """Remove the remains from all runs in ``home`` that no process is recording. Never raises."""
    for folder in Library(home).folders():
        with suppress(OSError):
            # a folder without facts is being made
            if (folder / FACTS).exists() and not may_be_recorded(folder):
                _clean(folder)


def _clean(folder: Path) -> None:
    """Remove temporary files, weights without the JSON that seals them, and checkpoints that are not complete."""
    _remove_parts(folder)
    _remove_parts(folder / MOMENTS)
    for path in (folder / MOMENTS).iterdir():
        if _is_unsealed(path):
            path.unlink()
        elif _CHECKPOINT.fullmatch(path.name) and path.is_dir():
            if not (path / CHECKPOINT).exists():
                shutil.rmtree(path, ignore_errors=True)
            _remove_parts(path)


def _remove_parts(folder: Path) -> None:
    """Remove the temporary files in a folder that no process can still be writing."""
    now = time.time()
    for path in folder.glob(f"*{PART}"):
        # a clock may have been set back since
        if abs(now - path.stat().st_mtime) > LEAST_AGE_SECONDS:
            path.unlink()


def _is_unsealed(path: Path) -> bool:
    return path.suffix == TENSORS and not path.with_suffix(".json").exists()
