"""The initial folders of file dialogs: the folder used last for the same kind of file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz import settings

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.settings import FileKind


def beginning(kind: FileKind, suggested: Path) -> Path:
    """``suggested`` moved to the folder used last for this kind of file; unchanged if there is none.

    A bare name is placed in the folder of the last project, else in the user's home.
    """
    preferences = settings.load()
    if (last := preferences.folder(kind)) is not None:
        return last / suggested.name
    if suggested.is_absolute():
        return suggested
    return (preferences.folder("project") or settings.start_folder()) / suggested.name


def remember(kind: FileKind, path: Path) -> None:
    """Let the next dialog for this kind begin in the folder of ``path``."""
    settings.save(settings.load().with_folder(kind, path.parent))
