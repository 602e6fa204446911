"""Sources of images: folders and files of the user behind one protocol, and the datasets that can be downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError
from cnnviz.data.sources.csv_table import open_csv
from cnnviz.data.sources.idx_folder import idx_arrays, open_idx
from cnnviz.data.sources.image_folder import open_folder
from cnnviz.data.sources.listing import files_in
from cnnviz.data.sources.numpy_files import open_npy, open_npz
from cnnviz.data.sources.parquet import SUFFIX, open_parquet
from cnnviz.files import is_folder, is_there, shown
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.data.sources.source import Source

TABLES = (".csv", ".tsv")


def open_source(path: Path) -> Source:
    """The source at a path, a folder or a file; raises :class:`DataError` if there is none or it cannot be read."""
    path = path.absolute()
    if not is_there(path):
        raise DataError(Sentence("“{name}” is not there.", name=shown(path)))
    return _of_folder(path) if is_folder(path) else _of_file(path)


def _of_file(path: Path) -> Source:
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return open_npz(path)
    if suffix == ".npy":
        return open_npy(path.parent)
    if suffix in TABLES:
        return open_csv(path.parent, [path.name])
    if suffix == SUFFIX:
        return open_parquet(path.parent, [path.name])
    if idx_arrays([path]):
        return open_idx(path.parent)
    raise DataError(
        Sentence(
            "“{name}” is no file of images that is known. Known are folders of pictures, IDX files, .npz, .npy, .csv"
            " and .parquet.",
            name=shown(path.name),
        )
    )


def _of_folder(path: Path) -> Source:
    names = [name for name, *_ in files_in(path)]
    if (found := _of_files(path, names)) is not None:
        return found
    tables = [name for name in names if name.lower().endswith(TABLES)]
    try:
        folder = open_folder(path)
    except DataError:
        if tables:
            return open_csv(path, tables)
        if is_folder(path / "data"):
            return _of_folder(path / "data")
        raise
    # one folder of pictures beside a table is no class: the table has the labels
    return open_csv(path, tables) if tables and len(folder.contents.classes) == 1 else folder


def _of_files(path: Path, names: Sequence[str]) -> Source | None:
    """The source of the files of a folder; None if they are none of arrays."""
    if any(name.lower().endswith(SUFFIX) for name in names):
        return open_parquet(path)
    archives = [name for name in names if name.lower().endswith(".npz")]
    if len(archives) == 1:
        return open_npz(path / archives[0])
    if sum(name.lower().endswith(".npy") for name in names) > 1:
        return open_npy(path)
    arrays = idx_arrays([path / name for name in names])
    return open_idx(path, arrays) if arrays else None
