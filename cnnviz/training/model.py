"""A network as a torch module that can return the output of every node."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn
from torch.func import functional_call

from cnnviz.network.layers import Input
from cnnviz.network.rewrite import Plan, as_drawn, behind_pools, pool_first
from cnnviz.training.modules import BUILDERS, Normalize

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes

_global_generator = threading.Lock()
"""torch initializes weights from one generator for all threads; hold this lock while seeding it."""


class CompiledNetwork(nn.Module):
    """The used nodes of a network, Input and Output included, as submodules named by their ids; run in graph order.

    An id may equal the name of an attribute of a module, such as "train", "training" or "forward". So submodules are
    read from the dict ``_modules``, never as attributes.
    """

    def __init__(self, network: Network, report: Shapes, seed: int | None) -> None:
        """``seed`` None leaves torch's global generator alone: the caller will replace the weights."""
        super().__init__()
        self.network, self.shapes = network, report
        for name in report.used:
            layer = network[name]
            node_seed = seed_of(seed or 0, name)
            if seed is not None:
                # torch.manual_seed also seeds the devices, which keeps a traceback for each that is not in use yet
                torch.default_generator.manual_seed(node_seed)
            # add_module refuses ids that are also attributes
            self._modules[name] = BUILDERS[type(layer)](layer, report.nodes[name], node_seed)
        self.largest_output = max((prod(report.nodes[name].output or (1,)) for name in report.used), default=1)
        """The number of values of the largest output of a node, for one image."""
        self._frozen = tuple(name for name in report.used if network.nodes[name].frozen)
        self._drawn = as_drawn(network, report.used)
        self._quick = pool_first(network, report.used)
        self._behind_pools = behind_pools(network, report.used)
        self.freeze()

    def load(self, tensors: Mapping[str, Tensor], *, assign: bool = False) -> None:
        """Copy ``tensors``; with ``assign`` take them themselves.

        They are named and shaped as in ``state_dict``: float32, batch counters int64. Raises RuntimeError if
        they are not those of the nodes. ``load_state_dict`` would look through all tensors for each node.
        """
        of_nodes: dict[str, dict[str, Tensor]] = {name: {} for name in self._modules}
        for key, tensor in tensors.items():
            name, _, own_key = key.partition(".")
            if name not in of_nodes:
                raise RuntimeError(f"no node has the tensor {key}")
            of_nodes[name][own_key] = tensor
        for name, module in self.named_children():
            module.load_state_dict(of_nodes[name], assign=assign)

    def freeze(self) -> None:
        """Make autograd compute gradients for the parameters of nodes that are not frozen, and for no others."""
        for name, module in self.named_children():
            module.requires_grad_(name not in self._frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Set training or evaluation mode. Frozen nodes stay in evaluation mode: a batch normalization normalizes with
        its running statistics and keeps them."""
        super().train(mode)
        for name in self._frozen:
            module = self._modules[name]
            assert module is not None
            module.eval()
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an ordinary attribute: nn.Module would refuse a value other than a module for a name that is an id."""
        object.__setattr__(self, name, value)

    def forward(
        self, x: Tensor, wanted: Collection[str] = (), tensors: Mapping[str, Tensor] = MappingProxyType({})
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Logits, and the outputs of the ``wanted`` nodes by id.

        ``x``: float32 (N, C, H, W) in [0, 1]. Logits: (N, classes); outputs: (N, C', H', W') or (N, n); both in the
        precision of the run. ``tensors``, named as in ``state_dict``, are used instead of the module's own, which are
        neither read nor changed.
        """
        outputs: dict[str, Tensor] = {}
        return self._run(self._drawn, x, wanted, outputs, self.functions(tensors)), outputs

    def logits(self, x: Tensor) -> Tensor:
        """Logits (N, classes) for images ``x``, float32 (N, C, H, W) in [0, 1], in the precision of the run.

        Logits and gradients have the same bits as with :meth:`forward` but cost less, see :func:`pool_first`.
        """
        return self._run(self._quick, x, (), {}, self._modules)

    def logits_and_output(
        self, x: Tensor, name: str, functions: Mapping[str, Any] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits (N, classes), and the output of one node, (N, C', H', W') or (N, n), for images ``x``, float32
        (N, C, H, W) in [0, 1].

        They have the same bits as with :meth:`forward`, and for most nodes cost less, see :func:`pool_first`.
        ``functions``, by node, are run instead of the modules; the two tensors are as these return them.
        """
        outputs: dict[str, Tensor] = {}
        modules = self._modules if functions is None else functions
        if name in self._behind_pools:
            return self._run(self._drawn, x, (name,), outputs, modules), outputs[name]
        # a pooling drawn after a ReLU runs before it, so the ReLU computes the output drawn at the pooling
        place = next((relu for relu, pool in self._behind_pools.items() if pool == name), name)
        return self._run(self._quick, x, (place,), outputs, modules), outputs[place]

    def readers(self) -> dict[str, list[str]]:
        """The nodes that read the value of each node, in the order in which :meth:`logits` runs them."""
        readers: dict[str, list[str]] = {step.name: [] for step in self._quick.steps}
        for step in self._quick.steps:
            for source in step.sources:
                readers[source].append(step.name)
        return readers

    def output(self, x: Tensor, name: str) -> Tensor:
        """The output of one node, (N, C', H', W') or (N, n), for images ``x``, float32 (N, C, H, W) in [0, 1].

        The nodes after it are not run.
        """
        return self._run(self._drawn.until(name), x, (), {}, self._modules)

    def functions(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Any]:
        """The function of each node; those with an entry in ``tensors`` use it instead of their own tensors.

        ``tensors`` are named and shaped as in ``state_dict``, float32.
        """
        replaced: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            name, _, own = key.partition(".")
            replaced.setdefault(name, {})[own] = tensor
        around = {name: partial(_call, self._modules[name], own) for name, own in replaced.items()}
        return {**self._modules, **around}

    def _run(
        self, plan: Plan, x: Tensor, wanted: Collection[str], outputs: dict[str, Tensor], modules: Mapping[str, Any]
    ) -> Tensor:
        values: dict[str, Tensor] = {}
        for step in plan.steps:
            sources = [values[source] for source in step.sources] or [x]
            for source in step.done:
                del values[source]
            value = values[step.name] = modules[step.name](*sources)
            if step.name in wanted:
                outputs[step.name] = value
        return values[plan.result]


def _call(module: nn.Module | None, tensors: dict[str, Tensor], *inputs: Tensor) -> Any:
    assert module is not None
    return functional_call(module, tensors, inputs)


def seed_of(seed: int, name: str) -> int:
    """The seed of one node: 63 bits of the SHA-256 of (seed, id). So its initial weights depend on nothing else."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") >> 1


def build(network: Network, report: Shapes, seed: int = 0) -> CompiledNetwork:
    """The module of a network without errors, with torch's default initialization, each node seeded by (seed, id)."""
    with _global_generator, torch.random.fork_rng(devices=[]):
        return CompiledNetwork(network, report, seed)


def build_with(network: Network, report: Shapes, tensors: Mapping[str, Tensor]) -> CompiledNetwork:
    """The module of a network with the given ``tensors``, in evaluation mode. They are not copied.

    ``tensors`` are named and shaped as in ``state_dict``: float32 (``conv1.weight`` is (O, I, kH, kW)), batch counters
    int64.
    """
    with torch.device("meta"):
        module = CompiledNetwork(network, report, None)
    module.load(tensors, assign=True)
    for name in report.used:
        layer = network[name]
        if isinstance(layer, Input):
            # its mean and standard deviation are not in state_dict, so they are still on the meta device
            module._modules[name] = Normalize(layer)
    return module.requires_grad_(False).eval()
