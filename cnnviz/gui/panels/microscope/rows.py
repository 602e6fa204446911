"""The rows of a page, painted as one widget that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnnviz.gui.panels.microscope.arrangement import LEAST_LINES, REST_HEIGHT, Arranger, head_areas, head_height
from cnnviz.gui.panels.microscope.measures import bold_of, row_height, size_of
from cnnviz.gui.panels.microscope.page import Block, Picture, Sign
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
from cnnviz.gui.panels.microscope.readings import Pointed
from cnnviz.gui.widgets.ground import Ground

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.arrangement import Arrangement
    from cnnviz.gui.panels.microscope.measures import Columns
    from cnnviz.gui.panels.microscope.page import Cell, Page, Row, Text
    from cnnviz.gui.theme import Theme

LEAST_ROWS = 3
"""A page is made with at least so many rows; in a low viewport they scroll."""
NOWHERE = Pointed(-1, -1, -1, -1)
ROW_MARGINS = 4
"""Pixels above and below the texts of a row, together."""


class RowsView(QAbstractScrollArea):
    """``clicked(row, cell, value row, value column)`` follows a click on a row, ``pointed`` what is under the pointer,
    also when another page is shown.

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
        self._arranger = Arranger()
        self._arrangement: Arrangement | None = None
        """The arrangement of the page in the viewport; None if there are no rows."""
        self._ground = Ground()
        self._pointer: QPointF | None = None
        self._hovered: Pointed = NOWHERE
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
            self._hovered = self._hit(self._pointer)
            self.pointed.emit(*self._hovered)

    def capacity(self, page: Page, spare: int = 0) -> int:
        """How many rows of such a page fit, besides the row for the rest, if the view can grow by ``spare`` pixels."""
        if not page.rows:
            return 0
        room = self.viewport().height() + spare - self._head_of(page) - REST_HEIGHT
        return max(LEAST_ROWS, int(room / row_height(page.rows[0].cells, 1.0)))

    def spare(self, height: int | None = None) -> float:
        """The height below the rows that nothing takes, in pixels, in a viewport of ``height`` pixels (default:
        the present one); negative if the rows have to scroll."""
        if self._page is None or not self._page.rows:
            return 0.0
        room = self.maximumViewportSize()
        if height is not None:
            room.setHeight(height)
        return room.height() - self._arranger.arrange(self._page, room, self.font()).height

    def row_frame(self, index: int) -> QRectF:
        """The rectangle of a row, in the viewport."""
        assert self._columns is not None
        top = self._head() + index * self._columns.height - self.verticalScrollBar().value()
        return QRectF(0, top, self.viewport().width(), self._columns.height)

    def rest_frame(self) -> QRectF:
        """The rectangle of the row for the rest, in the viewport."""
        assert self._page is not None
        below = self.row_frame(len(self._page.rows))
        return QRectF(0, below.top(), below.width(), REST_HEIGHT)

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
            for column, cell in enumerate(row.cells):
                if not isinstance(cell, Sign):
                    area, image = self._area(cell, column, frame), images[column][number]
                    draw_cell(painter, area, cell, column, columns, self._theme, font, image)
        if page.rest is not None and page.rest.amount is not None:
            frame = self.rest_frame()
            area = QRectF(columns.lefts[-1], frame.top(), columns.widths[-1], frame.height())
            draw_amount(painter, area, page.rest.amount, self._theme, self.font(), columns.amounts[-1])
        painter.end()

    def _in_view(self, page: Page) -> list[tuple[int, Row, QRectF]]:
        """The rows that are scrolled into view, with their numbers and rectangles."""
        above, below = self._head() - 2, self.viewport().height()
        framed = ((index, row, self.row_frame(index)) for index, row in enumerate(page.rows))
        return [(index, row, frame) for index, row, frame in framed if frame.bottom() >= above and frame.top() <= below]

    def _below_heads(self) -> QRect:
        # of whole pixels: with any other clip Qt would draw span by span
        return QRect(0, round(self._head() - 2), self.viewport().width(), self.viewport().height())

    def _ground_of(self, page: Page, columns: Columns, shown: list[tuple[int, Row, QRectF]]) -> QPixmap:
        """All that a new moment does not change: backgrounds, heads, numbers of rows, signs and lines."""
        signs = [
            [(column, cell) for column, cell in enumerate(row.cells) if isinstance(cell, Sign)] for _, row, _ in shown
        ]
        rest = None if page.rest is None else (page.rest.name, page.rest.amount is None)
        theme = self._theme

        def draw(painter: QPainter) -> None:
            painter.setClipRect(self._below_heads())
            for (index, row, frame), cells in zip(shown, signs, strict=True):
                draw_row(painter, frame, row, columns, theme, self.font(), hovered=index == self._hovered.row)
                for column, cell in cells:
                    draw_sign(painter, self._area(cell, column, frame), cell, theme, self.font())
            if page.rest is not None:
                draw_rest(painter, self.rest_frame(), page.rest, theme, self.font())
            painter.setClipping(False)
            draw_heads(painter, self.head_areas(), theme, self.font())

        key = (
            *(page.heads, rest, self._arrangement, self._hovered.row, signs, self.verticalScrollBar().value()),
            *([(index, row.number, row.strong) for index, row, _ in shown], theme, self.font()),
        )
        view = self.viewport()
        return self._ground.picture(key, view.size(), view.devicePixelRatioF(), theme.surface, draw)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report the row and value at the pointer."""
        self._pointer = event.position()
        self._point(self._hit(event.position()))
        onto = self._hovered.row >= 0 or self._on_rest(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if onto else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Report a click."""
        if event.button() != Qt.MouseButton.LeftButton or self._page is None:
            return
        if self._on_rest(event.position()):
            self.unfolding.emit()
            return
        if (hit := self._hit(event.position())).row >= 0:
            self.clicked.emit(*hit)

    def viewportEvent(self, event: QEvent) -> bool:
        """Report that the pointer has left or entered."""
        if event.type() == QEvent.Type.Leave:
            self._pointer = None
            self._point(NOWHERE)
        elif isinstance(event, QEnterEvent):
            self._pointer = event.position()
            self._point(self._hit(event.position()))
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the rows for the new size."""
        super().resizeEvent(event)
        self._arrange()
        self.resized.emit()

    def _arrange(self) -> None:
        page, bar = self._page, self.verticalScrollBar()
        if page is None or not page.rows:
            self._arrangement = None
            bar.setRange(0, 0)
            return
        size = self.viewport().size()
        arrangement = self._arranger.arrange(page, size, self.font())
        if arrangement is self._arrangement:
            return
        self._arrangement = arrangement
        bar.setPageStep(size.height())
        bar.setSingleStep(int(arrangement.columns.height / 2))
        bar.setRange(0, max(0, int(arrangement.height) - size.height()))

    @property
    def _columns(self) -> Columns | None:
        return None if self._arrangement is None else self._arrangement.columns

    def _head(self) -> float:
        return 0.0 if self._page is None else self._head_of(self._page)

    def _head_of(self, page: Page) -> float:
        lines = LEAST_LINES if self._arrangement is None else self._arrangement.lines
        return head_height(page, lines, self.font())

    def head_areas(self) -> list[tuple[Text, QRectF, int]]:
        """The heads of the columns, with their areas in the viewport and their alignments."""
        page, arrangement = self._page, self._arrangement
        return [] if page is None or arrangement is None else head_areas(page, arrangement, self.font())

    def _area(self, cell: Cell, column: int, frame: QRectF) -> QRectF:
        """The area of a cell in the ``frame`` of its row; of a picture or block without the numbers beside it."""
        assert self._columns is not None
        if isinstance(cell, Picture | Block):
            width, height = size_of(cell, self._columns.factor)
        else:
            width, height = self._columns.widths[column], frame.height() - ROW_MARGINS
        return QRectF(round(self._columns.lefts[column]), round(frame.center().y() - height / 2), width, height)

    def _on_rest(self, point: QPointF) -> bool:
        has_rest = self._page is not None and self._page.rest is not None and self._columns is not None
        return has_rest and self.rest_frame().contains(point)

    def _hit(self, point: QPointF) -> Pointed:
        """(row, cell, value row, value column) at a point; -1 for none."""
        page, columns = self._page, self._columns
        if page is None or columns is None or point.y() < self._head():
            return NOWHERE
        row = int((point.y() - self._head() + self.verticalScrollBar().value()) // columns.height)
        if not 0 <= row < len(page.rows):
            return NOWHERE
        for number, cell in enumerate(page.rows[row].cells):
            area = self.cell_frame(row, number)
            if not isinstance(cell, Picture | Block) or not cell.values.size:
                continue
            on_numbers = False
            if columns.numbers[number] and isinstance(cell, Block):
                numbers = numbers_area(area, cell, columns, self.font())
                on_numbers = numbers.left() <= point.x() <= numbers.right()
                area = numbers if on_numbers else area
            if on_numbers or area.contains(point):
                height, width = cell.values.shape
                down = int((point.y() - area.top()) / area.height() * height)
                across = int((point.x() - area.left()) / area.width() * width)
                return Pointed(row, number, max(0, min(down, height - 1)), min(across, width - 1))
        return Pointed(row, -1, -1, -1)

    def _point(self, hit: Pointed) -> None:
        if hit != self._hovered:
            if hit.row != self._hovered.row:
                self.viewport().update()
            self._hovered = hit
            self.pointed.emit(*hit)
