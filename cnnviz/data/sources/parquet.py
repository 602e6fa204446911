"""Parquet files as Hugging Face writes them: a column of pictures in their own formats, and a column of labels."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data.errors import DataError, reading
from cnnviz.data.sources.arrays import number_labels, split_of
from cnnviz.data.sources.decoding import PictureTrouble, decoded, header
from cnnviz.data.sources.listing import files_in
from cnnviz.data.sources.source import Block, Contents, Fault, Form, Trouble, identity_of, sizes_of, suggested_side
from cnnviz.data.sources.text import text_of
from cnnviz.files import open_ordinary, shown, to_unicode
from cnnviz.program import lacks
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SUFFIX = ".parquet"
GREATEST_RATIO = 1000
"""A file is refused if it claims to unpack to more than this many times its size, or to hold more rows than that."""
FREE_BYTES, FREE_ROWS = 2**26, 2**20
"""A file that unpacks to at most so many bytes and rows is never refused for its ratio."""
MOST_NAMED = 20
"""The most columns that a sentence names."""
SAMPLED = 50
"""The number of pictures that decide on the suggested form."""
_LABELS = ("label", "labels", "fine_label", "class", "target", "category")
_PICTURES = ("image", "img", "picture", "images")


@dataclass(frozen=True)
class Group:
    """A group of rows: the index of its file, its index in the file, and how many ``rows`` it has."""

    file: int
    group: int
    rows: int


@dataclass(eq=False)
class Parquet:
    """A source of Parquet files; ``groups`` are the groups of rows of each split, in order, ``pictures`` is the name of
    the column of pictures."""

    path: Path
    files: tuple[str, ...]
    groups: dict[str, tuple[Group, ...]]
    pictures: str
    contents: Contents
    kind: str = "parquet"
    slow: bool = True
    scattered: bool = False
    _held: tuple[Group, list[Any]] | None = field(default=None, repr=False)
    """The group that was read last, and its pictures."""

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to other processes: all but the pictures that were read last."""
        return {**vars(self), "_held": None}

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        """Decode pictures: uint8 (n, C, H, W)."""
        images, good, faults = np.zeros((stop - first, *form.shape), np.uint8), np.ones(stop - first, np.bool_), []
        for at, (place, content) in enumerate(self._between(split, first, stop)):
            try:
                if not isinstance(content, bytes):
                    raise PictureTrouble(Trouble.MISSING)
                images[at] = decoded(content, form)
            except PictureTrouble as error:
                faults.append(Fault(place, error.trouble))
                good[at] = False
        return Block(images, good, tuple(faults))

    def _between(self, split: str, first: int, stop: int) -> Iterator[tuple[str, Any]]:
        """Where each picture is, and its content."""
        begin = 0
        for group in self.groups[split]:
            if first < begin + group.rows and begin < stop:
                held = self._pictures(group)
                for row in range(max(0, first - begin), min(group.rows, stop - begin)):
                    yield f"{self.files[group.file]}, {begin + row + 1}", held[row]
            begin += group.rows

    def _pictures(self, group: Group) -> list[Any]:
        if self._held is None or self._held[0] != group:
            with _opened(self.path / self.files[group.file]) as file:
                column = file.read_row_group(group.group, columns=[self.pictures]).column(0)
                self._held = group, [_content(each) for each in column.to_pylist()]
        return self._held[1]


