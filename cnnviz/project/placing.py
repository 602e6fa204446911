"""Places new nodes beside the nodes that they are connected to, makes room, and puts them into the common block."""

from __future__ import annotations

from collections import defaultdict
from math import hypot, inf
from typing import TYPE_CHECKING

from cnnviz.project import folding
from cnnviz.project.layout import COLUMN, NODE_HEIGHT, NODE_WIDTH, ROW, Layout, Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.network.graph import Edge, Network

GAP = COLUMN - NODE_WIDTH
"""The gap between consecutive nodes, in scene units."""


def beside(layout: Layout, network: Network, name: str) -> Layout:
    """The layout with ``name`` after its first source, else before its first target, else at the left or right end."""
    sources = [source for source in network.inputs[name] if source in layout.positions]
    targets = [target for target in network.outputs[name] if target in layout.positions]
    if sources:
        x, y = _drawn_at(layout, network, sources[0], name)
        layout = _make_room(layout, network, sources[0], name).placed({name: (x + COLUMN, y)})
    elif targets:
        x, y = _drawn_at(layout, network, targets[0], name)
        layout = layout.placed({name: (x - COLUMN, y)})
    else:
        right = max((x for x, _ in layout.positions.values()), default=-COLUMN)
        left = min((x for x, _ in layout.positions.values()), default=COLUMN)
        y = min((y for _, y in layout.positions.values()), default=0.0)
        layout = layout.placed({name: (left - COLUMN if network[name].kind == "Input" else right + COLUMN, y)})
    return _below_others(layout.put([name], _shared_block(layout, network, name)), name)


def between(layout: Layout, network: Network, edge: Edge, name: str) -> Layout:
    """The layout with ``name`` between the two nodes of the wire ``edge`` that it was inserted into."""
    (x0, y0), (x1, y1) = (_drawn_at(layout, network, end, name) for end in (edge.source, edge.target))
    if x1 - x0 >= 2 * COLUMN:
        place = ((x0 + x1) / 2, (y0 + y1) / 2)
    else:
        layout = _make_room(layout, network, edge.source, name)
        place = (x0 + COLUMN, y1 if len(network.inputs[edge.target]) == 1 else y0)
    layout = layout.placed({name: place})
    return _below_others(layout.put([name], _shared_block(layout, network, name)), name)


def free_place(layout: Layout, at: Point) -> Point:
    """The position nearest to ``at`` at which a node overlaps no other."""
    places = list(folding.units(layout).values())
    x, y = at
    left_or_right = [(left + step, y) for left, _ in places for step in (-COLUMN, COLUMN)]
    above_or_below = [(x, top + step) for _, top in places for step in (-NODE_HEIGHT - GAP, NODE_HEIGHT + GAP)]
    by_distance = sorted([at, *left_or_right, *above_or_below], key=lambda place: hypot(place[0] - x, place[1] - y))
    return next(place for place in by_distance if not _overlaps(place, places, NODE_HEIGHT))


def close_gap(layout: Layout, network: Network, name: str) -> Layout:
    """The layout without ``name``, which is still in ``network``; its targets move into its column.

    All descendants move along. Nothing moves if another unit would be in the way, or if a node would be less than a
    column to the right of one of its sources.
    """
    drawn = folding.units(layout, layout.hidden_by.get(name))
    if name not in drawn or not network.inputs[name]:
        return layout.without({name})
    x, _ = drawn.pop(name)
    unit_of = {node: unit for unit in drawn for node in folding.nodes_of(layout, unit)}
    behind = {unit_of[node] for node in network.descendants(name) if node in unit_of}
    behind = {unit for unit in behind if drawn[unit][0] > x}
    if not behind:
        return layout.without({name})
    shift = min(COLUMN, min(drawn[unit][0] for unit in behind) - x)
    moved = {unit: (drawn[unit][0] - shift, drawn[unit][1]) for unit in behind}
    for node, unit in unit_of.items():
        if unit not in moved:
            continue
        sources = network.inputs[node]
        feeding = {*sources, *(network.inputs[name] if name in sources else ())}
        staying = [drawn[unit_of[source]][0] for source in feeding if unit_of.get(source, unit) not in moved]
        # 1 for what rounding leaves of a distance of exactly a column
        if max(staying, default=-inf) > moved[unit][0] - COLUMN + 1:
            return layout.without({name})
    if folding.crowded({**drawn, **moved}, moved):
        return layout.without({name})
    return folding.moved_units(layout, moved).without({name})


