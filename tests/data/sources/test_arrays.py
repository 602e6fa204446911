"""Images in IDX files and in arrays of numpy: what was written is what is read."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from arrays_of_images import made, write_idx

from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.data.sources import open_source
from cnnviz.data.sources.arrays import range_of
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.sources.source import Source


def every(source: Source, split: str = "train", form: Form | None = None) -> NDArray[np.uint8]:
    """All images of a split, read in two pieces, the second one first: uint8 (N, C, H, W)."""
    count, form = len(source.contents.labels[split]), form or source.contents.form
    last, first = source.read(split, count // 2, count, form), source.read(split, 0, count // 2, form)
    assert last.good.all() and first.good.all()
    return np.concatenate([first.images, last.images])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files_of_any_name(tmp_path: Path, suffix: str) -> None:
    images, labels = made(40)
    others, marks = made(40, seed=1)
    for name, (pixels, numbers) in {"a-test": (others, marks), "b": (images, labels)}.items():
        write_idx(tmp_path / f"{name}-pictures{suffix}", pixels)
        write_idx(tmp_path / f"{name}-numbers{suffix}", numbers.astype(np.uint8))
    (tmp_path / "readme").write_text("no array")
    (tmp_path / "classes.txt").write_text("Zebra\nÄpfel\n犬\n", encoding="utf-8")
    source = open_source(tmp_path)
    assert source.kind == "idx" and source.contents.classes == ("Zebra", "Äpfel", "犬")
    assert source.contents.form == Form(1, 9, 7)
    assert np.array_equal(every(source)[:, 0], images) and np.array_equal(source.contents.labels["train"], labels)
    assert np.array_equal(every(source, "test")[:, 0], others)
    assert np.array_equal(source.contents.labels["test"], marks)
    one = open_source(tmp_path / f"b-pictures{suffix}")
    assert one.contents.identity == source.contents.identity


def test_without_names_the_larger_pair_is_for_training(tmp_path: Path) -> None:
    for name, (images, labels) in {"1": made(6), "2": made(30)}.items():
        write_idx(tmp_path / f"x{name}", images)
        write_idx(tmp_path / f"y{name}", labels.astype(np.int32))
    assert {split: len(each) for split, each in open_source(tmp_path).contents.labels.items()} == {
        "train": 30,
        "test": 6,
    }


def test_emnist_is_turned_upright_and_named(tmp_path: Path) -> None:
    images, labels = made(20, (8, 8))
    write_idx(tmp_path / "emnist-letters-train-images-idx3-ubyte.gz", images.transpose(0, 2, 1))
    write_idx(tmp_path / "emnist-letters-train-labels-idx1-ubyte.gz", (labels + 1).astype(np.uint8))
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n3 67 99\n")
    source = open_source(tmp_path)
    assert source.contents.classes == ("Aa", "Bb", "Cc")
    assert np.array_equal(every(source)[:, 0], images)


def test_qmnist_has_several_columns_of_labels(tmp_path: Path) -> None:
    images, labels = made(20)
    write_idx(tmp_path / "qmnist-train-images-idx3-ubyte", images)
    columns = np.random.default_rng(0).integers(0, 500, (20, 8)).astype(np.int32)
    columns[:, 0] = labels
    write_idx(tmp_path / "qmnist-train-labels-idx2-int", columns)
    assert np.array_equal(open_source(tmp_path).contents.labels["train"], labels)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    images, labels = made(40)
    write_idx(tmp_path / "labels.gz", labels.astype(np.uint8))
    write_idx(tmp_path / "images", images)
    whole = (tmp_path / "images").read_bytes()
    (tmp_path / "images").write_bytes(whole[:-1])
    with pytest.raises(DataError, match="“images” is truncated"):
        open_source(tmp_path)
    (tmp_path / "images").write_bytes(gzip.compress(whole)[:-20])
    with pytest.raises(DataError, match="“images” is truncated"):
        describe_path(tmp_path)
    (tmp_path / "images").unlink()
    with pytest.raises(DataError, match="holds no images with as many labels"):
        open_source(tmp_path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_keras_and_of_medmnist(tmp_path: Path, save: Any) -> None:
    images, labels = made(30, (8, 8, 3))
    tests, marks = made(9, (8, 8, 3), seed=1)
    save(tmp_path / "keras.npz", x_train=images, y_train=labels, x_test=tests, y_test=marks)
    save(
        tmp_path / "med.npz",
        train_images=images, train_labels=labels[:, None], val_images=tests, val_labels=marks[:, None],
        test_images=tests[::-1], test_labels=marks[::-1, None],
    )  # fmt: skip
    keras, med = open_source(tmp_path / "keras.npz"), open_source(tmp_path / "med.npz")
    assert keras.contents.form == Form(3, 8, 8) and list(keras.contents.labels) == ["train", "test"]
    for source in (keras, med):
        assert np.array_equal(every(source), images.transpose(0, 3, 1, 2))
        assert np.array_equal(source.contents.labels["train"], labels)
    assert list(med.contents.labels) == ["train", "validation", "test"]
    assert np.array_equal(every(med, "test"), tests[::-1].transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("change", "channels"),
    [
        (lambda images: images / np.float32(255), 1),
        (lambda images: images / 127.5 - 1, 1),
        (lambda images: images.astype(np.uint16) * 257, 1),
        (lambda images: images.astype(">i4"), 1),
        (lambda images: images[..., None], 1),
        (lambda images: images[:, None], 1),
        (lambda images: images.reshape(30, -1), 1),
        (lambda images: np.stack([images] * 3, 1), 3),
        (lambda images: np.stack([images] * 3, -1).reshape(30, -1).astype(np.float64), 3),
    ],
)
def test_every_type_and_shape_of_images(tmp_path: Path, change: Any, channels: int) -> None:
    images, labels = made(30, (8, 8))
    images[0, 0, 0], images[0, 0, 1] = 0, 255
    np.savez(tmp_path / "all.npz", images=change(images), labels=labels)
    source = open_source(tmp_path / "all.npz")
    assert source.contents.form.channels == channels
    assert np.array_equal(every(source), np.stack([images] * channels, 1))


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["cat", "Äffchen", "cat", "dog"]),
        np.array([b"cat", "Äffchen".encode(), b"cat", b"dog"]),
        np.array([1, 0, 1, 2]),
        np.array([1.0, 0.0, 1.0, 2.0]),
        np.eye(3)[[1, 0, 1, 2]],
    ],
)
def test_every_type_of_labels(tmp_path: Path, labels: NDArray[Any]) -> None:
    names = np.array(["Äffchen", "cat", "dog"])
    np.savez(tmp_path / "all.npz", images=made(4)[0], labels=labels, class_names=names)
    contents = open_source(tmp_path / "all.npz").contents
    given = dict(zip(contents.classes, range(3), strict=True))
    assert contents.labels["train"].tolist() == [given[name] for name in ("cat", "Äffchen", "cat", "dog")]


def test_names_of_classes_stored_as_bytes(tmp_path: Path) -> None:
    names = np.array([b"cat", "Äffchen".encode(), b"M\xfctze", b"\x81"])
    np.savez(tmp_path / "all.npz", images=made(4)[0], labels=np.array([1, 0, 3, 2]), class_names=names)
    assert open_source(tmp_path / "all.npz").contents.classes == ("cat", "Äffchen", "Mütze", "\\x81")


def test_labels_of_other_bytes_than_utf8_stay_different(tmp_path: Path) -> None:
    np.savez(tmp_path / "all.npz", images=made(4)[0], labels=np.array([b"caf\xe9", b"\x81", b"caf\xe8", b"\x8d"]))
    np.savez(tmp_path / "text.npz", images=made(4)[0], labels=np.array(["\ud800", "a", "\udfff", "a"]))
    contents = open_source(tmp_path / "all.npz").contents
    assert contents.classes == ("\\x8d", "\\x81", "cafè", "café")
    assert contents.labels["train"].tolist() == [3, 1, 2, 0]
    assert open_source(tmp_path / "text.npz").contents.classes == ("a", "\\ud800", "\\udfff")


@pytest.mark.parametrize("label", [np.inf, -np.inf, np.nan])
def test_a_label_that_is_not_finite_is_refused(tmp_path: Path, label: float) -> None:
    np.savez(tmp_path / "all.npz", images=made(4)[0], labels=np.array([1.0, 0.0, label, 2.0]))
    with pytest.raises(DataError, match="“labels” holds no labels"):
        open_source(tmp_path / "all.npz")


def test_arrays_in_a_folder(tmp_path: Path) -> None:
    images, labels = made(30)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", labels)
    for path in (tmp_path, tmp_path / "images.npy"):
        source = open_source(path)
        assert source.kind == "npy" and np.array_equal(every(source)[:, 0], images)
    data = load_choice(describe_path(tmp_path).choice)
    assert len(data.train) + len(data.validation) + len(data.test) == 30
    # and into another form
    assert every(source, form=Form(3, 4, 5)).shape == (30, 3, 4, 5)


class Trap:
    """Unpickling it would be noticed."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("something was unpickled",)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    trap = np.empty(30, object)
    trap[:] = [Trap()] * 30
    file = io.BytesIO()
    np.lib.format.write_array(file, np.zeros(1), allow_pickle=False)
    np.savez(tmp_path / "a.npz", images=made(30)[0], labels=np.arange(30) % 2, notes=trap)
    assert len(open_source(tmp_path / "a.npz").contents) == 30
    np.savez(tmp_path / "b.npz", images=made(30)[0], labels=trap)
    with pytest.raises(DataError, match="no images with as many labels"):
        open_source(tmp_path / "b.npz")
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("images.npy", pickle.dumps(Trap()))
    with pytest.raises(DataError, match="is no array of numpy"):
        open_source(tmp_path / "c.npz")


