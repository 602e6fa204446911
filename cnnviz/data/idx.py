"""IDX files, in which MNIST is kept (format: http://yann.lecun.com/exdb/mnist/): magic, sizes, then the bytes.

What a file says of itself is checked before memory is taken for it, and its content against a checksum.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from cnnviz.files import cause, open_ordinary, shown
from cnnviz.network.shape import spell
from cnnviz.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08
_MOST_AXES = 4
"""Images in colour have four."""
_MOST_VALUES = 2**31
"""A file that claims more is refused; the largest of the MNIST family has 550 million."""


class DataError(Exception):
    """A data set that cannot be used. ``str()`` is a sentence for the user."""


def read_idx(path: Path, shape: tuple[int, ...] | None = None, sha256: str | None = None) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, gzipped or plain: uint8, shaped as the file states, read-only.

    ``shape`` is what it has to be, ``sha256`` the digest (hexadecimal) of the uncompressed file; both unchecked where
    None. Raises :class:`DataError` for a file that is missing, truncated, damaged or not of this format.
    """
    with _opened(path) as file:
        head, stated = _head(file, path.name, shape)
        content = _exactly(file, prod(stated))
        _end(file, path.name)
        if sha256 is not None and hashlib.sha256(head + content).hexdigest() != sha256:
            raise _damaged(path.name)
        return np.frombuffer(content, np.uint8).reshape(stated)


def idx_blocks(path: Path, shape: tuple[int, ...], sha256: str, rows: int) -> Iterator[NDArray[np.uint8]]:
    """The array of :func:`read_idx` in blocks of at most ``rows``, for one that is larger than the memory.

    What is wrong with the file may be found at its end alone: the blocks may be used when all have been taken.
    """
    with _opened(path) as file:
        head, _ = _head(file, path.name, shape)
        digest = hashlib.sha256(head)
        for first in range(0, shape[0], rows):
            count = min(rows, shape[0] - first)
            content = _exactly(file, count * prod(shape[1:]))
            digest.update(content)
            yield np.frombuffer(content, np.uint8).reshape(count, *shape[1:])
        _end(file, path.name)
        if digest.hexdigest() != sha256:
            raise _damaged(path.name)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked where it is packed, with sentences for what goes wrong while it is read."""
    try:
        with open_ordinary(path) as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if packed:
                with gzip.open(file) as unpacked:
                    yield unpacked  # type: ignore[misc] # it reads like any binary file
            else:
                yield file
    except EOFError as error:
        raise DataError(f"“{shown(path.name)}” is truncated. Replace it by a complete copy.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"“{shown(path.name)}” is damaged and cannot be unpacked. Replace it by a fresh copy."
        ) from error
    except OSError as error:
        raise DataError(f"“{shown(path.name)}” could not be read: {cause(error)}.") from error


def _head(file: BinaryIO, name: str, shape: tuple[int, ...] | None) -> tuple[bytes, tuple[int, ...]]:
    """The bytes before the values, and the shape that they state."""
    head = _exactly(file, 4)
    if head[:2] != b"\0\0" or head[3] == 0:
        raise DataError(f"“{quoted(name)}” is not an IDX file.")
    if head[2] != _UNSIGNED_BYTE:
        raise DataError(f"“{quoted(name)}” does not hold unsigned bytes, so it is not a file of images or labels.")
    if head[3] > _MOST_AXES:
        raise DataError(f"“{quoted(name)}” claims to have {head[3]} axes, where images have at most {_MOST_AXES}.")
    sizes = _exactly(file, 4 * head[3])
    stated = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
    # an axis without values does not make the others smaller
    claimed = prod(size or 1 for size in stated)
    if stated != shape and claimed > _MOST_VALUES:
        raise DataError(f"“{quoted(name)}” claims to hold {claimed:,} values, more than any data set has.")
    if shape is not None and stated != shape:
        raise DataError(f"“{quoted(name)}” holds {spell(stated)} values, where {spell(shape)} are expected.")
    return head + sizes, stated


def _end(file: BinaryIO, name: str) -> None:
    if file.read(1):
        raise DataError(f"“{quoted(name)}” goes on after its last value; it is damaged. Replace it by a fresh copy.")


def _damaged(name: str) -> DataError:
    return DataError(f"“{quoted(name)}” is damaged: its checksum is wrong. Replace it by a fresh copy.")


def _exactly(file: BinaryIO, count: int) -> bytes:
    """``count`` bytes, in pieces, so that a false size takes no memory; raises EOFError where there are fewer."""
    pieces = []
    while count > 0:
        piece = file.read(min(count, 2**22))
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
