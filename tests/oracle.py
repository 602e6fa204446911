"""Layers as plain torch modules, written without a look at the program's own translation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.network.graph import Network
from cnnviz.network.layers import Layer
from cnnviz.network.problems import Shape

BATCH = 2


def module_of(layer: Layer, inputs: tuple[Shape, ...]) -> nn.Module | None:
    """torch's module for a layer on inputs of these shapes; None where torch has a function instead."""
    one: Any = layer
    size = inputs[0][0] if inputs else 0
    match layer.kind:
        case "Conv2d":
            return nn.Conv2d(
                in_channels=size,
                out_channels=one.out_channels,
                kernel_size=one.kernel_size,
                stride=one.stride,
                padding=one.padding,
                dilation=one.dilation,
                groups=one.groups,
                bias=one.bias,
            )
        case "Dense":
            return nn.Linear(size, one.out_features, bias=one.bias)
        case "BatchNorm2d":
            return nn.BatchNorm2d(size, eps=one.eps, momentum=one.momentum, affine=one.affine)
        case "MaxPool2d":
            return nn.MaxPool2d(one.kernel_size, one.stride, one.padding, ceil_mode=one.ceil_mode)
        case "AvgPool2d":
            return nn.AvgPool2d(one.kernel_size, one.stride, one.padding, ceil_mode=one.ceil_mode)
        case "Flatten":
            return nn.Flatten()
        case "ReLU":
            return nn.ReLU()
        case "Dropout":
            return nn.Dropout(one.p)
        case "Output":
            return nn.Identity()
    return None


def run(layer: Layer, module: nn.Module | None, inputs: list[Tensor]) -> Tensor:
    """The output of a layer in evaluation mode; raises what torch raises."""
    one: Any = layer
    match layer.kind:
        case "Input":
            mean, std = (torch.tensor(values).reshape(1, -1, 1, 1) for values in (one.mean, one.std))
            return (inputs[0] - mean) / std
        case "Add":
            return torch.stack(inputs).sum(dim=0)
        case "Concat":
            return torch.cat(inputs, dim=1)
    assert module is not None
    result: Tensor = module.eval()(*inputs)
    return result


def modules_of(network: Network, shapes: dict[str, tuple[Shape, ...]], seed: int = 0) -> dict[str, nn.Module]:
    """A module for every node that has one, randomly initialized."""
    torch.manual_seed(seed)
    made = {name: module_of(network[name], shapes[name]) for name in network.order}
    return {name: module for name, module in made.items() if module is not None}


def run_network(network: Network, modules: dict[str, nn.Module], images: Tensor) -> dict[str, Tensor]:
    """The output of every node."""
    values: dict[str, Tensor] = {}
    for name in network.order:
        inputs = [values[source] for source in network.inputs[name]] or [images]
        values[name] = run(network[name], modules.get(name), inputs)
    return values
