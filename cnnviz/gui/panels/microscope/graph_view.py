"""The view of an activation: its curve, with the point of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.microscope.measures import small
from cnnviz.gui.panels.microscope.words import spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.microscope.page import Graph
    from cnnviz.gui.theme import Theme

MARGIN = 34
"""Margin around the curve for the numbers at the axes, in pixels."""
DOT = 5.0
"""Radius of the point, in pixels."""
NUMBER = QSizeF(80, 18)
"""Room for the number of a point at an axis, in pixels; a longer one is not cut."""
DECIMALS = 3
"""Decimals of the numbers of the point."""
BESIDE_X, BESIDE_Y, ABOVE_LINE = 3, 6, 2
"""Pixels between a number and the horizontal axis, the vertical axis, and the dashed line."""
NAME_WIDTH, END_WIDTH = 160, 60
"""Room for the name of the vertical axis, and for the number at an end of the horizontal axis."""
NAME_HEIGHT, END_HEIGHT = 16, 14
"""Heights of the names of the axes, and of the numbers at the ends."""
BELOW_AXIS = 18
"""From the horizontal axis to the texts below it, under the number of the point."""
LEAST_RANGE = 1e-12
"""The least range of the vertical axis, so that a curve that is 0 everywhere divides by no zero."""


class GraphView(QWidget):
    """Shows axes through 0, the curve, the point, and dashed lines from it to both axes with the two numbers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._graph: Graph | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(420, 280)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(200, 120)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()

    def show_graph(self, graph: Graph | None) -> None:
        """Show a curve; None hides the view."""
        self._graph = graph
        self.setVisible(graph is not None)
        if graph is not None:
            x, y = graph.point
            text = self.tr("{x_name} {x}, {y_name} {y}")
            x_name, y_name = spelled(graph.x_name), spelled(graph.y_name)
            self.setAccessibleName(
                text.format(x_name=x_name, x=fixed(x, DECIMALS, True), y_name=y_name, y=fixed(y, DECIMALS, True))
            )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        graph = self._graph
        if graph is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -1.5 * MARGIN)
        finite = graph.ys[np.isfinite(graph.ys)]
        low, high = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
        left, right = float(graph.xs[0]), float(graph.xs[-1])
        across, down = area.width() / (right - left), area.height() / max(LEAST_RANGE, high - low)

        def point_at(x: float, y: float) -> QPointF:
            x, y = min(right, max(left, x)), min(high, max(low, y))
            return QPointF(area.left() + (x - left) * across, area.bottom() - (y - low) * down)

        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(point_at(left, 0), point_at(right, 0))
        painter.drawLine(point_at(0, low), point_at(0, high))
        painter.setPen(QPen(QColor(self._theme.activation), 2))
        curve = zip(graph.xs.tolist(), graph.ys.tolist(), strict=True)
        painter.drawPolyline(QPolygonF([point_at(x, y) for x, y in curve]))
        x, y = graph.point
        if np.isfinite(x) and np.isfinite(y):
            self._draw_point(painter, graph, point_at)
        self._name_axes(painter, graph, point_at)
        painter.end()

    def _draw_point(self, painter: QPainter, graph: Graph, point_at: Callable[[float, float], QPointF]) -> None:
        x, y = graph.point
        painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(point_at(x, 0), point_at(x, y))
        painter.drawLine(point_at(0, y), point_at(x, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.positive if y >= 0 else self._theme.negative))
        painter.drawEllipse(point_at(x, y), DOT, DOT)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(self.font())
        # the number of x is below its axis, or above it if the point is below
        foot = point_at(x, 0)
        frame = QRectF(QPointF(foot.x() - NUMBER.width() / 2, foot.y() + BESIDE_X), NUMBER)
        if y < 0:
            frame.moveBottom(foot.y() - BESIDE_X)
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), fixed(x, DECIMALS, True))
        side = point_at(0, y)
        # the number of y is left of its axis, or right of it and above the dashed line if the point is left
        frame = QRectF(QPointF(side.x() + BESIDE_Y, side.y() - ABOVE_LINE - NUMBER.height()), NUMBER)
        align = Qt.AlignmentFlag.AlignLeft
        if x > 0:
            frame = QRectF(QPointF(side.x() - BESIDE_Y - NUMBER.width(), side.y() - NUMBER.height() / 2), NUMBER)
            align = Qt.AlignmentFlag.AlignRight
        flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        painter.drawText(frame, int(flags), fixed(y, DECIMALS, True))

    def _name_axes(self, painter: QPainter, graph: Graph, point_at: Callable[[float, float], QPointF]) -> None:
        painter.setFont(small(self.font()))
        painter.setPen(QColor(self._theme.muted))
        end, zero = point_at(float(graph.xs[-1]), 0), point_at(0, 0)
        name = f"{spelled(graph.x_name)} →"
        frame = QRectF(
            zero.x(), min(end.y() + BELOW_AXIS, self.height() - NAME_HEIGHT), end.x() - zero.x(), NAME_HEIGHT
        )
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), name)
        top = point_at(0, float("inf"))
        frame = QRectF(top.x() - NAME_WIDTH / 2, 0, NAME_WIDTH, NAME_HEIGHT)
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), f"↑ {spelled(graph.y_name)}")
        for x in (float(graph.xs[0]), float(graph.xs[-1])):
            foot = point_at(x, 0)
            y = min(foot.y() + BELOW_AXIS, self.height() - END_HEIGHT)
            frame = QRectF(foot.x() - END_WIDTH / 2, y, END_WIDTH, END_HEIGHT)
            painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), fixed(x, 1, True))
