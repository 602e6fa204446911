"""The torch module of each layer kind. Parameters and buffers have the names that ``network.check`` predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.network import layers
from cnnviz.network.report import NodeReport
from cnnviz.training.computation import Computation, computation
from cnnviz.training.convolution_modules import (
    Float32Conv2d,
    Float32ConvTranspose2d,
    UnfoldedConv2d,
    UnfoldedConvTranspose2d,
)
from cnnviz.training.gpu_modules import AdaptiveAveragePool, AdaptiveMaximumPool, AveragePool, ResponseNorm, attended

if TYPE_CHECKING:
    from cnnviz.network.layers import Input, Layer
    from cnnviz.network.shape import Shape
    from cnnviz.training.ranks import Ranks


class Normalize(nn.Module):
    """Input: ``(x - mean) / std`` for each channel. ``mean`` and ``std``: float32 (C, 1, 1), not in the state_dict."""

    mean: Tensor
    std: Tensor

    def __init__(self, layer: Input) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(layer.mean).reshape(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(layer.std).reshape(-1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """float32 (N, C, H, W) in [0, 1] -> float32 (N, C, H, W)."""
        return (x - self.mean) / self.std


class SeededDropout(nn.Module):
    """Inverted dropout with its own random generator, so that nothing else can change the sequence of its masks."""

    def __init__(self, p: float, seed: int) -> None:
        super().__init__()
        self.p, self.seed = p, seed
        self.generator: torch.Generator | None = None
        self.ranks: Ranks | None = None
        """The processes that compute each batch together: they draw one mask, and each uses its part of it."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) or (N, n) -> the same shape and dtype."""
        if not self.training or self.p == 0:
            return x
        if self.generator is None or self.generator.device != x.device:
            self.generator = torch.Generator(x.device).manual_seed(self.seed)
        mask = self._empty(x, len(x) if self.ranks is None else self.ranks.count)
        mask.bernoulli_(1 - self.p, generator=self.generator)
        if self.ranks is not None and len(mask) == self.ranks.count:
            # damaged images may be missing from this part
            mask = mask[self.ranks.part][: len(x)]
        return x * mask.div_(1 - self.p)

    def _empty(self, x: Tensor, count: int) -> Tensor:
        """A tensor for the mask of ``count`` images, in the memory format of ``x``."""
        if count == len(x):
            return torch.empty_like(x)
        last = x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)
        memory_format = torch.channels_last if last else torch.contiguous_format
        return torch.empty((count, *x.shape[1:]), dtype=x.dtype, device=x.device, memory_format=memory_format)


class SeededDropout2d(SeededDropout):
    """Dropout of whole maps: the mask has one value for each map, (N, C, 1, 1)."""

    def _empty(self, x: Tensor, count: int) -> Tensor:
        return x.new_empty(count, x.shape[1], 1, 1)


class SeededStochasticDepth(SeededDropout):
    """Stochastic depth: the mask has one value for each image, (N, 1, 1, 1), or one for the whole batch."""

    def __init__(self, p: float, seed: int, mode: str) -> None:
        super().__init__(p, seed)
        self.mode = mode

    def _empty(self, x: Tensor, count: int) -> Tensor:
        return x.new_empty(count if self.mode == "row" else 1, *(1 for _ in x.shape[1:]))


class Sum(nn.Module):
    """Add: the sum of all inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Tensors of one shape, (N, C, H, W) or (N, n) -> the same shape, in their common dtype."""
        total = inputs[0]
        for value in inputs[1:]:
            total = total + value
        return total


class Product(nn.Module):
    """Multiply: the product of all inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Tensors of one shape, or maps with sides of 1 that are broadcast -> that shape, in their common dtype."""
        product = inputs[0]
        for value in inputs[1:]:
            product = product * value
        return product


class Concatenation(nn.Module):
    """Concat: all inputs along the channels."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Tensors (N, C_i, H, W) or (N, n_i) -> (N, sum of C_i, H, W) or (N, sum of n_i), in their common dtype."""
        return torch.cat(inputs, dim=1)


