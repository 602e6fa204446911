"""How much room there is below each node. No items."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping

from cnnviz.gui.builder.metrics import CLEAR, HEADER, WIDTH
from cnnviz.gui.builder.routes import Rail
from cnnviz.project.layout import COLUMN, Point

BESIDE = 5.0
"""Kept free above a wire that passes below a column."""
TALLEST = 4096.0
"""No column has more room."""


def limits(
    places: Mapping[str, Point], above: Mapping[str, float], rails: Mapping[int, Iterable[Rail]]
) -> dict[str, float]:
    """How far down each column may reach: to the next node below it with the titles ``above`` that, or to a wire.

    ``rails`` are by column.
    """
    columns: dict[int, list[tuple[float, float]]] = defaultdict(list)
    """(top of the title, x) of the nodes in each column, from above."""
    for name, (x, y) in places.items():
        columns[int(x // COLUMN)].append((y - above.get(name, 0.0), x))
    for nodes in columns.values():
        nodes.sort()
    ways = {column: sorted(passing, key=lambda way: way.y) for column, passing in rails.items()}
    found = {}
    for name, (x, y) in places.items():
        limit = float("inf")
        column = int(x // COLUMN)
        for other in (column - 1, column, column + 1):
            nodes = columns.get(other, [])
            for at in range(bisect_right(nodes, (y + 1, float("inf"))), len(nodes)):
                top, x_other = nodes[at]
                if top >= limit + CLEAR:
                    break
                if abs(x_other - x) < WIDTH:
                    limit = top - CLEAR
                    break
        passing = ways.get(column, [])
        for at in range(bisect_right(passing, y + HEADER, key=lambda way: way.y), len(passing)):
            way = passing[at]
            if way.y >= limit + BESIDE:
                break
            if way.left < x + WIDTH and x < way.right:
                limit = way.y - BESIDE
                break
        found[name] = limit
    return found
