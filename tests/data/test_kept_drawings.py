"""Drawings that are kept as a folder of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnviz.data import kept_drawings
from cnnviz.data.errors import DataError
from cnnviz.data.sources import open_source
from cnnviz.data.sources.source import Form

if TYPE_CHECKING:
    from pathlib import Path


def test_kept_drawings_are_read_as_they_were_drawn(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, *kept_drawings.SHAPE), np.uint8)
    folder = tmp_path / "drawings"
    paths = [kept_drawings.keep(folder, ("Häuschen", "一")[at % 2], image) for at, image in enumerate(images)]
    kept_drawings.discard(paths[5])
    kept_drawings.discard(paths[5])
    source = open_source(folder)
    assert source.contents.classes == ("Häuschen", "一") and source.contents.form == Form(*kept_drawings.SHAPE)
    assert source.contents.labels["train"].tolist() == [0, 0, 0, 1, 1]
    read = source.read("train", 0, 5, source.contents.form)
    assert read.good.all() and np.array_equal(read.images, images[[0, 2, 4, 1, 3]])
    # the number of a discarded drawing may be used again, never that of a kept one
    again = kept_drawings.keep(folder, "一", images[5])
    assert again == paths[5] and all(path.is_file() for path in paths)


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".a", "a/b", "a\\b", "a:b", "con", "COM1", "a.", "train", "Test", "a\n", "x" * 61, "a*"]
)
def test_a_class_cannot_have_a_name_that_is_no_folder_everywhere(name: str) -> None:
    with pytest.raises(DataError, match="cannot be named"):
        kept_drawings.check_class(name, [])


def test_a_class_cannot_have_the_name_of_another() -> None:
    kept_drawings.check_class("Häuschen 2", ["Haus"])
    with pytest.raises(DataError, match="already a class"):
        kept_drawings.check_class("HAUS", ["Haus"])


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="could not be kept"):
        kept_drawings.keep(tmp_path / "file", "a", np.zeros(kept_drawings.SHAPE, np.uint8))


def test_each_set_of_drawings_has_a_folder_of_its_own() -> None:
    first = kept_drawings.new_folder()
    kept_drawings.keep(first, "a", np.zeros(kept_drawings.SHAPE, np.uint8))
    assert kept_drawings.new_folder() != first
