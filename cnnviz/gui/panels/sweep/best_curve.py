"""The accuracy of each trial as a point, and the best so far as a line."""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMargins, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF

from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.sweep.diagram import TrialsDiagram
from cnnviz.gui.panels.sweep.painting import colour_of, percent_texts, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sweep.state import Drawn
    from cnnviz.gui.theme import Theme

LEFT, RIGHT, ABOVE, BELOW = 54, 10, 20, 18
"""Pixels around the points for title and numbers."""
REACH = 12.0
"""How far in pixels a point may be from the mouse to be pointed at."""
DOT, BEST_DOT = 4.0, 8.0
"""Diameters of the points in pixels."""
POINTED_RADIUS = 5
"""Of the circle around the point that is pointed at, in pixels."""


class BestCurve(TrialsDiagram):
    """A point for each trial that has an accuracy, and a line for the best so far."""

    margins = QMargins(LEFT, ABOVE, RIGHT, BELOW)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName(self.tr("The best so far over the trials"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(240, 110)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(120, 60)

    def place(self, row: int) -> QPointF:
        """Where the point of a trial is, in pixels; trials without an accuracy have none."""
        assert self._state is not None
        return QPointF(self._x(row), self._y(float(self._state.shares[row])))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        state, theme, area = self._state, self._theme, self._area()
        if state is None or not state.results:
            return
        painter = QPainter(self)
        prepare(painter, self)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, 0, self.width(), ABOVE), Qt.AlignmentFlag.AlignTop, self.tr("Best so far"))
        beside = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for share, text in zip((0.0, 1.0), percent_texts(state.scale), strict=True):
            y = self._y(share)
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - 7, LEFT - 6, 14), beside, text)
        below = QRectF(area.left(), area.bottom() + 3, area.width(), BELOW - 3)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self.tr("trial {number}").format(number=self._number(0)))
        if len(state.results) > 1:
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._number(len(state.results) - 1))
        self._paint_points(painter, state)
        self._paint_best(painter, state)
        if self._row is not None and self._row < len(state.results) and np.isfinite(state.shares[self._row]):
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.place(self._row), POINTED_RADIUS, POINTED_RADIUS)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: the nearest point is pointed at."""
        self._tell_pointed(self._row_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a trial is chosen."""
        row = self._row_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.chosen.emit(row)
        else:
            event.ignore()

    def _paint_points(self, painter: QPainter, state: Drawn) -> None:
        across, heights = (each.tolist() for each in self._places(state))
        for x, y, share, each in zip(across, heights, state.shares.tolist(), state.results, strict=True):
            if isnan(share):
                continue
            colour, at = colour_of(self._theme, share), QPointF(x, y)
            if each.complete:
                painter.setPen(QPen(colour, DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPoint(at)
            else:
                painter.setPen(QPen(colour, 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, DOT / 2, DOT / 2)

    def _paint_best(self, painter: QPainter, state: Drawn) -> None:
        """A line with a step at each trial that was better than all before."""
        heights = [
            (row, self._y(state.scale.share(value)))
            for row, value in enumerate(state.so_far.tolist())
            if not isnan(value)
        ]
        if not heights:
            return
        corners = [QPointF(self._x(heights[0][0]), heights[0][1])]
        for (_, before), (row, height) in pairwise(heights):
            if height != before:
                corners += [QPointF(self._x(row), before), QPointF(self._x(row), height)]
        corners.append(QPointF(self._x(heights[-1][0]), heights[-1][1]))
        painter.setPen(QPen(QColor(self._theme.good), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(corners))
        if state.best is not None:
            pen = QPen(QColor(self._theme.good), BEST_DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoint(self.place(state.best))

    def _row_at(self, at: QPointF) -> int | None:
        state = self._state
        if state is None or not np.isfinite(state.shares).any():
            return None
        across, heights = self._places(state)
        away = np.hypot(across - at.x(), heights - at.y())
        away[~np.isfinite(away)] = np.inf
        row = int(away.argmin())
        return row if away[row] <= REACH else None

    def _places(self, state: Drawn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The x and y coordinates of all points in pixels, float64 (n,); NaN without an accuracy."""
        area = self._area()
        last = max(1, len(state.results) - 1)
        across = self._x(0) + np.arange(len(state.results)) * (self._x(last) - self._x(0)) / last
        return across, area.bottom() - state.shares * area.height()

    def _number(self, row: int) -> str:
        assert self._state is not None
        return grouped(self._state.results[row].number)

    def _x(self, row: int) -> float:
        assert self._state is not None
        area, last = self._area(), len(self._state.results) - 1
        return area.left() + (area.width() * row / last if last else area.width() / 2)
