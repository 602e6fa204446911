"""The layers of a recorded network under the names that they have in the network that is drawn now.

A recorded run does not say from which names layers were renamed, so layers are found by their place too: with the same
kind, parameters and inputs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from cnnviz.network.graph import Edge, Network
from cnnviz.network.layers import RandomDropping
from cnnviz.network.pairing import pairing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.layers import Layer

T = TypeVar("T")


def named_as(drawn: Network, network: Network, tensors: Mapping[str, T]) -> tuple[Network, Mapping[str, T]]:
    """``network`` and its ``tensors`` with the names that the same layers have in ``drawn``.

    Tensors are named as in the torch module: ``conv1.weight``. Without another name both are returned as they are.
    """
    names = drawn_names(network, drawn)
    if all(name == source for source, name in names.items()):
        return network, tensors
    nodes = {}
    for source, node in network.nodes.items():
        name = names[source]
        origin = drawn.nodes[name].origin if name in drawn.nodes else node.origin
        nodes[name] = replace(node, id=name, origin=origin)
    edges = frozenset(Edge(names[edge.source], names[edge.target], edge.port) for edge in network.edges)
    renamed = {}
    for key, tensor in tensors.items():
        node_id, dot, rest = key.partition(".")
        renamed[f"{names.get(node_id, node_id)}{dot}{rest}"] = tensor
    return Network(nodes, edges), renamed


def drawn_names(network: Network, drawn: Network) -> dict[str, str]:
    """For each node of ``network`` the id of the same layer in ``drawn``; a layer that is not there has an id of its
    own, which is its present one unless another layer has that in ``drawn``."""
    if network.nodes.keys() == drawn.nodes.keys() and network == drawn:
        return {name: name for name in network.nodes}
    found = {source: name for name, source in pairing(network, drawn).items()}
    if not _is_same(network, drawn, found):
        placed = _with_places(network, drawn, {})
        found = placed if _is_same(network, drawn, placed) else _with_places(network, drawn, found)
    taken = set(found.values())
    for name in network.nodes:
        if name not in found:
            free = name
            while free in taken:
                free += "_"
            found[name] = free
            taken.add(free)
    return found


def _with_places(network: Network, drawn: Network, found: dict[str, str]) -> dict[str, str]:
    """``found`` with the layers that have the same kind, parameters and inputs in both networks."""
    found, taken = dict(found), set(found.values())
    by_form: dict[tuple[Layer, tuple[str, ...]], list[str]] = {}
    for name in drawn.nodes:
        by_form.setdefault((_form(drawn[name]), tuple(drawn.inputs[name])), []).append(name)
    for source in network.order:
        inputs = network.inputs[source]
        if source in found or any(each not in found for each in inputs):
            continue
        candidates = by_form.get((_form(network[source]), tuple(found[each] for each in inputs)), [])
        # of several that are alike the one with the same name
        free = sorted((name for name in candidates if name not in taken), key=lambda name: name != source)
        if free:
            found[source] = free[0]
            taken.add(free[0])
    return found


def _is_same(network: Network, drawn: Network, names: Mapping[str, str]) -> bool:
    """Whether the networks differ in the names of nodes only."""
    if names.keys() != network.nodes.keys() or len(drawn.nodes) != len(network.nodes):
        return False
    return all(
        _form(network[source]) == _form(drawn[name])
        and tuple(names[each] for each in network.inputs[source]) == tuple(drawn.inputs[name])
        for source, name in names.items()
    )


def _form(layer: Layer) -> Layer:
    """A layer with the same rate in each dropout, which computes nothing where maps are looked at."""
    return replace(layer, p=0.5) if isinstance(layer, RandomDropping) else layer
