"""A map, enlarged without blurring, in which the user chooses a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.equations import decimals
from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.microscope.measures import advance, small
from cnnviz.gui.panels.microscope.painting import draw_frame, draw_picture, framed
from cnnviz.gui.widgets.levels import levels, lookup_table

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Picture
    from cnnviz.gui.theme import Theme

AROUND_A_NUMBER = 4
"""Pixels between the numbers of neighbouring values."""
BRIGHT = 140
"""Numbers are black on colours at least this bright, 0 to 255."""


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
        self._at = (-1, -1)
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
            high, wide = picture.values.shape
            self.setFixedHeight(int(min(self._highest, 2 + (self.width() - 2) * high / wide)))
        self.update()
        if self._pointer is not None:
            self._at = self._value_at(self._pointer)
            self.pointed.emit(*self._at)

    def area(self) -> QRectF:
        """The rectangle of the map: square values, as large as fits, of whole pixels if they are large."""
        if self._picture is None:
            return QRectF()
        high, wide = self._picture.values.shape
        side = min((self.width() - 2) / wide, (self.height() - 2) / high)
        side = int(side) if side >= 4 else side
        return QRectF(1, 1, wide * side, high * side)

    def centre(self, row: int, column: int) -> QPointF:
        """The centre of a value, in the widget."""
        assert self._picture is not None
        return framed(self.area(), self._picture.values, (row, column, row + 1, column + 1)).center()

    def places(self) -> int | None:
        """The decimals of the numbers in the values: three digits of the largest one, or two; None where even those
        have no room."""
        picture = self._picture
        if picture is None:
            return None
        room = self.area().width() / picture.values.shape[1] - AROUND_A_NUMBER
        least = -picture.scale.limit if picture.scale.signed else picture.scale.limit
        for digits in (3, 2):
            places = decimals(picture.scale.limit, digits)
            if advance(fixed(least, places), small(self.font())) <= room:
                return places
        return None

    def set_highest(self, highest: int) -> None:
        """Set how high the view may be; only if it was made with such a limit."""
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
        if (places := self.places()) is not None:
            self._write(painter, picture, area, places)
        if self._at != (-1, -1):
            row, column = self._at
            draw_frame(painter, framed(area, picture.values, (row, column, row + 1, column + 1)), self._theme)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report the value at the pointer."""
        self._pointer = event.position()
        self._point(self._value_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the clicked value."""
        at = self._value_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and at != (-1, -1):
            self.chosen.emit(*at)

    def leaveEvent(self, event: QEvent) -> None:
        """Report that the pointer has left."""
        self._pointer = None
        self._point((-1, -1))
        super().leaveEvent(event)

    def _value_at(self, at: QPointF) -> tuple[int, int]:
        picture, area = self._picture, self.area()
        if picture is None or not area.contains(at):
            return -1, -1
        high, wide = picture.values.shape
        row = min(high - 1, int((at.y() - area.top()) / area.height() * high))
        column = min(wide - 1, int((at.x() - area.left()) / area.width() * wide))
        # a vector laid out in rows may not fill its last row
        return (-1, -1) if picture.values[row, column] != picture.values[row, column] else (row, column)

    def _point(self, at: tuple[int, int]) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor if at == (-1, -1) else Qt.CursorShape.PointingHandCursor)
        if at != self._at:
            self._at = at
            self.update()
            self.pointed.emit(*at)

    def _write(self, painter: QPainter, picture: Picture, area: QRectF, places: int) -> None:
        scale = picture.scale
        light = lookup_table(self._theme, scale.signed).astype(float) @ (0.299, 0.587, 0.114) > BRIGHT
        shades = levels(picture.values, scale.limit, scale.signed)
        painter.setFont(small(self.font()))
        for row, numbers in enumerate(picture.values.tolist()):
            for column, value in enumerate(numbers):
                if value == value:
                    painter.setPen(Qt.GlobalColor.black if light[shades[row, column]] else Qt.GlobalColor.white)
                    frame = framed(area, picture.values, (row, column, row + 1, column + 1))
                    painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), fixed(value, places))
