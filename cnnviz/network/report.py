"""What a network is checked against, and what is found: the values of :func:`cnnviz.network.check.check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from cnnviz.network.problems import Problem, Severity, UseDataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.receptive_field import ReceptiveField
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class Facts:
    """What a network is checked against.

    ``image`` and ``classes`` are those of the dataset; ``memory`` is what is free for training, in bytes (None: not
    known, not checked); ``state_tensors`` counts how often the optimizer stores each parameter besides its gradient.
    ``half`` is True where activations are bfloat16 for certain. ``absent`` names the dataset where its images are not
    at hand, so that nothing can be trained with it, and ``instead`` is one whose images are.
    """

    image: Shape
    classes: int
    batch_size: int = 64
    memory: int | None = None
    state_tensors: int = 2
    half: bool = False
    absent: str = ""
    instead: UseDataset | None = None


@dataclass(frozen=True)
class NodeReport:
    """What is known of one node; ``output`` is None where its shape is not known."""

    inputs: tuple[Shape | None, ...] = ()
    output: Shape | None = None
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    macs: int = 0
    receptive_field: ReceptiveField | None = None
    family: str = ""
    """The family of the layer, see :attr:`cnnviz.network.layers.base.Layer.family`."""

    @cached_property
    def parameter_count(self) -> int:
        """How many numbers are learned."""
        return sum(prod(shape) for shape in self.parameters.values())

    @cached_property
    def value_count(self) -> int:
        """How many numbers come out for one image; 0 where that cannot be told."""
        return 0 if self.output is None else prod(self.output)


@dataclass(frozen=True)
class Shapes:
    """What :func:`cnnviz.network.shapes.infer` found; ``used`` are the nodes on a path from the Input to the Output, in
    order.

    ``inferred_for`` is the network and the shape of its images.
    """

    nodes: Mapping[str, NodeReport]
    used: tuple[str, ...]
    inferred_for: tuple[Network, Shape] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def taking_part(self) -> frozenset[str]:
        """The nodes that are ``used``."""
        return frozenset(self.used)

    @cached_property
    def parameters(self) -> int:
        """Learned numbers of all nodes that take part."""
        return sum(self.nodes[name].parameter_count for name in self.used)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulate operations for one image."""
        return sum(self.nodes[name].macs for name in self.used)

    @cached_property
    def values(self) -> int:
        """Numbers that come out of all nodes that take part, for one image."""
        return sum(self.nodes[name].value_count for name in self.used)


@dataclass(frozen=True)
class Report(Shapes):
    """The shapes of a network and all problems that :func:`cnnviz.network.check.check` found in it."""

    problems: tuple[Problem, ...] = ()

    @cached_property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from being trained."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def trainable(self) -> bool:
        """Whether the network can be trained as it stands."""
        return not self.errors

    def at(self, node: str) -> tuple[Problem, ...]:
        """The problems of one node."""
        return tuple(problem for problem in self.problems if problem.node == node)


UNKNOWN = NodeReport()
"""The report of a node that was not examined."""
