"""The titles of the facts that stand below the nodes while building, and the totals, to the left of the first node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from cnnviz.gui.builder.geometry.facts_plan import COMPACT, LEADING, LEAST_FIGURE, LINE, TITLES, FactsPlan
from cnnviz.gui.builder.geometry.metrics import BELOW, BLOCK_Z, HEADER, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.below import Below

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from cnnviz.gui.builder.geometry.costs import CostRow
    from cnnviz.gui.theme import Theme

GAP = 10.0
"""Space between the titles and the first node, in scene units."""


class FactTitles(Below):
    """A title for each row of facts, and below it the total of the row."""

    column_width = TITLES

    def __init__(self, theme: Theme) -> None:
        super().__init__("", theme, None)
        self._plan = COMPACT
        self._rows: tuple[CostRow, ...] = ()
        self.setZValue(BLOCK_Z)
        self.hide()

    def show_rows(self, rows: tuple[CostRow, ...]) -> None:
        """Show these titles and totals."""
        if rows != self._rows:
            self._rows = rows
            self._fit()

    def place(self, first: tuple[float, float] | None, plan: FactsPlan) -> None:
        """Stand to the left of the node at ``first``; None hides the titles."""
        self.setVisible(first is not None)
        if first is not None:
            x, y = first
            self.setPos(x - TITLES, y + HEADER + BELOW)
        if plan != self._plan:
            self._plan = plan
            self._fit()

    @property
    def area(self) -> QRectF:
        """The area of the titles in the scene; empty where they are hidden."""
        return self.mapRectToScene(self.rect()) if self.isVisible() else QRectF()

    def _fit(self) -> None:
        self._resize(self._plan.box_height + len(self._rows) * self._plan.row_height)
        self.update()

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        plan, size = self._plan, max(LEAST_FIGURE, self._plan.font_size * zoom)
        line, width = max(LEAST_FIGURE + LEADING, LINE * zoom), (TITLES - GAP) * zoom
        for index, row in enumerate(self._rows):
            values = QRectF(0, (plan.box_height + index * plan.row_height) * zoom + line, width, line)
            # a title without a total is aligned with the values of its row
            above = values.translated(0, -line if row.value else 0)
            text.draw(painter, above, row.title, size, colour(self.theme.muted), align=text.RIGHT)
            text.draw(painter, values, row.value, size, colour(self.theme.text), align=text.RIGHT)
