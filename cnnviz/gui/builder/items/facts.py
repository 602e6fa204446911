"""Facts below a node while building: its output shape, its costs and its receptive field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt

from cnnviz.gui.builder.geometry.box import box_picture, paint_box
from cnnviz.gui.builder.geometry.costs import NOTHING, CostRow, CostRows
from cnnviz.gui.builder.geometry.facts_plan import BAR, COMPACT, LEAST_FIGURE, LINE, FactsPlan
from cnnviz.gui.builder.geometry.metrics import LEAST, SMALL, WIDTH, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.below import Below

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QGraphicsItem

    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Family
    from cnnviz.network.report import NodeReport
    from cnnviz.network.shape import Shape

INSET = 3.0
UNDER_BOX = 10.0
"""Space below a box, in scene units."""


class FactsItem(Below):
    """A box for the output where the plan has room for it, and rows: a muted title, its value, and a bar for its share
    of the whole network.
    """

    plan = COMPACT
    _shape: Shape | None = None
    _rows: CostRows | None = None
    _written: tuple[CostRow, ...] | None = None
    _shown = 0
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
        self._fill()

    def show_costs(self, rows: CostRows | None) -> None:
        """See :meth:`Below.show_costs`."""
        before = self._rows
        if rows != before:
            self._rows, self._written = rows, None
            if before is None or rows is None or before.lines != rows.lines:
                self._fill()
            self.update()

    def _fill(self) -> None:
        plan = self.plan
        lines = 0 if self._rows is None else self._rows.lines
        shown = min(lines, max(0, int((self._room - plan.box) // plan.row)))
        if shown != self._shown:
            self._shown = shown
            self.update()
        self._resize(plan.box + shown * plan.row if shown or self._shape is not None else 0.0)

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        plan, wide = self.plan, WIDTH * zoom
        if plan.box and self._shape is not None:
            self._paint_box(painter, self._shape, zoom, ratio)
        if self._written is None:
            self._written = () if self._rows is None else self._rows.rows()
        for index, row in enumerate(self._written[: self._shown]):
            area = QRectF(0, (plan.box + index * plan.row) * zoom, wide, plan.row * zoom)
            self._paint_row(painter, area, row, zoom)

    def _paint_box(self, painter: QPainter, shape: Shape, zoom: float, ratio: float | None) -> None:
        area = QRectF(INSET * zoom, 0, (WIDTH - 2 * INSET) * zoom, (self.plan.box - UNDER_BOX) * zoom).toRect()
        drawn = shape, self.plan.side, self._family, self.theme
        if ratio is None:
            paint_box(painter, QRectF(area), *drawn)
        else:
            painter.drawPixmap(area.topLeft(), box_picture((area.width(), area.height()), ratio, *drawn))

    def _paint_row(self, painter: QPainter, row: QRectF, written: CostRow, zoom: float) -> None:
        """Paint title and value, or the value alone where the titles are shown once."""
        plan = self.plan
        least = LEAST_FIGURE if plan.once else LEAST
        size = max(least, plan.figure * zoom)
        line, bar = max(least + 0.5, LINE * zoom), max(2.0, BAR * zoom)
        area = QRectF(row.left(), row.top() + line, row.width(), line)
        if not plan.once:
            small = max(LEAST, SMALL * zoom) - 1
            text.draw(painter, area.translated(0, -line), written.title, small, colour(self.theme.muted))
        ink = self.theme.muted if written.value == NOTHING else self.theme.text
        text.draw(painter, area, written.value, size, colour(ink))
        spare = row.height() - 2 * line - bar
        if spare >= 0 and written.share is not None and written.value != NOTHING:
            under = QRectF(0, area.bottom() + min(3 * zoom, spare / 2), area.width(), bar)
            self._paint_bar(painter, under, written.share, zoom)

    def _paint_bar(self, painter: QPainter, area: QRectF, share: float, zoom: float) -> None:
        whole = QRectF(area.adjusted(INSET * zoom, 0, -INSET * zoom, 0).toRect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(whole, colour(self.theme.line, 110))
        if share > 0:
            whole.setWidth(max(1.0, whole.width() * min(1.0, share)))
            painter.fillRect(whole, colour(self.theme.accent))
