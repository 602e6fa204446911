"""The map of points: 2,000 points in a few milliseconds, a frame around some, and the point of the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.panels.points import state
from cnnviz.gui.panels.points.colours import class_colour
from cnnviz.gui.panels.points.names import font_of, names_of, paint_name
from cnnviz.gui.panels.points.view import View
from cnnviz.gui.widgets.on_screen import on_screen, painted
from cnnviz.gui.widgets.steps import ARROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QWheelEvent

    from cnnviz.gui.panels.points.names import Name
    from cnnviz.gui.panels.points.state import Group, State
    from cnnviz.gui.theme import Theme

DIAMETER = 4.5
"""Of a point, in pixels."""
CLASS_ALPHA, REST_ALPHA, FRAME_ALPHA = 0.85, 0.45, 0.12
"""Opacity, from 0 to 1, of the points of a class, of other points, and of the inside of a frame."""
CROSS, CROSS_LINE = 3.0, 1.8
"""Half the side of the cross of a wrong prediction, and the width of its lines, in pixels."""
MARKED_RADIUS = 6
"""Radius of the rings around the point of the sample and the point that is pointed at, in pixels."""
SAMPLE_RADIUS, RING_RADIUS = 7, 11
"""Radii of the disc of the sample and of the ring around it, in pixels."""
ZOOM = 1.2
"""The factor of a notch of the wheel."""
NOTCH = 120
"""What Qt tells of a wheel that turns by a notch."""
REACH = 9.0
"""A point can be pointed at from this far, in pixels."""
LEAST_DRAG = 4
"""A shorter drag is a click."""
Frame = tuple[float, float, float, float]


class PointPlot(QWidget):
    """``pointed(row or None)`` follows the pointer and the arrow keys; ``asked(row)`` a click or Enter.

    ``framed(frame or None)`` carries left, bottom, right and top of a frame, in the coordinates of the points.
    """

    pointed = Signal(object)
    asked = Signal(int)
    framed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.view = View()
        self._state: State | None = None
        self._places: NDArray[np.float64] = np.empty((0, 2))
        """The positions in pixels, float64 (n, 2)."""
        self._pictures: tuple[QPixmap, QPixmap] | None = None
        """The points and, over them and the sample, the names, as they were painted last; None after a change."""
        self._sample: tuple[float, float] | None = None
        self._sample_row: int | None = None
        """The row of the point of the sample, if it is one of the images."""
        self._row: int | None = None
        """The row of the point that is pointed at."""
        self._pressed: QPointF | None = None
        self._dragged_to: QPointF | None = None
        self._frame: Frame | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Map of points: drag a frame to list images"))

    def set_state(self, drawn: State | None, *, fit: bool) -> None:
        """Draw these points; ``fit`` chooses the visible area anew, for other points or while points are added."""
        self._state = drawn
        if drawn is not None:
            self.view.cover(drawn.positions, fit=fit)
        if drawn is None or (self._row is not None and self._row >= len(drawn.positions)):
            self._row = None
        self._place()

    def set_sample(self, position: tuple[float, float] | None, row: int | None) -> None:
        """Draw the sample at a position, None for nowhere; ``row`` is the row of its image if it has one."""
        if (position, row) != (self._sample, self._sample_row):
            self._sample, self._sample_row = position, row
            self.update()

    def set_frame(self, frame: Frame | None) -> None:
        """Draw a frame."""
        self._frame = frame
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme, self._pictures = theme, None
        self.update()

    def place(self, row: int) -> QPointF:
        """Where a point is drawn, in pixels."""
        return QPointF(*self._places[row].tolist())

    def sample_place(self) -> QPointF | None:
        """Where the sample is drawn, in pixels."""
        return None if self._sample is None else QPointF(*self.view.place(np.array([self._sample]))[0].tolist())

    def resizeEvent(self, _event: object) -> None:
        """Qt: the points are placed for the new size."""
        self.view.resize(self.width(), self.height())
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        drawn, theme = self._state, self._theme
        if drawn is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if on_screen(painter, self):
            if self._pictures is None:
                # the sample moves between them far more often than points and names do
                points = painted(self, lambda onto: self._paint_points(onto, drawn))
                self._pictures = points, painted(self, self._paint_names)
            painter.drawPixmap(0, 0, self._pictures[0])
        else:
            self._paint_points(painter, drawn)
        for row, colour in ((self._sample_row, theme.accent), (self._row, theme.text)):
            if row is not None and row < len(self._places):
                painter.setPen(QPen(QColor(colour), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(self.place(row), MARKED_RADIUS, MARKED_RADIUS)
        if (place := self.sample_place()) is not None:
            self._paint_sample(painter, place)
        if self._pictures is not None and on_screen(painter, self):
            painter.drawPixmap(0, 0, self._pictures[1])
        else:
            self._paint_names(painter)
        self._paint_frame(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a frame or a click begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._dragged_to = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: the frame grows, or a point is pointed at."""
        if self._pressed is not None:
            self._dragged_to = event.position()
            self.update()
        else:
            self._point(state.nearest(self._places, event.position().x(), event.position().y(), REACH))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: the frame is drawn, or a point is chosen."""
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        pressed, self._pressed, self._dragged_to = self._pressed, None, None
        released = event.position()
        if (released - pressed).manhattanLength() >= LEAST_DRAG:
            rect = QRectF(pressed, released).normalized()
            (left, top), (right, bottom) = self.view.coordinates(
                np.array([[rect.left(), rect.top()], [rect.right(), rect.bottom()]])
            ).tolist()
            self.framed.emit((left, bottom, right, top))
        elif (row := state.nearest(self._places, released.x(), released.y(), REACH)) is not None:
            self.asked.emit(row)
        elif self._frame is not None:
            self.framed.emit(None)
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Qt: all points are shown again."""
        if self._state is not None:
            self.view.cover(self._state.positions, fit=True)
            self._place()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: zoom about the pointer."""
        self.view.zoom(ZOOM ** (event.angleDelta().y() / NOTCH), event.position().x(), event.position().y())
        self._place()
        event.accept()

    def leaveEvent(self, _event: object) -> None:
        """Qt: no point is pointed at."""
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows point at the next point, Enter chooses it, Escape removes the frame."""
        arrow, count = ARROWS.get(Qt.Key(event.key())), len(self._places)
        if arrow is not None and count:
            start = self._row if self._row is not None else self._sample_row
            # while points are added, that of the sample may not be there yet
            if start is None or start >= count:
                from_middle = self._places - [self.width() / 2, self.height() / 2]
                self._point(int(np.hypot(*from_middle.T).argmin()))
            else:
                self._point(state.neighbour(self._places, start, *arrow))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._row is not None:
            self.asked.emit(self._row)
        elif event.key() == Qt.Key.Key_Escape and self._frame is not None:
            self.framed.emit(None)
        else:
            event.ignore()

    def _point(self, row: int | None) -> None:
        if row != self._row:
            self._row = row
            self.pointed.emit(row)
            self.update()

    def _place(self) -> None:
        self._pictures = None
        self._places = np.empty((0, 2)) if self._state is None else self.view.place(self._state.positions)
        self.update()

    def _paint_points(self, painter: QPainter, drawn: State) -> None:
        for group in drawn.groups:
            self._paint_group(painter, group)

    def _paint_names(self, painter: QPainter) -> None:
        font = font_of(self.font())
        for name in self.names():
            paint_name(painter, name, font, self._theme)

    def _paint_group(self, painter: QPainter, group: Group) -> None:
        colour = self._colour(group)
        places = self._places[group.rows]
        if group.kind == "wrong":
            painter.setPen(QPen(colour, CROSS_LINE))
            for x, y in places.tolist():
                painter.drawLine(QPointF(x - CROSS, y - CROSS), QPointF(x + CROSS, y + CROSS))
                painter.drawLine(QPointF(x - CROSS, y + CROSS), QPointF(x + CROSS, y - CROSS))
            return
        pen = QPen(colour, DIAMETER)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(arrayToQPolygonF(*places.T))

    def _colour(self, group: Group) -> QColor:
        theme = self._theme
        if group.kind == "class":
            colour = QColor(class_colour(theme, group.label))
            colour.setAlphaF(CLASS_ALPHA)
        else:
            colour = QColor(theme.error if group.kind == "wrong" else theme.muted)
            colour.setAlphaF(1.0 if group.kind == "wrong" else REST_ALPHA)
        return colour

    def names(self) -> list[Name]:
        """The names of the classes: each among its points or, where there is no room, in the line below them."""
        if self._state is None:
            return []
        return names_of(self._state, self._places, self.view.place, self.size(), font_of(self.font()))

    def _paint_sample(self, painter: QPainter, place: QPointF) -> None:
        """The sample: a disc with two rings, so that it is found among the points."""
        painter.setBrush(QColor(self._theme.accent))
        painter.setPen(QPen(QColor(self._theme.surface), 2))
        painter.drawEllipse(place, SAMPLE_RADIUS, SAMPLE_RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.accent), 1.5))
        painter.drawEllipse(place, RING_RADIUS, RING_RADIUS)

    def _paint_frame(self, painter: QPainter) -> None:
        rect = None
        if self._pressed is not None and self._dragged_to is not None:
            rect = QRectF(self._pressed, self._dragged_to).normalized()
        elif self._frame is not None:
            left, bottom, right, top = self._frame
            top_left, bottom_right = self.view.place(np.array([[left, top], [right, bottom]])).tolist()
            rect = QRectF(QPointF(*top_left), QPointF(*bottom_right))
        if rect is not None:
            fill = QColor(self._theme.accent)
            fill.setAlphaF(FRAME_ALPHA)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.drawRect(rect)
