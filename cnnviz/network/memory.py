"""Estimates the memory that training a network needs, from its report alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from cnnviz.network.freezing import learning, trained_parameters
from cnnviz.network.layers import AdaptiveMaxPool2d, GlobalMaxPool2d, Input, MaxPool2d
from cnnviz.network.rewrite import behind_pools

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Facts, Shapes

FLOAT = 4
"""Bytes of a number: weights and their gradients are float32 in any precision of the run."""


COPIES = 3
"""Copies of all weights: the best weights on validation, and two for the observer, which gets a newer copy before the
older one is freed."""
MAXIMA = (MaxPool2d, AdaptiveMaxPool2d, GlobalMaxPool2d)
"""The layers that keep the position of each maximum for the backward pass."""
PLACE = 2
"""The size of a position (int64), in float32 values."""
ATTENTION = 5
"""How many more tensors of the size of its output an attention layer keeps for the backward pass."""
HALF = 0.55
"""Memory of activations in bfloat16, relative to float32; a few operations stay in float32."""
LIBRARIES = 20_000_000
"""Bytes that torch's libraries take while they compute: kernels compiled for the sizes, and scratch memory."""
SPARE = 1.3
"""The measured memory is within this factor of the estimate; see ``tests/memory_of_training.py``."""


@dataclass(frozen=True)
class TrainingMemory:
    """The estimated peak memory of a training, in bytes.

    ``optimizer`` is the state of the optimizer, ``copies`` are copies of the weights. ``activations`` sums up, for a
    whole batch, the outputs of all layers in the order of :func:`cnnviz.network.rewrite.pool_first`, the positions of
    the maxima in pools, and the gradients of the inputs and the output of that layer where these are largest. In truth
    not all outputs are kept until the end of a step; but the allocator can seldom reuse the freed memory between those
    that are. Measured on CPUs, both errors cancel out.
    """

    parameters: int
    gradients: int
    optimizer: int
    activations: int
    copies: int = 0
    libraries: int = 0

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return self.weights + self.activations

    @property
    def step(self) -> int:
        """The memory of the training steps alone, without observer and evaluations."""
        return self.parameters + self.gradients + self.optimizer + self.activations

    @property
    def needed(self) -> int:
        """The memory that should be free: the estimate with a margin of :data:`SPARE`."""
        return round(SPARE * self.total)

    @property
    def weights(self) -> int:
        """The part that does not depend on the batch size."""
        return self.parameters + self.gradients + self.optimizer + self.copies + self.libraries

    def fitting(self, batch_size: int, available: int) -> int:
        """The largest batch size that fits and is a power of two; 0 if none fits."""
        image = max(1, self.activations // batch_size)
        # the inverse of `needed`, which rounds
        fits = (int((available + 0.5) / SPARE) - self.weights) // image
        return 1 << (fits.bit_length() - 1) if fits >= 1 else 0


def training_memory(report: Shapes, facts: Facts) -> TrainingMemory:
    """The memory for training the used nodes, with the batch size, optimizer and precision in ``facts``."""
    parameters = FLOAT * report.parameters
    network = None if report.inferred_for is None else report.inferred_for[0]
    moved = {} if network is None else behind_pools(network, report.used)
    outputs = {name: report.nodes[moved.get(name, name)].value_count for name in report.used}
    pools = () if network is None else (name for kind in MAXIMA for name in network.of_kind(kind))
    with_gradient = report.taking_part
    kept: Set[str] = outputs.keys()
    trained, passing = parameters, 0
    if network is not None and network.frozen:
        with_gradient = learning(network, report)
        trained = FLOAT * trained_parameters(network, report)
        # layers that are trained keep their inputs for the gradients of their weights
        kept = outputs.keys() & with_gradient.union(*(network.inputs[name] for name in with_gradient))
        passing = max([outputs[name] + report.nodes[name].read_count for name in outputs.keys() - kept], default=0)
    places = sum([outputs[name] for name in pools if name in with_gradient])
    attention = sum(
        [report.nodes[name].value_count for name in with_gradient if report.nodes[name].family == "attention"]
    )
    gradients = _gradients(report, network, outputs, moved.keys(), with_gradient)
    values = sum([outputs[name] for name in kept]) + max(gradients, passing) + PLACE * places + ATTENTION * attention
    activations = FLOAT * facts.batch_size * values
    return TrainingMemory(
        parameters,
        trained,
        facts.state_tensors * trained,
        round(HALF * activations) if facts.half else activations,
        COPIES * parameters,
        LIBRARIES,
    )


def layer_steps(network: Network, report: Shapes, facts: Facts) -> Mapping[str, int]:
    """For each used node the :attr:`TrainingMemory.step` of a network of this node alone, in bytes."""
    images = frozenset(network.of_kind(Input))
    steps: dict[str, int] = {}
    for name in report.used:
        node, sources = report.nodes[name], network.inputs[name]
        parameters, own, read = FLOAT * node.parameter_count, node.value_count, node.read_count
        if network.frozen and (not parameters or network.nodes[name].frozen):
            # forward only
            trained, values = 0, own + read
        else:
            if not images.isdisjoint(sources):
                ports = zip(sources, node.inputs, strict=True)
                read = sum([prod(shape or (0,)) for source, shape in ports if source not in images])
            place = PLACE if isinstance(network[name], MAXIMA) else 0
            attention = ATTENTION if node.family == "attention" else 0
            trained, values = parameters, (2 + place + attention) * own + read
        activations = FLOAT * facts.batch_size * values
        kept = round(HALF * activations) if facts.half else activations
        steps[name] = parameters + (1 + facts.state_tensors) * trained + kept
    return steps


def _gradients(
    report: Shapes, network: Network | None, outputs: Mapping[str, int], moved: Set[str], with_gradient: Set[str]
) -> int:
    """The most values that the gradients of inputs and output of one layer have together.

    Layers in ``moved`` are computed after a pool, so their input has the size of its output. Images have no gradient,
    nor have the layers of a frozen beginning of the network: all others are ``with_gradient``.
    """
    read = {name: own if name in moved else report.nodes[name].read_count for name, own in outputs.items()}
    if network is not None:
        for image in network.of_kind(Input):
            for name in {*network.outputs[image]} & outputs.keys() - moved:
                shapes = report.nodes[name].inputs
                ports = zip(network.inputs[name], shapes, strict=True)
                read[name] = sum([prod(shape or (0,)) for source, shape in ports if source != image])
    return max([own + read[name] for name, own in outputs.items() if name in with_gradient], default=0)
