"""Decodes pictures of any common format into images of a form: uint8 (C, H, W).

The size that a file states is checked before memory is allocated. Only the listed formats are tried, because Pillow
starts programs for some others.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from cnnviz.data.pictures import FORMATS, MOST_PIXELS, ORIENTATION
from cnnviz.data.sources.source import Trouble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.data.sources.source import Form

MOST_BYTES = 2**28
"""A larger file is not read."""
FREE_BYTES = 2**24
"""Decoded pictures up to this size are not compared with the size of their file."""
GREATEST_RATIO = 4000
"""Larger decoded pictures have at most so many bytes for each byte of the file; a larger claim is a lie."""
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
GREY = ("1", "L", "LA", "La", *_DEEP)
"""Pillow's modes of pictures without colours."""
_BANDS = 4
"""The most bytes of a pixel."""
_ON_SIDE = (5, 6, 7, 8)
"""Values of the EXIF tag for the orientation of pictures that are stored turned by a quarter."""
_FROM_16_BITS = 257
"""65535 divided by this is 255."""
_LEAST_SPAN = 1e-30
"""Instead of a range of 0, so that nothing is divided by 0."""


class PictureTrouble(Exception):
    """A picture that is left out."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def decoded(content: bytes, form: Form) -> NDArray[np.uint8]:
    """The first frame of a picture, upright, in a form: uint8 (C, H, W); raises :class:`PictureTrouble`."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of damaged metadata, which do not matter here
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = _opened(content)
            side = 2 * max(form.height, form.width)
            image.draft("L" if form.channels == 1 else "RGB", (side, side))
            upright = ImageOps.exif_transpose(image)
            return of_picture(upright, form)
    except PictureTrouble:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTrouble(Trouble.TOO_LARGE) from error
    except Exception as error:
        # damaged files make readers fail in many ways, and none of them concerns the program
        raise PictureTrouble(Trouble.UNREADABLE) from error


def header(content: bytes) -> tuple[int, int, bool] | None:
    """Height, width and whether it has colours, of a picture of which this is the beginning; None if unknown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            turned = image.getexif().get(ORIENTATION, 1) in _ON_SIDE
            width, height = reversed(image.size) if turned else image.size
            return height, width, image.mode not in GREY
    except Exception:  # noqa: BLE001 - as above
        return None


def of_picture(image: Image.Image, form: Form) -> NDArray[np.uint8]:
    """A picture in a form: uint8 (C, H, W)."""
    scaled = _scaled(_plain(image, form), form)
    values: NDArray[np.uint8] = np.asarray(scaled, np.uint8)
    return values[None] if form.channels == 1 else np.ascontiguousarray(values.transpose(2, 0, 1))


def of_values(values: NDArray[Any], form: Form) -> NDArray[np.uint8]:
    """An image of bytes, uint8 (H, W) or (H, W, 3), in a form: uint8 (C, H, W)."""
    return of_picture(Image.fromarray(np.ascontiguousarray(values)), form)


def _opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    pixels = image.width * image.height
    if pixels > MOST_PIXELS:
        raise PictureTrouble(Trouble.TOO_LARGE)
    if _BANDS * pixels > max(FREE_BYTES, GREATEST_RATIO * len(content)):
        raise PictureTrouble(Trouble.UNREADABLE)
    return image


def _plain(image: Image.Image, form: Form) -> Image.Image:
    """The picture as 8 bits of grey or of red, green and blue, on a white ground where it is transparent."""
    mode = "L" if form.channels == 1 else "RGB"
    if image.mode in _DEEP:
        image = Image.fromarray(_bytes(np.asarray(image)))
    elif "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        colours = image.convert("RGBA")
        ground = Image.new("RGBA", colours.size, (255, 255, 255, 255))
        image = Image.alpha_composite(ground, colours)
    return image if image.mode == mode else image.convert(mode)


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, (H, W), as uint8 (H, W).

    Numbers of 16 bits, and other whole numbers up to 65,535, are divided by 257; but whole numbers of another type that
    are all at most 255 stay as they are. The range of other numbers is not known: it is taken from the values.
    """
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    if values.dtype == np.uint16 or (values.dtype.kind in "iu" and low >= 0 and 255 < high <= 65535):
        return (values // _FROM_16_BITS).astype(np.uint8)
    if values.dtype.kind in "iu" and low >= 0 and high <= 255:
        return values.astype(np.uint8)
    span = max(float(high) - min(float(low), 0.0), _LEAST_SPAN)
    return ((values - min(float(low), 0.0)) * (255 / span)).round().astype(np.uint8)


def _scaled(image: Image.Image, form: Form) -> Image.Image:
    size = form.width, form.height
    if image.size == size:
        return image
    bilinear = Image.Resampling.BILINEAR
    if form.fit == "stretch":
        return image.resize(size, bilinear, reducing_gap=2.0)
    across, down = form.width / image.width, form.height / image.height
    if form.fit == "crop":
        scale = max(across, down)
        width, height = form.width / scale, form.height / scale
        left, top = (image.width - width) / 2, (image.height - height) / 2
        box = (max(0.0, left), max(0.0, top), min(image.width, left + width), min(image.height, top + height))
        return image.resize(size, bilinear, box, reducing_gap=2.0)
    scale = min(across, down)
    inner = (
        min(form.width, max(1, round(image.width * scale))),
        min(form.height, max(1, round(image.height * scale))),
    )
    ground = Image.new(image.mode, size)
    small = image.resize(inner, bilinear, reducing_gap=2.0)
    ground.paste(small, ((form.width - inner[0]) // 2, (form.height - inner[1]) // 2))
    return ground
