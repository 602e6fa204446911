"""The values of a vector as bars from zero, each with its label and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QVBoxLayout, QWidget

from cnnviz.gui.localized import exact, fixed
from cnnviz.gui.widgets.focus_ring import FocusRing
from cnnviz.gui.widgets.reading_line import ReadingLine
from cnnviz.gui.widgets.steps import step_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array

LEAST_WIDTH = 128
"""Least width of a bar with its texts, in pixels; if they do not fit in one column, as many as fit are placed side by
side."""
NUMBER = "−00.00"
"""The widest value that is written beside a bar, for measuring."""
GAP = 6
NUMBER_AND_BAR = 90
"""Least width of a bar and its value, in pixels."""
ROW_GAP, BAR_MARGIN = 3, 3
"""Pixels between rows; pixels of a row above and below its bar."""
MOST_WITH_DECIMALS = 100
"""Values from this size on are written without decimals."""
MOST_MEASURED = 128
"""Of more bars than these only the first and the last label are measured."""


class Bars(NamedTuple):
    """The content: values float32 (n,), on a scale from -limit to limit if ``signed``, else from 0 to limit.

    ``label`` returns the text before a bar, ``name`` the description for the line below.
    """

    values: Array
    limit: float
    signed: bool
    label: Callable[[int], str]
    name: Callable[[int], str]


class ValueBars(QWidget):
    """Bars in reading order, with a line below that shows the value at the pointer.

    A click holds what it points at and emits ``clicked(index)``. Arrow keys hold another value, Enter emits ``clicked``
    for it. ``pointed`` follows a change of :attr:`hovered` or :attr:`held`.
    """

    clicked = Signal(int)
    pointed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._area = _Area(theme, self)
        self._line = ReadingLine()
        self._invitation = self.tr("Point at a value to read it.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._area, 1)
        column.addWidget(self._line)
        self._area.pointed.connect(self._show_reading)
        self._area.pointed.connect(self.pointed)
        self._area.clicked.connect(self.clicked)
        self.setFocusProxy(self._area)

    def setAccessibleName(self, name: str) -> None:
        """Set the accessible name, which belongs to the area with the bars."""
        super().setAccessibleName(name)
        self._area.setAccessibleName(name)

    def set_invitation(self, text: str) -> None:
        """Set the text of the line while nothing is pointed at or held."""
        self._invitation = text
        self._show_reading()

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: higher than wide, for the side of the window."""
        return QSize(240, 320)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._area.theme = theme
        self._area.viewport().update()

    def show_bars(self, bars: Bars | None) -> None:
        """Show values; None removes them."""
        self._area.show_bars(bars)
        self._show_reading()

    def fit(self) -> None:
        """Be as high as the bars in one column, and the line below them."""
        self.setFixedHeight(self._area.height_of_all() + 2 + self._line.height())

    def bars(self) -> Bars | None:
        """The displayed values; None if there are none."""
        return self._area.bars

    def line(self) -> str:
        """The text of the line under the bars."""
        return self._line.text()

    def viewport(self) -> QWidget:
        """The widget that receives mouse events."""
        return self._area.viewport()

    def centre(self, index: int) -> QPoint:
        """The centre of a bar, in the viewport."""
        return self._area.cell(index).center()

    def current(self) -> int | None:
        """The index of the value at the pointer, else of the held value; None if there is none."""
        return self._area.held if self._area.hovered is None else self._area.hovered

    @property
    def hovered(self) -> int | None:
        """The value under the pointer."""
        return self._area.hovered

    @property
    def held(self) -> int | None:
        """The value that was clicked, or that keys went to."""
        return self._area.held

    def hold(self, index: int | None) -> None:
        """Hold a value that was chosen elsewhere; None lets the held one go. :attr:`pointed` does not follow."""
        if index != self._area.held:
            self._area.held = index
            self._area.viewport().update()
            self._show_reading()

    def _show_reading(self) -> None:
        bars, index = self._area.bars, self.current()
        if bars is None or index is None or index >= len(bars.values):
            self._line.show_text("" if bars is None else self._invitation)
        else:
            self._line.show_text(f"{bars.name(index)}\n{exact(float(bars.values[index]))}")


