"""The changes of weights and maps since another moment: the start of the run, or a moment that the user held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cnnviz.inspection.answers.kernels import Kernels
from cnnviz.inspection.answers.maps import Maps
from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import NodeQuestion
from cnnviz.network.pairing import pairing
from cnnviz.training.changes import changed_nodes

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.graph import Network


@dataclass(frozen=True)
class KernelChangeOf(NodeQuestion[Kernels]):
    """Asks by how much the weights of a node have changed since the moment ``since``."""

    node: str
    since: Moment
    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """The layer must have had weights of the same shape."""
        weights, before = moment.tensors.get(f"{self.node}.weight"), self._weights_before(moment.network)
        return weights is not None and weights.dim() > 1 and before is not None and before.shape == weights.shape

    def _weights_before(self, network: Network) -> Tensor | None:
        """The weights at that moment of the node that has this id in ``network``; None without such a node."""
        node = pairing(self.since.network, network).get(self.node)
        return None if node is None else self.since.tensors.get(f"{node}.weight")


@dataclass(frozen=True)
class MapChangeOf(NodeQuestion[Maps]):
    """Asks for the output of a node minus what it would give for the sample with the weights of ``since``."""

    node: str
    since: Moment

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node,)

    def possible(self, moment: Moment) -> bool:
        """The node and all before it must have been there, the same layers with the same inputs."""
        if self.node not in moment.shapes.taking_part:
            return False
        network = moment.network
        if network is self.since.network:
            return True
        return not changed_nodes(self.since.network, network) & {self.node, *network.ancestors(self.node)}


def kernel_change(look: Look, question: KernelChangeOf) -> Kernels:
    """Answer the question: the differences, on a scale of their own."""
    network, node = look.moment.network, question.node
    before = question._weights_before(network)
    assert before is not None
    change = as_array(look.moment.tensors[f"{node}.weight"] - before)
    limit, full = look.scales.limits(_kind("weights", question.since), node, change)
    return Kernels(change, None, limit, network.inputs[node][0], full)


def map_change(look: Look, question: MapChangeOf) -> Maps:
    """Answer the question: the differences, on a scale of their own. It takes another forward pass."""
    node, since = question.node, question.since
    # nodes that are not before this one may have other shapes by now; their outputs are not needed
    needed = {node, *look.moment.network.ancestors(node)}
    names = {old: new for new, old in pairing(since.network, look.moment.network).items() if new in needed}
    before = {}
    for key, tensor in since.tensors.items():
        name, _, field = key.partition(".")
        if name in names:
            before[f"{names[name]}.{field}"] = tensor
    _, outputs = look.module(look.pixels, (node,), before)
    change = np.subtract(look.outputs[node], as_array(outputs[node][0]))
    change.flags.writeable = False
    limit, full = look.scales.limits(_kind("maps", since), node, change)
    zeros = np.count_nonzero(change == 0) / max(1, change.size)
    return Maps(change, tuple(range(len(change))), len(change), True, limit, zeros=zeros, full=full)


def _kind(what: str, since: Moment) -> str:
    """Which scale the differences have."""
    return f"{what} since {since.run}/{since.step}"
