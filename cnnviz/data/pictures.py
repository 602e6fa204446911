"""Reads pictures of any common format and converts them to ink: uint8, 0 for the ground, 255 for the strongest ink.

These are single pictures, for the sample that a user opens or pastes; :mod:`cnnviz.data.sources` reads whole folders,
in the same formats. Colour, transparency and the orientation tag are taken into account. Pillow reads the files. The
size that a file states is checked before memory is allocated, and only the listed formats are tried, because Pillow
starts programs for some others.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data.ground import Grey, ink_of, is_light
from cnnviz.files import read_ordinary

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

MOST_BYTES = 200 * 2**20
MOST_PIXELS = 60_000_000
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "TGA", "ICO")
SUFFIXES = ("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "pbm", "pgm", "ppm", "pnm", "tga", "ico")
LOSSY = {"JPEG": 0.02, "MPO": 0.02, "WEBP": 0.02}
"""Standard deviation, in [0, 1], of the compression noise around strong edges, by format; Pillow opens a JPEG with
several pictures as MPO."""
MOST_SIDE = 1000
"""Pixels; a picture that is wider or higher is first reduced by a whole factor."""
ORIENTATION = 0x0112
"""The number of the Exif tag for the orientation of the camera."""
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""The weights of red, green and blue, ITU-R BT.601."""
TINY = 1e-30
"""Instead of a range of 0, so that nothing is divided by 0."""


class Trouble(Enum):
    """Why a picture cannot be used."""

    UNREADABLE = "unreadable"
    """The file is not a picture, or is damaged."""
    TOO_LARGE = "too large"
    """The picture has, or claims to have, more than :data:`MOST_PIXELS` pixels."""
    EMPTY = "empty"
    """All pixels have the same colour."""


class PictureError(Exception):
    """A picture that cannot be used; ``trouble`` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, eq=False)
class Picture:
    """The ``ink`` of a picture: uint8 (H, W), 0 the ground, 255 the strongest ink.

    ``inverted``: the ground was light, so that dark pixels became ink.
    """

    ink: NDArray[np.uint8]
    inverted: bool


def read_file(path: Path) -> Picture:
    """The picture in a file. Raises OSError if the file cannot be read or is no ordinary file, and PictureError."""
    return read(read_ordinary(path, MOST_BYTES))


def read(content: bytes) -> Picture:
    """The picture in the content of a file, turned as its orientation tag says; raises PictureError."""
    # not at the top of the file: most windows open no picture
    from PIL import Image

    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
        # a large JPEG is decoded at a fraction of its size
        image.draft("RGB", (MOST_SIDE, MOST_SIDE))
        if image.width * image.height > MOST_PIXELS:
            raise PictureError(Trouble.TOO_LARGE)
        noise = LOSSY.get(image.format or "", 0.0)
        grey = _upright(_grey(_smaller(image)), image.getexif().get(ORIENTATION, 1))
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(Trouble.TOO_LARGE) from error
    except Exception as error:
        # damaged files make readers fail in many ways, and none of them concerns the program
        raise PictureError(Trouble.UNREADABLE) from error
    return of_grey(grey, noise)


def of_pixels(pixels: NDArray[np.uint8]) -> Picture:
    """The picture with these pixels, uint8 (H, W, 4): red, green, blue and opacity; raises PictureError."""
    if not pixels.size:
        raise PictureError(Trouble.EMPTY)
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise PictureError(Trouble.TOO_LARGE)
    factor = -(-max(pixels.shape[:2]) // MOST_SIDE)
    return of_grey(_on_ground(_block_means(pixels, factor) / np.float32(255)))


def of_grey(grey: Grey, noise: float = 0.0) -> Picture:
    """The picture with these grey values, float32 (H, W) in [0, 1]; raises PictureError if it has a single colour.

    ``noise`` is the standard deviation of the compression noise in the values.
    """
    light = is_light(grey)
    ink = ink_of(grey, light=light, noise=noise)
    if not ink.any():
        raise PictureError(Trouble.EMPTY)
    return Picture(ink, light)


def _smaller(image: Image.Image) -> Image.Image:
    """The picture reduced to about :data:`MOST_SIDE` pixels; :func:`_grey` reduces pictures of more than 8 bits."""
    factor = -(-max(image.size) // MOST_SIDE)
    if image.mode.startswith(("I", "F")):
        return image
    if image.mode not in ("L", "RGB", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
    return image if factor == 1 else image.reduce(factor)


def _grey(image: Image.Image) -> Grey:
    """The picture as float32 (H, W) in [0, 1]."""
    values: NDArray[Any] = np.asarray(image)
    if image.mode.startswith(("I", "F")):
        deep = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        deep = _block_means(deep[..., None], -(-max(deep.shape) // MOST_SIDE))[..., 0]
        low, high = float(deep.min()), float(deep.max())
        # the range is not known, such as 12 bits in 16 or any real numbers: it is taken from the values
        black = min(low, 0.0)
        return (deep - black) / max(high - black, TINY)
    shares = values.astype(np.float32) / np.float32(255)
    if shares.ndim == 2:
        return shares
    return _on_ground(shares) if shares.shape[2] == 4 else _luminance(shares)


def _on_ground(pixels: NDArray[np.float32]) -> Grey:
    """Red, green, blue and opacity, float32 (H, W, 4) in [0, 1], as grey, with white or black where it is transparent.

    A picture that is mostly transparent is a drawing without a ground: it gets a ground of another brightness. A
    picture that is mostly opaque has its ground: transparent pixels get a similar grey.
    """
    grey, opacity = _luminance(pixels[..., :3]), pixels[..., 3]
    opaque = grey[opacity > 0.5]
    is_light = bool(opaque.size) and float(np.median(opaque)) > 0.5
    is_drawing = opaque.size < grey.size / 2
    return grey * opacity + (1 - opacity) * float(is_light != is_drawing)


def _luminance(colours: NDArray[np.float32]) -> Grey:
    grey: Grey = colours @ LUMINANCE
    return grey


def _upright(grey: Grey, orientation: int) -> Grey:
    """The picture turned and mirrored as its orientation tag says (Exif 2.32, Orientation)."""
    if orientation in (5, 6, 7, 8):
        grey = grey.T
    if orientation in (2, 3, 6, 7):
        grey = grey[:, ::-1]
    if orientation in (3, 4, 7, 8):
        grey = grey[::-1]
    return grey


def _block_means(values: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """The mean of each square of ``factor`` pixels: (H, W, n) -> float32 (H // factor, W // factor, n)."""
    factor = min(factor, *values.shape[:2])
    height, width = (length // factor for length in values.shape[:2])
    cut = values[: height * factor, : width * factor]
    means: NDArray[np.float32] = cut.reshape(height, factor, width, factor, -1).mean(axis=(1, 3), dtype=np.float32)
    return means
