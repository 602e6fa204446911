"""The area of a network that a fitted view shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from cnnviz.gui.builder.geometry.facts_plan import FEWEST, ROW, TITLES
from cnnviz.gui.builder.geometry.metrics import AROUND, BELOW, HEADER, TILE, WIDTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LEAST_COLUMN = TILE + 30
"""Height of one map and the texts around it below a node, in scene units."""


def fitted_bounds(
    places: Collection[tuple[float, float]], tops: Iterable[float], *, building: bool, titled: bool
) -> QRectF | None:
    """The area of all nodes, given by their places, with a minimal column below each; None without nodes.

    ``tops`` are the upper ends of wires and frames. ``titled`` says whether the titles of facts are left of the nodes.
    """
    if not places:
        return None
    across, down = zip(*places, strict=True)
    left = min(across) - (TITLES if titled else 0)
    right = max(across) + WIDTH
    top = min((*down, *tops))
    below = BELOW + FEWEST * ROW if building else LEAST_COLUMN
    bottom = max(down) + HEADER + below
    return QRectF(QPointF(left, top), QPointF(right, bottom)).adjusted(-AROUND, -AROUND, AROUND, 0)
