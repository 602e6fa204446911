"""Choosing how facts are arranged below the nodes of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.facts_plan import BOXES, COMPACT, LARGE, MOST_ROW, ROW, FactsPlan
from cnnviz.gui.builder.geometry.metrics import BELOW, SMALL

if TYPE_CHECKING:
    from collections.abc import Collection

    from cnnviz.gui.builder.items.node import NodeItem

MOST_NODES = 100
"""Larger networks get neither boxes nor large digits, which would slow down their edits."""


def plan_facts(units: Collection[NodeItem], room: float, rows: int, *, once: bool) -> FactsPlan:
    """The arrangement of ``rows`` below each node, for nodes with at least ``room`` scene units below them.

    ``once`` says whether the titles are shown once, left of the first node; otherwise each node repeats them. Boxes
    are drawn only if each node has room for all rows and its box.
    """
    if len(units) > MOST_NODES:
        return COMPACT
    font_size = LARGE if once else SMALL
    free = room - BELOW - rows * ROW if units else 0.0
    box = next((size for size in BOXES if size <= free), 0.0)
    if not box:
        return FactsPlan(font_size=font_size, once=once)
    row_height = MOST_ROW if free - box >= rows * (MOST_ROW - ROW) else ROW
    shapes = [item.report.output for item in units]
    side = max([shape[1] for shape in shapes if shape is not None and len(shape) == 3], default=1)
    return FactsPlan(row_height, font_size, box, side, once)


def first_of_row(units: Collection[NodeItem]) -> NodeItem | None:
    """The first node of a network whose nodes all stand in one row; the titles are shown left of it.

    None otherwise, and for a large network, which repeats the titles.
    """
    if len(units) > MOST_NODES:
        return None
    first = min(units, key=lambda item: item.place[0], default=None)
    if first is None or first.layer.kind != "Input" or len(first.members) > 1:
        return None
    return first if len({item.place[1] for item in units}) == 1 else None
