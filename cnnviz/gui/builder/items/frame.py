"""The frame around a selected node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import AROUND, HEADER, WIDTH, colour

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

LINE_WIDTH, FRAME_CORNER = 1.5, 8
"""Width of the frame in pixels of the screen; radius of its corners in scene units."""
FILL_OPACITY = 34
"""Opacity, 0 to 255, of the ground inside the frame."""


class FrameItem(QGraphicsRectItem):
    """The frame around a selected node and its column."""

    def __init__(self, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setPen(Qt.PenStyle.NoPen)
        self.set_height(HEADER)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)
        # live maps lie over the frame, so Qt repaints it with each new snapshot; a cached picture is cheap to repaint
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.hide()

    def set_height(self, height: float) -> None:
        """Follow the height of the column."""
        self.setRect(-AROUND - 1, -AROUND - 1, WIDTH + 2 * AROUND + 2, height + 2 * AROUND + 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour(self.theme.accent), LINE_WIDTH)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(colour(self.theme.accent, FILL_OPACITY))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), FRAME_CORNER, FRAME_CORNER)
