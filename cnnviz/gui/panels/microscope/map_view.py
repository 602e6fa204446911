"""A map, enlarged without blurring, in which the user chooses a value."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.equations import decimals
from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.microscope.measures import advance, small
from cnnviz.gui.panels.microscope.painting import draw_frame, draw_picture, framed
from cnnviz.gui.widgets.levels import levels, lookup_table, need_black_text

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Picture
    from cnnviz.gui.theme import Theme

NOWHERE = (-1, -1)
"""The position of the pointer, (row, column), while it is on no value."""
WHOLE_PIXELS = 4
"""Values whose sides have at least this many pixels are drawn with sides of whole pixels."""
AROUND_A_NUMBER = 4
"""Pixels between the numbers of neighbouring values."""


class MapView(QWidget):
    """``chosen(row, column)`` follows a click on a value; ``pointed(row, column)`` the pointer, -1 when it leaves."""

    chosen = Signal(int, int)
    pointed = Signal(int, int)

    def __init__(self, theme: Theme, highest: int | None = None, parent: QWidget | None = None) -> None:
        """With ``highest`` the view is as high as the map, at most ``highest`` pixels; else it fills its room."""
        super().__init__(parent)
        self._highest = highest
        self._theme = theme
        self._picture: Picture | None = None
        self._pointer: QPointF | None = None
        self._hovered = NOWHERE
        # the widget paints its whole background, so Qt need not paint its parents first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("The map; a click on a value shows how it comes about"))
        self.setToolTip(self.tr("Click a value to see how it comes about"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: a square."""
        return QSize(220, 220)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size, at which values can be clicked."""
        return QSize(120, 60)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()

    def show_picture(self, picture: Picture | None) -> None:
        """Show a map with its frame; None removes it."""
        self._picture = picture
        if self._highest is not None and picture is not None:
            height, width = picture.values.shape
            self.setFixedHeight(int(min(self._highest, 2 + (self.width() - 2) * height / width)))
        self.update()
        if self._pointer is not None:
            self._hovered = self._value_at(self._pointer)
            self.pointed.emit(*self._hovered)

    def area(self) -> QRectF:
        """The rectangle of the map: square values, as large as fits, of whole pixels if they are large."""
        if self._picture is None:
            return QRectF()
        height, width = self._picture.values.shape
        side = min((self.width() - 2) / width, (self.height() - 2) / height)
        side = int(side) if side >= WHOLE_PIXELS else side
        return QRectF(1, 1, width * side, height * side)

    def centre(self, row: int, column: int) -> QPointF:
        """The centre of a value, in the widget."""
        assert self._picture is not None
        return framed(self.area(), self._picture.values, (row, column, row + 1, column + 1)).center()

    def decimals(self) -> int | None:
        """The decimals of the numbers in the values: three digits of the largest one, or two; None where even those
        have no room."""
        picture = self._picture
        if picture is None:
            return None
        room = self.area().width() / picture.values.shape[1] - AROUND_A_NUMBER
        widest = -picture.scale.limit if picture.scale.signed else picture.scale.limit
        for digits in (3, 2):
            count = decimals(picture.scale.limit, digits)
            if advance(fixed(widest, count), small(self.font())) <= room:
                return count
        return None

    def set_highest(self, highest: int) -> None:
        """Set how high the view may be, in pixels; only for a view that was made with such a limit."""
        if highest != self._highest:
            self._highest = highest
            self.show_picture(self._picture)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        picture = self._picture
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        if picture is None:
            painter.end()
            return
        area = self.area()
        draw_picture(painter, area, picture, self._theme)
        if (decimals := self.decimals()) is not None:
            self._write(painter, picture, area, decimals)
        if self._hovered != NOWHERE:
            row, column = self._hovered
            draw_frame(painter, framed(area, picture.values, (row, column, row + 1, column + 1)), self._theme)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report the value at the pointer."""
        self._pointer = event.position()
        self._point(self._value_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the clicked value."""
        value = self._value_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and value != NOWHERE:
            self.chosen.emit(*value)

    def leaveEvent(self, event: QEvent) -> None:
        """Report that the pointer has left."""
        self._pointer = None
        self._point(NOWHERE)
        super().leaveEvent(event)

    def _value_at(self, point: QPointF) -> tuple[int, int]:
        picture, area = self._picture, self.area()
        if picture is None or not area.contains(point):
            return NOWHERE
        height, width = picture.values.shape
        row = min(height - 1, int((point.y() - area.top()) / area.height() * height))
        column = min(width - 1, int((point.x() - area.left()) / area.width() * width))
        # a vector laid out in rows may not fill its last row, where there is NaN
        return NOWHERE if isnan(picture.values[row, column]) else (row, column)

    def _point(self, value: tuple[int, int]) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor if value == NOWHERE else Qt.CursorShape.PointingHandCursor)
        if value != self._hovered:
            self._hovered = value
            self.update()
            self.pointed.emit(*value)

    def _write(self, painter: QPainter, picture: Picture, area: QRectF, decimals: int) -> None:
        scale = picture.scale
        black = need_black_text(lookup_table(self._theme, scale.signed))
        colours = levels(picture.values, scale.limit, scale.signed)
        painter.setFont(small(self.font()))
        for row, numbers in enumerate(picture.values.tolist()):
            for column, value in enumerate(numbers):
                if not isnan(value):
                    painter.setPen(Qt.GlobalColor.black if black[colours[row, column]] else Qt.GlobalColor.white)
                    frame = framed(area, picture.values, (row, column, row + 1, column + 1))
                    painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), fixed(value, decimals))
