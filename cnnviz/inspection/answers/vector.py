"""The values of a vector: the maps that it was written out from, and what the Dense behind it makes of each."""

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
    """The maps of ``node``, of ``shape`` (C, H, W), that a vector was written out from, one by one, row by row."""

    node: str
    shape: Shape

    def place(self, index: int) -> Place:
        """Map, row and column that the value ``index`` of the vector came from."""
        return Place(self.node, *(int(each) for each in np.unravel_index(index, self.shape)))


@dataclass(frozen=True, eq=False)
class Onward:
    """What the Dense ``node`` makes of a vector.

    ``inputs``: float32 (n,), the values that it gets, behind the activation that lies between. ``weights``: float32
    (m, n), a row for each of its m outputs.
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

    ``origin`` is None where no maps were written out just before, with at most layers between that act on each value
    alone. ``onward`` is None where no Dense follows in the same way.
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
        """Only a vector is one, and the node may be gone from the network."""
        return super().possible(moment) and len(moment.shapes.nodes[self.node].output or ()) == 1


def vector(look: Look, question: VectorOf) -> Vector:
    """The answer: values, origin, and the weights that lead on."""
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
    """The Dense that follows, with at most layers between that act on each value alone; None where paths part."""
    while len(network.outputs[node]) == 1:
        (node,) = network.outputs[node]
        if isinstance(network[node], Dense):
            return node
        if not network[node].elementwise:
            return None
    return None
