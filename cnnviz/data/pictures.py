"""Pictures from anywhere as ink on a ground: files of any common format, with colour, transparency and orientation.

Pillow reads them. What a file says of its size is checked before memory is taken for it, and only formats of pictures
are tried: some others start programs.
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
"""Standard deviation, in [0, 1], of what compression leaves around strong edges."""
MOST_SIDE = 1000
"""Pixels: a larger picture is made smaller first, by a whole factor."""
ORIENTATION = 0x0112
"""The number of the tag that says how a camera was held."""
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue, ITU-R BT.601."""


class Trouble(Enum):
    """Why a picture cannot be used."""

    UNREADABLE = "unreadable"
    """It is no picture, or damaged."""
    TOO_LARGE = "too large"
    """It has, or says that it has, more pixels than :data:`MOST_PIXELS`."""
    EMPTY = "empty"
    """All of it has the same colour."""


class PictureError(Exception):
    """A picture that cannot be used; ``trouble`` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, eq=False)
class Picture:
    """The ``ink`` of a picture: uint8 (H, W), 0 the ground, 255 the strongest. On a light ground it is ``inverted``."""

    ink: NDArray[np.uint8]
    inverted: bool


def read_file(path: Path) -> Picture:
    """The picture in a file. Raises OSError where it cannot be read or is no ordinary file, and PictureError."""
    return read(read_ordinary(path, MOST_BYTES))


def read(content: bytes) -> Picture:
    """The picture in the content of a file, upright as its orientation tag has it; raises PictureError."""
    # not at the top: a window in which no picture is opened needs none of it
    from PIL import Image

    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
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
    """The picture of these pixels, uint8 (H, W, 4): red, green, blue and opacity; raises PictureError."""
    if not pixels.size:
        raise PictureError(Trouble.EMPTY)
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise PictureError(Trouble.TOO_LARGE)
    factor = -(-max(pixels.shape[:2]) // MOST_SIDE)
    return of_grey(_on_ground(_block_means(pixels, factor) / np.float32(255)))


def of_grey(grey: Grey, noise: float = 0.0) -> Picture:
    """The picture with these values in [0, 1], exact but for ``noise``; raises PictureError where it shows nothing."""
    light = is_light(grey)
    ink = ink_of(grey, light=light, noise=noise)
    if not ink.any():
        raise PictureError(Trouble.EMPTY)
    return Picture(ink, light)


def _smaller(image: Image.Image) -> Image.Image:
    """The picture with 8 bits, or its own deeper values, at most about :data:`MOST_SIDE` pixels wide and high."""
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
        # 12 bits in 16, or any range of real numbers: the darkest and the lightest value are what is known
        return (deep - min(low, 0.0)) / max(high - min(low, 0.0), 1e-30)
    shares = values.astype(np.float32) / np.float32(255)
    if shares.ndim == 2:
        return shares
    return _on_ground(shares) if shares.shape[2] == 4 else _luminance(shares)


def _on_ground(pixels: NDArray[np.float32]) -> Grey:
    """Red, green, blue and opacity as grey: what is transparent becomes a ground that what is there stands out from."""
    grey, opaque = _luminance(pixels[..., :3]), pixels[..., 3]
    there = grey[opaque > 0.5]
    light = bool(there.size) and float(np.median(there)) > 0.5
    # where most is opaque, the ground is in the picture, and goes on around it
    if there.size < grey.size / 2:
        light = not light
    return grey * opaque + (1 - opaque) * float(light)


def _luminance(colours: NDArray[np.float32]) -> Grey:
    grey: Grey = colours @ LUMINANCE
    return grey


def _upright(grey: Grey, orientation: int) -> Grey:
    """The picture turned and mirrored as its tag has it (Exif 2.32, Orientation)."""
    if orientation in (5, 6, 7, 8):
        grey = grey.T
    if orientation in (2, 3, 6, 7):
        grey = grey[:, ::-1]
    if orientation in (3, 4, 7, 8):
        grey = grey[::-1]
    return grey


def _block_means(values: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Each square of ``factor`` pixels as its mean: (H, W, n) made smaller; what is left at the end is dropped."""
    factor = min(factor, *values.shape[:2])
    height, width = (length // factor for length in values.shape[:2])
    cut = values[: height * factor, : width * factor]
    means: NDArray[np.float32] = cut.reshape(height, factor, width, factor, -1).mean(axis=(1, 3), dtype=np.float32)
    return means
