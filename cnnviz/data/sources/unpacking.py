"""Unpacks downloaded datasets into files that are sources: IDX files, and arrays of numpy. Nothing is unpickled.

Archives are unpacked by the names that are expected in them, into sizes that are known, so that nothing in them decides
where or how much is written.
"""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.lib.format import write_array_header_1_0

from cnnviz.data.idx import read_exactly
from cnnviz.data.sources.stream import reading_packed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.idx import Readable
    from cnnviz.data.sources.public import Public

SIDE = 32
PIXELS = 3 * SIDE * SIDE
"""The values of an image of CIFAR and SVHN."""
ROWS = 10_000
"""CIFAR's files hold so many images, or a multiple up to :data:`CIFAR_FILES` times as many, as CIFAR-100's."""
CIFAR_FILES = 5
"""CIFAR-10's images for training are in so many files."""
MOST_IMAGES = 1_000_000
DIGITS = 10
"""The classes of SVHN."""
_MOST_IDX_BYTES = 2**30
_PIECE_BYTES = 2**20
"""So many bytes are unpacked at once."""
_HEADER_BYTES, _TAG_BYTES = 128, 8
"""MATLAB's files of version 5 begin with a header. Each element begins with its tag: its type, its size and, if it has
at most 4 bytes, its values. All other values are filled up to a multiple of the tag's bytes."""
_FLAG_BYTES, _MOST_PART_BYTES = 16, 64
"""Largest sizes of the flags of a matrix, and of its shape and its name."""
_MATRIX, _COMPRESSED, _BYTES, _DOUBLES = 14, 15, 2, 9
"""Types of elements."""


def unpack(public: Public, paths: list[Path], folder: Path) -> None:
    """Unpack the files of a dataset into a folder; raises DataError and OSError."""
    with reading_packed(paths[0].name):
        try:
            match public.packing:
                case "idx":
                    for path in paths:
                        path.replace(folder / path.name)
                case "emnist":
                    _unpack_emnist(paths[0], public.part, folder)
                case "cifar10":
                    train = [f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, CIFAR_FILES + 1)]
                    _unpack_cifar(paths[0], folder, train, "cifar-10-batches-bin/test_batch.bin", labels=1)
                case "cifar100":
                    _unpack_cifar(
                        paths[0], folder, ["cifar-100-binary/train.bin"], "cifar-100-binary/test.bin", labels=2
                    )
                case "svhn":
                    for path, split in zip(paths, ("train", "test"), strict=True):
                        _unpack_svhn(path, folder, split)
        except (tarfile.TarError, KeyError, ValueError, struct.error, NotImplementedError, RuntimeError) as error:
            raise zlib.error(str(error)) from error
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in _names(public)), encoding="utf-8")


def _names(public: Public) -> tuple[str, ...]:
    """The names of the labels from 0 on; the letters of EMNIST are counted from 1."""
    return ("-", *public.classes) if public.part == "letters" else public.classes


