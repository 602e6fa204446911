"""A random convolution or pooling, as training computes it, compared with float64: outputs and all gradients."""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    Layer,
    MaxPool2d,
)
from cnnviz.network.layers.base import Misfit
from cnnviz.network.report import NodeReport
from cnnviz.training.modules import BUILDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.shape import Shape

Format = Literal["float32", "bfloat16"]

MOST_VALUES = 250_000
INSPECTED = "output, looking"
"""The name of the output in inference mode, in which a network is inspected."""
TOLERANCES: Mapping[Format, float] = {"float32": 2.0**-19, "bfloat16": 2.0**-8}
"""Largest errors relative to the sum of the absolute summands; a weight used nowhere must have a gradient of 0."""
SMALL_SIZES = 9, 36, 144, 576
"""Values in usual weights: 3x3 kernels for 1, 4, 16 and 64 pairs of channels."""
SUMS_IN_BFLOAT16 = 4
"""torch adds up transposed convolutions and average pools in bfloat16, so that they are less exact by this factor."""


@dataclass(frozen=True)
class Trial:
    """A layer applied to ``images`` inputs of ``shape`` (C, H, W), channels-last in memory or not."""

    layer: Layer
    shape: Shape
    images: int
    channels_last: bool

    def __str__(self) -> str:
        memory = "channels_last" if self.channels_last else "contiguous"
        return f"{self.layer} over {self.images} × {self.shape}, {memory}"


def draw(number: int) -> Trial:
    """The trial with this number: mostly small maps, relative to which kernel, stride or padding may be large."""
    chance = random.Random(number)
    while True:
        layer, shape = _drawn(chance)
        trial = Trial(layer, shape, chance.choice([1, 2, 3, 16]), chance.random() < 0.75)
        try:
            inference = layer.infer((shape,))
        except Misfit:
            continue
        if trial.images * max(prod(shape), prod(inference.output)) <= MOST_VALUES:
            return trial


def wrong(trial: Trial, number_format: Format, seed: int, *, bare: bool = False) -> dict[str, float]:
    """The tensors that differ from float64 by more than rounding errors, each with its largest error.

    ``bare``: use torch's own module instead of ours.
    """
    torch.manual_seed(seed)
    layer = trial.layer
    node = NodeReport((trial.shape,), layer.infer((trial.shape,)).output)
    module = BUILDERS[type(layer)](layer, node, 0)
    memory = torch.channels_last if trial.channels_last else torch.contiguous_format
    module.to(memory_format=memory)  # type: ignore[call-overload] # missing in torch's types
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn_like(parameter).bfloat16())
    images = _images(trial).contiguous(memory_format=memory).requires_grad_()
    forward = _forward_of_torch(module) if bare else module
    with torch.autocast("cpu", torch.bfloat16, enabled=number_format == "bfloat16"):
        _soil(trial, node)
        with torch.inference_mode():
            inspected = forward(images).clone()
        _soil(trial, node)
        output = forward(images)
    upstream = torch.randn(output.shape).bfloat16().to(output.dtype).contiguous(memory_format=memory)
    _soil(trial, node)
    output.backward(upstream)
    computed = {INSPECTED: inspected, **_tensors(module, images, output)}
    exact = _reference(layer, node, module, images, upstream, absolute=False)
    sums = _reference(layer, node, module, images, upstream, absolute=True)
    for tensors in (exact, sums):
        tensors[INSPECTED] = tensors["output"]
    share = TOLERANCES[number_format]
    if number_format == "bfloat16" and isinstance(layer, ConvTranspose2d | AvgPool2d | AdaptiveAvgPool2d):
        share *= SUMS_IN_BFLOAT16
    errors: dict[str, float] = {}
    for name, value in computed.items():
        error = (value.detach().double() - exact[name]).abs()
        if not (error <= share * (sums[name] + exact[name].abs())).all():
            errors[name] = float(error.nan_to_num(torch.inf).max())
    return errors


