"""How the facts below the nodes in the build view (parameters, MACs …) are arranged: equally for all
nodes. Lengths are in units of the scene. No graphics items."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.gui.builder.geometry.metrics import BELOW, SMALL

LINE = 17.0
"""The height of a line of text: a row has one for its title, and one for its figure."""
BAR = 4.0
"""The height of the bar below a figure, which shows the share of the whole network."""
ROW = 2 * LINE + BAR + 9
"""The least height of a row with title, figure and bar, and gaps between them."""
MOST_ROW = 60.0
"""The height of a row where there is room below boxes."""
FEWEST = 4
"""The number of rows for which there is room even if no node has so many."""
LARGE = 14.0
"""The font size of figures if there is room for it."""
LEAST_FIGURE = 12.0
"""The least font size of figures with their titles at the left, in pixels of the screen, as long as the text fits."""
LEADING = 0.5
"""By how many pixels of the screen a line is at least higher than its text."""
TITLES = 118.0
"""The width of the titles left of the first node."""
BOXES = (240.0, 200.0, 160.0, 120.0, 80.0)
"""Possible heights of boxes. They are few, so that boxes do not change their size whenever the view moves."""


class FactsPlan(NamedTuple):
    """Rows of ``row_height`` with figures of ``font_size``, below boxes of ``box_height`` (0: no boxes).

    ``side`` is the height of the largest map of the network, which is the scale of the boxes. The titles of the rows
    are shown ``once``, left of the first node, or in each row.
    """

    row_height: float = ROW
    font_size: float = SMALL
    box_height: float = 0.0
    side: int = 1
    once: bool = False

    def room(self, lines: int) -> float:
        """The height that ``lines`` rows need, with the box above them."""
        return BELOW + self.box_height + lines * self.row_height


COMPACT = FactsPlan()
"""The plan for large networks, and for little room."""
