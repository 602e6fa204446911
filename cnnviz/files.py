"""Opening ordinary files only, and writing files atomically.

A path may name a folder, an endless device, or a pipe that waits for a writer. Files to be read are opened
here, so that none of these blocks the program. Names that cannot be encoded in the character set of the system raise
OSError as well.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

_TEMPORARY = "cnnviz-"
"""Prefix of temporary names. They do not contain the file's name, which may already have the greatest length."""

_LONGEST_PATH = 4096
_CHUNK = 2**16


class FileError(OSError):
    """A file that this program refuses to read or write; ``sentence`` is a part of another sentence."""

    def __init__(self, code: int, sentence: Sentence, path: Path | None = None) -> None:
        super().__init__(code, str(sentence), *([] if path is None else [str(path)]))
        self.sentence = sentence


class NotOrdinaryError(FileError):
    """A path that names no ordinary file."""


def open_ordinary(path: Path) -> io.BufferedReader:
    """Open the ordinary file at ``path`` for reading, without ever blocking. Raises OSError."""
    # the path may become a pipe after the first check; without O_NONBLOCK opening it would wait for a writer
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        _check(path, path.stat().st_mode)
        handle = os.open(path, flags)
    except ValueError as error:
        raise _unnameable(path) from error
    try:
        _check(path, os.fstat(handle).st_mode)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_ordinary(path: Path, most: int) -> bytes:
    """The content of the ordinary file at ``path``; raises OSError, also if it has more than ``most`` bytes."""
    with open_ordinary(path) as file:
        # the size is checked first, but not trusted: system files report 0, and files may grow meanwhile
        size = os.fstat(file.fileno()).st_size
        parts: list[bytes] = []
        left = most + 1
        # reading takes memory for all the bytes that are asked for, however few there are
        while size <= most and (part := file.read(min(left, max(size + 1, _CHUNK)))):
            parts.append(part)
            left -= len(part)
        if size > most or not left:
            raise FileError(errno.EFBIG, Sentence("it is larger than {most} bytes", most=most), path)
        return b"".join(parts)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write ``content`` (text as UTF-8) atomically: ``path`` always has either the old or the new content.

    See :func:`replacing` for links and permissions. Raises OSError.
    """
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file to write to, which takes the place of ``path`` at the end; if an exception is raised, nothing changes.

    If ``path`` is a symbolic link, its target is written and the link is kept. Permissions are
    kept; a path that is no ordinary file, or not writable, is not changed. Raises OSError.
    """
    try:
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        mode = permissions(target)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=_TEMPORARY, suffix=".part")
    except ValueError as error:
        raise _unnameable(path) from error
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_path(value: object) -> bool:
    """Whether a value can be the path of a file on this system, existing or not."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_PATH or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeError:
        return False
    return True


def is_there(path: Path) -> bool:
    """Whether something exists at ``path``; False if it cannot be examined, for example if the name is too long."""
    try:
        return path.exists()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder at ``path``; False if it cannot be examined."""
    try:
        return path.is_dir()
    except OSError:
        return False


def to_unicode(path: str | Path) -> str:
    """A path as text that Qt can show and open: its bytes are UTF-8, whatever the character set of this process."""
    return os.fsencode(path).decode("utf-8", "replace")


def distinct(name: str) -> str:
    """The name of a file as text; different names stay different: a byte that is not UTF-8 reads like ``\\xe9``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def from_unicode(text: str) -> Path:
    """The path for a text from Qt."""
    return Path(os.fsdecode(text.encode("utf-8", "surrogatepass")))


def shown(path: str | Path) -> str:
    """A path, or a part of one, quoted in a sentence or a title."""
    return quoted(to_unicode(path))


def cause(error: OSError) -> Sentence:
    """The reason of an error, as a part of a sentence."""
    if isinstance(error, FileError):
        return error.sentence
    return unchanged(error.strerror or quoted(str(error)) or type(error).__name__)


def permissions(path: Path) -> int:
    """The permissions of a file, or those of a new file by the user's mask, as temporary files are private."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
    _check(path, mode)
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(mode)


def _check(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    match stat.S_IFMT(mode):
        case stat.S_IFDIR:
            sentence = Sentence("it is a folder, not an ordinary file")
        case stat.S_IFIFO:
            sentence = Sentence("it is a pipe, not an ordinary file")
        case stat.S_IFSOCK:
            sentence = Sentence("it is a socket, not an ordinary file")
        case _:
            sentence = Sentence("it is a device, not an ordinary file")
    raise NotOrdinaryError(errno.EINVAL, sentence, path)


def _unnameable(path: Path) -> OSError:
    return FileError(errno.EILSEQ, Sentence("its name cannot be written in the character set of this system"), path)


def put_in_place(temporary: Path, folder: Path, intact: Callable[[], bool] = lambda: False) -> None:
    """Move a complete folder from a temporary name to its own, in place of what is there.

    If another process has put an ``intact`` folder there meanwhile, that one stays, because the other process reads it.
    Raises OSError.
    """
    if intact():
        return
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)
    try:
        temporary.replace(folder)
    except OSError:
        if not intact():
            raise
