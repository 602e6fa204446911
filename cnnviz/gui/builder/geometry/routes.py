"""The routes of wires: in the gaps between columns of nodes and above lanes, so that they cross no maps.

A lane is a row of nodes whose headers are at the same height; maps stand below the headers.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.project.layout import COLUMN, Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

GAP = COLUMN - WIDTH
ABOVE = 8.0
"""The distance of a rail above the headers of its lane."""
ROUND = 5.0
"""The largest radius of the corners."""
LEAST_RISE, RISE, MOST_RISE = 12.0, 8.0, 70.0
"""How far an arc rises above the headers of its lane: at least, more for each column that it spans, and at most."""
LEAST_BEND, BACKWARD_BEND, MOST_BEND = GAP * 1.5, 50.0, 80.0
"""How far a curve goes on in the direction of its ports: the least, more for one that leads backwards, and the most."""
LEAST_ROUND = 0.5
"""A corner is not rounded with a smaller radius."""


class Rail(NamedTuple):
    """The horizontal part of a wire between two lanes: at height ``y``, from ``left`` to ``right``."""

    left: float
    right: float
    y: float


class Box(NamedTuple):
    """An area of the scene."""

    left: float
    top: float
    right: float
    bottom: float


class Route(NamedTuple):
    """The path of a wire that begins at the origin, and its bounding box. It is shared: do not change it."""

    path: QPainterPath
    around: Box


def rail(start: Point, end: Point) -> Rail | None:
    """The rail of a wire above the lower of its two lanes; None if the wire stays in its lane or gap."""
    (start_x, start_y), (end_x, end_y) = start, end
    left, right = start_x + GAP / 2, end_x - GAP / 2
    if right - left < 1 or abs(end_y - start_y) < HEADER / 2:
        return None
    return Rail(left, right, max(start_y, end_y) - HEADER / 2 - ABOVE)


def obstacles(places: Iterable[Point]) -> Mapping[int, Sequence[Point]]:
    """The positions of nodes by column; a node that lies in two columns is in both."""
    corners: dict[int, list[Point]] = defaultdict(list)
    for x, y in places:
        for column in {int(x // COLUMN), int((x + WIDTH) // COLUMN)}:
            corners[column].append((x, y))
    return corners


def is_free(start: Point, end: Point, among: Mapping[int, Sequence[Point]]) -> bool:
    """Whether a straight wire would cross no node and no maps below a node; ``among`` is from :func:`obstacles`."""
    (start_x, start_y), (end_x, end_y) = start, end
    low, left, right = max(start_y, end_y), start_x + 1, end_x - 1
    for column in range(int(start_x // COLUMN), int(end_x // COLUMN) + 1):
        for x, y in among.get(column, ()):
            if y <= low and x < right and x + WIDTH > left:
                return False
    return True


def is_level(start: Point, end: Point) -> bool:
    """Whether a wire stays in its lane and is long enough for a node between its ends."""
    (start_x, start_y), (end_x, end_y) = start, end
    return end_x - start_x > GAP + WIDTH and abs(end_y - start_y) < HEADER / 2


@lru_cache(maxsize=8192)
def route(dx: float, dy: float, free: bool = False) -> Route:
    """The route from the origin to (dx, dy); cached, because many wires have the same offset."""
    path = wire_path(dx, dy, free)
    around = path.boundingRect()
    return Route(path, Box(around.left(), around.top(), around.right(), around.bottom()))


def wire_path(dx: float, dy: float, free: bool = False) -> QPainterPath:
    """The path of a wire: a straight line, an arc over the nodes of the same lane, or a rail to another lane.

    Wires that go backwards are curves. ``free``: no node stands in the way, see :func:`is_free`.
    """
    start, end = QPointF(), QPointF(dx, dy)
    path = QPainterPath(start)
    if abs(dy) < 1 and dx > 0 and (free or dx <= GAP + 1):
        path.lineTo(end)
    elif not free and is_level((0.0, 0.0), (dx, dy)):
        columns = dx / COLUMN
        rise = HEADER / 2 + min(MOST_RISE, LEAST_RISE + RISE * columns)
        bend = min(COLUMN, dx / 3)
        # a cubic curve rises to 3/4 of the height of its two control points
        height = -rise * 4 / 3
        path.cubicTo(QPointF(bend, height), end + QPointF(-bend, height), end)
    elif (way := rail((0.0, 0.0), (dx, dy))) is not None:
        corners = (QPointF(way.left, 0), QPointF(way.left, way.y), QPointF(way.right, way.y), QPointF(way.right, dy))
        _along(path, (*corners, end))
    elif dx >= GAP / 2 and abs(dy) >= HEADER / 2:
        _along(path, (QPointF(dx / 2, 0), QPointF(dx / 2, dy), end))
    else:
        # how far the curve goes on in the direction of the ports before it turns
        straight = abs(dx) / 2 + abs(dy) / 12 if dx > 0 else BACKWARD_BEND + abs(dx) / 4
        bend = max(LEAST_BEND, min(MOST_BEND, straight))
        path.cubicTo(QPointF(bend, 0), end - QPointF(bend, 0), end)
    return path


def _along(path: QPainterPath, points: tuple[QPointF, ...]) -> None:
    """Extend the path through the corners, which are rounded, to the last point."""
    for corner, following in pairwise(points):
        start = path.currentPosition()
        into, out = corner - start, following - corner
        length_into, length_out = into.manhattanLength(), out.manhattanLength()
        radius = min(ROUND, length_into / 2, length_out / 2)
        if radius < LEAST_ROUND:
            path.lineTo(corner)
            continue
        path.lineTo(corner - into * (radius / length_into))
        path.quadTo(corner, corner + out * (radius / length_out))
    path.lineTo(points[-1])
