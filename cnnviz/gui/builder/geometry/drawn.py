"""The parts of a project that are drawn: nodes, wires, and folded blocks instead of their nodes. No graphics items."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.report import NodeReport, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.network.graph import Edge, Network
    from cnnviz.network.shape import Shape
    from cnnviz.project.layout import Block, Layout


@dataclass(frozen=True)
class Entry:
    """An input port of a folded block: ``targets`` are the inputs (node, port) inside the block that ``source`` feeds.

    ``source`` is None for an input that is not connected.
    """

    source: str | None
    targets: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Fold:
    """A folded block: its nodes in topological order, its input ports, and the nodes whose output leaves it or is not
    connected."""

    block: Block
    nodes: tuple[str, ...]
    entries: tuple[Entry, ...]
    exits: tuple[str, ...]

    @property
    def last(self) -> str:
        """The last node whose output leaves the block; it is shown as the block's output."""
        return self.exits[-1] if self.exits else self.nodes[-1]


def folds(network: Network, layout: Layout) -> dict[str, Fold]:
    """The visible folded blocks, by id."""
    return {block: _fold(network, layout, block) for block in dict.fromkeys(layout.hidden_by.values())}


def _fold(network: Network, layout: Layout, block: str) -> Fold:
    inside = layout.inside[block]
    nodes = tuple(name for name in network.order if name in inside)
    fed: dict[str, list[tuple[str, int]]] = defaultdict(list)
    loose: list[Entry] = []
    for name in nodes:
        sources = network.inputs[name]
        for port, source in enumerate(sources):
            if source not in inside:
                fed[source].append((name, port))
        if not sources and network[name].least_inputs:
            loose.append(Entry(None, ((name, 0),)))
    exits = tuple(
        name
        for name in nodes
        if network[name].kind != "Output"
        and (not network.outputs[name] or any(target not in inside for target in network.outputs[name]))
    )
    entries = (*(Entry(source, tuple(targets)) for source, targets in fed.items()), *loose)
    return Fold(layout.blocks[block], nodes, entries, exits)


def bundles(network: Network, layout: Layout) -> dict[Edge, tuple[Edge, ...]]:
    """The wires that are drawn, each with its edges: all edges from one node into one folded block are one wire."""
    hidden = layout.hidden_by
    if not hidden:
        return {edge: (edge,) for edge in network.edges}
    drawn: dict[tuple[str, str, int], list[Edge]] = defaultdict(list)
    for edge in network.edges:
        block = hidden.get(edge.target)
        if block is None:
            drawn[edge.source, edge.target, edge.port].append(edge)
        elif hidden.get(edge.source) != block:
            drawn[edge.source, block, 0].append(edge)
    rank = {name: index for index, name in enumerate(network.order)} if drawn else {}
    ordered = (sorted(edges, key=lambda edge: (rank[edge.target], edge.port)) for edges in drawn.values())
    return {edges[0]: tuple(edges) for edges in ordered}


def summed(report: Report, fold: Fold) -> NodeReport:
    """The report of a folded block: all parameters and MACs, and the output and receptive field of its last node."""
    last = report.nodes[fold.last]
    inputs: tuple[Shape | None, ...] = tuple(
        report.nodes[entry.source].output if entry.source is not None else None for entry in fold.entries
    )
    nodes = [report.nodes[name] for name in fold.nodes]
    return NodeReport(
        inputs,
        last.output,
        _joined(fold.nodes, (node.parameters for node in nodes)),
        _joined(fold.nodes, (node.buffers for node in nodes)),
        sum(node.macs for node in nodes),
        last.receptive_field,
        image=last.image,
    )


def _joined(names: Iterable[str], shapes: Iterable[Mapping[str, Shape]]) -> dict[str, Shape]:
    pairs = zip(names, shapes, strict=True)
    return {f"{node}.{name}": shape for node, own in pairs for name, shape in own.items()}
