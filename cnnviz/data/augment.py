"""Images changed by chance, a batch at a time and on its device: every image of a batch draws amounts of its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Generator, Tensor

ELASTIC_STEP = 4
"""Pixels between the points whose displacements an elastic distortion draws; between them it is smooth."""


@dataclass(frozen=True)
class Amounts:
    """The largest changes drawn; 0 is none.

    ``shift`` and ``elastic`` in pixels, ``rotation`` and ``shear`` in degrees, ``scaling`` and ``erasing`` as shares of
    the size, ``noise`` as a standard deviation of pixels in [0, 1].
    """

    shift: float = 0.0
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    noise: float = 0.0
    erasing: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether pixels change their places."""
        return bool(self.shift or self.rotation or self.scaling or self.shear or self.elastic)


def augment(images: Tensor, amounts: Amounts, generator: Generator) -> Tensor:
    """Images float32 (N, C, H, W) in [0, 1], changed: the same shape, range and device.

    The result is a function of the arguments; ``generator`` belongs to the device of the images. Places are
    interpolated linearly, and what comes from outside the image is 0. Elastic distortion follows Simard, Steinkraus and
    Platt, "Best practices for convolutional neural networks", 2003, with a random field that is smooth by cubic
    interpolation; erasing sets one rectangle of an image to 0.
    """
    if amounts.moves:
        images = _moved(images, amounts, generator)
    if amounts.noise:
        images = images + amounts.noise * images.new_empty(images.shape).normal_(generator=generator)
        images = images.clamp_(0.0, 1.0)
    if amounts.erasing:
        images = _erased(images, amounts.erasing, generator)
    return images


def examples(images: NDArray[np.uint8], amounts: Amounts, seed: int) -> NDArray[np.uint8]:
    """Images uint8 (N, C, H, W) as :func:`augment` changes them in a training, as bytes again; imports torch."""
    import torch

    batch = torch.tensor(images).float().div_(255)
    changed = augment(batch, amounts, torch.Generator().manual_seed(seed))
    pixels: NDArray[np.uint8] = changed.mul(255).round_().clamp_(0, 255).to(torch.uint8).numpy()
    return pixels


def _moved(images: Tensor, amounts: Amounts, generator: Generator) -> Tensor:
    from torch.nn.functional import affine_grid, grid_sample

    count, _, height, width = images.shape
    grid = affine_grid(_matrices(images, amounts, generator), [count, 1, height, width], align_corners=False)
    if amounts.elastic:
        grid = grid + _field(images, amounts.elastic, generator)  # (N, H, W, 2)
    return grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _matrices(images: Tensor, amounts: Amounts, generator: Generator) -> Tensor:
    """Where each place of the output is read from, (N, 2, 3) in coordinates in which the image spans [-1, 1]."""
    import torch

    count, _, height, width = images.shape
    drawn = _uniform(images, (5, count), generator)
    angle = drawn[0] * (amounts.rotation * pi / 180)
    slant = torch.tan(drawn[1] * (amounts.shear * pi / 180))
    size = 1 / (1 + drawn[2] * amounts.scaling)
    cosine, sine = angle.cos() * size, angle.sin() * size
    # the axes of a wide image are longer than those of a high one, and a rotation keeps lengths
    aspect = height / width
    across = torch.stack([cosine, (cosine * slant - sine) * aspect, drawn[3] * (2 * amounts.shift / width)], dim=1)
    down = torch.stack([sine / aspect, sine * slant + cosine, drawn[4] * (2 * amounts.shift / height)], dim=1)
    return torch.stack([across, down], dim=1)


def _field(images: Tensor, pixels: float, generator: Generator) -> Tensor:
    """A smooth random displacement of at most about ``pixels``, (N, H, W, 2) in coordinates of [-1, 1]."""
    from torch.nn.functional import interpolate

    count, _, height, width = images.shape
    coarse = (count, 2, max(2, height // ELASTIC_STEP), max(2, width // ELASTIC_STEP))
    field = interpolate(_uniform(images, coarse, generator), (height, width), mode="bicubic", align_corners=True)
    # a tensor of both factors would have to be waited for on a GPU
    field[:, 0].mul_(2 * pixels / width)
    field[:, 1].mul_(2 * pixels / height)
    return field.permute(0, 2, 3, 1)


def _erased(images: Tensor, share: float, generator: Generator) -> Tensor:
    import torch

    count, _, height, width = images.shape
    drawn = _uniform(images, (4, count, 1), generator).add_(1).div_(2)
    inside = []
    for length, size, place in ((height, drawn[0], drawn[1]), (width, drawn[2], drawn[3])):
        side = size * (share * length)
        first = place * (length - side)
        at = torch.arange(length, device=images.device) + 0.5
        inside.append((at >= first) & (at < first + side))  # (N, length)
    return images.masked_fill(inside[0][:, None, :, None] & inside[1][:, None, None, :], 0.0)


def _uniform(images: Tensor, shape: tuple[int, ...], generator: Generator) -> Tensor:
    return images.new_empty(shape).uniform_(-1.0, 1.0, generator=generator)