def _shared_block(layout: Layout, network: Network, name: str) -> str | None:
    """The innermost block around all neighbours of a node.

    If its only neighbour is hidden by a folded block, it is the block around that, so that the node is visible.
    """
    neighbours = [other for other in (*network.inputs[name], *network.outputs[name]) if other in layout.positions]
    block = layout.common(neighbours)
    if len(set(neighbours)) == 1 and neighbours[0] in layout.hidden_by:
        return layout.blocks[layout.hidden_by[neighbours[0]]].parent
    return block


def _hidden_with(layout: Layout, network: Network, name: str) -> str | None:
    """The folded block that will hide ``name``, because it hides all its sources and targets; None if it has no
    sources or no targets."""
    hiding_blocks = {layout.hidden_by.get(other) for other in (*network.inputs[name], *network.outputs[name])}
    return hiding_blocks.pop() if len(hiding_blocks) == 1 and network.inputs[name] and network.outputs[name] else None


def _drawn_at(layout: Layout, network: Network, node: str, name: str) -> Point:
    """The position at which ``node`` is drawn beside its new neighbour ``name``.

    If a folded block hides ``node`` and not ``name``, it is the position of the block.
    """
    block = layout.hidden_by.get(node)
    return layout.positions[node] if block is None or _hidden_with(layout, network, name) else layout.place(block)


def _make_room(layout: Layout, network: Network, after: str, name: str) -> Layout:
    """Shift the descendants of the new node ``name`` to the right as far as they are in its way."""
    x, _ = _drawn_at(layout, network, after, name)
    within, hidden = _hidden_with(layout, network, name), layout.hidden_by
    behind: dict[str, Point] = {}
    for other in network.descendants(name):
        unit = hidden.get(other, other)
        if within is not None and unit == within:
            behind[other] = layout.positions[other]
        elif within is None and other in layout.positions and unit != hidden.get(after):
            behind[unit] = layout.positions[other] if unit == other else layout.place(unit)
    if not behind:
        return layout
    shift = x + 2 * COLUMN - min(left for left, _ in behind.values())
    if shift <= 0:
        return layout
    drawn = {node: layout.positions[node] for node in layout.inside[within]} if within else folding.units(layout)
    staying = {unit: place for unit, place in drawn.items() if unit not in behind and unit != name}
    moved = _with_overlapped({unit: (left + shift, top) for unit, (left, top) in behind.items()}, staying, shift)
    if after in moved or hidden.get(after) in moved:
        return layout
    return folding.moved_units(layout, moved)


def _with_overlapped(moved: Mapping[str, Point], staying: Mapping[str, Point], shift: float) -> dict[str, Point]:
    """The moved units, and the units that they would overlap, which are shifted to the right by the same distance."""
    found = dict(moved)
    rest: dict[int, dict[str, Point]] = defaultdict(dict)
    """The units that stay so far, by columns as wide as a node: only units in neighbouring columns can overlap."""
    for unit, place in staying.items():
        rest[int(place[0] // NODE_WIDTH)][unit] = place
    arrived = list(found.values())
    for x, y in arrived:  # grows meanwhile: a unit that was shifted may overlap others
        column = int(x // NODE_WIDTH)
        for number in (column - 1, column, column + 1):
            beside = rest.get(number, {})
            met = [
                unit
                for unit, (left, top) in beside.items()
                if abs(x - left) < NODE_WIDTH and abs(y - top) < NODE_HEIGHT
            ]
            for unit in met:
                left, top = beside.pop(unit)
                found[unit] = (left + shift, top)
                arrived.append(found[unit])
    return found


def _below_others(layout: Layout, name: str) -> Layout:
    """The layout with ``name`` moved down to the first free row."""
    folded = next((block for block in layout.around(name) if layout.blocks[block].folded), None)
    others = [place for unit, place in folding.units(layout, folded).items() if unit != name]
    x, y = layout.positions[name]
    rows = (y + ROW * row for row in range(len(others) + 1))
    row = next(row for row in rows if not _overlaps((x, row), others, folding.CLEARANCE))
    return layout if row == y else layout.placed({name: (x, row)})


def _overlaps(at: Point, places: Iterable[Point], height: float) -> bool:
    """Whether a node at ``at`` overlaps a node at one of ``places``, or is less than ``height`` above or below it."""
    x, y = at
    return any(abs(x - left) < NODE_WIDTH and abs(y - top) < height for left, top in places)
