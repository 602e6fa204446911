"""A value of each layer as a curve over the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.localized import fixed
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

LEFT, RIGHT, TOP = 26, 8, 6
"""Pixels left free around the curve."""
DOT = 3.0
"""The radius of a dot, in pixels."""
LEAST_SIZE = QSize(150, 64)
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
_BEFORE_AXIS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LayerCurve(ThemedWidget):
    """A dot for each layer, joined by lines, on a scale from 0 to 1, or to 2 if a value is above 1.

    ``chosen(node)`` follows a click on a layer, and the arrow keys.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._nodes: tuple[str, ...] = ()
        self._values: tuple[float, ...] = ()
        self._current, self._marked = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_values(self, nodes: tuple[str, ...], values: tuple[float, ...], marked: str) -> None:
        """Show a value >= 0 for each node, and mark the line that leads to the node ``marked`` ("" for none).

        ``values`` may be of the first nodes only, because the others are not known yet.
        """
        if (nodes, values, marked) != (self._nodes, self._values, self._marked):
            self._nodes, self._values, self._marked = nodes, values, marked
            self.setAccessibleDescription(", ".join(map(self._said, range(len(values)))))
            self.update()

    def set_current(self, node: str) -> None:
        """Show which node is chosen; "" for none."""
        if node != self._current:
            self._current = node
            self.update()

    def values(self) -> dict[str, float]:
        """The displayed value of each node."""
        return dict(zip(self._nodes, self._values, strict=False))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(320, 140)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return LEAST_SIZE

    def place(self, node: str) -> QPointF:
        """Where the dot of a node is."""
        return self._place(self._nodes.index(node))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, area = self._theme, self._area()
        painter.setFont(self.font())
        for share, text in ((0.0, "0"), (1.0, fixed(self._end(), 0))):
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), _BEFORE_AXIS, text)
        places = [self._place(index) for index in range(len(self._values))]
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.drawPolyline(QPolygonF(places))
        if self._marked in self._nodes and (index := self._nodes.index(self._marked)):
            painter.setPen(QPen(QColor(theme.pooling), 3))
            painter.drawLine(places[index - 1], places[index])
        for node, place in zip(self._nodes, places, strict=False):
            is_current = node == self._current
            painter.setPen(QPen(QColor(theme.text if is_current else theme.accent), 1.5))
            painter.setBrush(QColor(theme.accent if is_current else theme.surface))
            painter.drawEllipse(place, DOT + is_current, DOT + is_current)
        self._draw_names(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose the layer at the pointer."""
        if (index := self._at(event.position().x())) is not None:
            self.chosen.emit(self._nodes[index])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: the arrows go from layer to layer, as far as values are known."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        known = self._nodes[: len(self._values)]
        if step is None or not known:
            super().keyPressEvent(event)
            return
        index = known.index(self._current) + step if self._current in known else 0
        self.chosen.emit(known[min(max(0, index), len(known) - 1)])

    def event(self, event: QEvent) -> bool:
        """Qt: a tooltip with the name and the value of the layer at the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._at(event.pos().x())
            QToolTip.showText(event.globalPos(), "" if index is None else self._said(index), self)
            return True
        return super().event(event)

    def _said(self, index: int) -> str:
        return f"{self._nodes[index]} {fixed(self._values[index], 2)}"

    def _end(self) -> float:
        """The value at the top of the scale."""
        return 2.0 if max(self._values, default=0.0) > 1 else 1.0

    def _area(self) -> QRectF:
        below = self.fontMetrics().height() + 4
        return QRectF(LEFT, TOP, max(1, self.width() - LEFT - RIGHT), max(1, self.height() - TOP - below))

    def _x(self, index: int) -> float:
        area, gaps = self._area(), max(1, len(self._nodes) - 1)
        return area.left() + index / gaps * area.width()

    def _place(self, index: int) -> QPointF:
        area, share = self._area(), min(1.0, self._values[index] / self._end())
        return QPointF(self._x(index), area.bottom() - share * area.height())

    def _at(self, x: float) -> int | None:
        """The index of the layer nearest to ``x``, in pixels."""
        if not self._values:
            return None
        area, gaps = self._area(), max(1, len(self._nodes) - 1)
        return min(max(0, round((x - area.left()) / area.width() * gaps)), len(self._values) - 1)

    def _draw_names(self, painter: QPainter) -> None:
        """The names of the chosen and the marked layer, and of as many others as there is room for."""
        metrics = painter.fontMetrics()
        top, height = self._area().bottom() + 3, metrics.height()
        taken: list[tuple[float, float]] = []
        first = [node for node in (self._current, self._marked) if node in self._nodes]
        for node in dict.fromkeys([*first, *self._nodes[:1], *self._nodes[-1:], *self._nodes]):
            width = metrics.horizontalAdvance(node)
            left = min(max(0.0, self._x(self._nodes.index(node)) - width / 2), self.width() - width)
            if any(left < end + 8 and begin < left + width + 8 for begin, end in taken):
                continue
            taken.append((left, left + width))
            painter.setPen(QColor(self._theme.text if node == self._current else self._theme.muted))
            painter.drawText(QRectF(left, top, width + 1, height), _CENTRE, node)
