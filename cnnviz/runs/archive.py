"""A recorded run as one archive, which another machine opens. No torch.

The archive is a zip file, not compressed, because weights hardly become smaller. It has one folder, named by the id of
the run, with the files of :mod:`cnnviz.runs.folder` but the summary. An archive that is read may come from anywhere: it
is refused if it has files with names that a run does not have. All is extracted into a new folder, which becomes a run
of the library at the end.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.files import cause, open_ordinary, read_ordinary, replacing, shown
from cnnviz.project.file import ProjectFileError, from_json, to_json
from cnnviz.runs.folder import (
    FACTS,
    MOMENTS,
    MOST_JSON_BYTES,
    MOST_NUMBERS_BYTES,
    MOST_PROJECT_BYTES,
    NUMBERS,
    SUMMARY,
    RunError,
    checkpoint_path,
    moments,
    seal_path,
    unreadable,
    weights_path,
)
from cnnviz.runs.library import IMPORTING, TRASH
from cnnviz.runs.ownership import OWNER
from cnnviz.runs.summary import summarize, write_summary
from cnnviz.sentence import Sentence, said
from cnnviz.zip_files import BoundedFile

if TYPE_CHECKING:
    from collections.abc import Collection

    from cnnviz.project.project import Project
    from cnnviz.runs.folder import MomentFile

SUFFIX = ".cnnviz-run"
CANVAS = "canvas.json"
"""The project that was on screen when the archive was written."""
MOST_EXPANSION = 100
"""How many times larger than the archive its content may be, if another program has compressed it."""
_SLACK = 2**20
"""Bytes that a file may have more, as small archives have large heads."""
_FILE = re.compile(
    r"[a-z]{1,40}(-\d{12})?\.(json|blocks)"
    r"|moments/\d{12}\.(json|safetensors)"
    r"|moments/\d{12}/(state\.json|(tensors|curves)-[0-9a-f]{16}\.safetensors)"
)
"""The path of a file in the folder of a run."""
_NAME = re.compile(rf"(?P<run>[A-Za-z0-9][A-Za-z0-9_-]{{0,63}})/(?P<file>{_FILE.pattern})")
"""The path of a file in an archive."""
_LOCAL = (SUMMARY, OWNER)
"""The files of a run that are not archived: the summary is made again, and the owner is a process of this computer."""
_IGNORED = re.compile(rf"/({'|'.join(map(re.escape, _LOCAL))})$|^__MACOSX/|/\.[^/]*$")
"""Files that are not extracted: also those that file managers leave in each folder."""
_FAILURES = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What reading a damaged zip file raises."""


def write(folder: Path, path: Path, steps: Collection[int] | None = None, project: Project | None = None) -> None:
    """Write the run in ``folder`` to the archive ``path``, atomically: all its moments, or those of ``steps``.

    ``project`` is the project on screen, which may have been edited since it was trained.

    Moments that are deleted meanwhile, as a run that is still trained deletes some, are left out if ``steps`` is None.
    Raises :class:`RunError`.
    """
    found = moments(folder)
    chosen = sorted(found if steps is None else set(steps))
    try:
        with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
            for member in sorted(folder.iterdir()):
                replaced = project is not None and member.name == CANVAS
                if member.name not in _LOCAL and member.is_file() and not replaced:
                    _add(archive, folder, [member])
            if project is not None:
                archive.writestr(_entry(folder, CANVAS), to_json(project))
            for step in chosen:
                if not (step in found and _add_moment(archive, folder, found[step])) and steps is not None:
                    raise RunError(
                        Sentence(
                            "The run “{name}” has no moment at step {step} any more.",
                            name=shown(folder.name),
                            step=step,
                        )
                    )
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)).is_relative_to(folder):
            raise unreadable(folder, error) from error
        raise RunError(
            Sentence("“{name}” could not be written: {reason}.", name=shown(path), reason=cause(error))
        ) from error


