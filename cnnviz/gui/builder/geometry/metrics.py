"""Sizes on the canvas, in scene units: pixels at a zoom of 100 %."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from cnnviz.project.layout import NODE_HEIGHT, NODE_WIDTH

WIDTH = NODE_WIDTH
"""Width of a node. The rest of a column is for the wire."""
HEADER = NODE_HEIGHT
"""Height of a node without the column of maps or facts below it."""
TILE = 62.0
"""Width of a live map."""
INSET = (WIDTH - TILE) / 2
"""Left edge of the column below a node, if there are no numbers beside it."""
GUTTER = WIDTH - TILE
"""Left edge of maps with a number beside each."""
TILE_GAP = 5.0
BELOW = 8.0
"""Gap between the header and the column below it. It is wide enough that drawing a map never repaints the header."""
FOOTER = 18.0
"""Height of the line below the maps with their number."""
CLEAR = 16.0
"""Gap that is kept free between the end of a column and the node below it."""
ROW_HEIGHT = 22.0
"""Height of a bar of the output, and of a cell of a short vector."""
AROUND = 5.0
"""Gap between a node and its selection frame."""
TITLE = 24.0
"""Height of the line with the name of an unfolded block, above its nodes."""
SHEETS = 6.0
"""How far the sheets behind a folded block reach above it; a title above it ends there."""
CORNER = 6.0
"""Radius of the corners of a header."""
PORT = 3.5
"""Radius of a port."""
REACH = 11.0
"""Distance from a port within which the pointer grabs it, in pixels of the screen."""
BLOCK_Z, UNDER_Z, OVER_Z, TRACE_Z, FOUND_Z, BAND_Z = -2, -1, 1, 7, 8, 9
"""The order of items over one another: frames of blocks, wires under the nodes, wires over them, frames of traced
values, marks of what was found, and the frame in which nodes are selected. Nodes are at 0, where Qt puts a new item."""
NO_PEN = QPen(Qt.PenStyle.NoPen)
"""The pen of items that paint their outline themselves. It is shared: do not change it."""
ENDLESS = QRectF(-5e5, -5e5, 1e6, 1e6)
"""The whole scene. It is shared: do not change it."""
LEAST_ZOOM = 0.01
"""The view is not zoomed out further."""
PLAIN_ZOOM = 0.4
"""Below this zoom nodes are plain rectangles without text, maps or ports."""
NAME = 12.5
"""Font size of the name of a node."""
SMALL = 11.0
"""Font size of the texts below the name; figures and notes may be smaller by 1."""
TRACK = 110
"""Opacity, 0 to 255, of the track behind a bar, in the colour of lines."""
LEAST_FONT = 10.0
"""The least font size of texts that have enough room, in pixels of the screen."""


@cache
def colour(name: str, alpha: int = 255) -> QColor:
    """A theme colour as a QColor. It is shared: do not change it."""
    shade = QColor(name)
    shade.setAlpha(alpha)
    return shade
