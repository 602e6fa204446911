"""Arrays of numpy: an ``.npz`` archive, or ``.npy`` files in a folder. Nothing in them is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import ExitStack
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from cnnviz.data.errors import DataError
from cnnviz.data.sources.arrays import ArraySource, source_of
from cnnviz.data.sources.listing import class_names, files_in
from cnnviz.data.sources.stream import StoredArray, reading_packed
from cnnviz.files import open_ordinary, shown
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEMBERS = 1000
"""Further files of an archive are not looked at."""
MOST_HEADER = 10_000
"""The most characters of the header of an array, as in numpy itself."""
GREATEST_RATIO = 1100
"""Deflate makes no content smaller than by this factor."""
KINDS = "iubfUS"
"""numpy's letters for the types that are read: integers, bool, floats and two kinds of text."""


def open_npz(path: Path) -> ArraySource:
    """The source of an archive of arrays; raises :class:`DataError`."""
    with reading_packed(path.name), ExitStack() as stack:
        facts = path.stat()
        archive = stack.enter_context(zipfile.ZipFile(stack.enter_context(open_ordinary(path))))
        arrays = []
        for info in archive.infolist()[:MOST_MEMBERS]:
            if not info.filename.endswith(".npy") or info.is_dir():
                continue
            # a damaged archive may state any sizes; with size 0 the array counts as truncated
            possible = (
                info.file_size <= GREATEST_RATIO * max(1, info.compress_size) and info.compress_size <= facts.st_size
            )
            name = info.filename.removesuffix(".npy")
            array = _array(name, info.file_size if possible else 0, partial(_member, path, info.filename))
            if array is not None:
                arrays.append(array)
    return source_of("npz", path, arrays, [facts.st_size, facts.st_mtime_ns])


def open_npy(folder: Path) -> ArraySource:
    """The source of the arrays in a folder; raises :class:`DataError`."""
    files = files_in(folder, (".npy",))
    arrays = [_array(Path(name).stem, size, partial(_file, folder / name)) for name, size, _ in files]
    return source_of("npy", folder, [array for array in arrays if array is not None], files, class_names(folder))


def _file(path: Path, stack: ExitStack) -> BinaryIO:
    return stack.enter_context(open_ordinary(path))


def _member(path: Path, name: str, stack: ExitStack) -> BinaryIO:
    archive = stack.enter_context(zipfile.ZipFile(stack.enter_context(open_ordinary(path))))
    try:
        return stack.enter_context(archive.open(name))  # type: ignore[return-value] # it reads like any binary file
    except (KeyError, RuntimeError, NotImplementedError) as error:
        # a member that is gone, encrypted, or packed in an unknown way
        raise zipfile.BadZipFile(str(error)) from error


def _array(name: str, size: int, opened: Callable[[ExitStack], BinaryIO]) -> StoredArray | None:
    """The array in ``size`` bytes; None for a single value, and for types that are not read, such as objects, which
    would have to be unpickled."""
    with reading_packed(name), ExitStack() as stack:
        file = opened(stack)
        try:
            shape, fortran, dtype = _header(file)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error):
            raise
        except Exception as error:
            # a damaged header makes the reader of numpy fail in many ways
            raise DataError(Sentence("“{name}” is no array of numpy, or is damaged.", name=quoted(name))) from error
        head = file.tell()
    if dtype.hasobject or dtype.kind not in KINDS or not dtype.itemsize:
        return None
    if head + prod(shape) * dtype.itemsize > size:
        raise DataError(Sentence("“{name}” is truncated. Replace it by a complete copy.", name=shown(name)))
    if fortran and sum(side > 1 for side in shape) > 1:
        raise DataError(
            Sentence(
                "“{name}” is stored column by column. Save it again in the usual order, with numpy.ascontiguousarray.",
                name=quoted(name),
            )
        )
    return StoredArray(name, shape, dtype, head, opened) if shape else None


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file, max_header_size=MOST_HEADER)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file, max_header_size=MOST_HEADER)
    # numpy writes version 3 only for fields with names, which no images have
    raise ValueError(version)
