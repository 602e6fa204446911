"""Conversion of a drawing into an image for a network, in the same way as the images of MNIST were made.

LeCun, Cortes and Burges, "The MNIST database of handwritten digits": the box of the ink is scaled to 20x20 pixels, area
by area, keeping its proportions, and placed in 28x28 pixels with its centre of mass in the middle. For images of other
sizes these lengths are scaled.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.network.shape import Shape

BOX, IMAGE = 20, 28
"""Sides of the box of the ink and of the image, in pixels of MNIST."""
ROUNDING = 1e-6


def as_image(sheet: NDArray[np.uint8], shape: Shape) -> NDArray[np.uint8]:
    """A drawing as an image for a network: uint8 of ``shape`` (C, H, W), all channels equal; all 0 without ink.

    ``sheet``: uint8 (h, w) of any size, from 0 for the ground to 255 for full ink. The largest value of the image is
    255.
    """
    channels, height, width = shape
    image = np.zeros((height, width), np.uint8)
    box = ink_box(sheet)
    if box is not None:
        rows, columns = box
        digit, row, column = _placed(sheet[rows, columns], (height, width))
        image[row : row + digit.shape[0], column : column + digit.shape[1]] = np.rint(digit)
    return np.repeat(image[None], channels, axis=0)


def region_on_sheet(
    sheet: NDArray[np.uint8], shape: Shape, region: tuple[int, int, int, int]
) -> tuple[float, float, float, float] | None:
    """The region of the sheet that became ``region`` (top, left, bottom, right) of :func:`as_image`; None without ink.

    ``sheet``: uint8 (H, W). The result, in the same order, may reach beyond the sheet.
    """
    box = ink_box(sheet)
    if box is None:
        return None
    ink = sheet[box]
    size = shape[1], shape[2]
    _, row, column = _placed(ink, size)
    step = max(ink.shape) / box_side(size)
    above, left = (part.start - start * step for part, start in zip(box, (row, column), strict=True))
    return above + region[0] * step, left + region[1] * step, above + region[2] * step, left + region[3] * step


def on_sheet(ink: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Place ink on a sheet: uint8 (h, w) of any size -> uint8 of ``size`` (H, W), scaled as in an image and centred."""
    sheet = np.zeros(size, np.uint8)
    box = ink_box(ink)
    if box is not None:
        digit = np.rint(_scaled(ink[box], box_side(size)))
        row, column = ((whole - part) // 2 for whole, part in zip(size, digit.shape, strict=True))
        sheet[row : row + digit.shape[0], column : column + digit.shape[1]] = digit
    return sheet


def ink_box(sheet: NDArray[np.uint8]) -> tuple[slice, slice] | None:
    """The rows and columns of a sheet, uint8 (h, w), that contain ink; None if there is no ink."""
    rows, columns = np.flatnonzero(sheet.any(axis=1)), np.flatnonzero(sheet.any(axis=0))
    if not rows.size:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def box_side(size: tuple[int, int]) -> int:
    """The longer side of the box of the ink in an image of this height and width, in pixels."""
    return max(1, round(min(size) * BOX / IMAGE))


def _placed(ink: NDArray[np.uint8], size: tuple[int, int]) -> tuple[NDArray[np.float32], int, int]:
    """The ink scaled for an image of this height and width, float32 (h, w), and its first row and column there."""
    digit = _scaled(ink, box_side(size))
    total = digit.sum(dtype=np.float64)
    return digit, _start(digit.sum(axis=1), total, size[0]), _start(digit.sum(axis=0), total, size[1])


def _scaled(ink: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """The ink with ``side`` pixels along its longer side: float32, at most ``side`` in both, the largest value 255.

    Each pixel is the mean of the area that it covers. The areas begin at the upper left corner of the ink, so that ink
    enlarged by a whole factor is scaled back exactly.
    """
    step = max(ink.shape) / side
    down, across = (_weights(length, step) for length in ink.shape)
    scaled: NDArray[np.float32] = down @ ink.astype(np.float32) @ across.T
    scaled *= 255 / scaled.max()
    return scaled


def _weights(length: int, step: float) -> NDArray[np.float32]:
    """The share of each of ``length`` pixels in consecutive areas of length ``step``: float32 (areas, length)."""
    # rounding must not add an area
    count = max(1, ceil(length / step - ROUNDING))
    begin = np.arange(count)[:, None] * step
    pixel = np.arange(length)[None, :]
    overlap = np.minimum(begin + step, pixel + 1) - np.maximum(begin, pixel)
    weights: NDArray[np.float32] = (np.clip(overlap, 0, None) / step).astype(np.float32)
    return weights


def _start(profile: NDArray[np.float32], total: float, length: int) -> int:
    """Where ink begins on an axis of ``length`` pixels: its centre of mass is in the middle unless that would cut ink.

    ``profile``: float32 (n,), the sum of the ink in each row or column; ``total`` is the sum of all.
    """
    centre = float((profile.astype(np.float64) * np.arange(len(profile))).sum() / total)
    return max(0, min(length - len(profile), floor(length / 2 - centre + 0.5)))
