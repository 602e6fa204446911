"""Layers whose kernels for GPUs give wrong or changing bits, computed there by others that do not.

On processors all of them are torch's own. On GPUs:

- The gradient of an average pool with padding is wrong for images in channels_last: torch 2.11 takes rows and columns
  of the image for those of the padded one (PyTorch's issue 188344).
- Adaptive pools, local response normalization and attention add up gradients in an order that changes from run to run.
  A repeatable training takes kernels with a fixed order for them.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.device import deterministic


class AveragePool(nn.AvgPool2d):
    """AvgPool2d with right gradients on GPUs."""

    def forward(self, input: Tensor) -> Tensor:
        if input.is_cuda and self.padding != (0, 0):
            return averages_by_map(input, self)
        return super().forward(input)


class AdaptiveAveragePool(nn.AdaptiveAvgPool2d):
    """AdaptiveAvgPool2d that repeats its bits where it should."""

    output_size: tuple[int, int]

    def forward(self, input: Tensor) -> Tensor:
        # the average of whole maps is a sum of its own, which repeats
        if _repeats(input) and self.output_size != (1, 1):
            return adaptive_averages(input, self.output_size)
        return super().forward(input)


class AdaptiveMaximumPool(nn.AdaptiveMaxPool2d):
    """AdaptiveMaxPool2d that repeats its bits where it should."""

    output_size: tuple[int, int]

    def forward(self, input: Tensor) -> Tensor:
        if _repeats(input):
            return adaptive_maxima(input, self.output_size)
        maxima: Tensor = super().forward(input)
        return maxima


class ResponseNorm(nn.LocalResponseNorm):
    """LocalResponseNorm that repeats its bits where it should."""

    def forward(self, input: Tensor) -> Tensor:
        if _repeats(input):
            # for (N, C, H·W) torch takes a pool of two dimensions, with a fixed order, for (N, C, H, W) one of three
            return super().forward(input.flatten(2)).reshape(input.shape)
        return super().forward(input)


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention of (N, heads, tokens, channels) that repeats its bits where it should."""
    if _repeats(query):
        return attended_in_steps(query, key, value)
    return functional.scaled_dot_product_attention(query, key, value)


def averages_by_map(images: Tensor, pool: nn.AvgPool2d) -> Tensor:
    """The pool of (N, C, H, W) as one of N·C maps, which have no memory format but one."""
    pooled = functional.avg_pool2d(images.flatten(0, 1), pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode)
    return pooled.reshape(*images.shape[:2], *pooled.shape[1:])


def adaptive_averages(images: Tensor, size: tuple[int, int]) -> Tensor:
    """``adaptive_avg_pool2d`` as an ordinary pool, or as products with matrices where the windows are not all alike."""
    height, width = images.shape[-2:]
    if not height % size[0] and not width % size[1]:
        return functional.avg_pool2d(images, (height // size[0], width // size[1]))
    return _weights(images, height, size[0]) @ images @ _weights(images, width, size[1]).t()


def adaptive_maxima(images: Tensor, size: tuple[int, int]) -> Tensor:
    """``adaptive_max_pool2d`` as an ordinary pool: windows that overlap are laid out side by side, and short ones have
    their last row or column again."""
    for dim, count in enumerate(size, start=2):
        length = images.shape[dim]
        if length % count:
            first, end = _windows(images, length, count)
            longest = max(-(-(i + 1) * length // count) - i * length // count for i in range(count))
            places = first[:, None] + torch.arange(longest, device=images.device)
            images = images.index_select(dim, torch.minimum(places, end[:, None] - 1).flatten())
    return functional.max_pool2d(images, (images.shape[-2] // size[0], images.shape[-1] // size[1]))


def attended_in_steps(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention as two products and a softmax."""
    scores = query @ key.transpose(-2, -1) / sqrt(query.shape[-1])
    return scores.softmax(-1) @ value


def _repeats(x: Tensor) -> bool:
    return x.is_cuda and deterministic()


def _windows(images: Tensor, length: int, count: int) -> tuple[Tensor, Tensor]:
    """Where the windows of an adaptive pool begin and end, int64 (count,) on the device of the images."""
    numbers = torch.arange(count, device=images.device)
    return numbers * length // count, ((numbers + 1) * length + count - 1) // count


def _weights(images: Tensor, length: int, count: int) -> Tensor:
    """The matrix (count, length) whose product with a column of an image has the averages of the windows."""
    first, end = _windows(images, length, count)
    places = torch.arange(length, device=images.device)
    inside = (places >= first[:, None]) & (places < end[:, None])
    return inside.to(images.dtype) / (end - first)[:, None]
