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

DEEP = (0.24, 0.18)
"""The offset of the rear face for the depth of the largest map, to the right and up, as shares of the area's width."""
MANY = 2048
"""The number of maps that fills the width; the scale is logarithmic."""
LONG = 4096
"""The number of values of a vector that fills the height; the scale is logarithmic."""
THIN = 0.12
"""The width of a vector, as a share of the area's width."""
SLIGHT = 0.1
"""The depth of a vector, as a share of the depth of the largest map."""
LEAST = 3.0
"""The least length of a side, in pixels."""


def box_sides(shape: Shape, side: int, area: QRectF) -> tuple[float, float, float]:
    """The width, height and depth of the box for a shape; the depth as a share of the depth of the largest map."""
    tall = area.height() - DEEP[1] * area.width()
    if len(shape) == 1:
        return THIN * area.width(), max(LEAST, tall * _log(shape[0], LONG)), SLIGHT
    wide = (1 - DEEP[0]) * area.width() * _log(shape[0], MANY)
    return max(LEAST, wide), max(LEAST, tall * shape[1] / side), min(1.0, shape[2] / side)


@lru_cache(maxsize=128)
def box_picture(size: tuple[int, int], ratio: float, shape: Shape, side: int, family: Family, theme: Theme) -> QPixmap:
    """The cached picture that :func:`paint_box` draws, for ``size`` pixels. It is shared: do not change it."""
    made = QPixmap(ceil(size[0] * ratio), ceil(size[1] * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        paint_box(painter, QRectF(0, 0, *size), shape, side, family, theme)
    return made


def paint_box(painter: QPainter, area: QRectF, shape: Shape, side: int, family: Family, theme: Theme) -> None:
    """Draw the box in the middle of an area; ``side`` is the height of the largest map of the network."""
    wide, tall, deep = box_sides(shape, side, area)
    right, up = DEEP[0] * area.width() * deep, DEEP[1] * area.width() * deep
    front = QRectF(0, 0, wide, tall)
    front.moveCenter(area.center() + QPointF(-right, up) / 2)
    away = QPointF(right, -up)
    name = theme.family(family)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(theme.surface), 1))
    # the top, the right side and the front, the front the least transparent
    for corners, alpha in (
        ((front.topLeft(), front.topLeft() + away, front.topRight() + away, front.topRight()), 110),
        ((front.topRight(), front.topRight() + away, front.bottomRight() + away, front.bottomRight()), 160),
        ((front.topLeft(), front.topRight(), front.bottomRight(), front.bottomLeft()), 225),
    ):
        painter.setBrush(colour(name, alpha))
        painter.drawPolygon(QPolygonF(list(corners)))
    painter.restore()


def _log(count: int, most: int) -> float:
    return min(1.0, log2(1 + count) / log2(1 + most))
