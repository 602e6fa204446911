"""A plot of loss or accuracy by class over the epochs; classes are highlighted by click or keys."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.localized import fixed, hundredths
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from cnnviz.gui.panels.mistakes.epochs_state import ClassCurves, ClassLine
    from cnnviz.gui.theme import Theme

LEFT, BELOW, ABOVE = 54, 18, 8
"""Pixels for the texts of the axes, and above the lines."""
COLUMN, LINE, BEFORE_LEGEND = 92, 16, 14
"""Width of a column of the legend, height of its lines, and the gap left of it, in pixels."""
BEFORE_FIRST, AFTER_LAST = 22, 10
"""Pixels between the ends of the axis and the first and the last epoch."""
EPOCH = 34
"""Least width for the number of an epoch, in pixels."""
NEAR = 7
"""A click at most this many pixels from a line is meant for it."""
THIN, BOLD, LEGEND_BOLD, DOT = 1.2, 2.0, 3.0, 3.0
"""Widths of lines, and by how much the dots on them are wider, in pixels."""
SWATCH, AFTER_SWATCH, AFTER_NAME = (2, 14), 18, 8
"""Where the line in an entry of the legend begins and ends, where its name begins, and the gap after name and
number."""
PALE = 0.55
"""Opacity of lines that are not highlighted."""
WIDEST = 620
"""The greatest width of the lines, in pixels."""


class ClassPlot(ThemedWidget):
    """A thin line for each class and a bold line for all images. The legend gives the last value of each line.

    Up and down move through the legend, Space or Enter highlights a class.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._state: ClassCurves | None = None
        self.highlighted: tuple[int, ...] = ()
        """The classes that are highlighted, in the order in which they were chosen."""
        self._current: int | None = None
        """The place in the legend that the keys have reached."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Loss and accuracy by class over the epochs"))

    def set_state(self, state: ClassCurves | None) -> None:
        """Draw this."""
        if state != self._state:
            self._state = state
            if self._current is not None and (state is None or self._current >= len(state.lines)):
                self._current = None
            self.update()

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(420, 160)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(200, 56)

    def point(self, label: int, at: int) -> QPointF:
        """Where the value of a class at the epoch with number ``at`` is drawn."""
        line = self._line(label)
        return QPointF(self._x(at), self._y(line.values[at]))

    def words(self, line: ClassLine) -> str:
        """A sentence about a class: its last value."""
        assert self._state is not None
        template = (
            self.tr("{name}: {value} % right after epoch {epoch}")
            if self._state.measure == "accuracy"
            else self.tr("{name}: loss {value} after epoch {epoch}")
        )
        return template.format(name=line.name, value=self._number(line.values[-1]), epoch=self._state.epochs[-1])

    def turn(self, label: int) -> None:
        """Highlight a class, or no longer."""
        highlighted = label in self.highlighted
        self.highlighted = tuple(each for each in self.highlighted if each != label) + (() if highlighted else (label,))
        self.setAccessibleDescription(self.words(self._line(label)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        state = self._state
        if state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        self._paint_axes(painter)
        for line in state.lines:
            if line.label not in self.highlighted:
                self._paint_line(painter, line.values, _faint(self._theme.muted), THIN)
        self._paint_line(painter, state.mean, QColor(self._theme.text), BOLD)
        for line in state.lines:
            if line.label in self.highlighted:
                self._paint_line(painter, line.values, self._colour(line.label), BOLD)
        self._paint_legend(painter)
        painter.end()

    def _paint_axes(self, painter: QPainter) -> None:
        state, theme, area = self._state, self._theme, self._area()
        assert state is not None
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for level in (state.low, (state.low + state.high) / 2, state.high):
            y = self._y(level)
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(area.x(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.muted))
            text = f"{self._number(level)} %" if state.measure == "accuracy" else self._number(level)
            painter.drawText(QRectF(0, y - 7, LEFT - 6, 14), right, text)
        count = len(state.epochs)
        every = max(1, -(-count * EPOCH // max(1, int(area.width()))))
        for at in range(0, count, every):
            place = QRectF(self._x(at) - 30, area.bottom() + 3, 60, BELOW - 3)
            text = self.tr("epoch {number}").format(number=state.epochs[at]) if at == 0 else str(state.epochs[at])
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_line(self, painter: QPainter, values: tuple[float, ...], colour: QColor, width: float) -> None:
        points = [QPointF(self._x(at), self._y(value)) for at, value in enumerate(values) if isfinite(value)]
        painter.setPen(QPen(colour, width))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(colour, width + DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF(points))

    def _paint_legend(self, painter: QPainter) -> None:
        state, theme = self._state, self._theme
        assert state is not None
        for at in range(len(state.lines) + 1):
            rect = self._entry(at)
            line = None if at == 0 else state.lines[at - 1]
            values = state.mean if line is None else line.values
            lit = line is not None and line.label in self.highlighted
            colour = QColor(theme.text) if line is None else self._colour(line.label) if lit else QColor(theme.muted)
            painter.setPen(QPen(colour, LEGEND_BOLD if lit or line is None else THIN))
            painter.drawLine(*(QPointF(rect.x() + x, rect.center().y()) for x in SWATCH))
            painter.setPen(colour)
            number = self._number(values[-1])
            value = painter.fontMetrics().horizontalAdvance(number) + AFTER_NAME
            name = self.tr("all") if line is None else line.name
            fitting = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, int(rect.width()) - AFTER_SWATCH - AFTER_NAME - value
            )
            words = rect.adjusted(AFTER_SWATCH, 0, -AFTER_NAME, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, fitting)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
            if line is not None and self.hasFocus() and self._current == at - 1:
                painter.setPen(QPen(QColor(theme.accent), THIN))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(0, 1, -2, -1), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: highlight the class of the line or of the entry of the legend below the pointer."""
        label = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and label is not None:
            self.turn(label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: move through the legend, highlight a class."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if self._state is None or not self._state.lines:
            super().keyPressEvent(event)
        elif step is not None:
            last = len(self._state.lines) - 1
            self._current = 0 if self._current is None else min(last, max(0, self._current + step))
            self.setAccessibleDescription(self.words(self._state.lines[self._current]))
            self.update()
        elif self._current is not None and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.turn(self._state.lines[self._current].label)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Qt: say in a tooltip what the class below the pointer has reached."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            label = self._at(event.pos())
            text = "" if label is None else self.words(self._line(label))
            QToolTip.showText(event.globalPos(), literal(text), self)
            return True
        return super().event(event)

    def _at(self, point: QPoint) -> int | None:
        """The class whose line or entry of the legend is at a point."""
        state = self._state
        if state is None:
            return None
        for at, line in enumerate(state.lines):
            if self._entry(at + 1).contains(QPointF(point)):
                return line.label
        lines_by_distance = [(self._distance(line, point), line.label) for line in state.lines]
        distance, label = min(lines_by_distance, default=(NEAR + 1.0, 0))
        return label if distance <= NEAR else None

    def _distance(self, line: ClassLine, point: QPoint) -> float:
        """The vertical distance of a point from a line, in pixels; far beside the ends of the line."""
        places = [self._x(at) for at in range(len(line.values))]
        if not places[0] - NEAR <= point.x() <= places[-1] + NEAR:
            return NEAR + 1.0
        before = max((at for at, x in enumerate(places) if x <= point.x()), default=0)
        after = min(before + 1, len(places) - 1)
        share = 0.0 if after == before else (point.x() - places[before]) / (places[after] - places[before])
        value = line.values[before] + share * (line.values[after] - line.values[before])
        return abs(self._y(value) - point.y()) if isfinite(value) else NEAR + 1.0

    def _line(self, label: int) -> ClassLine:
        assert self._state is not None
        return next(line for line in self._state.lines if line.label == label)

    def _colour(self, label: int) -> QColor:
        theme = self._theme
        colours = (theme.accent, theme.pooling, theme.activation, theme.good, theme.error)
        return QColor(colours[self.highlighted.index(label) % len(colours)])

    def _number(self, value: float) -> str:
        assert self._state is not None
        return hundredths(value) if self._state.measure == "accuracy" else fixed(value, 3)

    def _columns(self) -> int:
        """The number of columns of the legend."""
        assert self._state is not None
        rows = max(1, (self.height() - ABOVE) // LINE)
        return -(-(len(self._state.lines) + 1) // rows)

    def _entry(self, at: int) -> QRectF:
        """An entry of the legend; entry 0 is that of all images."""
        rows = max(1, (self.height() - ABOVE) // LINE)
        column, row = divmod(at, rows)
        return QRectF(self._area().right() + BEFORE_LEGEND + column * COLUMN, ABOVE + row * LINE - 4, COLUMN, LINE)

    def _area(self) -> QRectF:
        room = self.width() - LEFT - BEFORE_LEGEND - self._columns() * COLUMN
        return QRectF(LEFT, ABOVE, max(40, min(WIDEST, room)), max(1, self.height() - ABOVE - BELOW))

    def _x(self, at: int) -> float:
        assert self._state is not None
        area, last = self._area(), len(self._state.epochs) - 1
        room = area.width() - BEFORE_FIRST - AFTER_LAST
        return area.x() + BEFORE_FIRST + room * (at / last if last else 0)

    def _y(self, value: float) -> float:
        state, area = self._state, self._area()
        assert state is not None
        return area.bottom() - (value - state.low) / max(1e-12, state.high - state.low) * area.height()


def _faint(colour: str) -> QColor:
    pale = QColor(colour)
    pale.setAlphaF(PALE)
    return pale
