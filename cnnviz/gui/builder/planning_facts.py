"""Choosing the plan of the facts for the nodes of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.facts_plan import BOXES, COMPACT, LARGE, MOST_ROW, ROW, FactsPlan
from cnnviz.gui.builder.geometry.metrics import BELOW, SMALL

if TYPE_CHECKING:
    from collections.abc import Collection

    from cnnviz.gui.builder.items.node import NodeItem

MOST_NODES = 100
"""With more nodes there are neither boxes nor large figures: an edit of a large network would wait for them."""


def plan_facts(units: Collection[NodeItem], least: float, lines: int, first: NodeItem | None) -> FactsPlan:
    """The plan for nodes with at least so much room below each and so many rows; ``first`` is the node that can bear
    titles.

    Boxes are drawn only where each node has room for all rows and its box.
    """
    if len(units) > MOST_NODES:
        return COMPACT
    titles = None if first is None else first.node
    figure = SMALL if titles is None else LARGE
    free = least - BELOW - lines * ROW if units else 0.0
    box = next((one for one in BOXES if one <= free), 0.0)
    if not box:
        return FactsPlan(figure=figure, titles=titles)
    row = MOST_ROW if free - box >= lines * (MOST_ROW - ROW) else ROW
    shapes = [item.report.output for item in units]
    side = max([shape[1] for shape in shapes if shape is not None and len(shape) == 3], default=1)
    return FactsPlan(row, figure, box, side, titles)


def first_of_row(units: Collection[NodeItem]) -> NodeItem | None:
    """The input of a network whose nodes all stand in one row behind it: there is nothing else to say below it.

    None for a large network, which has no titles that stand once.
    """
    if len(units) > MOST_NODES:
        return None
    first = min(units, key=lambda item: item.place[0], default=None)
    if first is None or first.layer.kind != "Input" or len(first.members) > 1:
        return None
    return first if len({item.place[1] for item in units}) == 1 else None
