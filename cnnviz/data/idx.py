"""Reads IDX files, the format of MNIST (http://yann.lecun.com/exdb/mnist/): a magic number, the sizes, the values.

The header is checked before memory is allocated for the values; the whole file is compared with a checksum.
"""

from __future__ import annotations

import hashlib
import zlib
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, BinaryIO, Protocol

import numpy as np

from cnnviz.data.errors import DataError, reading
from cnnviz.files import open_ordinary
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

GZIP = b"\x1f\x8b"
_GZIPPED = 31
"""The window bits by which zlib reads members of a gzip file; see :func:`zlib.decompress`."""
_PACKED_BYTES = 2**18
"""Of a gzipped file so many bytes are read at once."""
_PIECE_BYTES = 2**22
"""Values are read in pieces of this size, so that a false size in the header costs no memory."""
_UNSIGNED_BYTE = 0x08
_MOST_AXES = 4
"""Colour images have four axes: (N, C, H, W)."""
_MOST_VALUES = 2**31
"""A file that claims more is refused; the largest of the MNIST family has 550 million."""


def read_idx(path: Path, shape: tuple[int, ...] | None = None, sha256: str | None = None) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, gzipped or not: uint8, read-only, with the shape in its header.

    ``shape`` is the expected shape, ``sha256`` the expected hexadecimal digest of the uncompressed file; None skips the
    check. Raises :class:`DataError` for a file that is missing, truncated, damaged or not of this format.
    """
    with opened_idx(path) as file:
        head, stated = idx_head(file, path.name, shape)
        content = read_exactly(file, prod(stated))
        _end(file, path.name)
        if sha256 is not None and hashlib.sha256(head + content).hexdigest() != sha256:
            raise _damaged(path.name)
        return np.frombuffer(content, np.uint8).reshape(stated)


def idx_blocks(path: Path, shape: tuple[int, ...], sha256: str, rows: int) -> Iterator[NDArray[np.uint8]]:
    """The array of :func:`read_idx`, uint8 (N, H, W) or (N,), in blocks of at most ``rows`` along the first axis, for
    arrays that are larger than the memory.

    The checksum is compared after the last block, so use no block before the iteration has ended without an error.
    """
    with opened_idx(path) as file:
        head, _ = idx_head(file, path.name, shape)
        digest = hashlib.sha256(head)
        for first in range(0, shape[0], rows):
            count = min(rows, shape[0] - first)
            content = read_exactly(file, count * prod(shape[1:]))
            digest.update(content)
            yield np.frombuffer(content, np.uint8).reshape(count, *shape[1:])
        _end(file, path.name)
        if digest.hexdigest() != sha256:
            raise _damaged(path.name)


@contextmanager
def opened_idx(path: Path) -> Iterator[Readable]:
    """Open a file, decompressing a gzipped one; errors while it is read become a :class:`DataError`."""
    with reading(path.name), open_ordinary(path) as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        if packed:
            yield _Unpacked(file)
        else:
            yield file


class Readable(Protocol):
    """What the files here are read through."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none only at the end."""


class _Unpacked:
    """The content of a gzipped file, which may have several members, as :mod:`gzip` reads it.

    :mod:`gzip` unpacks 8 kB at a time and takes the GIL after each. While torch is imported on another thread, most of
    the time would be spent waiting for it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._member = zlib.decompressobj(_GZIPPED)

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; raises EOFError if the file is truncated and zlib.error if it is damaged."""
        while True:
            if self._member.eof:
                # zeros may stand between members and after the last
                packed = self._member.unused_data.lstrip(b"\0")
                while not packed:
                    if not (more := self._file.read(_PACKED_BYTES)):
                        return b""
                    packed = more.lstrip(b"\0")
                self._member = zlib.decompressobj(_GZIPPED)
            elif not (packed := self._member.unconsumed_tail or self._file.read(_PACKED_BYTES)):
                raise EOFError
            if piece := self._member.decompress(packed, size):
                return piece


def idx_head(
    file: Readable, name: str, shape: tuple[int, ...] | None = None, types: Collection[int] = (_UNSIGNED_BYTE,)
) -> tuple[bytes, tuple[int, ...]]:
    """The header of the file: its bytes, and the shape in it; ``types`` are the codes of the allowed types of values.

    Raises :class:`DataError`, and EOFError for a file that ends inside it.
    """
    head = read_exactly(file, 4)
    if head[:2] != b"\0\0" or head[3] == 0:
        raise DataError(Sentence("“{name}” is not an IDX file.", name=quoted(name)))
    if head[2] not in types:
        raise DataError(
            Sentence(
                "“{name}” does not hold unsigned bytes, so it is not a file of images or labels.", name=quoted(name)
            )
        )
    if head[3] > _MOST_AXES:
        raise DataError(
            Sentence(
                "“{name}” claims to have {axes} axes, where images have at most {most}.",
                name=quoted(name),
                axes=head[3],
                most=_MOST_AXES,
            )
        )
    sizes = read_exactly(file, 4 * head[3])
    stated = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
    # an axis of length 0 must not hide that the other axes are too large
    claimed = prod(size or 1 for size in stated)
    if stated != shape and claimed > _MOST_VALUES:
        raise DataError(
            Sentence(
                "“{name}” claims to hold {claimed} values, more than any data set has.",
                name=quoted(name),
                claimed=claimed,
            )
        )
    if shape is not None and stated != shape:
        raise DataError(
            Sentence(
                "“{name}” holds {stated} values, where {shape} are expected.",
                name=quoted(name),
                stated=stated,
                shape=shape,
            )
        )
    return head + sizes, stated


def _end(file: Readable, name: str) -> None:
    if file.read(1):
        raise DataError(
            Sentence(
                "“{name}” goes on after its last value; it is damaged. Replace it by a fresh copy.", name=quoted(name)
            )
        )


def _damaged(name: str) -> DataError:
    return DataError(
        Sentence("“{name}” is damaged: its checksum is wrong. Replace it by a fresh copy.", name=quoted(name))
    )


def read_exactly(file: Readable, count: int) -> bytes:
    """Read ``count`` bytes; raises EOFError if there are fewer."""
    pieces = []
    while count > 0:
        piece = file.read(min(count, _PIECE_BYTES))
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
