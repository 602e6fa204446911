"""Tables of images: a row of pixels with a label, or the path of a picture with a label."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.errors import DataError, reading
from cnnviz.data.sources.arrays import Layout, number_labels, range_of, split_of
from cnnviz.data.sources.decoding import of_values
from cnnviz.data.sources.image_folder import SPLIT_NAMES, PictureFiles, suggested_form
from cnnviz.data.sources.listing import class_names
from cnnviz.data.sources.source import Block, Contents, Fault, Form, Trouble, identity_of, suggested_side
from cnnviz.data.sources.table import LONGEST_LINE, Table, open_table
from cnnviz.files import is_there, open_ordinary, shown, to_unicode
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LABELS = re.compile(r"label_?(name)?|class_?(name|id)?|target|category|emotion|y|species|breed|diagnosis")
PATHS = re.compile(r"(image_?|file_?)?(path|name)s?|images?|files?|pictures?|image_?id|id(_code)?")
USAGES = re.compile(r"usage|split|subset|set|partition")
PIXELS = re.compile(r"pixels?")
_USES = {**SPLIT_NAMES, "publictest": "validation", "privatetest": "test"}
FEWEST_VALUES = 16
"""An image has at least so many pixels."""
SAMPLED = 200
"""So many rows decide which values are black and white."""
MOST_FAULTS = 10_000
QUOTED_BYTES = 40
"""A fault quotes so many bytes of a row without a label."""
TRIED_PICTURES, TRIED_FOLDERS = 20, 50
"""So many names of a table are looked for, in so many folders, to complete the paths of its pictures."""
COMPARED_PICTURES = 100
"""Sizes and times of so many pictures say whether the pictures of a table have changed."""


@dataclass(frozen=True, eq=False)
class PixelTable:
    """A source of tables with a row of pixels for each image.

    ``places``: for each split its table and, int64 (N,), where each row is in its file. ``pixel_column``
    is the number of the column that holds all pixels as a text, or None; then each column except ``other_columns``, the
    last first, is a pixel. ``layout`` says how the pixels make an image.
    """

    path: Path
    places: dict[str, tuple[Table, NDArray[np.int64]]]
    pixel_column: int | None
    other_columns: tuple[int, ...]
    layout: Layout
    contents: Contents
    kind: str = "csv"
    slow: bool = False
    scattered: bool = True

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        """Read images: uint8 (n, C, H, W)."""
        table, places = self.places[split]
        images, good, faults = np.zeros((stop - first, *form.shape), np.uint8), np.ones(stop - first, np.bool_), []
        count = self.layout.height * self.layout.width * self.layout.channels
        with reading(table.path.name), open_ordinary(table.path) as file:
            for at, place in enumerate(places[first:stop].tolist()):
                file.seek(place)
                values = pixels(table, file.readline(LONGEST_LINE), self.pixel_column, self.other_columns)
                if values is None or len(values) != count:
                    faults.append(Fault(f"{table.path.name}, {first + at + 1}", Trouble.UNREADABLE))
                    good[at] = False
                    continue
                (image,) = self.layout.bytes_of(values[None])
                images[at] = of_values(image[..., 0] if self.layout.channels == 1 else image, form)
        return Block(images, good, tuple(faults))


def open_csv(path: Path, files: Sequence[str]) -> PictureFiles | PixelTable:
    """The source of the tables ``files`` in a folder; raises :class:`DataError` if they hold no images."""
    tables = _by_split(path, [open_table(path / name) for name in files])
    first = next(iter(tables.values()))
    facts = [(name, *_facts(path / name)) for name in files]
    title = to_unicode(Path(files[0]).stem if len(files) == 1 else path.name)
    label_column, pixel_column, path_column = first.column(LABELS), first.column(PIXELS), first.column(PATHS)
    if label_column is not None and path_column is not None and pixel_column is None and path_column != label_column:
        return _pictures(path, tables, path_column, label_column, facts, title)
    return _pixels(path, tables, pixel_column, 0 if label_column is None else label_column, facts, title)


def pixels(
    table: Table, line: bytes, pixel_column: int | None, other_columns: tuple[int, ...]
) -> NDArray[np.float64] | None:
    """The pixels in a row of a table: float64 (n,); None if they are no numbers."""
    fields = table.fields(line)
    try:
        if pixel_column is not None:
            texts = fields[pixel_column].strip("[] ").replace(",", " ").split()
        else:
            texts = fields
            for column in other_columns:
                del texts[column]
        values = np.array(texts, np.float64)
    except (ValueError, IndexError):
        return None
    return values if np.isfinite(values).all() else None


def _by_split(path: Path, tables: Sequence[Table]) -> dict[str, Table]:
    """The tables by split; a table without labels, as competitions have them, is left out."""
    labelled = [each for each in tables if not each.header or each.column(LABELS) is not None] or list(tables)
    if len(labelled) == 1:
        return {"train": labelled[0]}
    named = {split_of(table.path.stem): table for table in labelled}
    if "train" not in named:
        raise DataError(
            Sentence("“{name}” holds several tables, and none of them is named “train”.", name=shown(path.name))
        )
    return {split: named[split] for split in ("train", "validation", "test") if split in named}


def _facts(path: Path) -> tuple[int, int]:
    with reading(path.name):
        facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def _labelled(
    tables: dict[str, Table], needed: Sequence[int], faults: list[Fault]
) -> Iterator[tuple[str, Table, int, list[str]]]:
    """Split, table, place and fields of each row whose ``needed`` columns are filled; other rows are faults."""
    for split, table in tables.items():
        usage = table.column(USAGES)
        for place, line in table.lines():
            fields = table.fields(line)
            if len(fields) <= max(needed) or not all(fields[at].strip() for at in needed):
                if len(faults) < MOST_FAULTS:
                    faults.append(
                        Fault(f"{table.path.name}: {line[:QUOTED_BYTES].decode(errors='replace')}", Trouble.NO_LABEL)
                    )
                continue
            use = "" if usage is None or usage >= len(fields) else fields[usage].strip().lower()
            yield _USES.get(use, split), table, place, fields


def _pictures(
    path: Path,
    tables: dict[str, Table],
    path_column: int,
    label_column: int,
    facts: list[tuple[str, int, int]],
    title: str,
) -> PictureFiles:
    files: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for split, _, _, fields in _labelled(tables, (path_column, label_column), faults):
        files.setdefault(split, []).append(fields[path_column].strip().replace("\\", "/").replace("\0", ""))
        labels.setdefault(split, []).append(fields[label_column].strip())
    if not files.get("train"):
        raise _no_table(path)
    complete = _Completing(path, files["train"][:TRIED_PICTURES])
    completed = {split: tuple(complete(name) for name in names) for split, names in files.items()}
    classes, numbered = number_labels(path, labels, class_names(path))
    form, sizes = suggested_form(path, completed["train"])
    # the pictures themselves have changed if the first of them have
    first = completed["train"][:COMPARED_PICTURES]
    picture_facts = [(name, *_facts(path / name)) for name in first if is_there(path / name)]
    contents = Contents(
        title, classes, numbered, form, identity_of("csv", [*facts, *picture_facts]), tuple(faults), sizes
    )
    return PictureFiles(path, completed, contents, kind="csv")


class _Completing:
    """Completes the names of pictures: their folder and their suffix, where the table leaves them out."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.folder, self.suffix = "", ""
        try:
            folders = ["", *(f"{each.name}/" for each in sorted(path.iterdir()) if each.is_dir())]
        except OSError:
            folders = [""]
        for folder in folders[:TRIED_FOLDERS]:
            for suffix in ("", ".png", ".jpg", ".jpeg"):
                if any(is_there(path / f"{folder}{name}{suffix}") for name in names):
                    self.folder, self.suffix = folder, suffix
                    return

    def __call__(self, name: str) -> str:
        return f"{self.folder}{name}{self.suffix}"