def test_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="is damaged and cannot be unpacked"):
        open_source(path)
    images, labels = made(30, (8, 8))
    np.savez(path, images=np.asfortranarray(images), labels=labels)
    with pytest.raises(DataError, match=r"numpy\.ascontiguousarray"):
        open_source(path)
    np.savez(path, images=images[:, :, :, None, None], labels=labels)
    with pytest.raises(DataError, match=r"its shape is \(30, 8, 8, 1, 1\)|its shape is 30×8×8×1×1"):
        open_source(path)
    np.savez(path, images=images, labels=labels + 0.5)
    with pytest.raises(DataError, match="holds no labels"):
        open_source(path)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (2**40, 28, 28)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", head.getvalue() + bytes(100_000))
    with pytest.raises(DataError, match="“images” is truncated"):
        open_source(path)
    (tmp_path / "one.xyz").write_text("something")
    with pytest.raises(DataError, match="is no file of images that is known"):
        open_source(tmp_path / "one.xyz")


def test_usual_ranges() -> None:
    limits = ((0, 0.9), (0, 254), (0, 60_000), (-0.5, 0.5), (-3, 4), (2, 2e6), (-5, -5))
    assert [range_of(*each) for each in limits] == [
        (0, 1), (0, 255), (0, 65535), (-1, 1), (-3, 4), (0, 2e6), (0, 255),
    ]  # fmt: skip
