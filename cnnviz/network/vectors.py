"""The meaning of a vector's values: the values of the maps before a Flatten, or a score for each class."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnnviz.network.layers import Flatten, Output

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.network.shape import Shape


def maps_before(network: Network, shapes: Shapes, node: str) -> tuple[str, Shape] | None:
    """The node whose maps the vector of ``node`` holds one after the other, and their shape (C, H, W).

    None if the vector does not consist of maps. Between the two stand a Flatten and layers that act on each value
    alone.
    """
    while network[node].elementwise and len(network.inputs[node]) == 1:
        (node,) = network.inputs[node]
    if not isinstance(network[node], Flatten) or len(network.inputs[node]) != 1:
        return None
    report = shapes.nodes[node]
    (shape,) = report.inputs
    if shape is None or len(shape) != 3 or report.output != (prod(shape),):
        return None
    return network.inputs[node][0], shape


def gives_classes(network: Network, node: str) -> bool:
    """Whether each value of ``node`` belongs to the class of the same number: nothing mixes them before the Output."""
    for after in network.outputs[node]:
        if isinstance(network[after], Output) or (network[after].elementwise and gives_classes(network, after)):
            return True
    return isinstance(network[node], Output)
