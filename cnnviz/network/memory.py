"""What training a network takes of the memory, told from its report alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from cnnviz.network.layers import AdaptiveMaxPool2d, GlobalMaxPool2d, Input, MaxPool2d
from cnnviz.network.rewrite import behind_pools

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Facts, Shapes

FLOAT = 4
"""Bytes of a number: weights and their gradients are float32 whatever the precision of the run."""


COPIES = 3
"""Of all weights: the best ones on validation, and those that are looked at, of which a newer one is made before the
older one goes."""
MAXIMA = (MaxPool2d, AdaptiveMaxPool2d, GlobalMaxPool2d)
"""The layers that keep where each maximum was."""
PLACE = 2
"""A place is an int64: so many values."""
ATTENTION = 5
"""So many more tensors of the size of its output are kept for the gradients of an attention layer."""
HALF = 0.55
"""What activations take in bfloat16 of what they take in float32: a few operations stay in float32."""
LIBRARIES = 20_000_000
"""What torch's libraries take once they compute: kernels that are compiled for these sizes, scratch memory."""
SPARE = 1.3
"""What is measured lies within this factor of what is told; see ``tests/memory_of_training.py``."""


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes at the peak of a training: what is learned, its gradients, what the optimizer remembers, activations,
    copies of the weights, and libraries.

    ``activations`` counts, for a whole batch, the output of each layer as if each were kept until the step is done, in
    the order of :func:`cnnviz.network.rewrite.pool_first`; where each maximum of a pool was; and the gradients of what
    comes into one layer and of what leaves it, where both are largest. Not all outputs are kept, but the allocator can
    seldom use again what became free between those that are: measured on processors, both make up for each other.
    """

    parameters: int
    gradients: int
    optimizer: int
    activations: int
    copies: int = 0
    libraries: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.activations

    @property
    def step(self) -> int:
        """What the steps of a training need where nobody looks and nothing is evaluated."""
        return self.parameters + self.gradients + self.optimizer + self.activations

    @property
    def needed(self) -> int:
        """So much must be free: what is taken is not known better than by :data:`SPARE`."""
        return round(SPARE * self.total)

    @property
    def weights(self) -> int:
        """What does not depend on the batch size."""
        return self.parameters + self.gradients + self.optimizer + self.copies + self.libraries

    def fitting(self, batch_size: int, available: int) -> int:
        """The largest power of two that fits as a batch size; 0 where none does."""
        image = max(1, self.activations // batch_size)
        # the inverse of needed, which is rounded
        fits = (int((available + 0.5) / SPARE) - self.weights) // image
        return 1 << (fits.bit_length() - 1) if fits >= 1 else 0


def training_memory(report: Shapes, facts: Facts) -> TrainingMemory:
    """What the nodes that take part need at the batch size, with the optimizer and in the precision of ``facts``."""
    parameters = FLOAT * report.parameters
    used = [report.nodes[name] for name in report.used]
    network = None if report.inferred_for is None else report.inferred_for[0]
    moved = {} if network is None else behind_pools(network, report.used)
    outputs = {name: report.nodes[moved.get(name, name)].value_count for name in report.used}
    pools = () if network is None else (name for kind in MAXIMA for name in network.of_kind(kind))
    places = sum(outputs.get(name, 0) for name in pools)
    attention = sum(node.value_count for node in used if node.family == "attention")
    values = (
        sum(outputs.values()) + _gradients(report, network, outputs, moved) + PLACE * places + ATTENTION * attention
    )
    activations = FLOAT * facts.batch_size * values
    return TrainingMemory(
        parameters,
        parameters,
        facts.state_tensors * parameters,
        round(HALF * activations) if facts.half else activations,
        COPIES * parameters,
        LIBRARIES,
    )


def _gradients(report: Shapes, network: Network | None, outputs: Mapping[str, int], moved: Collection[str]) -> int:
    """The most values that the gradients of what comes into a layer and of what leaves it have together; those that
    are ``moved`` behind a pool read what the pool gives, and images have no gradient."""
    images = frozenset[str]() if network is None else frozenset(network.of_kind(Input))
    most = 0
    for name, own in outputs.items():
        shapes = report.nodes[name].inputs
        if name in moved:
            read = own
        elif network is None:
            read = sum(prod(shape or (0,)) for shape in shapes)
        else:
            sources = zip(network.inputs[name], shapes, strict=True)
            read = sum([prod(shape or (0,)) for source, shape in sources if source not in images])
        most = max(most, own + read)
    return most
