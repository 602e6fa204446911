"""How the facts below all nodes are arranged while building: alike, so that they are read across. No items."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.gui.builder.metrics import BELOW, SMALL

if TYPE_CHECKING:
    from cnnviz.gui.builder.node_item import NodeItem

LINE = 17.0
BAR = 4.0
ROW = 2 * LINE + BAR + 9
"""Height of a row with its title, its figure and its bar, at least."""
MOST_ROW = 60.0
FEWEST = 4
"""So many rows a fitted view has room for, at least."""
LARGE = 14.0
"""Size of the figures where there is room for it."""
BOXES = (240.0, 200.0, 160.0, 120.0, 80.0)
"""Heights for boxes: few, or a view that is moved would stretch them all the time."""

MOST_NODES = 100
"""With more nodes there are neither boxes nor large figures: an edit of a large network would wait for them."""


class FactsPlan(NamedTuple):
    """Rows of height ``row`` with figures of size ``figure``, below boxes in room of height ``box``; 0: without boxes.

    ``side`` is the height of the largest map of the network, the scale of the boxes. The titles of the rows stand once,
    below the node ``titles``; None: in each row.
    """

    row: float = ROW
    figure: float = SMALL
    box: float = 0.0
    side: int = 1
    titles: str | None = None

    def room(self, lines: int) -> float:
        """What so many rows need, with the box above them: more room changes nothing."""
        return BELOW + self.box + lines * self.row


COMPACT = FactsPlan()
"""That of a large network, and wherever there is no room for more."""


def plan_facts(rooms: Collection[tuple[NodeItem, float]], lines: int, first: NodeItem | None) -> FactsPlan:
    """The plan for nodes with so much room below each and so many rows; ``first`` is the node that can bear titles.

    Boxes are drawn only where each node has room for all rows and its box.
    """
    if len(rooms) > MOST_NODES:
        return COMPACT
    titles = None if first is None else first.node
    figure = SMALL if titles is None else LARGE
    free = min([room for _, room in rooms], default=0.0) - BELOW - lines * ROW
    box = next((one for one in BOXES if one <= free), 0.0)
    if not box:
        return FactsPlan(figure=figure, titles=titles)
    row = MOST_ROW if free - box >= lines * (MOST_ROW - ROW) else ROW
    shapes = [item.report.output for item, _ in rooms]
    side = max([shape[1] for shape in shapes if shape is not None and len(shape) == 3], default=1)
    return FactsPlan(row, figure, box, side, titles)


def first_of_row(units: Collection[NodeItem]) -> NodeItem | None:
    """The input of a network whose nodes all stand in one row behind it: there is nothing else to say below it."""
    first = min(units, key=lambda item: item.place[0], default=None)
    if first is None or first.layer.kind != "Input" or len(first.members) > 1:
        return None
    return first if len({item.place[1] for item in units}) == 1 else None
