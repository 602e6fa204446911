"""A network as a torch module, with every intermediate output at hand by node id."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.network.check import NodeReport, Report
from cnnviz.network.graph import Network
from cnnviz.network.layers import (
    Add,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Input,
    Layer,
    MaxPool2d,
    Output,
    ReLU,
)
from cnnviz.training.rewrite import Plan, as_drawn, pool_first

_global_generator = threading.Lock()
"""torch initializes weights from one generator for all threads; whoever seeds it holds this."""


class Normalize(nn.Module):
    """Input: ``(x - mean) / std`` for each channel; x is float (N, C, H, W) in [0, 1]."""

    mean: Tensor
    std: Tensor

    def __init__(self, layer: Input) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(layer.mean).reshape(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(layer.std).reshape(-1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class SeededDropout(nn.Module):
    """Inverted dropout whose masks come from a generator of its own, so that nothing else can change their sequence."""

    def __init__(self, p: float, seed: int) -> None:
        super().__init__()
        self.p, self.seed = p, seed
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        if self.generator is None or self.generator.device != x.device:
            self.generator = torch.Generator(x.device).manual_seed(self.seed)
        mask = torch.empty_like(x).bernoulli_(1 - self.p, generator=self.generator)
        return x * mask.div_(1 - self.p)


class Sum(nn.Module):
    """Add: the sum of all inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        total = inputs[0]
        for one in inputs[1:]:
            total = total + one
        return total


class Concatenation(nn.Module):
    """Concat: all inputs along the channels."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, dim=1)


def _conv2d(layer: Any, inputs: NodeReport, _: int) -> nn.Module:
    shape = inputs.inputs[0]
    assert isinstance(layer, Conv2d) and shape is not None
    return nn.Conv2d(
        shape[0],
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        layer.groups,
        layer.bias,
    )


def _dense(layer: Any, inputs: NodeReport, _: int) -> nn.Module:
    shape = inputs.inputs[0]
    assert isinstance(layer, Dense) and shape is not None
    return nn.Linear(shape[0], layer.out_features, layer.bias)


def _batch_norm(layer: Any, inputs: NodeReport, _: int) -> nn.Module:
    shape = inputs.inputs[0]
    assert isinstance(layer, BatchNorm2d) and shape is not None
    return nn.BatchNorm2d(shape[0], layer.eps, layer.momentum, layer.affine)


BUILDERS: Mapping[type[Layer], Callable[[Any, NodeReport, int], nn.Module]] = MappingProxyType(
    {
        Input: lambda layer, _, __: Normalize(layer),
        Output: lambda _, __, ___: nn.Identity(),
        Conv2d: _conv2d,
        MaxPool2d: lambda layer, _, __: nn.MaxPool2d(
            layer.kernel_size, layer.stride, layer.padding, ceil_mode=layer.ceil_mode
        ),
        AvgPool2d: lambda layer, _, __: nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode),
        Flatten: lambda _, __, ___: nn.Flatten(),
        Dense: _dense,
        ReLU: lambda _, __, ___: nn.ReLU(),
        Dropout: lambda layer, _, seed: SeededDropout(layer.p, seed),
        BatchNorm2d: _batch_norm,
        Add: lambda _, __, ___: Sum(),
        Concat: lambda _, __, ___: Concatenation(),
    }
)
"""Layer kind -> a function of the layer, the report of its node and its seed that makes the torch module."""


class CompiledNetwork(nn.Module):
    """The nodes between Input and Output as submodules named by their ids, run in the order of the graph."""

    def __init__(self, network: Network, report: Report, seed: int | None) -> None:
        """With ``seed`` None torch's global generator is left alone: the weights will be given."""
        super().__init__()
        self.network = network
        for name in report.used:
            layer = network[name]
            node_seed = seed_of(seed or 0, name)
            if seed is not None:
                torch.manual_seed(node_seed)
            # straight into the table: add_module refuses ids that are also attributes of a module, such as "train"
            self._modules[name] = BUILDERS[type(layer)](layer, report.nodes[name], node_seed)
        self._drawn = as_drawn(network, report.used)
        self._quick = pool_first(network, report.used)

    def forward(self, x: Tensor, wanted: Collection[str] = ()) -> tuple[Tensor, dict[str, Tensor]]:
        """Logits (N, classes) for images x, float (N, C, H, W) in [0, 1]; and the outputs of the ``wanted`` nodes."""
        seen: dict[str, Tensor] = {}
        return self._run(self._drawn, x, wanted, seen), seen

    def logits(self, x: Tensor) -> Tensor:
        """The same logits and gradients to the bit, by the plan that needs less work; see :func:`pool_first`."""
        return self._run(self._quick, x, (), {})

    def _run(self, plan: Plan, x: Tensor, wanted: Collection[str], seen: dict[str, Tensor]) -> Tensor:
        modules: Mapping[str, Any] = self._modules
        values: dict[str, Tensor] = {}
        for step in plan.steps:
            sources = [values[source] for source in step.sources] or [x]
            for source in step.done:
                del values[source]
            value = values[step.name] = modules[step.name](*sources)
            if step.name in wanted:
                seen[step.name] = value
        return values[plan.result]


def seed_of(seed: int, name: str) -> int:
    """A seed for one node: 63 bits of the SHA-256 of (seed, id), so that a node's weights depend on nothing else."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") >> 1


def build(network: Network, report: Report, seed: int = 0) -> CompiledNetwork:
    """The module of a network without errors, with torch's default initialization, each node seeded by (seed, id)."""
    with _global_generator, torch.random.fork_rng(devices=[]):
        return CompiledNetwork(network, report, seed)


def build_with(network: Network, report: Report, tensors: Mapping[str, Tensor]) -> CompiledNetwork:
    """The module of a network in evaluation mode around these tensors: nothing is initialized, nothing is copied."""
    with torch.device("meta"):
        module = CompiledNetwork(network, report, None)
    module.load_state_dict(dict(tensors), assign=True)
    for name in report.used:
        layer = network[name]
        if isinstance(layer, Input):
            module._modules[name] = Normalize(layer)
    return module.requires_grad_(False).eval()
