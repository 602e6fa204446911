"""Computes how far down the column of each node may reach: the facts or maps that are shown below it.

The columns of the canvas are something else: strips of the width :data:`~cnnviz.project.layout.COLUMN`. No graphics
items.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.metrics import CLEAR, HEADER, WIDTH
from cnnviz.project.layout import COLUMN, Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cnnviz.gui.builder.geometry.routes import Rail

BESIDE = 5.0
"""Gap kept free between the column of a node and a wire below it."""
TALLEST = 4096.0
"""The greatest height of the column of a node."""


def column_limits(
    places: Mapping[str, Point], above: Mapping[str, float], rails: Mapping[int, Iterable[Rail]]
) -> dict[str, float]:
    """The y to which the column of each node may reach: to the next node below it or to a wire, else infinity.

    ``above`` are the heights of the block titles above nodes. ``rails`` are the level parts of wires, by column of the
    canvas.
    """
    columns: dict[int, list[tuple[float, float]]] = defaultdict(list)
    """(top of the title, x) of the nodes in each column of the canvas, from top to bottom."""
    for name, (x, y) in places.items():
        columns[int(x // COLUMN)].append((y - above.get(name, 0.0), x))
    for nodes in columns.values():
        nodes.sort()
    rails_from_top = {column: sorted(passing, key=lambda rail: rail.y) for column, passing in rails.items()}
    lowest = {column: top for column, (*_, (top, _)) in columns.items()}
    lowest_rail = {column: passing[-1].y for column, passing in rails_from_top.items() if passing}
    rooms = {}
    for name, (x, y) in places.items():
        limit, column = inf, int(x // COLUMN)
        # a node reaches into the columns beside it; 1 more, so that a node is not below itself
        for neighbour in (column - 1, column, column + 1):
            if lowest.get(neighbour, -inf) > y + 1:
                limit = _to_node(columns[neighbour], x, y, limit)
        if lowest_rail.get(column, -inf) > y + HEADER:
            limit = _to_rail(rails_from_top[column], x, y, limit)
        rooms[name] = limit
    return rooms


def _to_node(nodes: Sequence[tuple[float, float]], x: float, y: float, limit: float) -> float:
    """The smaller of ``limit`` and the limit that the ``nodes`` of one column of the canvas set to a node at (x, y)."""
    for index in range(bisect_right(nodes, (y + 1, inf)), len(nodes)):
        top, x_other = nodes[index]
        if top >= limit + CLEAR:
            break
        if abs(x_other - x) < WIDTH:
            return top - CLEAR
    return limit


def _to_rail(rails: Sequence[Rail], x: float, y: float, limit: float) -> float:
    """The same for the level parts of wires, from top to bottom."""
    for index in range(bisect_right(rails, y + HEADER, key=lambda rail: rail.y), len(rails)):
        rail = rails[index]
        if rail.y >= limit + BESIDE:
            break
        if rail.left < x + WIDTH and x < rail.right:
            return rail.y - BESIDE
    return limit
