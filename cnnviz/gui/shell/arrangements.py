"""The arrangement in which the window of each project file was left. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.runs.noted_files import NotedFiles

ARRANGEMENTS = ("build", "train_view", "look")
"""The ids of the actions that choose an arrangement."""


def arrangement_of(path: Path | None) -> str:
    """The arrangement in which the window of a project file was left; empty if that is not known, or without a file."""
    noted = "" if path is None else _list().of(path)
    return noted if noted in ARRANGEMENTS else ""


def remember_arrangement(path: Path | None, arrangement: str) -> None:
    """Note the arrangement of the window of a project file, if it has one; a failure is logged."""
    if path is not None and arrangement_of(path) != arrangement:
        _list().note(path, arrangement)


def _list() -> NotedFiles:
    # not at the top of the file: the first window has no file
    from cnnviz.runs.noted_files import NotedFiles

    return NotedFiles("arrangements.json", "the arrangement of a project")
