"""Random changes of training images, a batch at a time and on its device; each image gets random amounts of its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Generator, Tensor

ELASTIC_STEP = 4
"""Distance in pixels between the points at which an elastic distortion draws displacements; between them it
interpolates."""


@dataclass(frozen=True)
class Amounts:
    """The largest changes that may be drawn; 0 switches a change off.

    ``shift`` and ``elastic`` are in pixels, ``rotation`` and ``shear`` in degrees, ``scaling`` and ``erasing`` are
    shares of the image size, ``noise`` is a standard deviation of pixels in [0, 1].
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
        """Whether pixels change their position (noise and erasing change only their values)."""
        return bool(self.shift or self.rotation or self.scaling or self.shear or self.elastic)


@dataclass(frozen=True)
class Part:
    """The images are a part of a larger batch: from index ``first`` on, of ``count`` images.

    Random numbers are drawn for the whole batch, so that its parts change as they would in one piece.
    """

    first: int
    count: int


def augment(images: Tensor, amounts: Amounts, generator: Generator, part: Part | None = None) -> Tensor:
    """Change images randomly: float32 (N, C, H, W) in [0, 1] -> the same shape, dtype, range and device.

    The result depends on the arguments alone; ``generator`` is one of the images' device. Pixels are interpolated
    bilinearly; positions outside the image read 0. Elastic distortion follows Simard, Steinkraus and Platt, "Best
    practices for convolutional neural networks", 2003; its random field is smoothed by cubic interpolation. Erasing
    sets one rectangle of each image to 0.
    """
    draw = _Draw(images, generator, part or Part(0, len(images)))
    if amounts.moves:
        images = _moved(images, amounts, draw)
    if amounts.noise:
        images = images + amounts.noise * draw.normal(images.shape[1:])
        images = images.clamp_(0.0, 1.0)
    if amounts.erasing:
        images = _erased(images, amounts.erasing, draw)
    return images


def examples(images: NDArray[np.uint8], amounts: Amounts, seed: int) -> NDArray[np.uint8]:
    """Change images as :func:`augment` does in training: uint8 (N, C, H, W) in [0, 255] -> the same; imports torch."""
    import torch

    batch = torch.tensor(images).float().div_(255)
    changed = augment(batch, amounts, torch.Generator().manual_seed(seed))
    pixels: NDArray[np.uint8] = changed.mul(255).round_().clamp_(0, 255).to(torch.uint8).numpy()
    return pixels


def _moved(images: Tensor, amounts: Amounts, draw: _Draw) -> Tensor:
    from torch.nn.functional import affine_grid, grid_sample

    count, _, height, width = images.shape
    grid = affine_grid(_matrices(images, amounts, draw), [count, 1, height, width], align_corners=False)
    if amounts.elastic:
        grid = grid + _field(images, amounts.elastic, draw)  # (N, H, W, 2)
    return grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _matrices(images: Tensor, amounts: Amounts, draw: _Draw) -> Tensor:
    """Affine matrices from output to input positions: float32 (N, 2, 3); coordinates in [-1, 1] span the image."""
    import torch

    _, _, height, width = images.shape
    drawn = draw.uniform((5,))  # (5, N): rotation, shear, scaling, shift across, shift down
    angle = drawn[0] * (amounts.rotation * pi / 180)
    slant = torch.tan(drawn[1] * (amounts.shear * pi / 180))
    size = 1 / (1 + drawn[2] * amounts.scaling)
    cosine, sine = angle.cos() * size, angle.sin() * size
    # a rotation keeps lengths in pixels, but both axes span [-1, 1] however long they are
    aspect = height / width
    across = torch.stack([cosine, (cosine * slant - sine) * aspect, drawn[3] * (2 * amounts.shift / width)], dim=1)
    down = torch.stack([sine / aspect, sine * slant + cosine, drawn[4] * (2 * amounts.shift / height)], dim=1)
    return torch.stack([across, down], dim=1)  # (N, 2, 3)


def _field(images: Tensor, pixels: float, draw: _Draw) -> Tensor:
    """Smooth random displacements of at most about ``pixels``: float32 (N, H, W, 2); coordinates in [-1, 1]."""
    from torch.nn.functional import interpolate

    _, _, height, width = images.shape
    coarse = (2, max(2, height // ELASTIC_STEP), max(2, width // ELASTIC_STEP))
    field = interpolate(draw.uniform((), coarse), (height, width), mode="bicubic", align_corners=True)
    # two multiplications by numbers: a tensor of both factors would make a GPU wait for its copy
    # field: (N, 2, H, W)
    field[:, 0].mul_(2 * pixels / width)
    field[:, 1].mul_(2 * pixels / height)
    return field.permute(0, 2, 3, 1)


def _erased(images: Tensor, share: float, draw: _Draw) -> Tensor:
    """Set one rectangle of each image to 0; its height and width are at most ``share`` of the image's."""
    import torch

    _, _, height, width = images.shape
    drawn = draw.uniform((4,), (1,)).add_(1).div_(2)
    inside = []  # for rows and for columns: which of them the rectangle covers
    for length, size, place in ((height, drawn[0], drawn[1]), (width, drawn[2], drawn[3])):
        side = size * (share * length)
        first = place * (length - side)
        at = torch.arange(length, device=images.device) + 0.5
        inside.append((at >= first) & (at < first + side))  # (N, length)
    return images.masked_fill(inside[0][:, None, :, None] & inside[1][:, None, None, :], 0.0)


class _Draw:
    """Draws random numbers for each image, with the dtype and device of ``images``."""

    def __init__(self, images: Tensor, generator: Generator, part: Part) -> None:
        self._images, self._generator, self._part = images, generator, part

    def uniform(self, before: tuple[int, ...], after: tuple[int, ...] = ()) -> Tensor:
        """Numbers in [-1, 1), of shape (*before, N, *after)."""
        drawn = self._images.new_empty((*before, self._part.count, *after))
        return self._own(drawn.uniform_(-1.0, 1.0, generator=self._generator), len(before))

    def normal(self, after: tuple[int, ...]) -> Tensor:
        """Normally distributed numbers of mean 0 and deviation 1, of shape (N, *after)."""
        return self._own(self._images.new_empty((self._part.count, *after)).normal_(generator=self._generator), 0)

    def _own(self, drawn: Tensor, dim: int) -> Tensor:
        return drawn.narrow(dim, self._part.first, len(self._images))
