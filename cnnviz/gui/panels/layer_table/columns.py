"""The widths of the columns of the layer table, and which columns are hidden where there is no room for all."""

from __future__ import annotations

from string import digits
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStyle

from cnnviz.gui.panels.layer_table.cells import PAD
from cnnviz.gui.panels.layer_table.rows import COLUMNS, WHILE_BUILDING, WHILE_TRAINING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtWidgets import QHeaderView, QTableView

    from cnnviz.gui.panels.layer_table.model import LayerModel

ARROW_GAP = 4
"""Pixels between a title and the arrow that shows the sort order."""
LEAST_TITLE, LEAST_NAMES = 40, 64
"""The least width of a column, and of the names of layers beside numbers, in pixels."""
DECIDING_ROWS = 40
"""The width of a column is fitted to this many rows, from the first row in view."""
DECIDING_SHARE = 0.75
"""A name with less than this share of the letters of the longest name is hardly ever wider."""
GIVE_WAY = ("kind", "sees", "time", "memory", "shape", "MACs")
"""Columns that are hidden, in this order, if there is no room for all. An enlarged place has room."""
LAST_NUMBERS = ("parameters", "zeros")
"""If there is no room for the others either, these get room for their numbers only, or else are hidden."""


class ColumnWidths:
    """Fits the columns of ``table``, which shows ``model``, to their contents and to the width of the table."""

    def __init__(self, table: QTableView, model: LayerModel) -> None:
        self._table, self._model = table, model
        self._advances: dict[str, int] = {}
        self._decided: tuple[tuple[str, ...], Collection[str]] = ((), ())
        """All names of layers, and those that :meth:`_deciding` found among them."""
        self._spread_for: tuple[object, ...] = ()
        """What the present widths of the columns were computed from."""

    def fit(self, *, building: bool) -> None:
        """Fit each column to its title and contents: all names and kinds of layers, other columns in some rows.

        While ``building`` costs are shown, else the shares of zeros.
        """
        rows = self._model.rows
        contents = [0] * len(COLUMNS)
        if rows:
            first = max(0, self._table.rowAt(0))
            # where the view is still scrolled to rows that are gone, all rows decide
            places = range(first, min(len(rows), first + DECIDING_ROWS)) or range(len(rows))
            deciding_texts = [self._model.row(place).texts for place in places]
            columns = [self._deciding(rows.names), rows.kinds()]
            columns += [[texts[column] for texts in deciding_texts] for column in range(len(columns), len(COLUMNS))]
            contents = [max(map(self.advance, texts)) + 2 * PAD for texts in columns]
        header = self._table.horizontalHeader()
        spread_for = (contents, self._table.width(), building, header.sortIndicatorSection())
        if spread_for != self._spread_for:
            self._spread_for = spread_for
            self._spread(header, contents, WHILE_BUILDING if building else WHILE_TRAINING)

    def forget_font(self) -> None:
        """Measure all texts again, because the font has changed."""
        self._advances.clear()
        self._decided, self._spread_for = ((), ()), ()

    def _deciding(self, names: tuple[str, ...]) -> Collection[str]:
        """Texts of which one is at least as wide as the widest of these names.

        Names with far fewer letters than the longest are left out, and digits are made equal, so that few texts remain.
        """
        if names != self._decided[0]:
            least = DECIDING_SHARE * max(map(len, names))
            equal_digits = str.maketrans(dict.fromkeys(digits, max(digits, key=self.advance)))
            self._decided = names, {name.translate(equal_digits) for name in names if len(name) >= least}
        return self._decided[1]

    def _spread(self, header: QHeaderView, contents: Sequence[int], shown: Collection[str]) -> None:
        """Distribute the width to the columns that are ``shown``.

        If it is short, only the sorted column has room for the arrow.
        """
        around = self._table.verticalScrollBar().sizeHint().width() + 2 * self._table.frameWidth()
        around += self._table.style().pixelMetric(QStyle.PixelMetric.PM_ScrollView_ScrollBarSpacing, None, self._table)
        room = self._table.width() - around
        columns = [column for column, name in enumerate(COLUMNS) if name in shown]
        for column in range(len(COLUMNS)):
            if self._table.isColumnHidden(column) is (column in columns):
                self._table.setColumnHidden(column, column not in columns)
        titles = {column: header.sectionSizeHint(column) for column in columns}
        if sum(max(titles[column], contents[column]) for column in columns) > room:
            arrow = self._table.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize) + ARROW_GAP
            sorted_column = header.sortIndicatorSection()
            titles = {column: title if column == sorted_column else title - arrow for column, title in titles.items()}
        least = header.minimumSectionSize()
        widths = {column: max(least, titles[column], contents[column]) for column in columns}
        for name in GIVE_WAY:
            if sum(widths.values()) > room and widths.pop(COLUMNS.index(name), None) is not None:
                self._table.setColumnHidden(COLUMNS.index(name), True)
        if sum(widths.values()) > room:
            self._keep_numbers_whole(widths, contents, room)
        extra, remainder = divmod(max(0, room - sum(widths.values())), len(widths))
        for place, (column, width) in enumerate(widths.items()):
            full_width = width + extra + (place < remainder)
            if full_width != header.sectionSize(column):
                header.resizeSection(column, full_width)

    def _keep_numbers_whole(self, widths: dict[int, int], contents: Sequence[int], room: int) -> None:
        """Reduce ``widths``, of the columns that are left, to ``room`` pixels. No number is cut off: its first digits
        would look like another number."""
        for column in map(COLUMNS.index, LAST_NUMBERS):
            if column not in widths:
                continue
            widths[column] = max(contents[column], LEAST_TITLE)
            if sum(widths.values()) > room:
                names = room - (sum(widths.values()) - widths[0])
                if names < min(widths[0], LEAST_NAMES):
                    del widths[column]
                    self._table.setColumnHidden(column, True)
        widths[0] = max(LEAST_TITLE, min(widths[0], room - sum(widths.values()) + widths[0]))

    def advance(self, text: str) -> int:
        """The width of a text in the font of the table, in pixels."""
        advance = self._advances.get(text)
        if advance is None:
            advance = self._advances[text] = self._table.fontMetrics().horizontalAdvance(text)
        return advance
