"""The confusion matrix: a row for each label, a column for each predicted class; cells are chosen by click or keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, hundredths
from cnnviz.gui.panels.mistakes.cells import ABOVE, Cells
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from cnnviz.gui.panels.mistakes.state import MatrixState
    from cnnviz.gui.theme import Theme

LEAST_CELL, SMALLEST_CELL, LARGEST_CELL = 9, 11, 34
"""Height of a cell in pixels. Instead of cells below the second height there are no titles of the axes and no
precisions; below the first, numbers could not be read."""
READABLE_CELL = 15
"""Of many classes so many are shown that their cells have this height, in pixels, and their numbers can be read."""
FEWEST = 10
"""So many classes are always shown."""
WIDTH_BY_HEIGHT = 1.75
"""Cells are at least so much wider than high, for the digits in them and below them."""
WIDEST_COLUMNS = 340
"""Cells become wider for the names above them, until all columns have this width, in pixels."""
COLUMN_GAP = 4
"""Least room between the names of two columns, and between their precisions, in pixels."""
SMALLEST_FONT, LARGEST_FONT = 7, 13
FONT_BY_HEIGHT = 0.78
RECALL_WIDTH, PRECISION_WIDTH, WIDEST_NAME = 46, 60, 90
"""Width of the column of recalls, of the word "precision" below it, and most width of a name, in pixels."""
Spot = tuple[int, int | None]
"""(row, column) of a cell; the column is None for the name of a class."""


class ConfusionMatrix(ThemedWidget):
    """``chosen(label, predicted)`` follows the choice of a cell; ``predicted`` is None for a class.

    ``roomChanged`` follows a change of :attr:`room`.
    """

    chosen = Signal(object, object)
    roomChanged = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._state: MatrixState | None = None
        self._spot: Spot | None = None
        self._names = self._column = 0
        """The width of the names of the rows, and the width that each column takes for its name if there is room."""
        self.room = FEWEST
        """The number of classes that fit into the height."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Confusion matrix: rows are labels, columns what the network says"))
        explain(self, self.term_at)

    @property
    def state(self) -> MatrixState | None:
        """The drawn matrix."""
        return self._state

    def set_state(self, state: MatrixState | None) -> None:
        """Draw this."""
        if state != self._state:
            old, self._state = self._state, state
            if old is None or state is None or old.classes != state.classes:
                self._spot = None
            self._measure_names()
            self.updateGeometry()
            self._describe()
            self.update()

    def term_at(self, point: QPoint) -> str:
        """The glossary term of what is drawn at a point."""
        if self._state is not None:
            row, column = self._cells().at(point)
            if row >= len(self._state.classes):
                return "precision"
            if column >= len(self._state.classes):
                return "recall"
        return "confusion matrix"

    def mark(self, label: int | None, predicted: int | None) -> None:
        """Mark the cell that was chosen; a label of None marks none."""
        spot: Spot | None = None
        state = self._state
        if state is not None and label in state.classes and (predicted is None or predicted in state.classes):
            column = None if predicted is None else state.classes.index(predicted)
            spot = state.classes.index(label), column
        if spot != self._spot:
            self._spot = spot
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        """The preferred size: the height of twelve large cells, and the width that belongs to the present height."""
        return QSize(self._width(self._cell_by_height(), self._column), 12 * LARGEST_CELL)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        rows = 0 if self._state is None else len(self._state.classes)
        return QSize(self._width(SMALLEST_CELL, 0), LEAST_CELL * (min(FEWEST, rows) + 1))

    def resizeEvent(self, _event: object) -> None:
        """Qt: the width follows from the height."""
        self.updateGeometry()
        room = max(FEWEST, self.height() // READABLE_CELL - ABOVE - 1)
        if room != self.room:
            self.room = room
            self.roomChanged.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Qt: another font has names of another width."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure_names()
            self.updateGeometry()

    def cell_rect(self, label: int, predicted: int) -> QRectF:
        """Where the cell of a label and a predicted class is drawn, in pixels."""
        assert self._state is not None
        return self._cells().rect(self._state.classes.index(label), self._state.classes.index(predicted))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        state = self._state
        if state is None:
            return
        painter, theme = QPainter(self), self._theme
        cells = self._cells()
        painter.setFont(self._font(cells.height))
        right, wrong = QColor(theme.good), QColor(theme.error)
        middle = Qt.AlignmentFlag.AlignCenter
        for row, line in enumerate(state.cells):
            painter.setPen(QColor(theme.muted))
            name = QRectF(0, cells.rect(row, 0).y(), self._names - 4, cells.height)
            words = painter.fontMetrics().elidedText(state.names[row], Qt.TextElideMode.ElideMiddle, int(name.width()))
            painter.drawText(name, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
            for column, each in enumerate(line):
                rect = cells.rect(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
                colour = QColor(right if row == column else wrong)
                if each.count:
                    colour.setAlphaF(0.15 + (0.25 if row == column else 0.7) * each.strength)
                    painter.fillRect(rect, colour)
                painter.setPen(QColor(theme.text if each.count else theme.line))
                painter.drawText(rect, middle, self._text(each.count, each.share) if each.count else "·")
            painter.setPen(QColor(theme.muted))
            recall = QRectF(cells.rect(row, len(line)).x(), name.y(), RECALL_WIDTH, cells.height)
            painter.drawText(recall, middle, hundredths(state.recall[row]))
        self._paint_columns(painter, state, cells)
        self._paint_spot(painter, cells)
        painter.end()

    def _font(self, cell: float) -> QFont:
        """The font of everything in it: as large as a cell of this height holds the longest of its numbers, with a gap
        between two precisions."""
        assert self._state is not None
        longest = max((self._text(each.count, each.share) for row in self._state.cells for each in row), key=len)
        font, room = QFont(self.font()), self._cells().width
        for size in range(min(LARGEST_FONT, round(FONT_BY_HEIGHT * cell)), SMALLEST_FONT, -1):
            font.setPixelSize(size)
            wide = QFontMetrics(font).horizontalAdvance
            if max(wide(longest) + 2, wide(hundredths(0.999, 0)) + COLUMN_GAP) <= room:
                return font
        font.setPixelSize(SMALLEST_FONT)
        return font

    def _paint_columns(self, painter: QPainter, state: MatrixState, cells: Cells) -> None:
        """Draw names above and precisions below the columns."""
        middle = Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(self._theme.muted))
        count, height = len(state.classes), cells.height
        titles = cells.rect(-cells.above, 0)
        painter.drawText(QRectF(0, titles.y(), titles.x(), height), Qt.AlignmentFlag.AlignVCenter, self.tr("label ↓"))
        across = titles.united(cells.rect(-cells.above, count - 1))
        says = self.tr("says →")
        if count < state.of:
            some = self.tr("says → · {count} of {of} classes").format(count=count, of=grouped(state.of))
            says = some if self.fontMetrics().horizontalAdvance(some) < across.width() else says
        if not self._low:
            painter.drawText(across, middle, says)
        for column, name in enumerate(state.names):
            above = cells.rect(-1, column)
            # in few letters the beginning tells more than both ends
            room = int(above.width()) - COLUMN_GAP
            words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(above, middle, words)
            if not self._low:
                painter.drawText(cells.rect(count, column), middle, hundredths(state.precision[column], 0))
        recall = cells.rect(-1, count)
        painter.drawText(QRectF(recall.x(), recall.y(), RECALL_WIDTH, height), middle, self.tr("recall"))
        if self._low:
            return
        precision = cells.rect(count, count)
        painter.drawText(
            QRectF(precision.x(), precision.y(), PRECISION_WIDTH, height),
            Qt.AlignmentFlag.AlignVCenter,
            self.tr("precision"),
        )

    def _paint_spot(self, painter: QPainter, cells: Cells) -> None:
        if self._spot is None:
            return
        row, column = self._spot
        rect = cells.rect(row, column or 0)
        if column is None:
            assert self._state is not None
            rect = rect.united(cells.rect(row, len(self._state.classes) - 1))
        painter.setPen(QPen(QColor(self._theme.accent if self.hasFocus() else self._theme.text), 1.5))
        painter.drawRect(rect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose the cell or the class below the pointer."""
        spot = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and spot is not None:
            self._choose(spot)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrow keys go from cell to cell."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._state is None:
            super().keyPressEvent(event)
            return
        last = len(self._state.classes) - 1
        row, column = self._spot or (0, -1 if step[1] else 0)
        self._choose((min(last, max(0, row + step[0])), min(last, max(0, (column or 0) + step[1]))))

    def event(self, event: QEvent) -> bool:
        """Qt: say in a tooltip what the cell below the pointer counts."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            spot = self._at(event.pos())
            QToolTip.showText(event.globalPos(), literal("" if spot is None else self.words(spot)), self)
            return True
        return super().event(event)

    def focusInEvent(self, _event: object) -> None:
        """Qt: the frame of the chosen cell shows the focus."""
        self.update()

    def focusOutEvent(self, _event: object) -> None:
        """Qt: see :meth:`focusInEvent`."""
        self.update()

    def words(self, spot: Spot) -> str:
        """A sentence about a cell or a class."""
        state = self._state
        assert state is not None
        row, column = spot
        if column is None:
            return self.tr("All images of class {name}").format(name=state.names[row])
        cell = state.cells[row][column]
        names = {"label": state.names[row], "said": state.names[column], "share": hundredths(cell.share)}
        if row == column:
            return counted(
                "{count} images of {label} are recognized ({share} % of {label})",
                "1 image of {label} is recognized ({share} % of {label})",
                cell.count,
                **names,
            )
        return counted(
            "{count} images of {label} are taken for {said} ({share} % of {label})",
            "1 image of {label} is taken for {said} ({share} % of {label})",
            cell.count,
            **names,
        )

    def _choose(self, spot: Spot) -> None:
        assert self._state is not None
        self._spot = spot
        self._describe()
        self.update()
        row, column = spot
        self.chosen.emit(self._state.classes[row], None if column is None else self._state.classes[column])

    def _describe(self) -> None:
        self.setAccessibleDescription("" if self._spot is None or self._state is None else self.words(self._spot))

    def _text(self, count: int, share: float) -> str:
        assert self._state is not None
        return hundredths(share) if self._state.rates else grouped(count)

    def _cells(self) -> Cells:
        """The cells in the present size."""
        rows = 1 if self._state is None else len(self._state.classes)
        room = (self.width() - self._width(0, 0)) / rows
        least = LEAST_CELL if self._low else SMALLEST_CELL
        height = max(least, min(self._cell_by_height(), room / WIDTH_BY_HEIGHT))
        width = max(height * WIDTH_BY_HEIGHT, min(self._column, room))
        return Cells(self._names, width, height, 1 if self._low else ABOVE)

    @property
    def _low(self) -> bool:
        """Whether there is no room for the titles of the axes and the precisions."""
        return self._state is not None and self.height() < SMALLEST_CELL * (len(self._state.classes) + ABOVE + 1)

    def _cell_by_height(self) -> float:
        rows = 1 if self._state is None else len(self._state.classes)
        low = self._low
        lines, least = (rows + 1, LEAST_CELL) if low else (rows + ABOVE + 1, SMALLEST_CELL)
        return max(least, min(LARGEST_CELL, self.height() / lines))

    def _measure_names(self) -> None:
        """Measure the width of the names of rows and columns in the largest font in which they are drawn."""
        font = QFont(self.font())
        font.setPixelSize(LARGEST_FONT)
        wide = QFontMetrics(font).horizontalAdvance
        names = () if self._state is None else self._state.names
        widest = max(map(wide, names), default=0)
        self._names = max(wide(self.tr("label ↓")), min(WIDEST_NAME, widest)) + 8
        self._column = min(min(WIDEST_NAME, widest) + 2 * COLUMN_GAP, WIDEST_COLUMNS // max(1, len(names)))

    def _width(self, cell: float, column: float) -> int:
        """The width with cells of this height whose columns have at least the width ``column``."""
        rows = 0 if self._state is None else len(self._state.classes)
        return round(self._names + rows * max(cell * WIDTH_BY_HEIGHT, column) + PRECISION_WIDTH)

    def _at(self, point: QPoint) -> Spot | None:
        if self._state is None:
            return None
        (row, column), count = self._cells().at(point), len(self._state.classes)
        if not 0 <= row < count:
            return None
        if 0 <= column < count:
            return row, column
        return row, None
