"""Layers that need other kernels on a GPU, because torch's own give wrong or not repeatable results there.

On a CPU all of them are torch's own layers. On a GPU:

- The gradient of an average pool with padding is wrong for images in channels_last: torch 2.11 confuses rows and
  columns of the image with those of the padded image (PyTorch's issue 188344).
- Adaptive pools, local response normalization and attention sum gradients in an order that changes from run to run. A
  repeatable training uses kernels with a fixed order for them.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.device import deterministic


class AveragePool(nn.AvgPool2d):
    """AvgPool2d with correct gradients on GPUs."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H', W'), in the dtype of the input."""
        if input.is_cuda and self.padding != (0, 0):
            return averages_by_map(input, self)
        return super().forward(input)


class AdaptiveAveragePool(nn.AdaptiveAvgPool2d):
    """AdaptiveAvgPool2d; deterministic in a repeatable training."""

    output_size: tuple[int, int]

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H', W'), in the dtype of the input."""
        # for averages of whole maps torch has a kernel that is deterministic
        if _must_repeat(input) and self.output_size != (1, 1):
            return adaptive_averages(input, self.output_size)
        return super().forward(input)


class AdaptiveMaximumPool(nn.AdaptiveMaxPool2d):
    """AdaptiveMaxPool2d; deterministic in a repeatable training."""

    output_size: tuple[int, int]

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H', W'), in the dtype of the input."""
        if _must_repeat(input):
            return adaptive_maxima(input, self.output_size)
        maxima: Tensor = super().forward(input)
        return maxima


class ResponseNorm(nn.LocalResponseNorm):
    """LocalResponseNorm; deterministic in a repeatable training."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W), in the dtype of the input."""
        if _must_repeat(input):
            # for (N, C, H·W) torch uses a 2d pool, which sums in a fixed order, for (N, C, H, W) a 3d pool
            return super().forward(input.flatten(2)).reshape(input.shape)
        return super().forward(input)


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention; deterministic in a repeatable training.

    All arguments and the result: (N, heads, tokens, channels), in the dtype of the run.
    """
    if _must_repeat(query):
        return attended_in_steps(query, key, value)
    return functional.scaled_dot_product_attention(query, key, value)


def averages_by_map(images: Tensor, pool: nn.AvgPool2d) -> Tensor:
    """The average pool of each map on its own: (N, C, H, W) -> (N, C, H', W'), in the dtype of the images.

    Single maps, (N·C, H, W), cannot be in channels_last, for which torch's gradient is wrong.
    """
    pooled = functional.avg_pool2d(images.flatten(0, 1), pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode)
    return pooled.reshape(*images.shape[:2], *pooled.shape[1:])


def adaptive_averages(images: Tensor, size: tuple[int, int]) -> Tensor:
    """``adaptive_avg_pool2d`` by other operations: (N, C, H, W) -> (N, C, *size), in the dtype of the images.

    It is an ordinary pool if all windows have the same size, else a product with a matrix on each side.
    """
    height, width = images.shape[-2:]
    if not height % size[0] and not width % size[1]:
        return functional.avg_pool2d(images, (height // size[0], width // size[1]))
    return _weights(images, height, size[0]) @ images @ _weights(images, width, size[1]).t()


def adaptive_maxima(images: Tensor, size: tuple[int, int]) -> Tensor:
    """``adaptive_max_pool2d`` as an ordinary pool: (N, C, H, W) -> (N, C, *size), in the dtype of the images.

    Windows that overlap or differ in size are copied side by side; shorter windows repeat their last row or column.
    """
    for dim, count in enumerate(size, start=2):
        length = images.shape[dim]
        if length % count:
            first, end = _windows(images, length, count)
            # not (end - first).max(): its value would have to be waited for on the GPU
            longest = max(-(-(i + 1) * length // count) - i * length // count for i in range(count))
            places = first[:, None] + torch.arange(longest, device=images.device)
            images = images.index_select(dim, torch.minimum(places, end[:, None] - 1).flatten())
    return functional.max_pool2d(images, (images.shape[-2] // size[0], images.shape[-1] // size[1]))


def attended_in_steps(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention as two products and a softmax.

    All arguments and the result: (N, heads, tokens, channels), in the dtype of the run.
    """
    scores = query @ key.transpose(-2, -1) / sqrt(query.shape[-1])  # (N, heads, tokens, tokens)
    return scores.softmax(-1) @ value


def _must_repeat(x: Tensor) -> bool:
    """Whether ``x`` is computed on a GPU in a repeatable training."""
    return x.is_cuda and deterministic()


def _windows(images: Tensor, length: int, count: int) -> tuple[Tensor, Tensor]:
    """The begin and the end of each window of an adaptive pool: int64 (count,) each, on the device of the images."""
    numbers = torch.arange(count, device=images.device)
    return numbers * length // count, ((numbers + 1) * length + count - 1) // count


def _weights(images: Tensor, length: int, count: int) -> Tensor:
    """The matrix (count, length) that maps a row or column of an image to the averages of its windows."""
    first, end = _windows(images, length, count)
    places = torch.arange(length, device=images.device)
    inside = (places >= first[:, None]) & (places < end[:, None])
    return inside.to(images.dtype) / (end - first)[:, None]
