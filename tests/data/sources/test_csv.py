"""Tables of pixels and of paths, as competitions and spreadsheets write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from arrays_of_images import made
from folders_of_pictures import coloured

from cnnviz.data.errors import DataError
from cnnviz.data.sources import open_source
from cnnviz.data.sources.listing import class_names
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form, Trouble

if TYPE_CHECKING:
    from pathlib import Path


def rows(images: np.ndarray, labels: np.ndarray, delimiter: str = ",") -> str:
    return "".join(
        delimiter.join(map(str, [label, *image.ravel()])) + "\n" for label, image in zip(labels, images, strict=True)
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False])
def test_a_row_of_pixels_for_each_image(tmp_path: Path, delimiter: str, header: bool) -> None:
    images, labels = made(30, (8, 8))
    head = delimiter.join(["label", *(f"pixel{at}" for at in range(64))]) + "\n" if header else ""
    path = tmp_path / "Ziffern.csv"
    path.write_text(("\ufeff" if header else "") + head + rows(images, labels, delimiter), encoding="utf-8")
    source = open_source(path)
    assert source.contents.form == Form(1, 8, 8) and source.contents.title == "Ziffern"
    assert np.array_equal(source.contents.labels["train"], labels)
    assert np.array_equal(source.read("train", 0, 30, Form(1, 8, 8)).images[:, 0], images)
    assert np.array_equal(source.read("train", 12, 13, Form(1, 8, 8)).images[0, 0], images[12])


def test_colours_and_shares(tmp_path: Path) -> None:
    images, labels = made(10, (4, 4, 3))
    images[0, 0, 0] = 255
    path = tmp_path / "a.csv"
    path.write_text(rows(images / 255, labels))
    read = open_source(path).read("train", 0, 10, Form(3, 4, 4)).images
    assert np.array_equal(read, images.transpose(0, 3, 1, 2))


def test_a_column_of_all_pixels_and_a_column_of_splits(tmp_path: Path) -> None:
    images, labels = made(9, (4, 4))
    uses = ["Training"] * 5 + ["PublicTest"] * 2 + ["PrivateTest"] * 2
    lines = [
        f"{label},{' '.join(map(str, image.ravel()))},{use}"
        for label, image, use in zip(labels, images, uses, strict=True)
    ]
    path = tmp_path / "fer.csv"
    path.write_text("\n".join(["emotion,pixels,Usage", *lines]))
    source = open_source(path)
    assert {split: len(each) for split, each in source.contents.labels.items()} == {
        "train": 5,
        "validation": 2,
        "test": 2,
    }
    assert np.array_equal(source.read("test", 0, 2, Form(1, 4, 4)).images[:, 0], images[7:])


def test_a_column_of_splits_beside_columns_of_pixels(tmp_path: Path) -> None:
    images, labels = made(9, (4, 4))
    lines = [f"{'test' if at > 5 else 'train'},{row}" for at, row in enumerate(rows(images, labels).splitlines())]
    (tmp_path / "a.csv").write_text("\n".join(["split,label," + ",".join(["p"] * 16), *lines]))
    source = open_source(tmp_path / "a.csv")
    assert {split: len(each) for split, each in source.contents.labels.items()} == {"train": 6, "test": 3}
    assert np.array_equal(source.read("test", 0, 3, Form(1, 4, 4)).images[:, 0], images[6:])


def test_rows_that_are_damaged_are_named(tmp_path: Path) -> None:
    images, labels = made(10, (4, 4))
    lines = rows(images, labels).splitlines()
    lines[3], lines[5], lines[7] = lines[3][:-4], ",".join(["1"] + ["x"] * 16), ""
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["label," + ",".join(map(str, ["p"] * 16)), *lines]))
    found = describe_path(path)
    assert [(fault.name, fault.trouble) for fault in found.prepared.faults] == [
        ("a.csv, 4", Trouble.UNREADABLE), ("a.csv, 6", Trouble.UNREADABLE),
    ]  # fmt: skip


def test_train_and_test_tables_in_a_folder(tmp_path: Path) -> None:
    images, labels = made(12, (4, 4))
    head = ",".join(["label", *map(str, ["p"] * 16)]) + "\n"
    (tmp_path / "train.csv").write_text(head + rows(images[:8], labels[:8]))
    (tmp_path / "valid.csv").write_text(head + rows(images[8:], labels[8:]))
    # as competitions have it: pixels without labels
    (tmp_path / "test.csv").write_text(",".join(["p"] * 16) + "\n" + ",".join(["3"] * 16) + "\n")
    labels_read = open_source(tmp_path).contents.labels
    assert {split: len(each) for split, each in labels_read.items()} == {"train": 8, "validation": 4}


def test_paths_and_labels(tmp_path: Path) -> None:
    coloured(tmp_path / "Bilder", ("flach",), 9, suffixes=("png",))
    lines = [f"flach/{at}.png,{'Hündin' if at % 2 else 'Katze'},{'val' if at > 6 else 'train'}" for at in range(9)]
    (tmp_path / "labels.csv").write_text(
        "\n".join(["Path,Label,split", *lines, "gone.png,Katze,train", ",Katze,train"]), encoding="utf-8"
    )
    for path in (tmp_path, tmp_path / "labels.csv"):
        source = open_source(path)
        assert source.kind == "csv" and source.contents.classes == ("Hündin", "Katze")
        assert source.contents.labels["train"].tolist() == [1, 0, 1, 0, 1, 0, 1, 1]
        assert source.contents.labels["validation"].tolist() == [0, 1]
        assert [fault.trouble for fault in source.contents.faults] == [Trouble.NO_LABEL]
        block = source.read("train", 0, 8, Form(3, 8, 8))
        assert [fault.trouble for fault in block.faults] == [Trouble.MISSING] and block.good.sum() == 7


def test_names_without_suffix_as_competitions_write_them(tmp_path: Path) -> None:
    coloured(tmp_path, ("train",), 6, suffixes=("jpg",))
    (tmp_path / "labels.csv").write_text("id,breed\n" + "".join(f"{at},{'ab'[at % 2]}\n" for at in range(6)))
    block = open_source(tmp_path).read("train", 0, 6, Form(3, 8, 8))
    assert block.good.all()


def test_quotes_and_another_encoding(tmp_path: Path) -> None:
    coloured(tmp_path, ("x",), 3, suffixes=("png",))
    text = 'file,class\n"x/0.png","Käse, jung"\nx/1.png,Käse\nx/2.png,Käse\n'
    (tmp_path / "a.csv").write_bytes(text.encode("cp1252"))
    assert open_source(tmp_path / "a.csv").contents.classes == ("Käse", "Käse, jung")
    # the first rows do not tell the encoding
    text = "file,class\nx/0.png,cat\nx/1.png,Mütze\nx/2.png,Mötze\n"
    (tmp_path / "b.csv").write_bytes(text.encode("cp1252"))
    contents = open_source(tmp_path / "b.csv").contents
    assert contents.classes == ("cat", "Mötze", "Mütze") and contents.labels["train"].tolist() == [0, 2, 1]
    (tmp_path / "classes.txt").write_bytes("Straße\nPlätze\n".encode("cp1252"))
    assert class_names(tmp_path) == {"0": "Straße", "1": "Plätze"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no table of text"),
        (b"a,b\n", "no table of text"),
        (b"a\0b\nc\n", "no table of text"),
        (b"a,b\nc,d\n", "holds no table of images"),
        (b"label,a,b\n1,2,3\n", "holds no table of images"),
        (b"label," + b",".join([b"p"] * 17) + b"\n1" + b",2" * 17, "17 pixels in a row"),
        (b"label,x\n" + b"1," * 2**24, "lines are too long"),
    ],
)
def test_what_is_no_table_of_images(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        open_source(tmp_path / "a.csv")
