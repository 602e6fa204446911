"""Downloads the files of a public dataset, or takes them from a folder, and unpacks them."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError
from cnnviz.data.sources import registry
from cnnviz.data.sources.download import Arrived, download, has_checksum
from cnnviz.data.sources.own import Described, describe_path
from cnnviz.data.sources.unpacked import are_intact, folder_of, is_unpacked, write_sums
from cnnviz.data.sources.unpacking import unpack
from cnnviz.files import cause, put_in_place, shown
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.sources.download import Remote
    from cnnviz.data.sources.preparing import Progress
    from cnnviz.data.sources.public import Public


def fetch(
    public: Public,
    files_folder: Path | None = None,
    report: Callable[[Arrived | Progress], object] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Described:
    """Download, unpack and describe a public dataset, and keep it under its name.

    ``files_folder`` is a folder with the files, from which they are copied; nothing is downloaded then, nor where the
    files were unpacked before. Raises DataError, and CancelledError soon after ``cancelled()`` returns True; files that
    are complete are not downloaded again.
    """
    folder = folder_of(public)
    if not is_unpacked(public):
        _unpack(public, folder, files_folder, report, cancelled)
    elif not are_intact(folder, cancelled):
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(
            Sentence(
                "The files of {title} on this machine are damaged, so they were deleted. Fetch it again to download"
                " them.",
                title=public.title,
            )
        )
    found = describe_path(
        folder, name=public.name, place=public.name, title=public.title, report=report, cancelled=cancelled
    )
    registry.add(found.choice, replacing=True, downloaded=True)
    return found


def _unpack(
    public: Public,
    folder: Path,
    files_folder: Path | None,
    report: Callable[[Arrived | Progress], object],
    cancelled: Callable[[], bool],
) -> None:
    """Download or copy the files of a dataset, and unpack them into its folder."""
    parent = folder.parent
    downloads = parent / "downloads" / ("emnist" if public.part else public.name)
    paths = [
        _copied_or_downloaded(remote, downloads / remote.name, files_folder, report, cancelled)
        for remote in public.files
    ]
    try:
        temporary = Path(tempfile.mkdtemp(dir=parent, suffix=".part"))
        try:
            unpack(public, paths, temporary)
            write_sums(temporary, cancelled)
            put_in_place(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise DataError(
            Sentence("{title} could not be unpacked: {reason}.", title=public.title, reason=cause(error))
        ) from error
    if not public.part:
        # the archive of EMNIST holds its other parts too
        shutil.rmtree(downloads, ignore_errors=True)
        with suppress(OSError):
            downloads.parent.rmdir()


def _copied_or_downloaded(
    remote: Remote,
    path: Path,
    files_folder: Path | None,
    report: Callable[[Arrived | Progress], object],
    cancelled: Callable[[], bool],
) -> Path:
    """The path of a file of the dataset, which is downloaded or copied now if it is not there."""
    try:
        if has_checksum(path, remote.md5, cancelled):
            return path
        if files_folder is not None:
            _copy(remote, files_folder / remote.name, path, cancelled)
            return path
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be read: {reason}.", name=shown(remote.name), reason=cause(error))
        ) from error
    download(remote, path, report, cancelled)
    return path


def _copy(remote: Remote, source: Path, path: Path, cancelled: Callable[[], bool]) -> None:
    if not has_checksum(source, remote.md5, cancelled):
        raise DataError(
            Sentence(
                "“{name}” is not in “{folder}”, or is not the file that its authors publish.",
                name=quoted(remote.name),
                folder=shown(source.parent.name),
            )
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".copy")
    try:
        shutil.copyfile(source, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
