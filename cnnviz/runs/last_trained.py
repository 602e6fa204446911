"""The run that was trained last in the window of each project file. No torch.

A project file names the run that it was saved with. Its window may have trained another run after that and closed
without saving. A list in the data folder remembers that run, so that opening the project file shows it.
"""

from __future__ import annotations

from pathlib import Path

from cnnviz.runs.noted_files import NotedFiles

_LIST = NotedFiles("projects.json", "which run a project was left with")
"""For each file the run that it names, and the run that its window trained last."""


def run_of(path: Path, named: str) -> str:
    """The run to show for a project file, an id or ``id@step``; ``named`` is the run that the file names, or empty.

    The run in the list, unless the file was replaced since and names another run: then that run.
    """
    match _LIST.of(path):
        case [str(known), str(run)] if known == named:
            return run
    return named


def file_of(run: str) -> Path | None:
    """The project file whose window trained a run; of several the one that was noted last. None if there is none."""
    for path, noted in reversed(_LIST.read().items()):
        match noted:
            case [str(), str(trained)] if trained == run:
                return Path(path)
    return None


def remember(path: Path, named: str, run: str) -> None:
    """Note that the window of a project file, which names ``named``, trains ``run``; a failure is logged."""
    if _LIST.of(path) != [named, run]:
        _LIST.note(path, [named, run])
