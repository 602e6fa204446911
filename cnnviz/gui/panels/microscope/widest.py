"""The widest cells of the columns of a page, for measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.panels.microscope.measures import amount_width, bold_of, words_width
from cnnviz.gui.panels.microscope.page import Amount, Words

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

    from cnnviz.gui.panels.microscope.page import Cell, Page, Text


class Widest:
    """Finds the widest cells among all rows of a page, and among all moments of the same value that were shown one
    after the other: the decimals of its numbers change, and the bars beside them stand still."""

    def __init__(self) -> None:
        self._title: Text | None = None
        self._cells: tuple[Cell, ...] = ()

    def of(self, page: Page, font: QFont) -> tuple[Cell, ...]:
        """The widest cell of each column; it is remembered for the next moment of the same value."""
        bold = bold_of(font)
        columns = [list(column) for column in zip(*(row.cells for row in page.rows), strict=True)]
        if page.rest is not None and page.rest.amount is not None:
            columns[-1].append(page.rest.amount)
        if page.title == self._title and len(self._cells) == len(columns):
            for column, cell in zip(columns, self._cells, strict=True):
                column.append(cell)

        def width(cell: Cell) -> float:
            return amount_width(cell, bold) if isinstance(cell, Amount) else words_width(cell, bold)

        self._title = page.title
        # other cells of a column are equally wide: a Number, for one, knows the widest text of its column
        self._cells = tuple(
            max(column, key=width) if isinstance(column[0], Amount | Words) else column[0] for column in columns
        )
        return self._cells
