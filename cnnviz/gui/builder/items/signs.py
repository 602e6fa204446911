"""The signs on the header of a node: a badge for its problems, a lock if it is frozen, a diamond for a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cnnviz.gui.builder.geometry.metrics import colour
from cnnviz.gui.builder.items import text
from cnnviz.training.changes import LayerChange

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


def paint_change(painter: QPainter, middle: QPointF, change: LayerChange, theme: Theme) -> None:
    """Paint a diamond around ``middle``: filled if the layer starts new, else only its outline."""
    new = change is LayerChange.NEW
    up, right = (QPointF(0, -5), QPointF(5, 0)) if new else (QPointF(0, -4), QPointF(4, 0))
    painter.setPen(QPen(colour(theme.surface), 1) if new else QPen(colour(theme.pooling), 1.5))
    painter.setBrush(colour(theme.pooling if new else theme.surface))
    painter.drawPolygon(QPolygonF([middle + up, middle + right, middle - up, middle - right]))


def change_text(change: LayerChange) -> str:
    """What the sign of a change means."""
    if change is LayerChange.NEW:
        return QCoreApplication.translate("Canvas", "Its weights start new if training goes on with the change.")
    sentence = QCoreApplication.translate("Canvas", "It or its input has changed since the start of the training.")
    if change is LayerChange.KEPT:
        kept = QCoreApplication.translate("Canvas", "It keeps its weights if training goes on with the change.")
        return f"{sentence} {kept}"
    if change is LayerChange.BARE:
        return f"{sentence} {QCoreApplication.translate('Canvas', 'It has no weights.')}"
    return sentence
