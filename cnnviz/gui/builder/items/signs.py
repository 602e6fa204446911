"""The signs on the header of a node: a badge for its problems, and a lock if it is frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cnnviz.gui.builder.geometry.metrics import colour
from cnnviz.gui.builder.items import text

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme


def paint_lock(painter: QPainter, middle: QPointF, theme: Theme) -> None:
    """Paint a closed lock around ``middle``."""
    painter.setPen(QPen(colour(theme.surface), 3.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shackle, body = QRectF(middle.x() - 2.5, middle.y() - 6, 5, 7), QRectF(middle.x() - 4.5, middle.y() - 1.5, 9, 7)
    painter.drawRoundedRect(shackle, 2.5, 2.5)
    painter.setPen(QPen(colour(theme.text), 1.4))
    painter.drawRoundedRect(shackle, 2.5, 2.5)
    painter.setPen(QPen(colour(theme.surface), 1))
    painter.setBrush(colour(theme.text))
    painter.drawRoundedRect(body, 1.5, 1.5)


def paint_badge(painter: QPainter, middle: QPointF, error: bool, theme: Theme) -> None:
    """Paint a badge with an exclamation mark around ``middle``: a disc for an error, a triangle for a warning."""
    painter.setPen(QPen(colour(theme.surface), 1.2))
    painter.setBrush(colour(theme.error if error else theme.pooling))
    if error:
        painter.drawEllipse(middle, 7, 7)
    else:
        points = [middle + QPointF(0, -7.5), middle + QPointF(7.5, 6), middle + QPointF(-7.5, 6)]
        painter.drawPolygon(QPolygonF(points))
    mark = QRectF(middle.x() - 6, middle.y() - (6 if error else 4.5), 12, 12)
    text.draw(painter, mark, "!", 9, QColor(theme.surface), bold=True)
