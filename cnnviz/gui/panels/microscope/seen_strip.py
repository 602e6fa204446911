"""A strip of layers with the part of each that a value depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.localized import spell
from cnnviz.gui.panels.microscope.measures import small
from cnnviz.gui.panels.microscope.painting import CENTRE, LEFT

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.seen import Seen
    from cnnviz.gui.theme import Theme

SIDE, MOST_SIDE = 34, 96
"""Pixels of the longest side of a layer's outline: usually, and where there is much room."""
BESIDE = 50
"""Pixels beside an outline up to the next one, for the name below it."""
TITLE = 120
"""Pixels for the title left of the outlines."""
GAP = 6
"""Pixels between the texts of two layers, and pixels of the height besides outline and texts."""


class SeenStrip(QWidget):
    """``input 8×8 › conv1 6×6 › …``: outlines of the maps with the part that the value sees filled.

    ``chosen(node)`` follows a click on a layer. If there is too little room, the layers
    that follow the image are left out first.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layers: tuple[Seen, ...] = ()
        self._side = SIDE
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("What the value depends on in each layer before it; a click leads there"))

    def sizeHint(self) -> QSize:
        """An outline and two lines of text."""
        return QSize(300, self._side + GAP + 2 * int(QFontMetricsF(small(self.font())).height()))

    def minimumSizeHint(self) -> QSize:
        """A few layers."""
        return QSize(100, self.sizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()

    def show_layers(self, layers: tuple[Seen, ...]) -> None:
        """Show these layers, the image first."""
        if layers != self._layers:
            self._layers = layers
            words = "; ".join(f"{layer.nodes[-1]} {self._size_of(layer)}" for layer in layers)
            self.setAccessibleName(self.tr("The value sees: {layers}").format(layers=words))
            self.update()

    def growth(self, spare: float) -> int:
        """How many pixels higher than usually the strip can be, at most ``spare``, with room for all layers beside each
        other."""
        fitting = (self.width() - TITLE) / max(1, len(self._layers)) - BESIDE
        return int(max(SIDE, min(MOST_SIDE, fitting, SIDE + spare))) - SIDE

    def grow(self, pixels: int) -> None:
        """Draw the outlines larger, so that the strip is so many pixels higher than usually."""
        if pixels != self.grown:
            self._side = SIDE + pixels
            self.updateGeometry()
            self.update()

    @property
    def grown(self) -> int:
        """How many pixels the strip is higher than usually."""
        return self._side - SIDE

    def layers(self) -> tuple[Seen, ...]:
        """All layers, the image first."""
        return self._layers

    def shown(self) -> tuple[Seen, ...]:
        """The displayed layers: those that fit."""
        count = max(2, int((self.width() - TITLE) // self._pitch))
        if len(self._layers) <= count:
            return self._layers
        return (self._layers[0], *self._layers[len(self._layers) - count + 1 :])

    def frame(self, index: int) -> QRectF:
        """The rectangle of a displayed layer."""
        return QRectF(TITLE + index * self._pitch, 0, self._pitch - GAP, self.height())

    @property
    def _pitch(self) -> int:
        """Pixels from the left edge of a layer to the left edge of the next."""
        return self._side + BESIDE

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: draw the layers."""
        painter = QPainter(self)
        font = small(self.font())
        painter.setFont(font)
        painter.setPen(QColor(self._theme.muted))
        title = QRectF(0, 0, TITLE - 8, self._side + 4)
        painter.drawText(title, LEFT | int(Qt.TextFlag.TextWordWrap), self.tr("It sees so much of each layer before:"))
        line, metrics = QFontMetricsF(font).height(), QFontMetricsF(font)
        shown = self.shown()
        for index, layer in enumerate(shown):
            frame = self.frame(index)
            self._draw_outline(painter, layer, frame)
            name = layer.nodes[0] if len(layer.nodes) == 1 else f"{layer.nodes[0]} … {layer.nodes[-1]}"
            words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, frame.width())
            painter.setPen(QColor(self._theme.text if index == len(shown) - 1 else self._theme.muted))
            painter.drawText(QRectF(frame.left(), self._side + 3, frame.width(), line), CENTRE, words)
            below = QRectF(frame.left(), self._side + 3 + line, frame.width(), line)
            painter.drawText(below, CENTRE, self._size_of(layer))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a click leads to a layer."""
        for index, layer in enumerate(self.shown()):
            if event.button() == Qt.MouseButton.LeftButton and self.frame(index).contains(event.position()):
                self.chosen.emit(layer.nodes[-1])

    def _size_of(self, layer: Seen) -> str:
        top, left, bottom, right = layer.frame
        return spell((bottom - top, right - left))

    def _draw_outline(self, painter: QPainter, layer: Seen, frame: QRectF) -> None:
        height, width = layer.size
        side = self._side / max(height, width)
        outline = QRectF(0, 0, width * side, height * side)
        outline.moveCenter(QRectF(frame.left(), 1, frame.width(), self._side).center())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.drawRect(outline)
        top, left, bottom, right = layer.frame
        part = QRectF(
            outline.left() + left * side, outline.top() + top * side, (right - left) * side, (bottom - top) * side
        )
        painter.fillRect(part.adjusted(0.5, 0.5, 0.5, 0.5), QColor(self._theme.accent))
