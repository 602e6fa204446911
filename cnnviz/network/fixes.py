"""Makes fixes, with the values of their labels, and applies their edits to a network."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from cnnviz.network import graph
from cnnviz.network.freezing import with_frozen
from cnnviz.network.problems import (
    AddLayer,
    Connect,
    Edit,
    Fix,
    InsertBefore,
    RemoveNode,
    SetBatchSize,
    SetLayer,
    SetParameter,
    Together,
    Unfreeze,
    UseDataset,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.network.graph import Network
    from cnnviz.network.layers.base import Layer


def removal(name: str) -> Fix:
    """Remove a node, and connect its neighbours."""
    return Fix("remove", RemoveNode(name), {"node": name})


def insertion(name: str, *layers: Layer) -> Fix:
    """Insert layers, one after the other, before a node."""
    return insertions(name, {0: layers})


def insertions(name: str, ports: Mapping[int, Sequence[Layer]]) -> Fix:
    """Insert layers, one after the other, into the wires at some inputs of a node."""
    steps = [InsertBefore(name, port, layer) for port, layers in ports.items() for layer in layers]
    kinds = tuple(dict.fromkeys(step.layer.brief() for step in steps))
    return Fix("insert", steps[0] if len(steps) == 1 else Together(tuple(steps)), {"kind": kinds})


def replacement(name: str, layer: Layer) -> Fix:
    """Replace the layer of a node."""
    return Fix("replace", SetLayer(name, layer), {"kind": layer.kind})


def setting(name: str, parameter: str, value: Any) -> Fix:
    """Set a parameter of a node. In the label a pair of equal numbers is written as one number."""
    edit = SetParameter(name, parameter, value)
    if isinstance(value, bool):
        return Fix("switch_on" if value else "switch_off", edit, {"parameter": parameter})
    is_square = isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]
    return Fix("set", edit, {"parameter": parameter, "value": value[0] if is_square else value})


def applied(network: Network, edit: Edit) -> Network:
    """The network after the edit of a :class:`~cnnviz.network.problems.Fix`."""
    match edit:
        case SetParameter(node, parameter, value):
            return graph.set_parameter(network, node, parameter, value)
        case SetLayer(node, layer):
            return graph.set_layer(network, node, layer)
        case InsertBefore(node, port, layer):
            edge = next(edge for edge in network.edges if (edge.target, edge.port) == (node, port))
            return graph.insert(network, edge, graph.free_id(network, layer), layer)
        case RemoveNode(node):
            return graph.bypass(network, node)
        case Unfreeze(node):
            return with_frozen(network, [node], False)
        case Connect(source, target, through):
            if through is None:
                return graph.connect(network, source, target)
            name = graph.free_id(network, through)
            return graph.connect(graph.connect(graph.add(network, name, through), source, name), name, target)
        case Together(steps):
            return reduce(applied, steps, network)
        case SetBatchSize() | UseDataset():
            return network  # edits of the project
        case AddLayer(layer, after, before):
            name = graph.free_id(network, layer)
            grown = graph.add(network, name, layer)
            if after is not None:
                grown = graph.connect(grown, after, name)
            return grown if before is None else graph.connect(grown, name, before)
