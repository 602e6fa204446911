"""Rows of an array in a file that may be compressed: read one after the other without unpacking all of it."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from cnnviz.data.errors import reading
from cnnviz.data.idx import GZIP, read_exactly
from cnnviz.files import open_ordinary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@contextmanager
def reading_packed(name: str) -> Iterator[None]:
    """As :func:`~cnnviz.data.errors.reading`, also for files that are unpacked by gzip and zipfile."""
    with reading(name):
        try:
            yield
        except (zipfile.BadZipFile, gzip.BadGzipFile) as error:
            # ``reading`` knows this error
            raise zlib.error(str(error)) from error


def unpacked(path: Path, stack: ExitStack) -> BinaryIO:
    """Open a file until ``stack`` is closed, decompressing a gzipped one; it can be sought in. Raises OSError."""
    file: Any = stack.enter_context(open_ordinary(path))
    packed = file.read(2) == GZIP
    file.seek(0)
    if packed:
        file = stack.enter_context(gzip.GzipFile(fileobj=file))
    return file  # type: ignore[no-any-return] # a gzipped one reads like any binary file


@dataclass(eq=False)
class StoredArray:
    """An array in a file: values of ``dtype`` in the order of C, after ``head`` bytes.

    ``open`` opens the file, decompressing it, until the stack is closed; raises OSError. The file stays open between
    neighbouring reads, because going back in a compressed file means to read it from the start.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    head: int
    open: Callable[[ExitStack], BinaryIO]
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)
    _file: BinaryIO | None = field(default=None, repr=False)

    def rows(self, first: int, stop: int) -> NDArray[Any]:
        """Rows of the array: of :attr:`dtype` and shape (stop - first, …), in the machine's order of bytes."""
        row_bytes = prod(self.shape[1:]) * self.dtype.itemsize
        try:
            with reading_packed(self.name):
                if self._file is None:
                    self._file = self.open(self._stack)
                self._file.seek(self.head + first * row_bytes)
                content = read_exactly(self._file, (stop - first) * row_bytes)
        except BaseException:
            self.close()
            raise
        if stop >= self.shape[0]:
            self.close()
        values: NDArray[Any] = np.frombuffer(content, self.dtype).reshape(stop - first, *self.shape[1:])
        return values.astype(self.dtype.newbyteorder("="), copy=False)

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        self._file = None
        self._stack.close()

    def __del__(self) -> None:
        self.close()
