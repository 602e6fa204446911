"""The values of a vector: the maps from which they were flattened, and the weights of the Dense that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import Array, NodeQuestion
from cnnviz.network.layers import Dense, Flatten, Reshape

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.graph import Network
    from cnnviz.network.shape import Shape


@dataclass(frozen=True, eq=False)
class Origin:
    """The maps of ``node``, of ``shape`` (C, H, W), that were flattened to a vector: map by map, row by row."""

    node: str
    shape: Shape

    def place(self, index: int) -> Place:
        """Map, row and column that the value ``index`` of the vector came from."""
        return Place(self.node, *(int(each) for each in np.unravel_index(index, self.shape)))


@dataclass(frozen=True, eq=False)
class Onward:
    """The Dense ``node`` that reads a vector, directly or after an activation.

    ``inputs``: float32 (n,), the values that it reads, after the activation. ``weights``: float32 (m, n), a row for
    each of its m outputs.
    """

    node: str
    inputs: Array
    weights: Array

    @cached_property
    def products(self) -> Array:
        """What each value adds to each output, float32 (m, n)."""
        return frozen(self.weights * self.inputs)


@dataclass(frozen=True, eq=False)
class Vector:
    """The values of a flat node for the sample, float32 (n,).

    ``origin`` is None if the values do not come from flattened maps, ``onward`` is None if no Dense reads them. Layers
    between that act on each value alone do not matter.
    """

    values: Array
    origin: Origin | None
    onward: Onward | None

    @cached_property
    def maps(self) -> Array | None:
        """The values as the maps that they came from, float32 (C, H, W)."""
        return None if self.origin is None else self.values.reshape(self.origin.shape)


@dataclass(frozen=True)
class VectorOf(NodeQuestion[Vector]):
    """The values of a flat node."""

    node: str

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        if self.node not in network.nodes:
            return (self.node,)
        dense = _next_dense(network, self.node)
        return (self.node,) if dense is None else (self.node, network.inputs[dense][0])

    def possible(self, moment: Moment) -> bool:
        """Whether the network still has the node, and its output is a vector."""
        return super().possible(moment) and len(moment.shapes.nodes[self.node].output or ()) == 1


def vector(look: Look, question: VectorOf) -> Vector:
    """The answer: the values, their origin, and the weights of the Dense that reads them."""
    network, node = look.moment.network, question.node
    dense = _next_dense(network, node)
    onward = None
    if dense is not None:
        weights = as_array(look.moment.tensors[f"{dense}.weight"])  # (m, n)
        onward = Onward(dense, look.outputs[network.inputs[dense][0]], weights)
    return Vector(look.outputs[node], _origin(look.moment, node), onward)


def _origin(moment: Moment, node: str) -> Origin | None:
    network = moment.network
    while network[node].elementwise or isinstance(network[node], Flatten | Reshape):
        (source,) = network.inputs[node]
        shape = moment.shapes.nodes[source].output
        if shape is not None and len(shape) == 3:
            return Origin(source, shape)
        node = source
    return None


def _next_dense(network: Network, node: str) -> str | None:
    """The Dense that reads a node, directly or after layers that act on each value alone; None if several layers read
    any of these nodes."""
    while len(network.outputs[node]) == 1:
        (node,) = network.outputs[node]
        if isinstance(network[node], Dense):
            return node
        if not network[node].elementwise:
            return None
    return None
