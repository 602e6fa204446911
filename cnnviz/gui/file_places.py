"""Where dialogs for files begin: in the folder that was used last for files of the same kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz import settings

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.settings import FileKind


def beginning(kind: FileKind, suggested: Path) -> Path:
    """``suggested`` in the folder that was used last for this kind, else where it is.

    A name without a folder goes to the folder of the last project, else to the user's home.
    """
    known = settings.load()
    if (last := known.folder(kind)) is not None:
        return last / suggested.name
    if suggested.is_absolute():
        return suggested
    return (known.folder("project") or settings.start_folder()) / suggested.name


def remember(kind: FileKind, path: Path) -> None:
    """The next dialog for this kind begins where ``path`` is."""
    settings.save(settings.load().with_folder(kind, path.parent))
