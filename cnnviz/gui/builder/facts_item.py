"""What a node costs and how far it sees, below it while building."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem

from cnnviz.gui.builder import text
from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.costs import NOTHING, CostRow, CostRows
from cnnviz.gui.builder.metrics import LEAST, SMALL, WIDTH, colour
from cnnviz.gui.theme import Theme
from cnnviz.network.check import NodeReport

LINE = 17.0
BAR = 4.0
ROW = 2 * LINE + BAR + 9
INSET = 3.0


class FactsItem(Below):
    """Each row a muted title over its value, and a bar for its share of the whole network."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self._rows: CostRows | None = None
        self._written: tuple[CostRow, ...] | None = None
        self._shown = 0
        self._room = 0.0

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        self._room = room
        self._fill()

    def show_costs(self, rows: CostRows | None) -> None:
        """See :meth:`Below.show_costs`."""
        if rows != self._rows:
            self._rows, self._written = rows, None
            self._fill()
            self.update()

    def _fill(self) -> None:
        shown = min(0 if self._rows is None else self._rows.lines, max(0, int(self._room // ROW)))
        if shown != self._shown:
            self._shown = shown
            self._resize(shown * ROW)
            self.update()

    def _paint(self, painter: QPainter, zoom: float) -> None:
        size = max(LEAST, SMALL * zoom)
        line = max(LEAST + 0.5, LINE * zoom)
        bar = max(2.0, BAR * zoom)
        roomy = 2 * line + bar <= ROW * zoom
        if self._written is None:
            assert self._rows is not None
            self._written = self._rows.rows()
        for index, row in enumerate(self._written[: self._shown]):
            area = QRectF(0, index * ROW * zoom, WIDTH * zoom, line)
            text.draw(painter, area, row.title, size - 1, colour(self.theme.muted))
            area.translate(0, line)
            ink = self.theme.muted if row.value == NOTHING else self.theme.text
            text.draw(painter, area, row.value, size, colour(ink))
            if roomy and row.share is not None and row.value != NOTHING:
                self._paint_bar(painter, QRectF(0, area.bottom(), area.width(), bar), row.share, zoom)

    def _paint_bar(self, painter: QPainter, area: QRectF, share: float, zoom: float) -> None:
        whole = QRectF(area.adjusted(INSET * zoom, 0, -INSET * zoom, 0).toRect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(whole, colour(self.theme.line, 110))
        if share > 0:
            whole.setWidth(max(1.0, whole.width() * min(1.0, share)))
            painter.fillRect(whole, colour(self.theme.accent))
