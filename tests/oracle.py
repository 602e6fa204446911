"""Layers as plain torch modules, written without a look at the program's own translation."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape

BATCH = 2


class Factors(nn.Module):
    """A learned factor for each map."""

    def __init__(self, channels: int, start: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels).fill_(start))

    def forward(self, maps: Tensor) -> Tensor:
        return torch.einsum("nchw,c->nchw", maps, self.weight)


def module_of(layer: Layer, inputs: tuple[Shape, ...]) -> nn.Module | None:
    """torch's module for a layer on inputs of these shapes; None where torch has a function instead."""
    one: Any = layer
    size = inputs[0][0] if inputs else 0
    match layer.kind:
        case "Conv2d" | "ConvTranspose2d":
            shared = {name: getattr(one, name) for name in ("stride", "padding", "dilation", "groups", "bias")}
            if layer.kind == "Conv2d":
                return nn.Conv2d(size, one.out_channels, one.kernel_size, **shared)
            shared["output_padding"] = one.output_padding
            return nn.ConvTranspose2d(size, one.out_channels, one.kernel_size, **shared)
        case "Dense":
            return nn.Linear(size, one.out_features, bias=one.bias)
        case "BatchNorm2d":
            return nn.BatchNorm2d(size, eps=one.eps, momentum=one.momentum, affine=one.affine)
        case "BatchNorm1d":
            return nn.BatchNorm1d(size, eps=one.eps, momentum=one.momentum, affine=one.affine)
        case "LayerNorm":
            return nn.LayerNorm(inputs[0], eps=one.eps, elementwise_affine=one.affine)
        case "LayerNorm2d":
            return nn.LayerNorm(size, eps=one.eps, elementwise_affine=one.affine)
        case "LayerScale":
            return Factors(size, one.init_value)
        case "ChannelShuffle":
            return nn.ChannelShuffle(one.groups)
        case "GroupNorm":
            return nn.GroupNorm(one.num_groups, size, eps=one.eps, affine=one.affine)
        case "InstanceNorm2d":
            return nn.InstanceNorm2d(size, eps=one.eps, affine=one.affine)
        case "LocalResponseNorm":
            return nn.LocalResponseNorm(one.size, alpha=one.alpha, beta=one.beta, k=one.k)
        case "MaxPool2d":
            return nn.MaxPool2d(one.kernel_size, one.stride, one.padding, ceil_mode=one.ceil_mode)
        case "AvgPool2d":
            return nn.AvgPool2d(one.kernel_size, one.stride, one.padding, ceil_mode=one.ceil_mode)
        case "AdaptiveMaxPool2d":
            return nn.AdaptiveMaxPool2d(one.output_size)
        case "AdaptiveAvgPool2d":
            return nn.AdaptiveAvgPool2d(one.output_size)
        case "MultiheadSelfAttention":
            return nn.MultiheadAttention(size, one.num_heads, bias=one.bias, batch_first=True)
        case "PReLU":
            return nn.PReLU(size if one.per_channel else 1)
        case "LeakyReLU":
            return nn.LeakyReLU(one.negative_slope)
        case "ELU":
            return nn.ELU(one.alpha)
        case "GELU":
            return nn.GELU(approximate=one.approximate)
        case "Softplus":
            return nn.Softplus(one.beta, one.threshold)
        case "Softmax":
            return nn.Softmax(dim=1)
        case "ReLU" | "ReLU6" | "SELU" | "SiLU" | "Mish" | "Hardswish" | "Sigmoid" | "Hardsigmoid" | "Tanh" | "Flatten":
            made: nn.Module = getattr(nn, layer.kind)()
            return made
        case "Dropout" | "Dropout2d" | "StochasticDepth":
            return nn.Dropout(one.p)
        case "ZeroPad2d":
            return nn.ZeroPad2d(one.padding)
        case "Output":
            return nn.Identity()
    return None


def run(layer: Layer, module: nn.Module | None, inputs: list[Tensor]) -> Tensor:
    """The output of a layer; raises what torch raises. Modules are in training mode or not as they were left."""
    one: Any = layer
    match layer.kind:
        case "Input":
            mean, std = (torch.tensor(values).reshape(1, -1, 1, 1) for values in (one.mean, one.std))
            return (inputs[0] - mean) / std
        case "Add":
            return reduce(torch.add, inputs)
        case "Multiply":
            return reduce(torch.mul, inputs)
        case "Concat":
            return torch.cat(inputs, dim=1)
        case "Chunk":
            part: Tensor = torch.chunk(inputs[0], one.chunks, 1)[one.index]
            return part
        case "LayerNorm2d":
            assert module is not None
            normal: Tensor = module(inputs[0].permute(0, 2, 3, 1))
            return normal.permute(0, 3, 1, 2)
        case "GlobalAvgPool2d":
            return inputs[0].mean(dim=(2, 3))
        case "GlobalMaxPool2d":
            return inputs[0].amax(dim=(2, 3))
        case "Reshape":
            return inputs[0].reshape(len(inputs[0]), *one.shape)
        case "Upsample":
            if one.mode == "nearest":
                high, wide = one.scale_factor
                return inputs[0].repeat_interleave(high, 2).repeat_interleave(wide, 3)
            size = [scale * length for scale, length in zip(one.scale_factor, inputs[0].shape[2:], strict=True)]
            return nn.functional.interpolate(inputs[0], size=size, mode="bilinear", align_corners=False)
        case "MultiheadSelfAttention":
            assert module is not None
            batch, channels, height, width = inputs[0].shape
            tokens = inputs[0].permute(0, 2, 3, 1).reshape(batch, height * width, channels)
            mixed: Tensor = module(tokens, tokens, tokens, need_weights=False)[0]
            return mixed.reshape(batch, height, width, channels).permute(0, 3, 1, 2)
    assert module is not None
    result: Tensor = module(*inputs)
    return result


def modules_of(network: Network, shapes: dict[str, tuple[Shape, ...]], seed: int = 0) -> dict[str, nn.Module]:
    """A module in evaluation mode for every node that has one, randomly initialized."""
    torch.manual_seed(seed)
    made = {name: module_of(network[name], shapes[name]) for name in network.order}
    return {name: module.eval() for name, module in made.items() if module is not None}


def run_network(network: Network, modules: dict[str, nn.Module], images: Tensor) -> dict[str, Tensor]:
    """The output of every node."""
    values: dict[str, Tensor] = {}
    for name in network.order:
        inputs = [values[source] for source in network.inputs[name]] or [images]
        values[name] = run(network[name], modules.get(name), inputs)
    return values
