"""Edits of a project that change network and layout together. Each takes a project and returns the next one.

An edit that is not possible raises :class:`~cnnviz.network.graph.GraphError` or
:class:`~cnnviz.network.layers.ParameterError`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.network import graph
from cnnviz.network.fixes import applied
from cnnviz.network.freezing import with_frozen
from cnnviz.network.graph import Edge, Network, Node
from cnnviz.network.names import LONGEST_ID, numbered
from cnnviz.network.problems import Fix, SetBatchSize, UseDataset
from cnnviz.project import placing
from cnnviz.project.adapting import use_dataset
from cnnviz.project.arrange import arrange
from cnnviz.project.blocks import free_name
from cnnviz.project.layout import COLUMN, ROW, Block, Layout, Point

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Set

    from cnnviz.network.layers import Layer
    from cnnviz.project.project import Project

LONGEST_STEM = LONGEST_ID - 4
"""Characters of an id that are kept before a number."""


def add_layer(project: Project, layer: Layer, at: Point | None = None) -> tuple[Project, str]:
    """Add an unconnected node at the free place nearest to ``at``; if ``at`` is None, to the right of all nodes.

    Returns the project and the id of the node.
    """
    name = graph.free_id(project.network, layer)
    positions = project.layout.positions
    if at is None:
        right = max((x for x, _ in positions.values()), default=-COLUMN)
        at = (right + COLUMN, min((y for _, y in positions.values()), default=0.0))
    network = graph.add(project.network, name, layer)
    layout = project.layout.placed({name: placing.free_place(project.layout, at)})
    return replace(project, network=network, layout=layout), name


def add_after(project: Project, after: str, layer: Layer) -> tuple[Project, str]:
    """Add a node between ``after`` and all targets of it. Returns the project and the id of the node."""
    name = graph.free_id(project.network, layer)
    network = graph.add_after(project.network, after, name, layer)
    return replace(project, network=network, layout=placing.beside(project.layout, network, name)), name


def insert(project: Project, edge: Edge, layer: Layer, also: Iterable[Edge] = ()) -> tuple[Project, str]:
    """Insert a new node into a wire. The wires ``also``, which have the same source, then come from the new node.

    Returns the project and the id of the node.
    """
    name = graph.free_id(project.network, layer)
    network = graph.redirect(graph.insert(project.network, edge, name, layer), also, name)
    return replace(project, network=network, layout=placing.between(project.layout, network, edge, name)), name


def move_onto(project: Project, name: str, edge: Edge, also: Iterable[Edge] = ()) -> Project:
    """Insert an existing, unconnected node into a wire; the wires ``also``, of the same source, then come from it."""
    network = graph.disconnect(project.network, edge)
    network = graph.connect(network, edge.source, name)
    network = graph.redirect(graph.connect(network, name, edge.target, edge.port), also, name)
    return replace(project, network=network, layout=placing.between(project.layout, network, edge, name))


def remove(project: Project, names: Iterable[str]) -> Project:
    """Remove these nodes and their wires."""
    removed = frozenset(names)
    return replace(project, network=graph.remove(project.network, removed), layout=project.layout.without(removed))


def bypass(project: Project, names: Iterable[str]) -> Project:
    """Remove these nodes; the targets of each are connected to its first source, and move closer to it."""
    network, layout = project.network, project.layout
    # from right to left: closing a gap moves what is on its right
    for name in sorted(frozenset(names), key=lambda name: (layout.positions.get(name, (0.0, 0.0)), name), reverse=True):
        layout = placing.close_gap(layout, network, name)
        network = graph.bypass(network, name)
    return replace(project, network=network, layout=layout)


def connect(project: Project, source: str, target: str, port: int | None = None) -> Project:
    """Add a wire; see :func:`cnnviz.network.graph.connect`."""
    return replace(project, network=graph.connect(project.network, source, target, port))


def disconnect(project: Project, edges: Iterable[Edge]) -> Project:
    """Remove these wires."""
    network = project.network
    # the highest port first: removing a wire moves the later ports of its target
    for edge in sorted(edges, key=lambda edge: -edge.port):
        network = graph.disconnect(network, edge)
    return replace(project, network=network)


def redirect(project: Project, edges: Iterable[Edge], source: str) -> Project:
    """Give these wires another source; their targets and ports stay."""
    return replace(project, network=graph.redirect(project.network, edges, source))


def reorder(project: Project, node: str, port: int, to: int) -> Project:
    """Move the wire at input ``port`` of a node to input ``to``; wires between them move by one."""
    return replace(project, network=graph.reorder(project.network, node, port, to))


def set_parameter(project: Project, name: str, parameter: str, value: object) -> Project:
    """Set one parameter of one layer."""
    return replace(project, network=graph.set_parameter(project.network, name, parameter, value))


def freeze(project: Project, names: Collection[str], value: bool = True) -> Project:
    """Freeze these layers, or let them be trained again."""
    return replace(project, network=with_frozen(project.network, names, value))


def rename(project: Project, old: str, new: str) -> Project:
    """Rename a node."""
    network = graph.rename(project.network, old, new)
    return replace(project, network=network, layout=project.layout.renamed(old, new))


def move(project: Project, positions: Mapping[str, Point]) -> Project:
    """Move these nodes to other positions."""
    return replace(project, layout=project.layout.placed(positions))


def arrange_all(project: Project) -> Project:
    """Arrange all nodes automatically."""
    return replace(project, layout=arrange(project.network, project.layout.blocks))


def use_network(project: Project, network: Network, blocks: Iterable[Block] = ()) -> Project:
    """Replace the network. If nodes and wires are the same, positions and blocks stay; else the nodes are arranged, in
    these blocks."""
    old = project.network
    unchanged = network.nodes.keys() == old.nodes.keys() and network.edges == old.edges
    return replace(project, network=network, layout=project.layout if unchanged else arrange(network, blocks))


def apply_fix(project: Project, fix: Fix) -> Project:
    """Apply the edit of a fix; layers that it adds are placed beside their neighbours."""
    if isinstance(fix.edit, SetBatchSize):
        return replace(project, recipe=replace(project.recipe, batch_size=fix.edit.size))
    if isinstance(fix.edit, UseDataset):
        return use_dataset(project, fix.edit)
    network = applied(project.network, fix.edit)
    # the other nodes keep their positions, so that the preview can show which nodes are removed
    layout = project.layout.without(project.network.nodes.keys() - network.nodes.keys())
    for name in network.order:
        if name not in project.network.nodes:
            layout = placing.beside(layout, network, name)
    return replace(project, network=network, layout=layout)


@dataclass(frozen=True)
class Fragment:
    """A copied part of a network, with its layout."""

    network: Network
    layout: Layout


def copy(project: Project, names: Iterable[str]) -> Fragment:
    """Copy these nodes, the wires between them, and the blocks whose nodes are all among them."""
    chosen = frozenset(names)
    rest = project.network.nodes.keys() - chosen
    chosen_blocks = {block for block, nodes in project.layout.inside.items() if nodes <= chosen}
    blocks = {
        block.id: block if block.parent in chosen_blocks else replace(block, parent=None)
        for block in project.layout.blocks.values()
        if block.id in chosen_blocks
    }
    layout = replace(project.layout, blocks=blocks).without(rest)
    return Fragment(graph.remove(project.network, rest), layout)


def paste_below(project: Project, fragment: Fragment) -> tuple[Project, frozenset[str]]:
    """Paste a fragment below all nodes. Returns the new ids, too."""
    lowest = max((y for _, y in project.layout.positions.values()), default=-ROW)
    top = min((y for _, y in fragment.layout.positions.values()), default=0.0)
    return paste(project, fragment, (0.0, lowest + ROW - top))


def paste(project: Project, fragment: Fragment, offset: Point) -> tuple[Project, frozenset[str]]:
    """Paste a fragment, moved by ``offset``; ids that are taken get another number. Returns the new ids, too."""
    names: dict[str, str] = {}
    nodes: dict[str, Node] = dict(project.network.nodes)
    for old, node in fragment.network.nodes.items():
        # ids of nodes still to be pasted count as taken: each of these keeps its id if the project does not use it
        later = fragment.network.nodes.keys() - names.keys() - {old}
        names[old] = _free_id(old, nodes.keys() | later)
        # not frozen: its weights are new
        nodes[names[old]] = Node(names[old], node.layer)
    added = {Edge(names[edge.source], names[edge.target], edge.port) for edge in fragment.network.edges}
    positions = {names[old]: (x + offset[0], y + offset[1]) for old, (x, y) in fragment.layout.positions.items()}
    network = Network(nodes, project.network.edges | added)
    layout = _with_blocks(project.layout.placed(positions), fragment.layout.blocks.values(), names)
    return replace(project, network=network, layout=layout), frozenset(names.values())


def _with_blocks(layout: Layout, blocks: Iterable[Block], names: Mapping[str, str]) -> Layout:
    """Add the blocks of a fragment; ``names`` are the new ids of its nodes. Block names that are taken get a number."""
    added_blocks = list(blocks)
    ids: dict[str, str] = {}
    for block in added_blocks:
        ids[block.id] = layout.free_id(ids.values())
    all_blocks = dict(layout.blocks)
    for block in added_blocks:
        name = free_name((other.name for other in all_blocks.values()), block.name)
        parent = None if block.parent is None else ids[block.parent]
        members = frozenset(names[node] for node in block.members)
        all_blocks[ids[block.id]] = Block(ids[block.id], name, members, parent, block.folded)
    return replace(layout, blocks=all_blocks)


def _free_id(name: str, taken: Set[str]) -> str:
    """The id ``name`` if it is free, else the first free id with another number at the end."""
    if name not in taken:
        return name
    stem = name.rstrip("0123456789") or "_"
    return numbered(stem[:LONGEST_STEM], taken)
