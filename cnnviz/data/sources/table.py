"""Reads tables of text (CSV, TSV) row by row: delimiter and header are found out, and rows are found again by place."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError, reading
from cnnviz.data.sources.text import BYTE_ORDER_MARK, text_of
from cnnviz.files import open_ordinary, shown
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE = 2**24
"""Bytes; an image of a thousand by a thousand pixels in three channels takes 12 MB."""
_DELIMITERS = ",;\t|"
_CHECKED_BYTES = 1000
"""A file with a zero byte among its first so many is no text."""


@dataclass(frozen=True)
class Table:
    """A table in a file: the names of its columns, empty if it has no header, and its delimiter.

    ``begin`` is the place of the first row in the file, in bytes.
    """

    path: Path
    header: tuple[str, ...]
    delimiter: str
    begin: int

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The place of each row in the file, and its bytes; empty lines are passed over. Raises :class:`DataError`."""
        with reading(self.path.name), open_ordinary(self.path) as file:
            file.seek(self.begin)
            place = self.begin
            while line := file.readline(LONGEST_LINE):
                if len(line) == LONGEST_LINE:
                    raise too_long(self.path)
                if line.strip():
                    yield place, line
                place += len(line)

    def fields(self, line: bytes) -> list[str]:
        """The fields of a row."""
        text = text_of(line).rstrip("\r\n")
        if '"' not in text:
            return text.split(self.delimiter)
        try:
            return next(csv.reader([text], delimiter=self.delimiter), [])
        except csv.Error:
            return []

    def column(self, pattern: re.Pattern[str]) -> int | None:
        """The number of the first column with a name that matches ``pattern`` from its beginning to its end."""
        names = [name.strip().lower() for name in self.header]
        return next((at for at, name in enumerate(names) if pattern.fullmatch(name)), None)


def open_table(path: Path) -> Table:
    """Look at the beginning of a table; raises :class:`DataError` if it is none."""
    with reading(path.name), open_ordinary(path) as file:
        line = file.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise too_long(path)
        following = file.readline(LONGEST_LINE)
    begin = len(BYTE_ORDER_MARK) if line.startswith(BYTE_ORDER_MARK) else 0
    first = line[begin:]
    if b"\0" in first[:_CHECKED_BYTES] or not following.strip():
        raise DataError(Sentence("“{name}” is no table of text, or has no rows.", name=shown(path.name)))
    delimiter = max(_DELIMITERS, key=text_of(first).count)
    table = Table(path, (), delimiter, begin)
    names = table.fields(first)
    if any(_is_number(name) for name in names):
        return table
    return Table(path, tuple(names), delimiter, len(line))


def too_long(path: Path) -> DataError:
    """The error for a line that is longer than any image."""
    return DataError(Sentence("“{name}” is no table of images: its lines are too long.", name=shown(path.name)))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
