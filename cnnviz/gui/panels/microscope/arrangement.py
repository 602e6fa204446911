"""The arrangement of the rows of a page in a room of some size: its columns and the height of the heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF

from cnnviz.gui.panels.microscope.measures import (
    BETWEEN_HEADS,
    arrange,
    extent,
    head_fits,
    head_widths,
    heading_height,
    small,
)
from cnnviz.gui.panels.microscope.page import Amount, Number
from cnnviz.gui.panels.microscope.widest import Widest
from cnnviz.gui.panels.microscope.words import spelled

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

    from cnnviz.gui.panels.microscope.measures import Columns
    from cnnviz.gui.panels.microscope.page import Cell, Page, Text

LEAST_LINES, MOST_LINES = 2, 6
"""The least and the most lines of the heads."""
ABOVE_ROWS = 6
"""Pixels between the heads and the first row."""
REST_HEIGHT = 36
"""Height of the row for the rest."""
MOST_KEPT = 64
"""The most sizes of the room whose arrangements are kept."""
FLAGS = int(Qt.AlignmentFlag.AlignBottom) | int(Qt.TextFlag.TextWordWrap)
FLAGS_AT_RIGHT = FLAGS | int(Qt.AlignmentFlag.AlignRight)
"""How heads stand in their areas, above texts and pictures and above numbers."""
RIGHT_MARGIN = 4
"""Empty pixels right of the rows."""
GUTTER = 12
"""Pixels besides the digits of the numbers of rows."""


@dataclass(frozen=True)
class Arrangement:
    """The columns, the ``lines`` of text for which the heads have room, and the ``height`` of heads, rows and the row
    for the rest together, in pixels."""

    columns: Columns
    lines: int
    height: float


class Arranger:
    """Arranges the rows of pages. Pages of one value at two moments are mostly arranged alike, and those of its
    neighbours too: arrangements are kept by the size of the room until something else changes."""

    def __init__(self) -> None:
        self._widest = Widest()
        self._page: Page | None = None
        self._cells: tuple[Cell, ...] = ()
        """The widest cell of each column."""
        self._heads: list[str | None] = []
        """The heads of the columns, in words."""
        self._font: QFont | None = None
        self._layout_facts: tuple[object, ...] = ()
        """All on which the arrangement depends besides the font and the size of the room."""
        self._arrangements: dict[tuple[int, int], Arrangement] = {}
        """The arrangements by width and height of the room."""

    def arrange(self, page: Page, room: QSize, font: QFont) -> Arrangement:
        """The arrangement of a page that has rows, in a room of this size, in pixels."""
        if page is not self._page or font != self._font:
            self._page = page
            self._cells = self._widest.of(page, font)
            extents = [extent(cell) for cell in self._cells]
            facts = (page.heads, extents, [row.number for row in page.rows], page.rest is None)
            if facts != self._layout_facts or font != self._font:
                self._layout_facts, self._font = facts, font
                self._heads = [None if head is None else spelled(head) for head in page.heads]
                self._arrangements.clear()
        size = (room.width(), room.height())
        if size not in self._arrangements:
            if len(self._arrangements) >= MOST_KEPT:
                self._arrangements.clear()
            self._arrangements[size] = self._arranged(page, size, font)
        return self._arrangements[size]

    def _arranged(self, page: Page, size: tuple[int, int], font: QFont) -> Arrangement:
        width, height = size
        longest = max((len(row.number) for row in page.rows), default=0)
        gutter = QFontMetricsF(small(font)).horizontalAdvance("0" * longest) + (GUTTER if longest else 0)
        rest_height = REST_HEIGHT if page.rest is not None else 0
        least = head_widths(self._heads, font)
        for lines in range(LEAST_LINES, MOST_LINES + 1):
            head = head_height(page, lines, font)
            for_rows = width - RIGHT_MARGIN, height - head - rest_height
            columns = arrange(self._cells, gutter, for_rows, len(page.rows), font, least)
            arrangement = Arrangement(columns, lines, head + len(page.rows) * columns.height + rest_height)
            areas = zip(filter(None, self._heads), head_areas(page, arrangement, font), strict=True)
            if all(head_fits(head, area, font) for head, (_, area, _) in areas):
                break
        return arrangement


def head_height(page: Page, lines: int, font: QFont) -> float:
    """The height of the heads of a page with so many lines of text, and of the space below them, in pixels."""
    return lines * heading_height(font) + ABOVE_ROWS if any(page.heads) else 0.0


def head_areas(page: Page, arrangement: Arrangement, font: QFont) -> list[tuple[Text, QRectF, int]]:
    """The heads of the columns, with their areas and their alignments."""
    columns, height = arrangement.columns, head_height(page, arrangement.lines, font) - ABOVE_ROWS
    headed = [(column, head) for column, head in enumerate(page.heads) if head is not None]
    following = [*(column for column, _ in headed[1:]), None][: len(headed)]
    cells, areas = page.rows[0].cells, []
    for (column, head), after in zip(headed, following, strict=True):
        left, width = columns.lefts[column], columns.widths[column]
        flags = FLAGS
        if isinstance(cells[column], Amount | Number):
            flags = FLAGS_AT_RIGHT
        elif after is not None:
            width = columns.lefts[after] - left - BETWEEN_HEADS
        areas.append((head, QRectF(left, 0, width, height), flags))
    return areas
