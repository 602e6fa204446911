"""A folder of pictures: which classes and splits it has, and which pixels come out of every kind of picture."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from folders_of_pictures import NAMES, coloured
from PIL import Image, ImageOps

from cnnviz.data.errors import DataError
from cnnviz.data.sources import open_source
from cnnviz.data.sources.class_order import ordered
from cnnviz.data.sources.decoding import PictureTrouble, decoded
from cnnviz.data.sources.image_folder import natural
from cnnviz.data.sources.source import Fault, Form, Sizes, Trouble, sizes_of

if TYPE_CHECKING:
    from pathlib import Path

GREY, COLOUR = Form(1, 8, 8), Form(3, 8, 8)


def test_each_subfolder_is_a_class(tmp_path: Path) -> None:
    source = open_source(coloured(tmp_path / "pets"))
    contents = source.contents
    # numbers in names count, case does not: 9 comes before 10, b before K
    assert contents.classes == ("bird 9", "bird 10", "Kätzchen", "犬") and set(contents.classes) == set(NAMES)
    assert {split: np.bincount(labels).tolist() for split, labels in contents.labels.items()} == {"train": [20] * 4}
    assert contents.title == "pets" and contents.form.channels == 3
    block = source.read("train", 0, 80, Form(3, 16, 12))
    assert block.images.shape == (80, 3, 16, 12) and block.good.all()
    red, green, _ = block.images[contents.labels["train"] == 2].mean((0, 2, 3))
    assert red > 150 > green


def test_the_sizes_of_the_pictures_are_known_before_they_are_decoded(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    sides = [(9, 4), (3, 3), (30, 20), (5, 100), (6, 6)]
    for at, (height, width) in enumerate(sides):
        Image.new("L", (width, height)).save(tmp_path / "a" / f"{at}.png")
    assert open_source(tmp_path).contents.sizes == Sizes(5, (3, 3), (9, 4), (30, 20))
    assert sizes_of([]) is None and sizes_of([(2, 3)]) == Sizes(1, (2, 3), (2, 3), (2, 3))


def test_names_are_sorted_by_their_numbers_and_without_case() -> None:
    names = ["b10", "Cat", "b9", "apple", "B1", "cat", "b", "dog", "Ärger", "10", "9"]
    assert sorted(names, key=natural) == ["9", "10", "apple", "b", "B1", "b9", "b10", "Cat", "cat", "dog", "Ärger"]


def test_classes_with_undecodable_names_stay_different(tmp_path: Path) -> None:
    names = [b"caf\xe9", b"caf\xe8", "café".encode(), b"cat"]
    for count, name in enumerate(names, 1):
        coloured(tmp_path, (os.fsdecode(name),), count, suffixes=("png",))
    contents = open_source(tmp_path).contents
    assert contents.classes == ("café", "caf\\xe8", "caf\\xe9", "cat")
    assert np.bincount(contents.labels["train"]).tolist() == [3, 2, 1, 4]
    turned = ordered(open_source(tmp_path), contents.classes[::-1])
    assert turned.contents.classes == contents.classes[::-1]
    assert np.bincount(turned.contents.labels["train"]).tolist() == [4, 1, 2, 3]


def test_folders_for_the_splits(tmp_path: Path) -> None:
    for split, count in {"Train": 5, "val": 2, "test": 3}.items():
        coloured(tmp_path / split, count=count, suffixes=("png",))
    labels = open_source(tmp_path).contents.labels
    assert {split: len(each) for split, each in labels.items()} == {"train": 20, "validation": 8, "test": 12}


def test_two_folders_for_one_split_are_named(tmp_path: Path) -> None:
    for split in ("train", "val", "valid"):
        coloured(tmp_path / split, NAMES[:2], 1, suffixes=("png",))
    with pytest.raises(DataError, match=r"“val.*” and “val.*” stand for the same images"):
        open_source(tmp_path)


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    contents = open_source(coloured(tmp_path, ("train", "ship"), 2)).contents
    assert contents.classes == ("ship", "train") and list(contents.labels) == ["train"]


def test_what_is_no_picture_is_not_listed(tmp_path: Path) -> None:
    coloured(tmp_path, ("a", "b"), 3)
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    (tmp_path / "a" / ".hidden.png").write_bytes(b"")
    (tmp_path / "a" / "deeper").mkdir()
    Image.new("RGB", (30, 30)).save(tmp_path / "a" / "deeper" / "one.PNG")
    (tmp_path / "empty").mkdir()
    (tmp_path / "a" / "deeper" / "circle").symlink_to(tmp_path)
    contents = open_source(tmp_path).contents
    assert contents.classes == ("a", "b") and np.bincount(contents.labels["train"]).tolist() == [4, 3]
    assert contents.faults == (Fault("empty", Trouble.NOTHING_INSIDE),)
    assert str(contents.faults[0].said) == "“empty” holds no pictures."


@pytest.mark.parametrize("content", [{}, {"one.png": b""}])
def test_a_folder_without_classes_says_what_is_expected(tmp_path: Path, content: dict[str, bytes]) -> None:
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match="belong into a subfolder that has the name of the class"):
        open_source(tmp_path)
    with pytest.raises(DataError, match="is not there"):
        open_source(tmp_path / "nowhere")


def test_broken_pictures_are_named_and_the_others_read(tmp_path: Path) -> None:
    coloured(tmp_path, ("a",), 3, suffixes=("png",))
    whole = (tmp_path / "a" / "0.png").read_bytes()
    (tmp_path / "a" / "3.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "a" / "4.jpg").write_bytes(b"nothing of the kind")
    (tmp_path / "a" / "5.png").write_bytes(packed(Image.new("L", (20_000, 20_000))))
    source = open_source(tmp_path)
    block = source.read("train", 0, 6, COLOUR)
    assert block.good.tolist() == [True] * 3 + [False] * 3 and not block.images[3:].any()
    assert [(fault.name, fault.trouble) for fault in block.faults] == [
        ("a/3.png", Trouble.UNREADABLE),
        ("a/4.jpg", Trouble.UNREADABLE),
        ("a/5.png", Trouble.TOO_LARGE),
    ]
    (tmp_path / "a" / "1.png").unlink()
    assert source.read("train", 1, 2, COLOUR).faults == (Fault("a/1.png", Trouble.MISSING),)


def test_the_identity_changes_with_a_file(tmp_path: Path) -> None:
    coloured(tmp_path, ("a", "b"), 2)
    before = open_source(tmp_path).contents.identity
    assert open_source(tmp_path).contents.identity == before
    (tmp_path / "a" / "0.png").write_bytes(b"other")
    assert open_source(tmp_path).contents.identity != before


def packed(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


LINES = np.linspace(0, 255, 8).round().astype(np.uint8)[None].repeat(8, 0)
"""Brighter from left to right, uint8 (8, 8)."""


def test_grey_and_deep_pictures_keep_their_values() -> None:
    assert np.array_equal(decoded(packed(Image.fromarray(LINES)), GREY)[0], LINES)
    deep = Image.fromarray(LINES.astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(decoded(packed(deep, kind), GREY)[0], LINES)
        assert np.array_equal(decoded(packed(deep, kind), COLOUR), np.stack([LINES] * 3))
    real = Image.fromarray(LINES.astype(np.float32) / 10)
    assert np.array_equal(decoded(packed(real, "TIFF"), GREY)[0], LINES)
    assert decoded(packed(Image.new("1", (8, 8), 1)), GREY).min() == 255


def test_palettes_transparency_and_cmyk() -> None:
    colours = np.zeros((8, 8, 3), np.uint8)
    colours[:, :4], colours[:, 4:] = (200, 10, 10), (10, 10, 200)
    plain = Image.fromarray(colours)
    expected = colours.transpose(2, 0, 1)
    palette = plain.convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    assert np.array_equal(decoded(packed(palette), COLOUR), expected)
    cmyk = decoded(packed(plain.convert("CMYK"), "TIFF"), COLOUR)
    assert np.abs(cmyk.astype(int) - expected).max() <= 3
    clear = plain.convert("RGBA")
    clear.putalpha(Image.fromarray(np.where(np.arange(64).reshape(8, 8) % 8 < 4, 255, 0).astype(np.uint8)))
    shown = decoded(packed(clear), COLOUR)
    assert np.array_equal(shown[:, :, :4], expected[:, :, :4]) and shown[:, :, 4:].min() == 255


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        content = packed(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert decoded(content, COLOUR).mean((1, 2)).round().tolist() == [255, 0, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_the_camera(orientation: int) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(pixels)
    content = packed(image, "PNG", exif=exif)
    turned = {
        1: pixels, 2: pixels[:, ::-1], 3: pixels[::-1, ::-1], 4: pixels[::-1],
        5: pixels.T, 6: pixels.T[:, ::-1], 7: pixels.T[::-1, ::-1], 8: pixels.T[::-1],
    }  # fmt: skip
    assert np.array_equal(decoded(content, GREY)[0], turned[orientation])


def test_cropping_padding_and_stretching() -> None:
    wide = np.zeros((10, 30), np.uint8)
    wide[:, 10:20] = 255
    content = packed(Image.fromarray(wide))
    crop, pad, stretch = (decoded(content, Form(1, 10, 10, fit))[0] for fit in ("crop", "pad", "stretch"))
    assert crop.min() == 255
    assert np.array_equal(stretch, np.asarray(Image.fromarray(wide).resize((10, 10), Image.Resampling.BILINEAR)))
    assert not pad[:3].any() and not pad[-3:].any() and pad[4:6, 4:6].min() == 255 and not pad[:, 0].any()
    high = decoded(packed(Image.fromarray(wide.T)), Form(1, 5, 10, "crop"))[0]
    assert high.shape == (5, 10) and high.min() == 255


def test_a_photograph_is_scaled_as_pillow_does(tmp_path: Path) -> None:
    across = np.linspace(0, 255, 900)
    photo = np.stack([across[None].repeat(600, 0), across[::-1][None].repeat(600, 0), np.full((600, 900), 90)], -1)
    image = Image.fromarray(photo.astype(np.uint8))
    expected = np.asarray(ImageOps.fit(image, (32, 32), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    ours = decoded(packed(image, "JPEG", quality=95), Form(3, 32, 32))
    assert np.abs(ours.astype(int) - expected).max() <= 4


def test_a_picture_that_claims_more_than_its_file_can_hold() -> None:
    content = bytearray(packed(Image.new("L", (8, 8))))
    content[16:24] = (7000).to_bytes(4, "big") * 2
    # the checksum of the changed header
    import zlib

    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    with pytest.raises(PictureTrouble) as caught:
        decoded(bytes(content), GREY)
    assert caught.value.trouble is Trouble.UNREADABLE
