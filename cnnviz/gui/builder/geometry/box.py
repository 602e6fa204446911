"""Draws the output of a layer as a box: the height and depth follow the size of the maps, the width their number."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, log2
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF

from cnnviz.gui.builder.geometry.metrics import colour

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Family
    from cnnviz.network.shape import Shape

DEPTH_RIGHT, DEPTH_UP = 0.24, 0.18
"""The offset of the rear face for the depth of the largest map, to the right and up, as shares of the area's width."""
FULL_WIDTH_MAPS = 2048
"""The number of maps that fills the width; the scale is logarithmic."""
FULL_HEIGHT_VALUES = 4096
"""The number of values of a vector that fills the height; the scale is logarithmic."""
VECTOR_WIDTH = 0.12
"""The width of a vector, as a share of the area's width."""
VECTOR_DEPTH = 0.1
"""The depth of a vector, as a share of the depth of the largest map."""
LEAST_SIDE = 3.0
"""The least length of a side, in pixels."""


def box_sides(shape: Shape, side: int, area: QRectF) -> tuple[float, float, float]:
    """The width, height and depth of the box for a shape; the depth as a share of the depth of the largest map."""
    height = area.height() - DEPTH_UP * area.width()
    if len(shape) == 1:
        return VECTOR_WIDTH * area.width(), max(LEAST_SIDE, height * _log(shape[0], FULL_HEIGHT_VALUES)), VECTOR_DEPTH
    width = (1 - DEPTH_RIGHT) * area.width() * _log(shape[0], FULL_WIDTH_MAPS)
    return max(LEAST_SIDE, width), max(LEAST_SIDE, height * shape[1] / side), min(1.0, shape[2] / side)


@lru_cache(maxsize=128)
def box_picture(size: tuple[int, int], ratio: float, shape: Shape, side: int, family: Family, theme: Theme) -> QPixmap:
    """The cached picture that :func:`paint_box` draws, for ``size`` pixels. It is shared: do not change it."""
    width, height = size
    picture = QPixmap(ceil(width * ratio), ceil(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        paint_box(painter, QRectF(0, 0, width, height), shape, side, family, theme)
    return picture


def paint_box(painter: QPainter, area: QRectF, shape: Shape, side: int, family: Family, theme: Theme) -> None:
    """Draw the box in the middle of an area; ``side`` is the height of the largest map of the network."""
    width, height, depth = box_sides(shape, side, area)
    right, up = DEPTH_RIGHT * area.width() * depth, DEPTH_UP * area.width() * depth
    front = QRectF(0, 0, width, height)
    front.moveCenter(area.center() + QPointF(-right, up) / 2)
    to_rear = QPointF(right, -up)
    name = theme.family(family)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(theme.surface), 1))
    # the top, the right side and the front, the front the least transparent
    for corners, alpha in (
        ((front.topLeft(), front.topLeft() + to_rear, front.topRight() + to_rear, front.topRight()), 110),
        ((front.topRight(), front.topRight() + to_rear, front.bottomRight() + to_rear, front.bottomRight()), 160),
        ((front.topLeft(), front.topRight(), front.bottomRight(), front.bottomLeft()), 225),
    ):
        painter.setBrush(colour(name, alpha))
        painter.drawPolygon(QPolygonF(list(corners)))
    painter.restore()


def _log(count: int, most: int) -> float:
    return min(1.0, log2(1 + count) / log2(1 + most))
