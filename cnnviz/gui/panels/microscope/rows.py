"""The rows of a page, painted as one widget that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnnviz.gui.panels.microscope.measures import (
    BETWEEN_HEADS,
    Columns,
    amount_width,
    arrange,
    head_widths,
    heading,
    row_height,
    size_of,
    small,
    words_width,
)
from cnnviz.gui.panels.microscope.page import Amount, Block, Number, Picture, Words
from cnnviz.gui.panels.microscope.painting import (
    LEFT,
    RIGHT,
    draw_amount,
    draw_cell,
    numbers_area,
)
from cnnviz.gui.panels.microscope.words import spelled

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Cell, Page, Rest, Row, Text
    from cnnviz.gui.theme import Theme

LEAST_ROWS = 3
LEAST_LINES, MOST_LINES = 2, 6
"""The least and the most lines of the heads."""
ABOVE = 6
"""Pixels between the heads and the first row."""
REST = 36
"""Height of the row for the rest."""


class RowsView(QAbstractScrollArea):
    """``clicked(row, cell, value row, value column)`` follows a click on a row, ``pointed`` the pointer, and what
    another page has under it.

    -1 means none. ``unfolding`` follows a click on the row for the rest, ``resized`` a change of the size.
    """

    clicked = Signal(int, int, int, int)
    resized = Signal()
    unfolding = Signal()
    pointed = Signal(int, int, int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._page: Page | None = None
        self._columns: Columns | None = None
        self._lines = LEAST_LINES
        """The lines of text for which the heads have room."""
        self._pointer: QPointF | None = None
        self._hovered = (-1, -1, -1, -1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("The terms of the value"))
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.viewport().update())

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: most of the middle place."""
        return QSize(560, 420)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size: a few rows without numbers."""
        return QSize(300, 120)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.viewport().update()

    def show_page(self, page: Page | None) -> None:
        """Show the rows of a page, and arrange them; None removes them."""
        self._page = page
        self._arrange()
        self.viewport().update()
        if self._pointer is not None:
            self._hovered = self._at(self._pointer)
            self.pointed.emit(*self._hovered)

    def capacity(self, page: Page, more: int = 0) -> int:
        """How many rows of such a page fit, including the row for the rest; ``more`` pixels of height can be had."""
        if not page.rows:
            return 0
        room = self.viewport().height() + more - self._head_of(page) - REST
        return max(LEAST_ROWS, int(room / row_height(page.rows[0].cells, 1.0)))

    def spare(self) -> float:
        """The height below the rows that nothing takes, in pixels; negative if they have to scroll."""
        if self._page is None or self._columns is None:
            return 0.0
        rest = REST if self._page.rest is not None else 0
        taken = self._head() + len(self._page.rows) * self._columns.height + rest
        return self.viewport().height() - taken

    def row_frame(self, at: int) -> QRectF:
        """The rectangle of a row, in the viewport."""
        assert self._columns is not None
        top = self._head() + at * self._columns.height - self.verticalScrollBar().value()
        return QRectF(0, top, self.viewport().width(), self._columns.height)

    def rest_frame(self) -> QRectF:
        """The rectangle of the row for the rest, in the viewport."""
        assert self._page is not None
        below = self.row_frame(len(self._page.rows))
        return QRectF(0, below.top(), below.width(), REST)

    def cell_frame(self, row: int, cell: int) -> QRectF:
        """The rectangle of the picture or block in a cell, in the viewport."""
        assert self._page is not None and self._columns is not None
        return self._area(self._page.rows[row].cells[cell], cell, self.row_frame(row))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        page, columns = self._page, self._columns
        if page is None or columns is None:
            return
        painter = QPainter(self.viewport())
        painter.setClipRect(QRectF(0, self._head() - 2, self.viewport().width(), self.viewport().height()))
        for at, row in enumerate(page.rows):
            frame = self.row_frame(at)
            if frame.bottom() >= self._head() - 2 and frame.top() <= self.viewport().height():
                self._draw_row(painter, row, frame, columns, at == self._hovered[0])
        if page.rest is not None:
            self._draw_rest(painter, page.rest, columns)
        painter.setClipping(False)
        self._draw_heads(painter, page, columns)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report the row and value at the pointer."""
        self._pointer = event.position()
        self._point(self._at(event.position()))
        onto = self._hovered[0] >= 0 or self._on_rest(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if onto else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Report a click."""
        if event.button() != Qt.MouseButton.LeftButton or self._page is None:
            return
        if self._on_rest(event.position()):
            self.unfolding.emit()
            return
        if (at := self._at(event.position()))[0] >= 0:
            self.clicked.emit(*at)

    def viewportEvent(self, event: QEvent) -> bool:
        """Report that the pointer has left or entered."""
        if event.type() == QEvent.Type.Leave:
            self._pointer = None
            self._point((-1, -1, -1, -1))
        elif isinstance(event, QEnterEvent):
            self._pointer = event.position()
            self._point(self._at(event.position()))
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the rows for the new size."""
        super().resizeEvent(event)
        self._arrange()
        self.resized.emit()

    def _arrange(self) -> None:
        page = self._page
        if page is None or not page.rows:
            self._columns = None
            self.verticalScrollBar().setRange(0, 0)
            return
        longest = max((len(row.number) for row in page.rows), default=0)
        gutter = QFontMetricsF(small(self.font())).horizontalAdvance("0" * longest) + (GUTTER if longest else 0)
        rest = REST if page.rest is not None else 0
        cells, least = self._widest(page), head_widths(page.heads, self.font())
        for self._lines in range(LEAST_LINES, MOST_LINES + 1):
            room = self.viewport().width() - 4, self.viewport().height() - self._head() - rest
            columns = arrange(cells, gutter, room, len(page.rows), self.font(), least)
            if all(self._fits(spelled(head), area) for head, area, _ in self._heads(page, columns)):
                break
        self._columns = columns
        total = self._head() + len(page.rows) * columns.height + rest
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(int(columns.height / 2))
        bar.setRange(0, max(0, int(total) - self.viewport().height()))

    def _widest(self, page: Page) -> tuple[Cell, ...]:
        """The cells of a row with the longest words of all rows, for measuring."""
        bold = QFont(self.font())
        bold.setBold(True)
        columns = [list(column) for column in zip(*(row.cells for row in page.rows), strict=True)]
        if page.rest is not None and page.rest.amount is not None:
            columns[-1].append(page.rest.amount)

        def room(cell: Cell) -> float:
            return amount_width(cell, bold) if isinstance(cell, Amount) else words_width(cell, bold)

        return tuple(max(each, key=room) if isinstance(each[0], Amount | Words) else each[0] for each in columns)

    def _head(self) -> float:
        return 0.0 if self._page is None else self._head_of(self._page)

    def _head_of(self, page: Page) -> float:
        if not any(page.heads):
            return 0.0
        return self._lines * QFontMetricsF(heading(self.font())).height() + ABOVE

    def _fits(self, head: str, area: QRectF) -> bool:
        """Whether a head, broken into lines, fits into its area."""
        metrics = QFontMetricsF(heading(self.font()))
        taken = metrics.boundingRect(area, int(Qt.TextFlag.TextWordWrap), head)
        return taken.height() <= area.height() + 0.5 and taken.width() <= area.width() + 0.5

    def head_areas(self) -> list[tuple[Text, QRectF, int]]:
        """The heads of the columns, with their areas in the viewport and their alignments."""
        page, columns = self._page, self._columns
        return [] if page is None or columns is None else self._heads(page, columns)

    def _heads(self, page: Page, columns: Columns) -> list[tuple[Text, QRectF, int]]:
        high = self._head() - ABOVE
        named = [(at, head) for at, head in enumerate(page.heads) if head is not None]
        following = [*(at for at, _ in named[1:]), None][: len(named)]
        cells, found = page.rows[0].cells, []
        for (at, head), after in zip(named, following, strict=True):
            left, width = columns.lefts[at], columns.widths[at]
            flags = Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap
            if isinstance(cells[at], Amount | Number):
                flags |= Qt.AlignmentFlag.AlignRight
            elif after is not None:
                width = columns.lefts[after] - left - BETWEEN_HEADS
            found.append((head, QRectF(left, 0, width, high), int(flags)))
        return found

    def _area(self, cell: Cell, at: int, frame: QRectF) -> QRectF:
        assert self._columns is not None
        left, width = self._columns.lefts[at], self._columns.widths[at]
        wide, high = size_of(cell, self._columns.factor)
        if not isinstance(cell, Picture | Block):
            wide, high = width, frame.height() - 4
        return QRectF(round(left), round(frame.center().y() - high / 2), wide, high)

    def _draw_row(self, painter: QPainter, row: Row, frame: QRectF, columns: Columns, hovered: bool) -> None:
        theme, font = self._theme, self.font()
        if hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(frame.adjusted(0, 1, -2, -1), 5, 5)
        painter.setPen(QColor(theme.text if row.strong else theme.muted))
        made = small(font)
        made.setBold(row.strong)
        painter.setFont(made)
        painter.drawText(QRectF(0, frame.top(), columns.lefts[0] - 6, frame.height()), RIGHT, row.number)
        if row.strong:
            font = QFont(font)
            font.setBold(True)
        for at, cell in enumerate(row.cells):
            area = self._area(cell, at, frame)
            draw_cell(painter, area, cell, at, columns, theme, font)
        painter.setPen(QPen(QColor(theme.line), 1))
        y = round(frame.bottom()) - 0.5
        painter.drawLine(QPointF(0, y), QPointF(frame.width() - 4, y))

    def _draw_rest(self, painter: QPainter, rest: Rest, columns: Columns) -> None:
        frame = self.rest_frame()
        font = QFont(self.font())
        painter.setFont(font)
        painter.setPen(QColor(self._theme.accent))
        painter.drawText(frame.adjusted(4, 0, 0, 0), LEFT, ("▾ " if rest.amount is None else "▸ ") + spelled(rest.name))
        if rest.amount is None:
            return
        area = QRectF(columns.lefts[-1], frame.top(), columns.widths[-1], frame.height())
        draw_amount(painter, area, rest.amount, self._theme, font, columns.beside[-1])

    def _draw_heads(self, painter: QPainter, page: Page, columns: Columns) -> None:
        if not page.rows:
            return
        painter.setFont(heading(self.font()))
        painter.setPen(QColor(self._theme.muted))
        for head, area, flags in self._heads(page, columns):
            painter.drawText(area, flags, spelled(head))

    def _on_rest(self, at: QPointF) -> bool:
        there = self._page is not None and self._page.rest is not None and self._columns is not None
        return there and self.rest_frame().contains(at)

    def _at(self, at: QPointF) -> tuple[int, int, int, int]:
        """(row, cell, value row, value column) at a point; -1 for none."""
        page, columns = self._page, self._columns
        if page is None or columns is None or at.y() < self._head():
            return -1, -1, -1, -1
        row = int((at.y() - self._head() + self.verticalScrollBar().value()) // columns.height)
        if not 0 <= row < len(page.rows):
            return -1, -1, -1, -1
        for number, cell in enumerate(page.rows[row].cells):
            area = self.cell_frame(row, number)
            if not isinstance(cell, Picture | Block) or not cell.values.size:
                continue
            beside = False
            if columns.numbers[number] and isinstance(cell, Block):
                numbers = numbers_area(area, cell, columns, self.font())
                beside = numbers.left() <= at.x() <= numbers.right()
                area = numbers if beside else area
            if beside or area.contains(at):
                high, wide = cell.values.shape
                down = int((at.y() - area.top()) / area.height() * high)
                across = int((at.x() - area.left()) / area.width() * wide)
                return row, number, max(0, min(down, high - 1)), min(across, wide - 1)
        return row, -1, -1, -1

    def _point(self, at: tuple[int, int, int, int]) -> None:
        if at != self._hovered:
            if at[0] != self._hovered[0]:
                self.viewport().update()
            self._hovered = at
            self.pointed.emit(*at)


GUTTER = 12
"""Pixels besides the digits of the numbers of rows."""