def open_parquet(path: Path, files: Sequence[str] = ()) -> Parquet:
    """The source of the Parquet files in a folder, or of some ``files`` of it; raises :class:`DataError`."""
    listed = files_in(path, (SUFFIX,))
    names = [name for name, *_ in listed if not files or name in files]
    if not names:
        raise DataError(Sentence("“{name}” holds no Parquet files.", name=shown(path.name)))
    groups: dict[str, list[Group]] = {}
    labels: dict[str, list[str]] = {}
    class_names: list[str] = []
    pictures = ""
    for at, name in enumerate(names):
        with _opened(path / name) as file:
            label, pictures = _columns(file, path / name)
            class_names = class_names or _names(file, label)
            split = split_of(name) or "train"
            for group in range(file.metadata.num_row_groups):
                values = file.read_row_group(group, columns=[label]).column(0).to_pylist()
                groups.setdefault(split, []).append(Group(at, group, len(values)))
                labels.setdefault(split, []).extend(map(_text, values))
    if "train" not in groups:
        first = max(groups, key=lambda split: len(labels[split]), default="")
        if not first:
            raise DataError(Sentence("“{name}” holds no rows.", name=shown(path.name)))
        groups["train"], labels["train"] = groups.pop(first), labels.pop(first)
    ordered = [split for split in ("train", "validation", "test") if split in groups]
    named = {str(at): each for at, each in enumerate(class_names)}
    classes, numbered = number_labels(path, {split: labels[split] for split in ordered}, named)
    facts = [each for each in listed if each[0] in names]
    title = path.parent.name if path.name == "data" else path.name
    contents = Contents(to_unicode(title), classes, numbered, Form(3, 1, 1), identity_of("parquet", facts))
    source = Parquet(path, tuple(names), {split: tuple(groups[split]) for split in ordered}, pictures, contents)
    return Parquet(path, source.files, source.groups, pictures, _with_form(source))


def _with_form(source: Parquet) -> Contents:
    """The contents of a source, with the form that its first pictures suggest."""
    sides, colour = [], False
    for _, content in source._between("train", 0, min(SAMPLED, len(source.contents.labels["train"]))):
        facts = header(content) if isinstance(content, bytes) else None
        if facts is not None:
            height, width, has_colours = facts
            sides.append((height, width))
            colour = colour or has_colours
    contents = source.contents
    form = Form(3 if colour or not sides else 1, *suggested_side(sides))
    return replace(contents, form=form, sizes=sizes_of(sides))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A Parquet file; errors while it is read become a :class:`DataError`."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise DataError(
            Sentence(
                "“{name}” is a Parquet file. Reading it takes pyarrow, {lacks}",
                name=shown(path.name),
                lacks=lacks("pyarrow"),
            )
        ) from error
    try:
        with reading(path.name), open_ordinary(path) as file:
            size = os.fstat(file.fileno()).st_size
            parquet = ParquetFile(file)
            claimed = sum(
                parquet.metadata.row_group(each).total_byte_size for each in range(parquet.metadata.num_row_groups)
            )
            most = GREATEST_RATIO * size
            if claimed > max(FREE_BYTES, most) or parquet.metadata.num_rows > max(FREE_ROWS, most):
                raise ValueError("it claims to hold more than it can")
            yield parquet
    except (ArrowException, ValueError, LookupError, TypeError, MemoryError, OverflowError, RecursionError) as error:
        raise DataError(
            Sentence("“{name}” is no Parquet file of pictures, or is damaged.", name=shown(path.name))
        ) from error


def _columns(file: Any, path: Path) -> tuple[str, str]:
    """The names of the columns of labels and of pictures."""
    names = list(file.schema_arrow.names)
    label = next((name for name in _LABELS if name in names), None)
    pictures = next((name for name in _PICTURES if name in names), None)
    if label is None or pictures is None:
        raise DataError(
            Sentence(
                "“{name}” has no columns “image” and “label”; its columns are {columns}.",
                name=shown(path.name),
                columns=", ".join(names[:MOST_NAMED]),
            )
        )
    return label, pictures


def _names(file: Any, label: str) -> list[str]:
    """The names of the classes that Hugging Face writes beside the columns; empty if there are none."""
    try:
        about = json.loads((file.schema_arrow.metadata or {})[b"huggingface"])
        names = about["info"]["features"][label]["names"]
    except (LookupError, ValueError, TypeError, RecursionError):
        return []
    return [str(name) for name in names] if isinstance(names, list) else []


def _text(label: object) -> str:
    """A label as text."""
    return text_of(label) if isinstance(label, bytes) else str(label)


def _content(value: object) -> bytes | None:
    """The bytes of a picture, which stand in a record with its path, or alone."""
    if isinstance(value, dict):
        value = value.get("bytes")
    return value if isinstance(value, bytes) else None