def _pixels(
    path: Path,
    tables: dict[str, Table],
    pixel_column: int | None,
    label_column: int,
    facts: list[tuple[str, int, int]],
    title: str,
) -> PixelTable:
    places: dict[str, array[int]] = {}
    owners: dict[str, Table] = {}
    labels: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for split, table, place, fields in _labelled(tables, (label_column,), faults):
        # the rows of a split are those of a single table
        if owners.setdefault(split, table) is table:
            places.setdefault(split, array("q")).append(place)
            labels.setdefault(split, []).append(_plain(fields[label_column]))
    if "train" not in places:
        raise _no_table(path)
    classes, numbered = number_labels(path, labels, class_names(path))
    rows = {split: (owners[split], np.array(each, np.int64)) for split, each in places.items()}
    usage = next(iter(tables.values())).column(USAGES)
    other_columns = tuple(sorted({label_column} if usage is None else {label_column, usage}, reverse=True))
    layout = _layout(path, *rows["train"], pixel_column, other_columns)
    form = Form(layout.channels, *suggested_side([(layout.height, layout.width)]))
    contents = Contents(title, classes, numbered, form, identity_of("csv", facts), tuple(faults))
    return PixelTable(path, rows, pixel_column, other_columns, layout, contents)


def _plain(text: str) -> str:
    """A label as text: whole numbers without decimals."""
    text = text.strip()
    return text.removesuffix(".0") if re.fullmatch(r"-?\d+\.0", text) else text


def _layout(
    path: Path, table: Table, places: NDArray[np.int64], pixel_column: int | None, other_columns: tuple[int, ...]
) -> Layout:
    """How the pixels of a row make an image, and which values are black and white, judged by some of the rows."""
    sizes, low, high = [], np.inf, -np.inf
    with reading(table.path.name), open_ordinary(table.path) as file:
        for place in places[:: max(1, len(places) // SAMPLED)].tolist():
            file.seek(place)
            values = pixels(table, file.readline(LONGEST_LINE), pixel_column, other_columns)
            if values is not None and len(values) >= FEWEST_VALUES:
                sizes.append(len(values))
                low, high = min(low, float(values.min())), max(high, float(values.max()))
    if not sizes:
        raise _no_table(path)
    count = max(set(sizes), key=sizes.count)
    for channels in (1, 3):
        side = isqrt(count // channels)
        if side * side * channels == count:
            return Layout(side, side, channels, False, *range_of(low, high))
    raise DataError(
        Sentence(
            "“{name}” has {count} pixels in a row: these make no square image, grey or in colour.",
            name=shown(table.path.name),
            count=count,
        )
    )


def _no_table(path: Path) -> DataError:
    return DataError(
        Sentence(
            "“{name}” holds no table of images. A table has a column “label”, and a column for each pixel or a column"
            " “path” of the pictures.",
            name=shown(path.name),
        )
    )
