"""Edits of a project that touch network and layout together. Each takes a project and returns the next one.

All raise :class:`~cnnviz.network.graph.GraphError` or :class:`~cnnviz.network.layers.ParameterError` for what cannot be
done; the project given stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cnnviz.network import graph
from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.layers import Layer
from cnnviz.network.problems import Fix
from cnnviz.project.arrange import arrange
from cnnviz.project.layout import COLUMN, Layout, Point
from cnnviz.project.project import Project


def add_layer(project: Project, layer: Layer, at: Point | None = None) -> tuple[Project, str]:
    """A new, unconnected node; without a place it goes right of everything. Returns the project and the node's id."""
    name = graph.free_id(project.network, layer)
    positions = project.layout.positions
    if at is None:
        right = max((x for x, _ in positions.values()), default=-COLUMN)
        at = (right + COLUMN, min((y for _, y in positions.values()), default=0.0))
    network = graph.add(project.network, name, layer)
    return replace(project, network=network, layout=project.layout.placed({name: at})), name


def add_after(project: Project, after: str, layer: Layer) -> tuple[Project, str]:
    """A new node behind ``after``, between it and all that it fed. Returns the project and the node's id."""
    name = graph.free_id(project.network, layer)
    network = graph.add_after(project.network, after, name, layer)
    x, y = project.layout.positions[after]
    layout = _make_room(project.layout, network, after, name)
    return replace(project, network=network, layout=layout.placed({name: (x + COLUMN, y)})), name


def insert(project: Project, edge: Edge, layer: Layer) -> tuple[Project, str]:
    """A new node in the middle of a wire. Returns the project and the node's id."""
    name = graph.free_id(project.network, layer)
    network = graph.insert(project.network, edge, name, layer)
    return replace(project, network=network, layout=_between(project.layout, network, edge, name)), name


def move_onto(project: Project, name: str, edge: Edge) -> Project:
    """An existing, unconnected node put into the middle of a wire."""
    network = graph.disconnect(project.network, edge)
    network = graph.connect(network, edge.source, name)
    network = graph.connect(network, name, edge.target, edge.port)
    return replace(project, network=network, layout=_between(project.layout, network, edge, name))


def remove(project: Project, names: Iterable[str]) -> Project:
    """Without these nodes and their wires."""
    gone = frozenset(names)
    return replace(project, network=graph.remove(project.network, gone), layout=project.layout.without(gone))


def bypass(project: Project, names: Iterable[str]) -> Project:
    """Without these nodes; what followed each is connected to what came before it."""
    gone = frozenset(names)
    network = project.network
    for name in gone:
        network = graph.bypass(network, name)
    return replace(project, network=network, layout=project.layout.without(gone))


def connect(project: Project, source: str, target: str, port: int | None = None) -> Project:
    """With one more wire; see :func:`cnnviz.network.graph.connect`."""
    return replace(project, network=graph.connect(project.network, source, target, port))


def disconnect(project: Project, edges: Iterable[Edge]) -> Project:
    """Without these wires."""
    network = project.network
    for edge in sorted(edges, key=lambda edge: -edge.port):
        network = graph.disconnect(network, edge)
    return replace(project, network=network)


def set_parameter(project: Project, name: str, parameter: str, value: object) -> Project:
    """With one parameter of one layer changed."""
    return replace(project, network=graph.set_parameter(project.network, name, parameter, value))


def rename(project: Project, old: str, new: str) -> Project:
    """With a node under another name."""
    network = graph.rename(project.network, old, new)
    return replace(project, network=network, layout=project.layout.renamed(old, new))


def move(project: Project, positions: Mapping[str, Point]) -> Project:
    """With these nodes at other places."""
    return replace(project, layout=project.layout.placed(positions))


def arranged(project: Project) -> Project:
    """With every node at its automatic place."""
    return replace(project, layout=arrange(project.network))


def apply_fix(project: Project, fix: Fix) -> Project:
    """After the edit of a fix; a layer that it adds is placed where it is connected."""
    network = graph.apply(project.network, fix.edit)
    layout = project.layout.without(project.network.nodes.keys() - network.nodes.keys())
    for name in network.nodes.keys() - project.network.nodes.keys():
        layout = _placed(layout, network, name)
    return replace(project, network=network, layout=layout)


@dataclass(frozen=True)
class Fragment:
    """A piece of a network with its places, as it is copied and pasted."""

    network: Network
    layout: Layout


def copy(project: Project, names: Iterable[str]) -> Fragment:
    """These nodes and the wires among them."""
    rest = project.network.nodes.keys() - set(names)
    return Fragment(graph.remove(project.network, rest), project.layout.without(rest))


def paste(project: Project, fragment: Fragment, offset: Point) -> tuple[Project, frozenset[str]]:
    """With a fragment added under fresh names, moved by ``offset``. Returns the project and the new ids."""
    names: dict[str, str] = {}
    nodes: dict[str, Node] = dict(project.network.nodes)
    for old, node in fragment.network.nodes.items():
        names[old] = graph.free_id(project.network, node.layer, names.values())
        nodes[names[old]] = Node(names[old], node.layer)
    added = {Edge(names[edge.source], names[edge.target], edge.port) for edge in fragment.network.edges}
    positions = {names[old]: (x + offset[0], y + offset[1]) for old, (x, y) in fragment.layout.positions.items()}
    network = Network(nodes, project.network.edges | added)
    return replace(project, network=network, layout=project.layout.placed(positions)), frozenset(names.values())


def _between(layout: Layout, network: Network, edge: Edge, name: str) -> Layout:
    (x0, y0), (x1, y1) = layout.positions[edge.source], layout.positions[edge.target]
    if x1 - x0 >= 2 * COLUMN:
        return layout.placed({name: ((x0 + x1) / 2, (y0 + y1) / 2)})
    layout = _make_room(layout, network, edge.source, name)
    return layout.placed({name: (x0 + COLUMN, y1 if len(network.inputs[edge.target]) == 1 else y0)})


def _make_room(layout: Layout, network: Network, after: str, name: str) -> Layout:
    """Shift what comes behind ``name`` to the right, as far as it stands in the new node's way."""
    x, _ = layout.positions[after]
    behind = [other for other in network.descendants(name) if other in layout.positions]
    if not behind:
        return layout
    shift = x + 2 * COLUMN - min(layout.positions[other][0] for other in behind)
    if shift <= 0:
        return layout
    moved = {other: (layout.positions[other][0] + shift, layout.positions[other][1]) for other in behind}
    return layout.placed(moved)


def _placed(layout: Layout, network: Network, name: str) -> Layout:
    """``name`` placed where its wires suggest."""
    sources = [source for source in network.inputs[name] if source in layout.positions]
    targets = [target for target in network.outputs[name] if target in layout.positions]
    if sources:
        x, y = layout.positions[sources[0]]
        return _make_room(layout, network, sources[0], name).placed({name: (x + COLUMN, y)})
    if targets:
        x, y = layout.positions[targets[0]]
        return layout.placed({name: (x - COLUMN, y)})
    right = max((x for x, _ in layout.positions.values()), default=-COLUMN)
    left = min((x for x, _ in layout.positions.values()), default=COLUMN)
    y = min((y for _, y in layout.positions.values()), default=0.0)
    return layout.placed({name: (left - COLUMN if network[name].kind == "Input" else right + COLUMN, y)})
