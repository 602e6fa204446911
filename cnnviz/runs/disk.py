"""The bytes of recorded moments on disk. Runs that go on from another run share files with it, by hard links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.runs.folder import checkpoint_path, seal_path, weights_path

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cnnviz.runs.folder import MomentFile

    File = tuple[int, int]
    """Device and inode of a file, which are the same for all its links."""


def file_sizes(folder: Path, moments: Iterable[MomentFile]) -> dict[File, int]:
    """The bytes of each file of these moments, given with the folder of their run."""
    return {(each.st_dev, each.st_ino): each.st_size for moment in moments for each in _files(folder, moment)}


def freed_bytes(folder: Path, moment: MomentFile) -> int:
    """The bytes that become free if the moment is deleted now: a file with another link stays on disk."""
    return sum(each.st_size for each in _files(folder, moment) if each.st_nlink == 1)


def _files(folder: Path, moment: MomentFile) -> Iterator[os.stat_result]:
    exact = checkpoint_path(folder, moment.step)
    plain = (weights_path(folder, moment.step), seal_path(folder, moment.step))
    try:
        for path in exact.iterdir() if moment.exact else plain:
            yield path.stat()
    except OSError:
        # the moment was deleted meanwhile
        return
