"""The way of a wire: past the maps that hang below other nodes, in the gaps between columns and above the lanes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from cnnviz.gui.builder.metrics import HEADER, WIDTH
from cnnviz.project.layout import COLUMN

GAP = COLUMN - WIDTH
ABOVE = 8.0
"""How far above the headers of its lane a rail runs."""
ROUND = 5.0
"""Radius of the corners, at most."""


@dataclass(frozen=True)
class Rail:
    """The level part of a wire between two lanes: at the height ``y``, from ``left`` to ``right``."""

    left: float
    right: float
    y: float


def rail(start: QPointF, end: QPointF) -> Rail | None:
    """Where a wire runs along above the lower of its two lanes; None for one that stays in its lane or its gap."""
    left, right = start.x() + GAP / 2, end.x() - GAP / 2
    if right - left < 1 or abs(end.y() - start.y()) < HEADER / 2:
        return None
    return Rail(left, right, max(start.y(), end.y()) - HEADER / 2 - ABOVE)


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """Straight along one line, over the nodes of the same lane, or by a rail to another lane; a curve backwards."""
    path = QPainterPath(start)
    dx, dy = end.x() - start.x(), end.y() - start.y()
    if abs(dy) < 1 and 0 < dx <= GAP + 1:
        path.lineTo(end)
    elif dx > GAP + WIDTH and abs(dy) < HEADER / 2:
        columns = dx / COLUMN
        rise = HEADER / 2 + min(70.0, 12.0 + 8.0 * columns)
        bend = min(COLUMN, dx / 3)
        path.cubicTo(start + QPointF(bend, -rise * 4 / 3), end + QPointF(-bend, -rise * 4 / 3), end)
    elif (way := rail(start, end)) is not None:
        corners = (
            QPointF(way.left, start.y()),
            QPointF(way.left, way.y),
            QPointF(way.right, way.y),
            QPointF(way.right, end.y()),
        )
        _along(path, (*corners, end))
    elif dx >= GAP / 2 and abs(dy) >= HEADER / 2:
        middle = start.x() + dx / 2
        _along(path, (QPointF(middle, start.y()), QPointF(middle, end.y()), end))
    else:
        bend = max(GAP * 1.5, min(80.0, abs(dx) / 2 + abs(dy) / 12 if dx > 0 else 50.0 + abs(dx) / 4))
        path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
    return path


def _along(path: QPainterPath, points: tuple[QPointF, ...]) -> None:
    """Lead on through the corners, rounded, to the last point."""
    for corner, following in pairwise(points):
        here = path.currentPosition()
        into, out = corner - here, following - corner
        lengths = into.manhattanLength(), out.manhattanLength()
        radius = min(ROUND, lengths[0] / 2, lengths[1] / 2)
        if radius < 0.5:
            path.lineTo(corner)
            continue
        path.lineTo(corner - into * (radius / lengths[0]))
        path.quadTo(corner, corner + out * (radius / lengths[1]))
    path.lineTo(points[-1])
