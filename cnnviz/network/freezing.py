"""Frozen layers: training leaves their weights as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from cnnviz.network.graph import Network
    from cnnviz.network.report import NodeReport, Shapes


def can_freeze(node: NodeReport) -> bool:
    """Whether a layer has something to freeze: weights, or the running statistics of a batch normalization."""
    return bool(node.parameters or node.buffers)


def with_frozen(network: Network, names: Collection[str], value: bool = True) -> Network:
    """The network with these nodes frozen, or no longer frozen; the others stay as they are."""
    changed = [name for name in names if network.nodes[name].frozen != value]
    if not changed:
        return network
    nodes = {name: replace(network.nodes[name], frozen=value) for name in changed}
    return replace(network, nodes={**network.nodes, **nodes})


def learning(network: Network, report: Shapes) -> frozenset[str]:
    """The used nodes whose output depends on a weight that is trained: the backward pass runs through these only."""
    found: set[str] = set()
    for name in report.used:
        trained = report.nodes[name].parameter_count > 0 and not network.nodes[name].frozen
        if trained or not found.isdisjoint(network.inputs[name]):
            found.add(name)
    return frozenset(found)


def trained_parameters(network: Network, report: Shapes) -> int:
    """The number of learned values of all used nodes that are not frozen."""
    return sum(report.nodes[name].parameter_count for name in report.used if not network.nodes[name].frozen)
