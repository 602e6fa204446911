"""A folder of IDX files, plain or gzipped, with any names: images and labels are found by their sizes and types."""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.errors import DataError
from cnnviz.data.idx import idx_head
from cnnviz.data.sources.arrays import ArraySource, source_of
from cnnviz.data.sources.listing import class_names, files_in
from cnnviz.data.sources.stream import StoredArray, reading_packed, unpacked
from cnnviz.files import shown
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""numpy's names of the types of values, by their codes in the header."""
GREATEST_RATIO = 1100
"""gzip makes no content smaller than by this factor."""


def idx_arrays(paths: Sequence[Path]) -> list[StoredArray]:
    """The arrays in those of the files that are IDX files; raises :class:`DataError` if one is truncated."""
    return [array for path in paths if (array := _array(path)) is not None]


def is_idx(path: Path) -> bool:
    """Whether a file, plain or gzipped, has the header of an IDX file, whatever its name is; reads some bytes only."""
    try:
        return _array(path) is not None
    except DataError:
        # an IDX file that is truncated
        return True


def open_idx(path: Path, arrays: Sequence[StoredArray] | None = None) -> ArraySource:
    """The source of IDX files in a folder; raises :class:`DataError`."""
    files = files_in(path)
    arrays = idx_arrays([path / name for name, *_ in files]) if arrays is None else arrays
    if not arrays:
        raise DataError(Sentence("“{name}” holds no IDX files.", name=shown(path.name)))
    found = {array.name for array in arrays}
    # EMNIST stores its images transposed
    emnist = all(name.startswith("emnist-") for name in found)
    facts = [each for each in files if each[0] in found]
    return source_of("idx", path, arrays, facts, class_names(path), transposed=emnist)


def _array(path: Path) -> StoredArray | None:
    """The array in an IDX file; None if the file is none."""
    try:
        with ExitStack() as stack:
            size = path.stat().st_size
            file = unpacked(path, stack)
            packed = isinstance(file, gzip.GzipFile)
            with reading_packed(path.name):
                head, shape = idx_head(file, path.name, None, TYPES)
    except (DataError, EOFError, OSError):
        return None
    # the third byte of the header is the type
    dtype = np.dtype(TYPES[head[2]])
    stated, limit = len(head) + prod(shape) * dtype.itemsize, GREATEST_RATIO * size if packed else size
    if stated > limit:
        raise DataError(Sentence("“{name}” is truncated. Replace it by a complete copy.", name=shown(path.name)))
    return StoredArray(path.name, shape, dtype, len(head), partial(unpacked, path))
