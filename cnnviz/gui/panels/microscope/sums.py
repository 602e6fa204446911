"""The table of a page: names and numbers, a line for each, such as the numbers that add up to the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.language import localized_in
from cnnviz.gui.localized import localized
from cnnviz.gui.panels.microscope.measures import bold_of, number_width, small
from cnnviz.gui.panels.microscope.painting import LEFT, RIGHT
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.ground import Ground

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Line
    from cnnviz.gui.theme import Theme

PADDING = 8
"""Empty pixels in the height of a line, and beside names and formulas."""
MOST_WIDTH = 560
"""The largest width of a table in columns, in pixels, so that numbers are near their names."""


class SumTable(QWidget):
    """Names at the left, numbers at the right, a thin line below each.

    A name that leaves no room for its number has a row of its own above it. It keeps this row while the same names are
    shown in the same width, so that numbers that change move nothing.

    ``chosen(WeightAt)`` follows a click on a line that leads to a weight.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, columns: bool = False) -> None:
        """``columns``: formulas stand in a column between names and numbers, else below the names."""
        super().__init__(parent)
        self._columns = columns
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self._fitted: tuple[object, ...] = ()
        self._above: frozenset[int] = frozenset()
        """The lines whose names have rows of their own, for the names and the width in ``_fitted``."""
        self._ground = Ground()
        """All but the numbers."""
        # the widget paints its whole background, so Qt need not paint its parents first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The height of all lines, with their formulas."""
        return QSize(200, sum(map(self._height, range(len(self._lines)))))

    def minimumSizeHint(self) -> QSize:
        """The width of a number with a part of its name."""
        return QSize(120, self.sizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show these lines."""
        if lines == self._lines:
            return
        before, self._lines = self.sizeHint(), lines
        self._fit()
        self.setAccessibleName("; ".join(f"{spelled(line.name)}: {localized(line.number)}" for line in lines))
        if self.sizeHint() != before:
            self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: other names have room beside their numbers."""
        super().resizeEvent(event)
        before = self.sizeHint()
        self._fit()
        if self.sizeHint() != before:
            self.updateGeometry()

    def _fit(self) -> None:
        """Find the names that have no room beside their numbers."""
        fitted = self._width(), self.font(), tuple((line.name, line.strong) for line in self._lines)
        if fitted != self._fitted:
            self._fitted, self._above = fitted, frozenset()
        if not self._columns:
            self._above |= {
                index
                for index, line in enumerate(self._lines)
                if QFontMetrics(self._font_of(line)).horizontalAdvance(spelled(line.name)) > self._room(line)
            }

    def _room(self, line: Line) -> int:
        """The room for a name beside its number, in pixels."""
        return int(self._width() - number_width(localized(line.number), self._font_of(line)) - PADDING)

    def event(self, event: QEvent) -> bool:
        """Show all the digits of the number at the pointer, or what a click on it does."""
        if not isinstance(event, QHelpEvent):
            return super().event(event)
        line = self._line_at(event.y())
        if line is None:
            QToolTip.hideText()
        elif line.leads is not None:
            QToolTip.showText(event.globalPos(), self.tr("Click: its gradient, and what the optimizer does"), self)
        else:
            QToolTip.showText(event.globalPos(), localized(line.exact), self)
        return True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what can be clicked."""
        line = self._line_at(event.position().y())
        leads = line is not None and line.leads is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the weight of the clicked line."""
        line = self._line_at(event.position().y())
        if line is not None and line.leads is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(line.leads)

    def line_frame(self, index: int) -> QRectF:
        """The rectangle of a line."""
        return QRectF(0, sum(map(self._height, range(index))), self._width(), self._height(index))

    def _line_at(self, y: float) -> Line | None:
        frames = ((line, self.line_frame(index)) for index, line in enumerate(self._lines))
        return next((line for line, frame in frames if frame.top() <= y < frame.bottom()), None)

    def lines(self) -> dict[str, str]:
        """The numbers by their names."""
        return {spelled(line.name): line.number for line in self._lines}

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: draw the lines."""
        lines = [(line, self.line_frame(index), self._font_of(line)) for index, line in enumerate(self._lines)]
        numbers = [localized(line.number) for line in self._lines]
        # how far each number is below its name, and the room for the name, in pixels
        drops = [self._pitch() if index in self._above else 0 for index in range(len(lines))]
        rooms = [self._width() if drop else self._room(line) for line, drop in zip(self._lines, drops, strict=True)]

        def draw(ground: QPainter) -> None:
            for (line, frame, font), room, drop in zip(lines, rooms, drops, strict=True):
                self._draw_name(ground, line, frame, font, room, drop)

        painter = QPainter(self)
        key = (
            [(line.name, line.strong, line.formula, line.leads is None) for line in self._lines],
            rooms,
            drops,
            self._theme,
            self.font(),
        )
        size, ratio = self.size(), self.devicePixelRatioF()
        painter.drawPixmap(0, 0, self._ground.picture(key, size, ratio, self._theme.surface, draw))
        painter.setPen(QColor(self._theme.text))
        for number, drop, (_, frame, font) in zip(numbers, drops, lines, strict=True):
            painter.setFont(font)
            painter.drawText(QRectF(frame.left(), frame.top() + drop, frame.width(), self._pitch()), RIGHT, number)
        painter.end()

    def _font_of(self, line: Line) -> QFont:
        return bold_of(self.font()) if line.strong else self.font()

    def _draw_name(self, painter: QPainter, line: Line, frame: QRectF, font: QFont, room: int, drop: int) -> None:
        """Draw all of a line but its number, which is ``drop`` pixels below the name and leaves it ``room`` pixels."""
        upper = QRectF(frame.left(), frame.top(), frame.width(), self._pitch())
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text if line.leads is None else self._theme.accent))
        name = QFontMetrics(font).elidedText(spelled(line.name), Qt.TextElideMode.ElideMiddle, max(0, room))
        painter.drawText(upper, LEFT, name)
        if line.formula and self._columns:
            painter.setFont(self.font())
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(upper.adjusted(self._formula_left(), 0, 0, 0), LEFT, localized_in(line.formula))
        elif line.formula:
            painter.setFont(small(self.font()))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(upper.translated(PADDING, drop + self._formula_height()), LEFT, localized_in(line.formula))
        painter.setPen(QPen(QColor(self._theme.line), 1))
        y = round(frame.bottom()) - 0.5
        painter.drawLine(QPointF(0, y), QPointF(frame.width(), y))

    def _height(self, index: int) -> int:
        formula = self._formula_height() if self._lines[index].formula and not self._columns else 0
        return self._pitch() * (2 if index in self._above else 1) + formula

    def _formula_left(self) -> int:
        """Where the column of formulas begins."""
        metrics = QFontMetrics(bold_of(self.font()))
        return max((metrics.horizontalAdvance(spelled(line.name)) for line in self._lines), default=0) + 3 * PADDING

    def _width(self) -> int:
        return min(self.width(), MOST_WIDTH) if self._columns else self.width()

    def _formula_height(self) -> int:
        return QFontMetrics(small(self.font())).height()

    def _pitch(self) -> int:
        return self.fontMetrics().height() + PADDING
