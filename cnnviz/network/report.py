"""The arguments and results of :func:`cnnviz.network.check.check`: facts and reports."""

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
    """The facts about data, recipe and machine that a network is checked against.

    ``image`` is the shape (C, H, W) of the dataset's images, ``classes`` its number of classes. ``training``
    is the number of images that an epoch trains; None skips the check of its steps. ``memory`` are the bytes free for
    training; None skips the check. ``state_tensors`` is how many tensors the optimizer keeps for each
    parameter. ``half`` is True if it is certain that activations are bfloat16. ``absent`` is the name of the dataset if
    its images are not on this machine, so that it cannot be used for training; ``missing`` is the path where a user's
    own images should be, and empty for other datasets; ``instead`` then changes to a dataset that can be used.
    """

    image: Shape
    classes: int
    batch_size: int = 64
    training: int | None = None
    memory: int | None = None
    state_tensors: int = 2
    half: bool = False
    absent: str = ""
    missing: str = ""
    instead: UseDataset | None = None


@dataclass(frozen=True)
class NodeReport:
    """The shapes, parameters and cost of one node; ``output`` is None if its shape is not known."""

    inputs: tuple[Shape | None, ...] = ()
    output: Shape | None = None
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    macs: int = 0
    receptive_field: ReceptiveField | None = None
    family: str = ""
    """The family of the layer, see :attr:`cnnviz.network.layers.base.Layer.family`."""
    image: Shape = ()
    """Height and width of the image."""

    @property
    def seen(self) -> Shape | None:
        """Height and width of the largest region of the image that an output value sees: the receptive field without
        the part that lies in the padding. None if it is not known."""
        field = self.receptive_field
        return (
            None if field is None else tuple(min(own, side) for own, side in zip(field.size, self.image, strict=True))
        )

    @cached_property
    def parameter_count(self) -> int:
        """The number of learned values."""
        return sum([prod(shape) for shape in self.parameters.values()])

    @cached_property
    def value_count(self) -> int:
        """The number of output values for one image; 0 if it is not known."""
        return 0 if self.output is None else prod(self.output)

    @cached_property
    def read_count(self) -> int:
        """The number of input values for one image; inputs of unknown shape are not counted."""
        return sum([prod(shape or (0,)) for shape in self.inputs])


@dataclass(frozen=True)
class Shapes:
    """The result of :func:`cnnviz.network.shapes.infer`.

    ``used`` are the nodes on a path from the Input to the Output, in topological order; only they take part in the
    computation. ``inferred_for`` is the network and the shape of its images.
    """

    nodes: Mapping[str, NodeReport]
    used: tuple[str, ...]
    inferred_for: tuple[Network, Shape] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def taking_part(self) -> frozenset[str]:
        """The ``used`` nodes as a set."""
        return frozenset(self.used)

    @cached_property
    def unknown(self) -> str | None:
        """The first used node whose output shape is not known; None if all are known."""
        return next((name for name in self.used if self.nodes[name].output is None), None)

    @property
    def complete(self) -> bool:
        """Whether totals are known: there are used nodes, and the output shapes of all of them are known."""
        return bool(self.used) and self.unknown is None

    @cached_property
    def parameters(self) -> int:
        """The number of learned values of all used nodes."""
        return sum(self.nodes[name].parameter_count for name in self.used)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulate operations for one image."""
        return sum(self.nodes[name].macs for name in self.used)

    @cached_property
    def values(self) -> int:
        """The number of output values of all used nodes together, for one image."""
        return sum(self.nodes[name].value_count for name in self.used)


@dataclass(frozen=True)
class Report(Shapes):
    """The shapes of a network and all problems that :func:`cnnviz.network.check.check` found in it."""

    problems: tuple[Problem, ...] = ()

    @cached_property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from being trained."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @cached_property
    def by_node(self) -> Mapping[str, tuple[Problem, ...]]:
        """The problems of each node that has any."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            if problem.node is not None:
                found.setdefault(problem.node, []).append(problem)
        return {node: tuple(problems) for node, problems in found.items()}

    @property
    def trainable(self) -> bool:
        """Whether the network can be trained."""
        return not self.errors

    @property
    def flaw(self) -> Problem | None:
        """The first error that keeps the network from computing; None if it could be looked at with its weights."""
        return next((error for error in self.errors if not error.kind.concerns_training), None)

    def at(self, node: str) -> tuple[Problem, ...]:
        """The problems of one node."""
        return self.by_node.get(node, ())


UNKNOWN = NodeReport()
"""The report of a node that was not examined."""
