"""How much room there is below each node. No items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cnnviz.gui.builder.metrics import CLEAR, HEADER, WIDTH
from cnnviz.gui.builder.routes import Rail
from cnnviz.project.layout import COLUMN, Point

BESIDE = 5.0
"""Kept free above a wire that passes below a column."""


def limits(
    places: Mapping[str, Point], above: Mapping[str, float], rails: Mapping[int, Iterable[Rail]]
) -> dict[str, float]:
    """How far down each column may reach: to the next node below it with the titles ``above`` that, or to a wire.

    ``rails`` are by column.
    """
    columns: dict[int, list[Point]] = defaultdict(list)
    for name, (x, y) in places.items():
        columns[int(x // COLUMN)].append((x, y - above.get(name, 0.0)))
    found = {}
    for name, (x, y) in places.items():
        limit = float("inf")
        column = int(x // COLUMN)
        for other in (column - 1, column, column + 1):
            for x_other, y_other in columns.get(other, ()):
                if y + 1 < y_other < limit + CLEAR and abs(x_other - x) < WIDTH:
                    limit = y_other - CLEAR
        for way in rails.get(column, ()):
            if y + HEADER < way.y < limit + BESIDE and way.left < x + WIDTH and x < way.right:
                limit = way.y - BESIDE
        found[name] = limit
    return found
