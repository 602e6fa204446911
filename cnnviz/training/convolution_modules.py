"""Convolutions for shapes that torch computes wrongly on a CPU, see :mod:`cnnviz.training.computation`.

Each is a torch convolution with the same parameters. On a CPU it computes in float32 whatever the precision of the run,
and returns its output in that precision. On a GPU it is the plain convolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable


class Float32Conv2d(nn.Conv2d):
    """A convolution in float32."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H', W'), both in the dtype of the run."""
        return _in_float32(super().forward, input)


class Float32ConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution in float32."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, C, H, W) -> (N, C', H', W'), both in the dtype of the run."""
        return _in_float32(super().forward, input)


class UnfoldedConv2d(nn.Conv2d):
    """A convolution in float32 as a product of matrices: each column holds the input values of one window."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H', W'), both in the dtype of the run."""
        return _in_float32(self._product, input) if input.device.type == "cpu" else super().forward(input)

    def _product(self, x: Tensor) -> Tensor:
        kernel, around, gaps = self.kernel_size, self.padding, self.dilation
        assert not isinstance(around, str)
        high, wide = (
            (size + 2 * p - d * (k - 1) - 1) // s + 1
            for size, p, d, k, s in zip(x.shape[2:], around, gaps, kernel, self.stride, strict=True)
        )
        columns = functional.unfold(x, kernel, gaps, around, self.stride)  # (N, C·k·k, H'·W')
        columns = columns.reshape(len(x), self.groups, -1, high * wide)  # (N, g, C/g·k·k, H'·W')
        weight = self.weight.reshape(self.groups, self.out_channels // self.groups, -1)  # (g, C'/g, C/g·k·k)
        output = (weight @ columns).reshape(len(x), self.out_channels, high, wide)
        return output if self.bias is None else output + self.bias.reshape(-1, 1, 1)


class UnfoldedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution in float32 as a product of matrices: each column is added to a window of the output."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, C, H, W) -> (N, C', H', W'), both in the dtype of the run."""
        return _in_float32(self._product, input) if input.device.type == "cpu" else super().forward(input)

    def _product(self, x: Tensor) -> Tensor:
        count, channels, high, wide = x.shape
        groups, kernel, gaps = self.groups, self.kernel_size, self.dilation
        weight = self.weight.reshape(groups, channels // groups, -1).transpose(1, 2)  # (g, C'/g·k·k, C/g)
        columns = weight @ x.reshape(count, groups, channels // groups, high * wide)  # (N, g, C'/g·k·k, H·W)
        lengths = [
            (size - 1) * s + d * (k - 1) + 1
            for size, s, d, k in zip((high, wide), self.stride, gaps, kernel, strict=True)
        ]
        unpadded = functional.fold(columns.flatten(1, 2), (lengths[0], lengths[1]), kernel, gaps, 0, self.stride)
        top, left = (int(length) for length in self.padding)
        more_rows, more_columns = self.output_padding
        output = functional.pad(unpadded, (-left, more_columns - left, -top, more_rows - top))
        return output if self.bias is None else output + self.bias.reshape(-1, 1, 1)


def _in_float32(compute: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    if x.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
        return compute(x)
    with torch.autocast("cpu", enabled=False):
        output = compute(x.float())
    return output.to(torch.get_autocast_dtype("cpu"))
