"""The rows of a page, painted as one widget that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnnviz.gui.panels.microscope.measures import (
    BETWEEN_HEADS,
    Columns,
    arrange,
    bold_of,
    extent,
    head_fits,
    head_widths,
    heading_height,
    row_height,
    size_of,
    small,
)
from cnnviz.gui.panels.microscope.page import Amount, Block, Number, Picture, Sign
from cnnviz.gui.panels.microscope.painting import (
    draw_amount,
    draw_cell,
    draw_heads,
    draw_rest,
    draw_row,
    draw_sign,
    images_of,
    numbers_area,
)
from cnnviz.gui.panels.microscope.widest import Widest
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.ground import Ground

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Cell, Page, Row, Text
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
        self._widest = Widest()
        self._arranged: tuple[object, ...] = ()
        """What the arrangement depends on; pages of one value at two moments are mostly arranged alike."""
        self._ground = Ground()
        self._lines = LEAST_LINES
        """The lines of text for which the heads have room."""
        self._pointer: QPointF | None = None
        self._hovered = (-1, -1, -1, -1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("The terms of the value"))
        # the view paints its whole background, so Qt need not paint its parents first
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
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
        painter = QPainter(self.viewport())
        if page is None or columns is None:
            painter.fillRect(self.viewport().rect(), QColor(self._theme.surface))
            painter.end()
            return
        shown = self._in_view(page)
        painter.drawPixmap(0, 0, self._ground_of(page, columns, shown))
        painter.setClipRect(self._below_heads())
        images = [images_of(cells, self._theme) for cells in zip(*(row.cells for _, row, _ in shown), strict=True)]
        for number, (_, row, frame) in enumerate(shown):
            font = bold_of(self.font()) if row.strong else self.font()
            for at, cell in enumerate(row.cells):
                if not isinstance(cell, Sign):
                    area, image = self._area(cell, at, frame), images[at][number]
                    draw_cell(painter, area, cell, at, columns, self._theme, font, image)
        if page.rest is not None and page.rest.amount is not None:
            frame = self.rest_frame()
            area = QRectF(columns.lefts[-1], frame.top(), columns.widths[-1], frame.height())
            draw_amount(painter, area, page.rest.amount, self._theme, self.font(), columns.beside[-1])
        painter.end()

    def _in_view(self, page: Page) -> list[tuple[int, Row, QRectF]]:
        """The rows that are scrolled into view, with their numbers and rectangles."""
        above, below = self._head() - 2, self.viewport().height()
        framed = ((at, row, self.row_frame(at)) for at, row in enumerate(page.rows))
        return [each for each in framed if each[2].bottom() >= above and each[2].top() <= below]

    def _below_heads(self) -> QRect:
        # of whole pixels: with any other clip Qt would draw span by span
        return QRect(0, round(self._head() - 2), self.viewport().width(), self.viewport().height())

    def _ground_of(self, page: Page, columns: Columns, shown: list[tuple[int, Row, QRectF]]) -> QPixmap:
        """All that a new moment does not change: backgrounds, heads, numbers of rows, signs and lines."""
        signs = [[(at, cell) for at, cell in enumerate(row.cells) if isinstance(cell, Sign)] for _, row, _ in shown]
        rest = None if page.rest is None else (page.rest.name, page.rest.amount is None)
        theme = self._theme

        def draw(painter: QPainter) -> None:
            painter.setClipRect(self._below_heads())
            for (at, row, frame), cells in zip(shown, signs, strict=True):
                draw_row(painter, frame, row, columns, theme, self.font(), hovered=at == self._hovered[0])
                for place, cell in cells:
                    draw_sign(painter, self._area(cell, place, frame), cell, theme, self.font())
            if page.rest is not None:
                draw_rest(painter, self.rest_frame(), page.rest, theme, self.font())
            painter.setClipping(False)
            draw_heads(painter, self._heads(page, columns), theme, self.font())

        key = (
            *(page.heads, rest, columns, self._lines, self._hovered[0], signs, self.verticalScrollBar().value()),
            *([(at, row.number, row.strong) for at, row, _ in shown], theme, self.font()),
        )
        view = self.viewport()
        return self._ground.picture(key, view.size(), view.devicePixelRatioF(), theme.surface, draw)

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
            self._columns, self._arranged = None, ()
            self.verticalScrollBar().setRange(0, 0)
            return
        widest = self._widest.of(page, self.font())
        rest = None if page.rest is None else page.rest.amount is None
        depends = (
            *(page.heads, [extent(cell) for cell in widest], [row.number for row in page.rows], rest),
            *(self.font(), self.viewport().size()),
        )
        if depends == self._arranged:
            return
        self._arranged = depends
        self._fit_columns(page, widest)

    def _fit_columns(self, page: Page, cells: tuple[Cell, ...]) -> None:
        """Arrange the rows of a page, ``cells`` being the widest ones of each column."""
        longest = max((len(row.number) for row in page.rows), default=0)
        gutter = QFontMetricsF(small(self.font())).horizontalAdvance("0" * longest) + (GUTTER if longest else 0)
        rest = REST if page.rest is not None else 0
        least = head_widths(page.heads, self.font())
        for self._lines in range(LEAST_LINES, MOST_LINES + 1):
            room = self.viewport().width() - 4, self.viewport().height() - self._head() - rest
            columns = arrange(cells, gutter, room, len(page.rows), self.font(), least)
            if all(head_fits(spelled(head), area, self.font()) for head, area, _ in self._heads(page, columns)):
                break
        self._columns = columns
        total = self._head() + len(page.rows) * columns.height + rest
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(int(columns.height / 2))
        bar.setRange(0, max(0, int(total) - self.viewport().height()))

    def _head(self) -> float:
        return 0.0 if self._page is None else self._head_of(self._page)

    def _head_of(self, page: Page) -> float:
        if not any(page.heads):
            return 0.0
        return self._lines * heading_height(self.font()) + ABOVE

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