class ChannelChunk(nn.Module):
    """Chunk: a part of the channels."""

    def __init__(self, chunks: int, index: int) -> None:
        super().__init__()
        self.chunks, self.index = chunks, index

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) or (N, n) -> the same with the channels of the chunk, in the dtype of the input."""
        return x.chunk(self.chunks, dim=1)[self.index]


class ChannelNorm(nn.LayerNorm):
    """LayerNorm2d: layer normalization over the channels at each position."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W), in the dtype of the run."""
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class LearnedScale(nn.Module):
    """LayerScale: each map times a learned factor. ``weight``: float32 (C,)."""

    def __init__(self, channels: int, init_value: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init_value))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape and dtype."""
        return x * self.weight.to(x.dtype).reshape(-1, 1, 1)


class LearnedSlope(nn.PReLU):
    """PReLU for inputs of any precision: autocast does not convert its weight, so this does."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) or (N, n) -> the same shape and dtype."""
        return functional.prelu(input, self.weight.to(input.dtype))


class SelfAttention(nn.Module):
    """MultiheadSelfAttention over the positions of a map, with the parameters of ``torch.nn.MultiheadAttention``."""

    def __init__(self, channels: int, heads: int, bias: bool) -> None:
        super().__init__()
        initialized = nn.MultiheadAttention(channels, heads, bias=bias)
        self.heads = heads
        self.in_proj_weight = initialized.in_proj_weight
        self.in_proj_bias = initialized.in_proj_bias
        self.out_proj = initialized.out_proj

    def forward(self, x: Tensor, attend: Callable[[Tensor, Tensor, Tensor], Tensor] = attended) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W), in the dtype of the run; ``attend`` computes the same as :func:`attended`."""
        batch, channels, height, width = x.shape
        # The tokens of all images are the rows of one matrix. For (N, H·W, C) torch uses one operation if the weights
        # require gradients and another if not, and on some CPUs their last bits differ.
        tokens = x.flatten(2).transpose(1, 2).reshape(-1, channels)  # (N·H·W, C)
        projected = functional.linear(tokens, self.in_proj_weight, self.in_proj_bias)  # (N·H·W, 3·C)
        split = projected.reshape(batch, height * width, 3, self.heads, channels // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # (N, heads, H·W, C / heads) each
        gathered = attend(query, key, value)  # (N, heads, H·W, C / heads)
        mixed: Tensor = self.out_proj(gathered.transpose(1, 2).reshape(-1, channels))  # (N·H·W, C)
        return mixed.reshape(batch, height * width, channels).transpose(1, 2).reshape(batch, channels, height, width)


def _input(node: NodeReport) -> Shape:
    """The shape of the only input of a node."""
    (shape,) = node.inputs
    assert shape is not None
    return shape


CONVOLUTIONS: Mapping[Computation, type[nn.Conv2d]] = MappingProxyType(
    {
        Computation.AS_SET: nn.Conv2d,
        Computation.FLOAT32: Float32Conv2d,
        Computation.UNFOLDED: UnfoldedConv2d,
    }
)
TRANSPOSED: Mapping[Computation, type[nn.ConvTranspose2d]] = MappingProxyType(
    {
        Computation.AS_SET: nn.ConvTranspose2d,
        Computation.FLOAT32: Float32ConvTranspose2d,
        Computation.UNFOLDED: UnfoldedConvTranspose2d,
    }
)


def _conv2d(layer: layers.Conv2d, node: NodeReport, _: int) -> nn.Module:
    return CONVOLUTIONS[computation(layer, node)](
        _input(node)[0],
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        layer.groups,
        layer.bias,
    )


def _conv_transpose2d(layer: layers.ConvTranspose2d, node: NodeReport, _: int) -> nn.Module:
    return TRANSPOSED[computation(layer, node)](
        _input(node)[0],
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.output_padding,
        layer.groups,
        layer.bias,
        layer.dilation,
    )


def _max_pool(layer: layers.MaxPool2d, _: NodeReport, __: int) -> nn.Module:
    return nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding, ceil_mode=layer.ceil_mode)


def _upsample(layer: layers.Upsample, _: NodeReport, __: int) -> nn.Module:
    high, wide = layer.scale_factor
    return nn.Upsample(scale_factor=(float(high), float(wide)), mode=layer.mode)


def _instance_norm(layer: layers.InstanceNorm2d, node: NodeReport, _: int) -> nn.Module:
    return nn.InstanceNorm2d(_input(node)[0], layer.eps, affine=layer.affine)


Builder = Callable[[Any, NodeReport, int], nn.Module]

BUILDERS: Mapping[type[Layer], Builder] = MappingProxyType(
    {
        layers.Input: lambda layer, _, __: Normalize(layer),
        layers.Output: lambda _, __, ___: nn.Identity(),
        layers.Conv2d: _conv2d,
        layers.ConvTranspose2d: _conv_transpose2d,
        layers.MaxPool2d: _max_pool,
        layers.AvgPool2d: lambda layer, _, __: AveragePool(
            layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode
        ),
        layers.AdaptiveMaxPool2d: lambda layer, _, __: AdaptiveMaximumPool(layer.output_size),
        layers.AdaptiveAvgPool2d: lambda layer, _, __: AdaptiveAveragePool(layer.output_size),
        layers.GlobalMaxPool2d: lambda _, __, ___: nn.Sequential(AdaptiveMaximumPool((1, 1)), nn.Flatten()),
        # torch averages whole maps deterministically, also on a GPU
        layers.GlobalAvgPool2d: lambda _, __, ___: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        layers.Dense: lambda layer, node, _: nn.Linear(_input(node)[0], layer.out_features, layer.bias),
        layers.ReLU: lambda _, __, ___: nn.ReLU(),
        layers.ReLU6: lambda _, __, ___: nn.ReLU6(),
        layers.LeakyReLU: lambda layer, _, __: nn.LeakyReLU(layer.negative_slope),
        layers.PReLU: lambda layer, node, _: LearnedSlope(_input(node)[0] if layer.per_channel else 1),
        layers.ELU: lambda layer, _, __: nn.ELU(layer.alpha),
        layers.SELU: lambda _, __, ___: nn.SELU(),
        layers.GELU: lambda layer, _, __: nn.GELU(layer.approximate),
        layers.SiLU: lambda _, __, ___: nn.SiLU(),
        layers.Mish: lambda _, __, ___: nn.Mish(),
        layers.Hardswish: lambda _, __, ___: nn.Hardswish(),
        layers.Sigmoid: lambda _, __, ___: nn.Sigmoid(),
        layers.Hardsigmoid: lambda _, __, ___: nn.Hardsigmoid(),
        layers.Tanh: lambda _, __, ___: nn.Tanh(),
        layers.Softplus: lambda layer, _, __: nn.Softplus(layer.beta, layer.threshold),
        layers.Softmax: lambda _, __, ___: nn.Softmax(dim=1),
        layers.BatchNorm2d: lambda layer, node, _: nn.BatchNorm2d(
            _input(node)[0], layer.eps, layer.momentum, layer.affine
        ),
        layers.BatchNorm1d: lambda layer, node, _: nn.BatchNorm1d(
            _input(node)[0], layer.eps, layer.momentum, layer.affine
        ),
        layers.LayerNorm: lambda layer, node, _: nn.LayerNorm(_input(node), layer.eps, layer.affine),
        layers.LayerNorm2d: lambda layer, node, _: ChannelNorm(_input(node)[0], layer.eps, layer.affine),
        layers.LayerScale: lambda layer, node, _: LearnedScale(_input(node)[0], layer.init_value),
        layers.GroupNorm: lambda layer, node, _: nn.GroupNorm(
            layer.num_groups, _input(node)[0], layer.eps, layer.affine
        ),
        layers.InstanceNorm2d: _instance_norm,
        layers.LocalResponseNorm: lambda layer, _, __: ResponseNorm(layer.size, layer.alpha, layer.beta, layer.k),
        layers.Dropout: lambda layer, _, seed: SeededDropout(layer.p, seed),
        layers.Dropout2d: lambda layer, _, seed: SeededDropout2d(layer.p, seed),
        layers.StochasticDepth: lambda layer, _, seed: SeededStochasticDepth(layer.p, seed, layer.mode),
        layers.MultiheadSelfAttention: lambda layer, node, _: SelfAttention(
            _input(node)[0], layer.num_heads, layer.bias
        ),
        layers.Add: lambda _, __, ___: Sum(),
        layers.Multiply: lambda _, __, ___: Product(),
        layers.Concat: lambda _, __, ___: Concatenation(),
        layers.Chunk: lambda layer, _, __: ChannelChunk(layer.chunks, layer.index),
        layers.ChannelShuffle: lambda layer, _, __: nn.ChannelShuffle(layer.groups),
        layers.Flatten: lambda _, __, ___: nn.Flatten(),
        layers.Reshape: lambda layer, _, __: nn.Sequential(nn.Flatten(), nn.Unflatten(1, layer.shape)),
        layers.Upsample: _upsample,
        layers.ZeroPad2d: lambda layer, _, __: nn.ZeroPad2d(layer.padding),
    }
)
"""For each layer kind the function that makes its torch module, from the layer, the report of its node and its seed."""
