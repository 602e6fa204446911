"""Removes the remains of killed processes from the folders of runs: temporary files and incomplete moments."""

from __future__ import annotations

import platform
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from cnnviz.runs.folder import CHECKPOINT, MOMENTS, object_in
from cnnviz.runs.library import Library
from cnnviz.runs.ownership import OWNER

if TYPE_CHECKING:
    from pathlib import Path

PART = ".part"
"""Ending of the names of temporary files."""
TENSORS = ".safetensors"
_CHECKPOINT = re.compile(r"\d{12}")


def remove_leftovers(home: Path) -> None:
    """Remove them from all runs in ``home`` that no process is recording. Never raises."""
    for folder in Library(home).folders():
        with suppress(OSError):
            if not _may_be_recorded(folder):
                _clean(folder)


def _may_be_recorded(folder: Path) -> bool:
    """Whether a process may be writing into the folder: of another computer nothing is known.

    The start of the process is not compared: that time changes where the clock is set.
    """
    try:
        owner = object_in(folder / OWNER)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    pid = owner.get("pid")
    return owner.get("computer") != platform.node() or type(pid) is not int or psutil.pid_exists(pid)


def _clean(folder: Path) -> None:
    """Remove temporary files, weights without their seal, and checkpoints that are not complete."""
    for path in folder.glob(f"*{PART}"):
        path.unlink()
    for path in (folder / MOMENTS).iterdir():
        if path.suffix == PART or _is_unsealed(path):
            path.unlink()
        elif _CHECKPOINT.fullmatch(path.name) and path.is_dir():
            if not (path / CHECKPOINT).exists():
                shutil.rmtree(path, ignore_errors=True)
            for part in path.glob(f"*{PART}"):
                part.unlink()


def _is_unsealed(path: Path) -> bool:
    return path.suffix == TENSORS and not path.with_suffix(".json").exists()
