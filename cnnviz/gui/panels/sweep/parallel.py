"""Parallel coordinates: an axis for each varied target and one for the accuracy, and a line for each trial."""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QMargins, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap, QPolygonF

from cnnviz.gui.panels.sweep.diagram import TrialsDiagram
from cnnviz.gui.panels.sweep.model import written
from cnnviz.gui.panels.sweep.painting import colour_of, percent_texts, prepare, write
from cnnviz.gui.panels.sweep.state import nearest
from cnnviz.gui.widgets.on_screen import on_screen, painted

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sweep.state import Drawn
    from cnnviz.gui.theme import Theme

LEFT, RIGHT, ABOVE, BELOW = 14, 66, 26, 10
"""Pixels around the axes for titles and numbers."""
REACH = 9.0
"""A line can be pointed at from this far, in pixels."""
GRIP = 10
"""A drag that begins this near to an axis chooses a part of it."""
LEAST_DRAG = 4
MANY = 120
"""More lines than these are thin."""
BRUSH = 8
"""The width of the chosen part of an axis, in pixels."""
Range = tuple[float, float]


class ParallelPlot(TrialsDiagram):
    """A line for each trial; ``asked(row)`` follows a double click on it.

    Dragging along an axis chooses the trials that pass there; a click on an axis frees that axis again. ``brushed``
    follows both, see :attr:`inside`.
    """

    asked = Signal(int)
    brushed = Signal()
    margins = QMargins(LEFT, ABOVE, RIGHT, BELOW)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._lines: NDArray[np.float64] = np.empty((0, 0))
        """The heights of the lines at the axes as shares from the bottom, float64 (trials, axes), NaN where none."""
        self._pictures: tuple[QPixmap, QPixmap] | None = None
        """The lines, and the texts above them, as they were painted last; None after a change."""
        self._selected: int | None = None
        self.brushes: dict[int, Range] = {}
        """The chosen parts of axes, as shares from the bottom."""
        self._pressed: tuple[int, float] | None = None
        """The axis and the share where a drag has begun."""
        self.setAccessibleName(self.tr("Parallel coordinates: a line for each trial"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(460, 200)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(160, 90)

    def set_state(self, state: Drawn | None) -> None:
        """Draw these trials."""
        titles = () if self._state is None else tuple(axis.title for axis in self._state.axes)
        if state is None or tuple(axis.title for axis in state.axes) != titles:
            self.brushes = {}
        if state is None:
            self._lines, self._row = np.empty((0, 0)), None
        else:
            self._lines = np.stack([*(axis.places for axis in state.axes), state.shares], axis=1)
        super().set_state(state)

    def select(self, row: int | None) -> None:
        """Mark the line of the trial that is selected in the table."""
        if row != self._selected:
            self._selected = row
            self.update()

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which trials pass through all chosen parts of axes, bool (trials,)."""
        within = np.ones(len(self._lines), np.bool_)
        for axis, (low, high) in self.brushes.items():
            with np.errstate(invalid="ignore"):
                within &= (self._lines[:, axis] >= low) & (self._lines[:, axis] <= high)
        return within

    def place(self, row: int, axis: int) -> QPointF:
        """Where the line of a trial crosses an axis, in pixels; the last axis is the accuracy."""
        return QPointF(self._across()[axis], self._y(float(self._lines[row, axis])))

    def axis_place(self, axis: int, share: float) -> QPoint:
        """Where an axis is at a share of its length from the bottom, in pixels."""
        return QPointF(self._across()[axis], self._y(share)).toPoint()

    def resizeEvent(self, _event: object) -> None:
        """Qt: the lines are drawn anew."""
        self._renew()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        state = self._state
        if state is None or not state.axes:
            return
        painter = QPainter(self)
        prepare(painter, self)
        # a picture or a file gets lines and texts themselves
        pictures = self._painted() if on_screen(painter, self) else None
        if pictures is not None:
            painter.drawPixmap(0, 0, pictures[0])
        else:
            self._paint_lines(painter)
        for row, colour in ((self._selected, self._theme.pooling), (self._row, self._theme.text)):
            if row is not None and row < len(self._lines):
                self._paint_highlight(painter, row, QPen(QColor(colour), 2.2))
        if pictures is not None:
            painter.drawPixmap(0, 0, pictures[1])
        else:
            self._paint_axes(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a drag along an axis or a click begins."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        axis = self._axis_at(event.position().x())
        self._pressed = None if axis is None else (axis, self._share(event.position().y()))
        if axis is None and (row := self._row_at(event.position())) is not None:
            self.chosen.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: a part of an axis is chosen, or a line is pointed at."""
        if self._pressed is not None:
            axis, start = self._pressed
            share = self._share(event.position().y())
            if abs(share - start) * self._area().height() >= LEAST_DRAG:
                self.brushes[axis] = (min(start, share), max(start, share))
                self._renew()
                self.brushed.emit()
        else:
            self._tell_pointed(self._row_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: a click on an axis chooses all of it again."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        axis, start = pressed
        if abs(self._share(event.position().y()) - start) * self._area().height() < LEAST_DRAG and axis in self.brushes:
            del self.brushes[axis]
            self._renew()
            self.brushed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: the run of a trial is opened."""
        if (row := self._row_at(event.position())) is not None:
            self.asked.emit(row)

    def _renew(self) -> None:
        self._pictures = None
        super()._renew()

    def _painted(self) -> tuple[QPixmap, QPixmap]:
        """The lines, and the texts above them, painted again after a change only."""
        if self._pictures is None:
            self._pictures = painted(self, self._paint_lines), painted(self, self._paint_axes)
        return self._pictures

    def _across(self) -> NDArray[np.float64]:
        area = self._area()
        return np.linspace(area.left(), area.right(), max(1, self._lines.shape[1]))

    def _share(self, y: float) -> float:
        area = self._area()
        return min(1.0, max(0.0, (area.bottom() - y) / area.height()))

    def _axis_at(self, x: float) -> int | None:
        away = np.abs(self._across() - x)
        return int(away.argmin()) if self._lines.size and away.min() <= GRIP else None

    def _row_at(self, at: QPointF) -> int | None:
        if not self._lines.size:
            return None
        area = self._area()
        lines = area.bottom() - np.where(self.inside[:, None], self._lines, np.nan) * area.height()
        return nearest(lines, self._across(), at.x(), at.y(), REACH)

    def _points(self, rows: slice | list[int]) -> list[list[QPointF]]:
        """Where the lines of some trials cross the axes, in pixels; axes at which a trial has no value are left out."""
        area, across = self._area(), self._across().tolist()
        heights = (area.bottom() - self._lines[rows] * area.height()).tolist()
        return [[QPointF(x, y) for x, y in zip(across, line, strict=True) if not isnan(y)] for line in heights]

    def _paint_lines(self, painter: QPainter) -> None:
        state, theme, within = self._state, self._theme, self.inside.tolist()
        assert state is not None
        for x in self._across().tolist():
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(x, self._y(0)), QPointF(x, self._y(1)))
        # Qt paints lines of one pixel several times as fast as wider ones
        wide = 1.4 if len(self._lines) <= MANY else 1.0
        points, shares = self._points(slice(None)), state.shares.tolist()
        # from the bottom up: the trials that are not chosen, then the chosen ones (+ 1); of both those without an
        # accuracy first and the best last
        order = np.argsort(np.where(np.isnan(state.shares), -1.0, state.shares) + self.inside, kind="stable")
        for row in order.tolist():
            if not within[row]:
                pen = QPen(QColor(theme.line), 1)
            elif isnan(shares[row]):
                pen = QPen(QColor(theme.muted), 1, Qt.PenStyle.DashLine)
            elif row == state.best:
                pen = QPen(QColor(theme.good), 2.6)
            else:
                pen = QPen(colour_of(theme, shares[row]), wide if state.results[row].complete else 1.0)
            painter.setPen(pen)
            # Qt paints parts of a line much faster than a line with corners
            painter.drawLines([QLineF(start, end) for start, end in pairwise(points[row])])

    def _paint_highlight(self, painter: QPainter, row: int, pen: QPen) -> None:
        (points,) = self._points([row])
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(pen.color(), 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF(points))

    def _paint_axes(self, painter: QPainter) -> None:
        prepare(painter, self)
        state = self._state
        assert state is not None
        theme, across, metrics = self._theme, self._across().tolist(), painter.fontMetrics()
        column = across[1] - across[0] if len(across) > 1 else self.width()
        titles = [*(axis.title for axis in state.axes), self.tr("validation")]
        for number, (x, title) in enumerate(zip(across, titles, strict=True)):
            if number in self.brushes:
                low, high = self.brushes[number]
                fill = QColor(theme.accent)
                fill.setAlphaF(0.35)
                painter.setPen(QPen(QColor(theme.accent), 1))
                painter.setBrush(fill)
                painter.drawRect(QRectF(x - BRUSH / 2, self._y(high), BRUSH, self._y(low) - self._y(high)))
            beside = column / 2 - 4
            room = min(beside, x) + min(beside, self.width() - x)
            fitting = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, int(room))
            width = metrics.horizontalAdvance(fitting)
            left = min(max(0.0, x - width / 2), self.width() - width)
            write(painter, left, metrics.ascent(), fitting, theme.text, theme.surface)
            if number < len(state.axes):
                texts = [(place, written(value)) for place, value in state.axes[number].ticks]
            else:
                texts = list(zip((0.0, 1.0), percent_texts(state.scale), strict=True))
            self._paint_ticks(painter, x, texts, int(column if number < len(state.axes) else RIGHT) - 8)

    def _paint_ticks(self, painter: QPainter, x: float, texts: list[tuple[float, str]], room: int) -> None:
        metrics = painter.fontMetrics()
        # both ends first: a text between them that has no room is left out
        ends = sorted(texts, key=lambda tick: min(tick[0], 1 - tick[0]))
        used: list[float] = []
        for place, text in ends:
            y = self._y(place)
            if any(abs(y - other) < metrics.height() for other in used):
                continue
            used.append(y)
            painter.setPen(QPen(QColor(self._theme.muted), 1))
            painter.drawLine(QPointF(x - 3, y), QPointF(x + 3, y))
            fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(12, room))
            base = y + metrics.ascent() / 2 - 1
            write(painter, x + 6, base, fitting, self._theme.muted, self._theme.surface)