def read(path: Path, home: Path) -> str:
    """Add the run in the archive ``path`` to the library in ``home``, which is created if needed; returns its id.

    It has a new id if there is, or was, a run with the same. Either all of it is added or nothing. Raises
    :class:`RunError`.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = stack.enter_context(BoundedFile(open_ordinary(path).detach()))
            size = file.seek(0, io.SEEK_END)
            archive = stack.enter_context(zipfile.ZipFile(file))
            contents = _contents(archive, size, path)
            temporary = Path(tempfile.mkdtemp(dir=home, prefix=IMPORTING))
            stack.callback(shutil.rmtree, temporary, ignore_errors=True)
            folder = temporary / contents.run
            (folder / MOMENTS).mkdir(parents=True)
            for name, entry in contents.files.items():
                _extract(archive, entry, folder / name)
            write_summary(folder, summarize(folder).numbers)
            return _adopted(folder, home)
    except OSError as error:
        raise _unopened(path, cause(error)) from error
    except _FAILURES as error:
        raise _damaged(path) from error


def project_in(path: Path) -> Project:
    """The project that was on screen when the archive ``path`` was written, or the last one that was trained.

    Raises :class:`RunError`.
    """
    try:
        with BoundedFile(open_ordinary(path).detach()) as file, zipfile.ZipFile(file) as archive:
            files = _contents(archive, file.seek(0, io.SEEK_END), path).files
            trained = max((name for name in files if name.startswith("project-")), default=CANVAS)
            if (entry := files.get(CANVAS) or files.get(trained)) is None:
                raise RunError(Sentence("“{name}” holds no project.", name=shown(path.name)))
            return from_json(_content(archive, entry).decode())
    except OSError as error:
        raise _unopened(path, cause(error)) from error
    except ProjectFileError as error:
        raise _unopened(path, said(error)) from error
    except _FAILURES as error:
        raise _damaged(path) from error


def read_once(path: Path, home: Path) -> str:
    """As :func:`read`; but if the library has the run already, with all moments of the archive, nothing is added.

    Raises :class:`RunError`.
    """
    try:
        with BoundedFile(open_ordinary(path).detach()) as file, zipfile.ZipFile(file) as archive:
            contents = _contents(archive, file.seek(0, io.SEEK_END), path)
            folder = home / contents.run
            same_facts = FACTS in contents.files and _content(archive, contents.files[FACTS]) == read_ordinary(
                folder / FACTS, MOST_JSON_BYTES
            )
            if same_facts and contents.steps <= moments(folder).keys():
                return contents.run
    except OSError:
        # there is no such run
        pass
    except _FAILURES as error:
        raise _damaged(path) from error
    return read(path, home)


def is_archive(path: Path) -> bool:
    """Whether the file at ``path`` looks like an archive, by its first bytes. Never raises."""
    try:
        with open_ordinary(path) as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


@dataclass(frozen=True)
class _Contents:
    """The id of the run in an archive, and the entries of its files by their paths in the folder of the run."""

    run: str
    files: dict[str, zipfile.ZipInfo]

    @property
    def steps(self) -> set[int]:
        """The steps of the moments."""
        return {int(name.removeprefix(f"{MOMENTS}/")[:12]) for name in self.files if name.startswith(f"{MOMENTS}/")}


def _add_moment(archive: zipfile.ZipFile, folder: Path, moment: MomentFile) -> bool:
    """Add a moment to an archive; returns False if it does not exist any more."""
    try:
        if moment.exact:
            return _add(archive, folder, sorted(checkpoint_path(folder, moment.step).iterdir()))
        return _add(archive, folder, [weights_path(folder, moment.step), seal_path(folder, moment.step)])
    except FileNotFoundError:
        return False


def _add(archive: zipfile.ZipFile, folder: Path, paths: list[Path]) -> bool:
    """Add files of a run; others are left out. Returns whether there are any of a run.

    Raises FileNotFoundError before anything is added if one of them does not exist.
    """
    names = [(path, path.relative_to(folder).as_posix()) for path in paths]
    with ExitStack() as stack:
        # all are opened first: an open file can be read to its end even if the moment is deleted meanwhile
        files = [(name, stack.enter_context(open_ordinary(path))) for path, name in names if _FILE.fullmatch(name)]
        for name, file in files:
            with archive.open(_entry(folder, name), "w", force_zip64=True) as target:
                shutil.copyfileobj(file, target, 2**20)
        return bool(files)


def _entry(folder: Path, name: str) -> zipfile.ZipInfo:
    """The entry of a file in the folder of a run. A folder that was copied by hand may have any name."""
    run = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.name).strip("-_")[:64] or "run"
    entry = zipfile.ZipInfo(f"{run}/{name}")
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _contents(archive: zipfile.ZipFile, size: int, path: Path) -> _Contents:
    """The run in an archive of ``size`` bytes; raises RunError or one of ``_FAILURES``."""
    found: dict[str, zipfile.ZipInfo] = {}
    runs = set()
    total = 0
    for entry in archive.infolist():
        if entry.is_dir() or _IGNORED.search(entry.filename):
            continue
        matched = _NAME.fullmatch(entry.filename)
        if matched is None:
            raise ValueError("a file does not belong to a run")
        if matched["file"] in found or entry.flag_bits & 1 or not _ordinary(entry):
            raise ValueError("a file is there twice, encrypted, or no file")
        if entry.file_size > _most(matched["file"], size):
            raise ValueError("a file is too large")
        found[matched["file"]] = entry
        runs.add(matched["run"])
        total += entry.file_size
    if len(runs) != 1 or not found.keys() & {FACTS, NUMBERS}:
        raise RunError(Sentence("“{name}” holds no recorded run.", name=shown(path.name)))
    if total > MOST_EXPANSION * size + _SLACK:
        raise ValueError("its content is larger than it can be")
    return _Contents(runs.pop(), found)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The content of a file of an archive, never more than the entry says; raises OSError or one of ``_FAILURES``."""
    with archive.open(entry) as source:
        content = source.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise ValueError("a file is longer or shorter than it says")
    return content