def _unpack_emnist(path: Path, part: str, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for split in ("train", "test"):
            for kind in ("images-idx3", "labels-idx1"):
                name = f"emnist-{part}-{split}-{kind}-ubyte.gz"
                with archive.open(f"gzip/{name}") as file, (folder / name).open("wb") as target:
                    _copy(file, target)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    left = _MOST_IDX_BYTES
    while piece := source.read(min(left, _PIECE_BYTES)):
        target.write(piece)
        left -= len(piece)
    if not left:
        raise ValueError("a file is larger than it can be")


def _unpack_cifar(path: Path, folder: Path, train: list[str], test: str, *, labels: int) -> None:
    """Records of ``labels`` labels, of which the last counts, and 3 x 32 x 32 bytes."""
    records_of: dict[str, NDArray[np.uint8]] = {}
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            if member.name in (*train, test) and member.isfile():
                file = archive.extractfile(member)
                if (
                    file is None
                    or not 0 < member.size <= CIFAR_FILES * ROWS * (labels + PIXELS)
                    or member.size % (labels + PIXELS)
                ):
                    raise ValueError(member.name)
                content = read_exactly(file, member.size)
                records_of[member.name] = np.frombuffer(content, np.uint8).reshape(-1, labels + PIXELS)
    for split, names in (("train", train), ("test", [test])):
        records = np.concatenate([records_of[name] for name in names])
        np.save(folder / f"{split}-images.npy", records[:, labels:].reshape(-1, 3, SIDE, SIDE))
        np.save(folder / f"{split}-labels.npy", records[:, labels - 1])


def _unpack_svhn(path: Path, folder: Path, split: str) -> None:
    """MATLAB's file of ``X``, 32 x 32 x 3 x N bytes, and ``y``, 1 to 10, where 10 stands for the digit 0."""
    with path.open("rb") as file:
        if not read_exactly(file, _HEADER_BYTES).endswith(b"\x00\x01IM"):
            raise ValueError("no file of MATLAB 5")
        names = set()
        while len(tag := file.read(_TAG_BYTES)) == _TAG_BYTES:
            kind, size = struct.unpack("<II", tag)
            if kind == _COMPRESSED:
                names.add(_unpack_compressed(_Unpacked(file, size), folder, split))
            elif kind == _MATRIX:
                names.add(_unpack_matrix(file, folder, split))
            else:
                raise ValueError("an unknown element")
    if names != {"X", "y"}:
        raise ValueError("X or y is missing")


class _Unpacked:
    """Reads what is compressed in the next ``size`` bytes of a file."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left, self._unpack = file, size, zlib.decompressobj()

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; none only at the end."""
        while True:
            piece = self._unpack.unconsumed_tail
            if not piece:
                piece = self._file.read(min(self._left, _PIECE_BYTES))
                self._left -= len(piece)
            unpacked = self._unpack.decompress(piece, size)
            if unpacked or not piece:
                return unpacked


def _unpack_compressed(file: Readable, folder: Path, split: str) -> str:
    """Write the values of a compressed matrix to a file, and return its name."""
    kind, _ = struct.unpack("<II", read_exactly(file, _TAG_BYTES))
    if kind != _MATRIX:
        raise ValueError("an unknown element")
    name = _unpack_matrix(file, folder, split)
    # to the end of the compressed bytes
    while file.read(_PIECE_BYTES):
        pass
    return name


def _unpack_matrix(file: Readable, folder: Path, split: str) -> str:
    """Write the values of a matrix to a file, and return its name."""
    _part(file, _FLAG_BYTES)
    _, sizes = _part(file, _MOST_PART_BYTES)
    # int32 each
    shape = struct.unpack(f"<{len(sizes) // 4}i", sizes)
    _, title = _part(file, _MOST_PART_BYTES)
    name = title.decode("ascii", "replace")
    kind, size, _ = _tag(file)
    if (
        name == "X"
        and len(shape) == 4
        and shape[:3] == (SIDE, SIDE, 3)
        and kind == _BYTES
        and 0 < shape[3] <= MOST_IMAGES
    ):
        if size != shape[3] * PIXELS:
            raise ValueError("the sizes of X differ")
        with (folder / f"{split}-images.npy").open("wb") as target:
            write_array_header_1_0(target, {"descr": "|u1", "fortran_order": False, "shape": (shape[3], 3, SIDE, SIDE)})
            for count in _blocks(shape[3]):
                # MATLAB counts the first axis fastest: (N, C, W, H)
                block = np.frombuffer(read_exactly(file, count * PIXELS), np.uint8).reshape(count, 3, SIDE, SIDE)
                target.write(np.ascontiguousarray(block.transpose(0, 1, 3, 2)).data)
        read_exactly(file, -size % _TAG_BYTES)
    elif (
        name == "y" and len(shape) == 2 and 0 < shape[0] <= MOST_IMAGES and shape[1] == 1 and kind in (_BYTES, _DOUBLES)
    ):
        dtype = np.dtype("u1" if kind == _BYTES else "<f8")
        if size != shape[0] * dtype.itemsize:
            raise ValueError("the sizes of y differ")
        labels = np.frombuffer(read_exactly(file, size), dtype).astype(np.int64) % DIGITS
        np.save(folder / f"{split}-labels.npy", labels.astype(np.uint8))
        read_exactly(file, -size % _TAG_BYTES)
    else:
        raise ValueError(f"the matrix {name} is not expected")
    return name


def _blocks(count: int) -> Iterator[int]:
    """The numbers of images that are read at once, of so many."""
    for first in range(0, count, ROWS):
        yield min(ROWS, count - first)


def _tag(file: Readable) -> tuple[int, int, bytes]:
    """Type and size of an element, and its values if they stand in its tag."""
    tag = read_exactly(file, _TAG_BYTES)
    kind, size = struct.unpack("<II", tag)
    # where the values are in the second half of the tag, the first half holds two bytes of the type and two of the size
    if short_size := kind >> 16:
        return kind & 0xFFFF, short_size, tag[_TAG_BYTES // 2 :][:short_size]
    return kind, size, b""


def _part(file: Readable, most: int) -> tuple[int, bytes]:
    """Type and values of a small element."""
    kind, size, inside = _tag(file)
    if inside or not size:
        return kind, inside
    if size > most:
        raise ValueError("an element is larger than it can be")
    return kind, read_exactly(file, size + -size % _TAG_BYTES)[:size]