class _Area(QAbstractScrollArea):
    pointed = Signal()
    clicked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.bars: Bars | None = None
        self.hovered: int | None = None
        self.held: int | None = None
        self._label_width = 0
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        FocusRing(self)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_bars(self, bars: Bars | None) -> None:
        old, self.bars = self.bars, bars
        if bars is None or old is None or len(old.values) != len(bars.values):
            self.hovered = self.held = None
            self.verticalScrollBar().setValue(0)
        if bars is not None:
            # more labels than these are numbers, about as wide as the last one
            count = len(bars.values)
            measured = range(count) if count <= MOST_MEASURED else (0, count - 1)
            widths = (self.fontMetrics().horizontalAdvance(bars.label(index)) for index in measured)
            self._label_width = max(widths, default=0)
        self._arrange()
        self.viewport().update()

    @property
    def _columns(self) -> int:
        if self.bars is None or len(self.bars.values) * self._row_height <= self.viewport().height():
            return 1
        return max(1, self.viewport().width() // max(LEAST_WIDTH, self._label_width + NUMBER_AND_BAR))

    @property
    def _row_height(self) -> int:
        return self.fontMetrics().height() + ROW_GAP

    def height_of_all(self) -> int:
        return 0 if self.bars is None else len(self.bars.values) * self._row_height

    def cell(self, index: int) -> QRect:
        row, column = divmod(index, self._columns)
        width = self.viewport().width() // self._columns
        return QRect(
            column * width, row * self._row_height - self.verticalScrollBar().value(), width - 2 * GAP, self._row_height
        )

    def _arrange(self) -> None:
        count = 0 if self.bars is None else len(self.bars.values)
        height, scroll_bar = -(-count // self._columns) * self._row_height, self.verticalScrollBar()
        scroll_bar.setRange(0, max(0, height - self.viewport().height()))
        scroll_bar.setPageStep(self.viewport().height())
        scroll_bar.setSingleStep(self._row_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self.theme.surface))
        bars = self.bars
        if bars is not None:
            top = self.verticalScrollBar().value() // self._row_height
            rows = self.viewport().height() // self._row_height + 2
            for index in range(top * self._columns, min(len(bars.values), (top + rows) * self._columns)):
                self._paint(painter, bars, index)
        painter.end()

    def _paint(self, painter: QPainter, bars: Bars, index: int) -> None:
        cell, value = self.cell(index), float(bars.values[index])
        room = self.fontMetrics().horizontalAdvance(NUMBER)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QRect(cell.left(), cell.top(), self._label_width, cell.height()), middle, bars.label(index))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(cell, middle, fixed(value, 2 if abs(value) < MOST_WITH_DECIMALS else 0))
        left = cell.left() + self._label_width + GAP
        ground = QRectF(left, cell.top() + BAR_MARGIN, cell.right() - room - GAP - left, cell.height() - 2 * BAR_MARGIN)
        painter.fillRect(ground, QColor(self.theme.raised))
        zero = ground.left() + (ground.width() / 2 if bars.signed else 0.0)
        if np.isfinite(value) and ground.width() > 0:
            longest = ground.width() / (2 if bars.signed else 1)
            length = max(-1.0 if bars.signed else 0.0, min(1.0, value / bars.limit)) * longest
            bar = QRectF(min(zero, zero + length), ground.top(), abs(length), ground.height())
            painter.fillRect(bar, QColor(self.theme.positive if value > 0 else self.theme.negative))
        painter.fillRect(QRectF(zero, cell.top(), 1, cell.height()), QColor(self.theme.muted))
        if index in (self.hovered, self.held):
            painter.setPen(QColor(self.theme.text))
            painter.drawRect(cell.adjusted(0, 0, 1, -1))

    def _index_at(self, point: QPoint) -> int | None:
        if self.bars is None:
            return None
        width = self.viewport().width() // self._columns
        row = (point.y() + self.verticalScrollBar().value()) // self._row_height
        index = row * self._columns + min(self._columns - 1, point.x() // width)
        return index if 0 <= index < len(self.bars.values) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._index_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().toPoint())
        if index is not None and event.button() is Qt.MouseButton.LeftButton:
            self._hold(index)
            self.clicked.emit(index)
        self._point(index)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave:
            self._point(None)
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        step = step_of(key, self._columns, self.viewport().height() // self._row_height)
        if self.bars is not None and step:
            index = 0 if self.held is None else self.held + step
            if 0 <= index < len(self.bars.values):
                self._hold(index)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.held is not None:
            self.clicked.emit(self.held)
        elif key is Qt.Key.Key_Escape and self.held is not None:
            self.held = self.hovered = None
            self.viewport().update()
            self.pointed.emit()
        else:
            super().keyPressEvent(event)

    def _point(self, index: int | None) -> None:
        if index != self.hovered:
            self.hovered = index
            self.viewport().update()
            self.pointed.emit()

    def _hold(self, index: int) -> None:
        self.held, self.hovered = index, None
        cell, scroll_bar = self.cell(index), self.verticalScrollBar()
        if cell.top() < 0:
            scroll_bar.setValue(scroll_bar.value() + cell.top())
        elif cell.bottom() >= self.viewport().height():
            scroll_bar.setValue(scroll_bar.value() + cell.bottom() + 1 - self.viewport().height())
        self.viewport().update()
        self.pointed.emit()
