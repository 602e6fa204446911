from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnviz.data.catalogue import load
from cnnviz.data.drawing import as_image, on_sheet
from cnnviz.data.pictures import PictureError, Trouble, of_grey, of_pixels, read, read_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MNIST = (1, 28, 28)


@pytest.fixture(scope="module")
def digit() -> NDArray[np.uint8]:
    """A 4 that is not its own mirror image: uint8 (28, 28)."""
    test = load("mnist", 0, 0).test
    image: NDArray[np.uint8] = test.images[int(np.flatnonzero(test.labels == 4)[0]), 0]
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def enlarged(digit: NDArray[np.uint8], times: int = 10) -> NDArray[np.uint8]:
    return np.kron(digit, np.ones((times, times), np.uint8))


def on_paper(digit: NDArray[np.uint8], paper: float = 255, ink: float = 20) -> NDArray[np.uint8]:
    share = enlarged(digit) / 255
    return np.rint(paper + share * (ink - paper)).astype(np.uint8)


def assert_is(content: bytes, digit: NDArray[np.uint8], *, inverted: bool, within: int = 1) -> None:
    picture = read(content)
    assert picture.inverted is inverted
    image = as_image(picture.ink, MNIST)[0]
    assert np.abs(image.astype(int) - digit).max() <= within


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The largest correlation of two images of which one may be moved by a pixel."""
    steps = (-1, 0, 1)
    moves = (np.roll(one, (down, right), (0, 1)) for down in steps for right in steps)
    return max(float(np.corrcoef(move.ravel(), other.ravel())[0, 1]) for move in moves)


def assert_is_like(content: bytes, digit: NDArray[np.uint8], *, inverted: bool) -> None:
    """What compression or noise has changed a little: alike, and neither turned nor mirrored."""
    picture = read(content)
    assert picture.inverted is inverted
    image = as_image(picture.ink, MNIST)[0]
    assert likeness(image, digit) > 0.95
    assert all(likeness(other, digit) < 0.8 for other in (image.T, image[::-1], image[:, ::-1]))


def test_white_on_black_is_read_as_it_is(digit: NDArray[np.uint8]) -> None:
    assert_is(saved(Image.fromarray(enlarged(digit)), "PNG"), digit, inverted=False)
    assert_is(saved(Image.fromarray(digit), "BMP"), digit, inverted=False)


def test_test_images_enlarged_moved_and_inverted_become_what_they_were() -> None:
    """So the accuracy on them is that on the test images."""
    generator = np.random.default_rng(0)
    differences = []
    for digit in load("mnist", 0, 0).test.images[7::100, 0]:
        sheet = np.zeros((400, 400), np.uint8)
        row, column = generator.integers(0, 120, 2)
        sheet[row : row + 280, column : column + 280] = enlarged(digit)
        light = bool(generator.integers(0, 2))
        picture = of_grey((255 - sheet if light else sheet).astype(np.float32) / np.float32(255))
        assert picture.inverted is light
        image = as_image(on_sheet(picture.ink, (280, 280)), MNIST)[0]
        differences.append(int(np.abs(image.astype(int) - digit).max()))
    # in 3 of 10,000 images the ink does not fill its box
    assert np.mean(np.array(differences) <= 1) >= 0.99


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (230, 40), (120, 30)])
def test_a_light_ground_is_noticed_and_inverted(digit: NDArray[np.uint8], paper: float, ink: float) -> None:
    assert_is(saved(Image.fromarray(on_paper(digit, paper, ink)), "PNG"), digit, inverted=True, within=4)


def test_colours_palettes_and_bits(digit: NDArray[np.uint8]) -> None:
    grey = Image.fromarray(on_paper(digit))
    assert_is(saved(grey.convert("RGB"), "TIFF"), digit, inverted=True, within=4)
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        assert_is_like(saved(grey.convert(mode), "JPEG"), digit, inverted=True)
    assert_is_like(saved(grey, "WEBP"), digit, inverted=True)
    assert_is(saved(grey.convert("P"), "GIF"), digit, inverted=True, within=4)
    assert_is(saved(grey.convert("LA"), "PNG"), digit, inverted=True, within=2)
    assert_is_like(saved(grey.convert("1"), "PNG"), digit, inverted=True)
    blue = np.stack([np.zeros((280, 280)), np.zeros((280, 280)), enlarged(digit)], axis=2).astype(np.uint8)
    assert_is(saved(Image.fromarray(blue), "PNG"), digit, inverted=False, within=8)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (180, 20, 20)])
def test_what_is_transparent_is_ground(digit: NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
    pixels = np.zeros((280, 280, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = enlarged(digit)
    assert_is(saved(Image.fromarray(pixels), "PNG"), digit, inverted=colour != (255, 255, 255))


def test_an_opaque_ground_with_transparent_corners(digit: NDArray[np.uint8]) -> None:
    pixels = np.full((280, 280, 4), 255, np.uint8)
    pixels[..., :3] = on_paper(digit)[..., None]
    pixels[:30, :30, 3] = pixels[-30:, -30:, 3] = 0
    assert_is(saved(Image.fromarray(pixels), "PNG"), digit, inverted=True)


def test_a_transparent_colour_of_a_palette(digit: NDArray[np.uint8]) -> None:
    picture = Image.fromarray((enlarged(digit) > 127).astype(np.uint8), "P")
    picture.putpalette([10, 10, 10, 0, 0, 0])
    assert_is_like(saved(picture, "PNG", transparency=0), digit, inverted=True)


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("light", [False, True])
def test_deep_grey(digit: NDArray[np.uint8], bits: int, light: bool) -> None:
    grey = on_paper(digit, 255, 0) if light else enlarged(digit)
    deep = (grey.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
    for kind in ("PNG", "TIFF"):
        assert_is(saved(Image.fromarray(deep), kind), digit, inverted=light)


def test_real_numbers(digit: NDArray[np.uint8]) -> None:
    assert_is(saved(Image.fromarray(enlarged(digit).astype(np.float32) * -3.5), "TIFF"), digit, inverted=True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_that_was_turned(digit: NDArray[np.uint8], orientation: int) -> None:
    # what the tag asks for, undone: how such a camera stores the picture
    back: dict[int, Image.Transpose] = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    picture = Image.fromarray(on_paper(digit))
    if orientation in back:
        picture = picture.transpose(back[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("JPEG", "TIFF"):
        assert_is_like(saved(picture, kind, exif=exif), digit, inverted=True)


def test_a_photograph_with_uneven_light_and_noise(digit: NDArray[np.uint8]) -> None:
    generator = np.random.default_rng(0)
    ink = np.zeros((1200, 1600))
    ink[300:860, 500:1060] = enlarged(digit, 20) / 255
    down, across = np.mgrid[0:1200, 0:1600]
    light = 0.85 - 0.25 * down / 1200 - 0.15 * (across / 1600) ** 2
    grey = light * (1 - 0.75 * ink) + generator.normal(0, 0.02, ink.shape)
    colours = np.stack([grey, grey * 0.97, grey * 0.9], axis=2)
    content = saved(Image.fromarray((colours.clip(0, 1) * 255).astype(np.uint8)), "JPEG", quality=85)
    assert_is_like(content, digit, inverted=True)
    assert read(content).ink.shape == (600, 800)


def test_a_thin_line_on_a_large_picture_is_kept() -> None:
    page = Image.new("RGB", (4000, 3000), "white")
    ImageDraw.Draw(page).line([(1000, 500), (3000, 500), (1500, 2500)], fill=(30, 30, 90), width=9)
    picture = read(saved(page, "PNG"))
    assert picture.inverted and picture.ink.shape == (750, 1000) and picture.ink.max() == 255
    assert as_image(picture.ink, MNIST).max() == 255


def test_the_pixels_of_a_clipboard(digit: NDArray[np.uint8]) -> None:
    pixels = np.full((280, 280, 4), 255, np.uint8)
    pixels[..., :3] = on_paper(digit)[..., None]
    picture = of_pixels(pixels)
    assert picture.inverted
    assert np.abs(as_image(picture.ink, MNIST)[0].astype(int) - digit).max() <= 1
    with pytest.raises(PictureError):
        of_pixels(np.zeros((0, 5, 4), np.uint8))


def trouble(content: bytes) -> Trouble:
    with pytest.raises(PictureError) as raised:
        read(content)
    return raised.value.trouble


def test_pictures_of_one_colour() -> None:
    for colour in ("white", "black", (90, 30, 30)):
        assert trouble(saved(Image.new("RGB", (50, 60), colour), "PNG")) is Trouble.EMPTY
    assert trouble(saved(Image.new("RGBA", (50, 60), (0, 0, 0, 0)), "PNG")) is Trouble.EMPTY
    noise = np.random.default_rng(0).integers(120, 124, (100, 100), np.uint8)
    assert trouble(saved(Image.fromarray(noise), "PNG")) is Trouble.EMPTY


def test_what_is_no_picture_or_a_damaged_one(digit: NDArray[np.uint8]) -> None:
    good = {kind: saved(Image.fromarray(on_paper(digit)), kind) for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP")}
    for content in (b"", b"no picture", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"<svg/>"):
        assert trouble(content) is Trouble.UNREADABLE
    generator = np.random.default_rng(0)
    for content in good.values():
        assert trouble(content[: len(content) // 2]) is Trouble.UNREADABLE
        for _ in range(30):
            broken = bytearray(content)
            for place in generator.integers(0, min(len(content), 200), 5):
                broken[place] = generator.integers(0, 256)
            try:
                read(bytes(broken))
            except PictureError:
                continue


def png_of_size(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9000, 8000), (12_000, 10_000), (60_000, 60_000)])
def test_a_size_that_memory_should_not_be_taken_for(size: tuple[int, int]) -> None:
    assert trouble(png_of_size(*size)) is Trouble.TOO_LARGE


def test_a_file(digit: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "four.png"
    path.write_bytes(saved(Image.fromarray(digit), "PNG"))
    assert np.array_equal(read_file(path).ink, digit)
    for strange in (tmp_path, tmp_path / "missing.png"):
        with pytest.raises(OSError):  # noqa: PT011 # whatever the system says
            read_file(strange)