def _ordinary(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is an ordinary file, stored or deflated."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in (0, stat.S_IFREG) and entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _most(name: str, size: int) -> int:
    """The most bytes of a file in an archive of ``size`` bytes."""
    if name.endswith(".safetensors"):
        # stored, or compressed by another program
        return 2 * size + _SLACK
    if name.endswith(".blocks"):
        return MOST_NUMBERS_BYTES
    return MOST_PROJECT_BYTES if name.startswith(("project-", MOMENTS, CANVAS)) else MOST_JSON_BYTES


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """Write a file of an archive; its checksum is compared. Raises OSError or one of ``_FAILURES``."""
    path.parent.mkdir(exist_ok=True)
    left = entry.file_size
    with archive.open(entry) as source, replacing(path) as target:
        # to the end, where the checksum is compared; never more than the entry says
        while part := source.read(2**20):
            left -= len(part)
            if left < 0:
                raise ValueError("a file is longer than it says")
            target.write(part)
        if left:
            raise ValueError("a file is shorter than it says")


def _adopted(folder: Path, home: Path) -> str:
    """Make a complete folder a run of the library; returns its id."""
    for number in count(1):
        run = folder.name if number == 1 else f"{folder.name}-{number}"
        if run == TRASH or (home / run).exists() or (home / TRASH / run).exists():
            continue
        try:
            folder.rename(home / run)
        except OSError:
            # unless another process has used the id just now
            if not (home / run).exists():
                raise
        else:
            break
    return run


def _unopened(path: Path, reason: Sentence) -> RunError:
    return RunError(Sentence("“{name}” could not be opened: {reason}.", name=shown(path.name), reason=reason))


def _damaged(path: Path) -> RunError:
    return RunError(Sentence("“{name}” is damaged, or no archive of a recorded run.", name=shown(path.name)))
