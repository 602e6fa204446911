"""Facts below a node while building: its output shape, its costs and its receptive field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt

from cnnviz.gui.builder.geometry.box import box_picture, paint_box
from cnnviz.gui.builder.geometry.costs import NOTHING, CostRow, CostRows
from cnnviz.gui.builder.geometry.facts_plan import BAR, COMPACT, LEADING, LEAST_FIGURE, LINE, FactsPlan
from cnnviz.gui.builder.geometry.metrics import LEAST_FONT, SMALL, TRACK, WIDTH, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.below import Below

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QGraphicsItem

    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Family
    from cnnviz.network.report import NodeReport
    from cnnviz.network.shape import Shape

SIDE_GAP = 3.0
"""Space beside boxes and bars, in scene units."""
ABOVE_BAR = 3.0
"""Most space above a bar, in scene units."""
LEAST_BAR = 2.0
"""The least height of a bar, in pixels of the screen."""
TITLE_SMALLER = 1.0
"""By how many pixels of the screen a title is smaller than other small texts."""
UNDER_BOX = 10.0
"""Space below a box, in scene units."""


class FactsItem(Below):
    """A box for the output where the plan has room for it, and rows: a muted title, its value, and a bar for its share
    of the whole network.
    """

    plan = COMPACT
    _shape: Shape | None = None
    _rows: CostRows | None = None
    _row_texts: tuple[CostRow, ...] | None = None
    """The texts of :attr:`_rows`; None until they are painted."""
    _row_count = 0
    """For how many rows there is room."""
    _room = 0.0

    def __init__(self, node: str, family: Family, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self._family = family

    def arrange(self, plan: FactsPlan) -> None:
        """See :meth:`Below.arrange`."""
        if plan != self.plan:
            self.plan = plan
            self.update()

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        if report.output != self._shape:
            self._shape = report.output
            self.update()
        self._room = room
        self._fit_rows()

    def show_costs(self, rows: CostRows | None) -> None:
        """See :meth:`Below.show_costs`."""
        before = self._rows
        if rows != before:
            self._rows, self._row_texts = rows, None
            if before is None or rows is None or before.lines != rows.lines:
                self._fit_rows()
            self.update()

    def _fit_rows(self) -> None:
        plan = self.plan
        lines = 0 if self._rows is None else self._rows.lines
        count = min(lines, max(0, int((self._room - plan.box_height) // plan.row_height)))
        if count != self._row_count:
            self._row_count = count
            self.update()
        self._resize(plan.box_height + count * plan.row_height if count or self._shape is not None else 0.0)

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        plan = self.plan
        if plan.box_height and self._shape is not None:
            self._paint_box(painter, self._shape, zoom, ratio)
        if self._row_texts is None:
            self._row_texts = () if self._rows is None else self._rows.rows()
        for index, row in enumerate(self._row_texts[: self._row_count]):
            area = QRectF(0, (plan.box_height + index * plan.row_height) * zoom, WIDTH * zoom, plan.row_height * zoom)
            self._paint_row(painter, area, row, zoom)

    def _paint_box(self, painter: QPainter, shape: Shape, zoom: float, ratio: float | None) -> None:
        width, height = (WIDTH - 2 * SIDE_GAP) * zoom, (self.plan.box_height - UNDER_BOX) * zoom
        area = QRectF(SIDE_GAP * zoom, 0, width, height).toRect()
        box = shape, self.plan.side, self._family, self.theme
        if ratio is None:
            paint_box(painter, QRectF(area), *box)
        else:
            painter.drawPixmap(area.topLeft(), box_picture((area.width(), area.height()), ratio, *box))

    def _paint_row(self, painter: QPainter, row: QRectF, cost: CostRow, zoom: float) -> None:
        """Paint title and value, or the value alone where the titles are shown once."""
        plan = self.plan
        least = LEAST_FIGURE if plan.once else LEAST_FONT
        size = max(least, plan.font_size * zoom)
        line, bar = max(least + LEADING, LINE * zoom), max(LEAST_BAR, BAR * zoom)
        area = QRectF(row.left(), row.top() + line, row.width(), line)
        if not plan.once:
            small = max(LEAST_FONT, SMALL * zoom) - TITLE_SMALLER
            text.draw(painter, area.translated(0, -line), cost.title, small, colour(self.theme.muted))
        ink = self.theme.muted if cost.value == NOTHING else self.theme.text
        text.draw(painter, area, cost.value, size, colour(ink))
        spare = row.height() - 2 * line - bar
        if spare >= 0 and cost.share is not None and cost.value != NOTHING:
            bar_area = QRectF(0, area.bottom() + min(ABOVE_BAR * zoom, spare / 2), area.width(), bar)
            self._paint_bar(painter, bar_area, cost.share, zoom)

    def _paint_bar(self, painter: QPainter, area: QRectF, share: float, zoom: float) -> None:
        whole = QRectF(area.adjusted(SIDE_GAP * zoom, 0, -SIDE_GAP * zoom, 0).toRect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(whole, colour(self.theme.line, TRACK))
        if share > 0:
            whole.setWidth(max(1.0, whole.width() * min(1.0, share)))
            painter.fillRect(whole, colour(self.theme.accent))
