"""How the facts below all nodes are arranged while building: alike, so that they are read across. No items."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.gui.builder.geometry.metrics import BELOW, SMALL

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
