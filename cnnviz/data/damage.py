"""Damages an image on purpose, to show which parts of it the answer of a network depends on."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 0
"""Seed of the noise: always the same noise, only its strength changes."""
EDGE_GAP = 1e-6
"""Pixels by which a place stays before the last row or column, so that there is another one after it."""


@dataclass(frozen=True)
class Damage:
    """The kinds of damage to an image, applied in the order of the fields.

    ``scale`` is a factor, ``turn`` in degrees counter-clockwise, both about the middle; ``right`` and ``down`` shift by
    pixels; ``blur`` is the standard deviation of a Gaussian in pixels, ``contrast`` a factor of the distance to the
    mean, ``noise`` the standard deviation of Gaussian noise as a share of the full range. A square with
    sides of ``cover`` pixels and its middle at ``cover_row``, ``cover_column`` (shares of height and width) becomes 0.
    """

    scale: float = 1.0
    turn: float = 0.0
    right: float = 0.0
    down: float = 0.0
    blur: float = 0.0
    contrast: float = 1.0
    noise: float = 0.0
    cover: int = 0
    cover_row: float = 0.5
    cover_column: float = 0.5

    @property
    def moves(self) -> bool:
        """Whether the damage moves pixels."""
        return (self.scale, self.turn, self.right, self.down) != (1.0, 0.0, 0.0, 0.0)

    @property
    def none(self) -> bool:
        """Whether there is no damage."""
        return not (self.moves or self.blur or self.contrast != 1.0 or self.noise or self.cover)


def damaged(image: NDArray[np.uint8], damage: Damage) -> NDArray[np.uint8]:
    """A damaged copy of ``image``, uint8 (C, H, W); ``image`` itself if there is no damage.

    The noise is always the same. Pixels that are moved in from outside the image are 0; the blur continues the image
    with the pixels at its edge. Contrast and noise follow Hendrycks and Dietterich, arXiv:1903.12261.
    """
    if damage.none:
        return image
    values = image.astype(np.float32)
    if damage.moves:
        values = _moved(values, damage)
    if damage.blur:
        values = _blurred(values, damage.blur)
    if damage.contrast != 1.0:
        mean = values.mean(axis=(1, 2), keepdims=True)
        values = mean + damage.contrast * (values - mean)
    if damage.noise:
        drawn = np.random.default_rng(SEED).standard_normal(values.shape, np.float32)
        values = values + 255 * damage.noise * drawn
    result = np.rint(values).clip(0, 255).astype(np.uint8)
    if damage.cover:
        rows, columns = covered(damage, (image.shape[1], image.shape[2]))
        result[:, rows, columns] = 0
    return result


def covered(damage: Damage, size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns that the square covers in an image of this height and width; it lies inside the image."""

    def span(middle: float, length: int) -> slice:
        side = min(damage.cover, length)
        first = max(0, min(length - side, round(middle * length - side / 2)))
        return slice(first, first + side)

    return span(damage.cover_row, size[0]), span(damage.cover_column, size[1])


def _moved(values: NDArray[np.float32], damage: Damage) -> NDArray[np.float32]:
    """The image scaled, turned and shifted; each pixel is interpolated bilinearly where it comes from."""
    _, height, width = values.shape
    angle = damage.turn * pi / 180
    row, column = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = row - (height - 1) / 2 - damage.down, column - (width - 1) / 2 - damage.right
    # the picture is turned counter-clockwise, so it is read clockwise; rows count downwards
    from_x = (cos(angle) * x - sin(angle) * y) / damage.scale + (width - 1) / 2
    from_y = (sin(angle) * x + cos(angle) * y) / damage.scale + (height - 1) / 2
    # places outside the image are moved into a border of zeros, but not onto its last row and column: the
    # interpolation also reads the pixels at left + 1 and top + 1
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)))
    from_x = np.clip(from_x + 1, 0, width + 1 - EDGE_GAP)
    from_y = np.clip(from_y + 1, 0, height + 1 - EDGE_GAP)
    left, top = from_x.astype(np.intp), from_y.astype(np.intp)
    across, down = (from_x - left).astype(np.float32), (from_y - top).astype(np.float32)
    upper = padded[:, top, left] * (1 - across) + padded[:, top, left + 1] * across
    lower = padded[:, top + 1, left] * (1 - across) + padded[:, top + 1, left + 1] * across
    moved: NDArray[np.float32] = upper * (1 - down) + lower * down
    return moved


def _blurred(values: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    # beyond three standard deviations a Gaussian is nearly 0
    reach = ceil(3 * deviation)
    at = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (at / deviation) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (1, 2):
        padded = np.pad(
            values, [(0, 0), *((reach, reach) if axis == other else (0, 0) for other in (1, 2))], mode="edge"
        )
        length = values.shape[axis]
        values = sum(
            (weight * padded.take(range(start, start + length), axis=axis) for start, weight in enumerate(weights)),
            start=np.zeros_like(values),
        )
    return values
