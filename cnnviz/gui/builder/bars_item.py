"""What the network says: a bar for each class below the Output."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem

from cnnviz.gui.builder import text
from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.metrics import INSET, LEAST, ROW_HEIGHT, TILE, colour
from cnnviz.gui.theme import Theme
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.check import NodeReport

LABEL = 14.0
BAR = 10.0
LEAST_ROW = 11.0


class BarsItem(Below):
    """One row a class: its number and a bar as long as its probability, the most probable one set off."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self._rows = 0
        self._height = ROW_HEIGHT
        self._shares: NDArray[np.float32] | None = None

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        total = 0 if report.output is None or len(report.output) != 1 else report.output[0]
        # every class keeps its bar where there is any room for it; the answer may be the last
        height = min(ROW_HEIGHT, max(LEAST_ROW, room / total)) if total else ROW_HEIGHT
        rows = max(0, min(total, int(room / height + 1e-6)))
        if (rows, height) != (self._rows, self._height):
            self._rows, self._height = rows, height
            self._resize(rows * height)
            self.update()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """See :meth:`Below.show_snapshot`."""
        new = None if snapshot is None or len(snapshot.probabilities) < self._rows else snapshot.probabilities
        if new is None and self._shares is None:
            return
        if new is None or self._shares is None or not np.array_equal(new, self._shares):
            self._shares = new
            self.update()

    def channel_at(self, at: QPointF, zoom: float) -> int | None:
        """See :meth:`Below.channel_at`."""
        row = int(at.y() // self._height)
        return row if INSET <= at.x() <= INSET + TILE and 0 <= row < self._rows else None

    def _paint(self, painter: QPainter, zoom: float) -> None:
        top = -1 if self._shares is None or np.isnan(self._shares).any() else int(self._shares.argmax())
        left, label, whole = INSET * zoom, LABEL * zoom, (TILE - LABEL) * zoom
        size = max(LEAST, 11.5 * zoom)
        for row in range(self._rows):
            y = round(row * self._height * zoom)
            name = colour(self.theme.text if row == top or self._shares is None else self.theme.muted)
            painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
            area = QRectF(left, y, label + 2, self._height * zoom)
            text.draw(painter, area, str(row), size, name, bold=row == top, align=text.LEFT)
            share = 0.0 if self._shares is None or top < 0 else float(self._shares[row])
            bar = round(min(BAR, self._height - 2) * zoom)
            y += round((self._height * zoom - bar) / 2)
            x = round(left + label)
            painter.fillRect(x, y, round(whole), bar, colour(self.theme.line, 110))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillRect(
                x, y, max(1, round(whole * share)), bar, colour(self.theme.good if row == top else self.theme.muted)
            )
