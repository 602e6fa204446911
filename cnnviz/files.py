"""Opening files that are ordinary ones, and writing a file whole or not at all.

A path may name anything: a folder, a device that never ends, a pipe that waits for a writer. What is read is opened
here, so that none of these holds the program up. Names that cannot be written in the character set of the system are
an OSError as well.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    import io

_TEMPORARY = "cnnviz-"
"""How temporary names begin: they do not hold the name of the file, which may be as long as a name can be."""

_LONGEST_PATH = 4096


class FileError(OSError):
    """A file that is not read or written, for a reason of this program; ``sentence`` is a part of another one."""

    def __init__(self, code: int, sentence: Sentence, path: Path | None = None) -> None:
        super().__init__(code, str(sentence), *([] if path is None else [str(path)]))
        self.sentence = sentence


class NotOrdinaryError(FileError):
    """A path that names no ordinary file."""


def open_ordinary(path: Path) -> io.BufferedReader:
    """The ordinary file at ``path``, to be read; returns at once whatever is there. Raises OSError."""
    # a path that becomes a pipe after the first look: without O_NONBLOCK its opening waits for a writer
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
    """The content of the ordinary file at ``path``; raises OSError, also where it has more than ``most`` bytes."""
    with open_ordinary(path) as file:
        # the size is looked at first, and not trusted: files of the system say 0, and others grow meanwhile
        if os.fstat(file.fileno()).st_size > most or len(content := file.read(most + 1)) > most:
            raise FileError(errno.EFBIG, Sentence("it is larger than {most} bytes", most=most), path)
        return content


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write ``content`` (text as UTF-8); the file at ``path`` is the old one or the new one at any moment.

    Where ``path`` is a symbolic link, the file that it leads to is written and the link stays. Permissions stay as
    they were; what is no ordinary file, or may not be written, is left alone. Raises OSError.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        mode = permissions(target)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=_TEMPORARY, suffix=".part")
    except ValueError as error:
        raise _unnameable(path) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_path(value: object) -> bool:
    """Whether a value that was read can be the path of a file on this system, there or not."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_PATH or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeError:
        return False
    return True


def is_there(path: Path) -> bool:
    """Whether something is at ``path``; what cannot be looked at, as its name is too long, is not there."""
    try:
        return path.exists()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder at ``path``; what cannot be looked at is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def to_unicode(path: str | Path) -> str:
    """A path as text that Qt can show and open: its bytes are UTF-8, whatever the character set of this process."""
    return os.fsencode(path).decode("utf-8", "replace")


def from_unicode(text: str) -> Path:
    """The path of a text that Qt gave."""
    return Path(os.fsdecode(text.encode("utf-8", "surrogatepass")))


def shown(path: str | Path) -> str:
    """A path, or a part of one, quoted in a sentence or a title."""
    return quoted(to_unicode(path))


def cause(error: OSError) -> Sentence:
    """What went wrong, in the middle of a sentence."""
    if isinstance(error, FileError):
        return error.sentence
    return unchanged(error.strerror or quoted(str(error)) or type(error).__name__)


def permissions(path: Path) -> int:
    """The permissions that a file has, or that a new one gets from the user's mask; temporary files are private."""
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
