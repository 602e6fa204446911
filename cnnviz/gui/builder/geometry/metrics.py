"""Sizes on the canvas, in scene units: pixels at a zoom of 100 %."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from cnnviz.project.layout import NODE_HEIGHT, NODE_WIDTH

WIDTH = NODE_WIDTH
"""Of a node. The rest of a column is for the wire."""
HEADER = NODE_HEIGHT
"""Height of a node without what hangs below it."""
TILE = 62.0
"""Width of a live map."""
INSET = (WIDTH - TILE) / 2
"""Left of what hangs below a node, where nothing stands beside it."""
GUTTER = WIDTH - TILE
"""Left of maps with a number beside each."""
TILE_GAP = 5.0
BELOW = 8.0
"""Between the header and what hangs below it; wide enough that drawing a map never touches the header."""
FOOTER = 18.0
"""Height of the line under the maps that says how many there are."""
CLEAR = 16.0
"""Kept free above the next node below."""
ROW_HEIGHT = 22.0
"""Of one bar of the output, and of one cell of a short vector."""
AROUND = 5.0
"""How far the frame of a selected node stands off."""
TITLE = 24.0
"""Height of the line with the name of an unfolded block, above its nodes."""
SHEETS = 6.0
"""How far the sheets behind a folded block look out above it, so that a title above it ends there."""
PORT = 3.5
"""Radius of a port."""
REACH = 11.0
"""How near to a port the pointer takes hold of it, in pixels of the screen."""

NO_PEN = QPen(Qt.PenStyle.NoPen)
"""For items that paint their outline themselves. Shared: not to be changed."""
ENDLESS = QRectF(-5e5, -5e5, 1e6, 1e6)
"""All of the scene that can be reached. Shared: not to be changed."""

BLOCK = 0.4
"""Below this zoom nodes are plain blocks without text, maps or ports."""
NAME = 12.5
SMALL = 11.0
LEAST = 10.0
"""Text is not drawn smaller than this many pixels of the screen while it fits."""


@cache
def colour(name: str, alpha: int = 255) -> QColor:
    """A theme colour as Qt wants it. Shared: not to be changed."""
    made = QColor(name)
    made.setAlpha(alpha)
    return made