def _drawn(chance: random.Random) -> tuple[Layer, Shape]:
    def pair(least: int, most: int) -> tuple[int, int]:
        return chance.randint(least, most), chance.randint(least, most)

    square, small = chance.random() < 0.5, chance.random() < 0.6
    sizes = [1, 1, 2, 3, 4] if small else [1, 2, 3, 4, 5, 7, 8, 9, 14, 16]
    height = chance.choice(sizes)
    width = height if square and chance.random() < 0.7 else chance.choice(sizes)
    kernel = (chance.choice([1, 1, 2, 3, 3, 5, 7]),) * 2 if square else pair(1, 5)
    stride = (chance.choice([1, 1, 2, 3]),) * 2 if square else pair(1, 3)
    groups = chance.choice([1, 1, 1, 2, 4])
    in_channels, out_channels = groups * chance.choice([1, 1, 2, 3, 4, 8, 16]), groups * chance.choice([1, 2, 4, 8, 16])
    shape = (in_channels, height, width)
    kind = chance.random()
    if kind < 0.2:
        return _pool(chance, kernel, stride), shape
    padding = (chance.choice([0, kernel[0] // 2, kernel[0] // 2, 1, 2]),) * 2 if square else pair(0, 4)
    dilation = pair(1, 3) if not square and chance.random() < 0.4 else (1, 1)
    biased = chance.random() < 0.5
    if kind < 0.75:
        same_or_padding: Any = "same" if stride == (1, 1) and chance.random() < 0.2 else padding
        return Conv2d(out_channels, kernel, stride, same_or_padding, dilation, groups, biased), shape
    output_padding = tuple(chance.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    return ConvTranspose2d(out_channels, kernel, stride, padding, output_padding, dilation, groups, biased), shape  # type: ignore[arg-type]


def _pool(chance: random.Random, kernel: tuple[int, int], stride: tuple[int, int]) -> Layer:
    size = chance.randint(1, 5), chance.randint(1, 5)
    border = chance.randint(0, kernel[0] // 2), chance.randint(0, kernel[1] // 2)
    ceil = chance.random() < 0.3
    drawn: list[Layer] = [
        MaxPool2d(kernel, stride, border, ceil),
        AvgPool2d(kernel, stride, border, ceil),
        AdaptiveMaxPool2d(size),
        AdaptiveAvgPool2d(size),
    ]
    return chance.choice(drawn)


def _images(trial: Trial) -> Tensor:
    """Input images with values exact in bfloat16; for a pooling all values of a map differ, so that maxima are
    unique."""
    channels, height, width = trial.shape
    if isinstance(trial.layer, Conv2d | ConvTranspose2d):
        return torch.randn(trial.images, *trial.shape).bfloat16().float()
    maps = [torch.randperm(height * width) for _ in range(trial.images * channels)]
    return torch.stack(maps).reshape(trial.images, *trial.shape).float() - height * width // 2


def _forward_of_torch(module: nn.Module) -> Any:
    """The forward of torch for a convolution, which our module overrides; the module itself for any other."""
    for kind in (nn.Conv2d, nn.ConvTranspose2d):
        if isinstance(module, kind):
            return lambda images: kind.forward(module, images)  # type: ignore[arg-type]
    return module


def _tensors(module: nn.Module, images: Tensor, output: Tensor) -> dict[str, Tensor]:
    gradients = {f"gradient of {name}": parameter.grad for name, parameter in module.named_parameters()}
    tensors = {"output": output, "gradient of input": images.grad, **gradients}
    return {name: tensor.detach() for name, tensor in tensors.items() if tensor is not None}


def _reference(
    layer: Layer, node: NodeReport, module: nn.Module, images: Tensor, upstream: Tensor, *, absolute: bool
) -> dict[str, Tensor]:
    """The tensors in float64; ``absolute``: of absolute values, which gives the sums of absolute summands."""
    exact = BUILDERS[type(layer)](layer, node, 0).double()
    x, g = images.detach().double().contiguous(), upstream.detach().double().contiguous()
    if absolute:
        # the position of a window's maximum must not change
        x = x if isinstance(layer, MaxPool2d | AdaptiveMaxPool2d) else x.abs()
        g = g.abs()
    x.requires_grad_()
    with torch.no_grad():
        for exact_parameter, parameter in zip(exact.parameters(), module.parameters(), strict=True):
            exact_parameter.copy_(parameter.abs() if absolute else parameter)
    output = _forward_of_torch(exact)(x)
    output.backward(g)
    return {name: tensor.abs() if absolute else tensor for name, tensor in _tensors(exact, x, output).items()}


def _soil(trial: Trial, node: NodeReport) -> None:
    """Fill memory that the next tensors will probably use with NaN, so that values never written become visible."""
    counts = [trial.images * prod(trial.shape), trial.images * prod(node.output or ()), *SMALL_SIZES]
    for count in counts:
        for kind in (torch.float32, torch.bfloat16):
            torch.full((count,), torch.nan, dtype=kind)
