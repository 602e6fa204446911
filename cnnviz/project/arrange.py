"""Automatic layout: the flow runs from left to right, parallel paths stand below each other."""

from __future__ import annotations

from cnnviz.network.graph import Network
from cnnviz.project.layout import COLUMN, ROW, Layout, Point


def arrange(network: Network) -> Layout:
    """A layered layout (Sugiyama, Tagawa and Toda, 1981): columns by longest path, then lanes.

    A node takes the lane of its first input where that is free, so that the main path stays straight;
    a wire that skips nodes of its own lane leads around them.
    """
    column: dict[str, int] = {}
    for name in network.order:
        column[name] = 1 + max((column[source] for source in network.inputs[name]), default=-1)
    lane: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    for name in network.order:
        wanted = min((lane[source] for source in network.inputs[name]), default=0)
        while (column[name], wanted) in taken:
            wanted += 1
        lane[name] = wanted
        taken.add((column[name], wanted))
    positions: dict[str, Point] = {name: (column[name] * COLUMN, lane[name] * ROW) for name in network.nodes}
    return Layout(positions)
