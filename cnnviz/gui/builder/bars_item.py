"""What the network says: a bar for each class below the Output."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem

from cnnviz.gui.builder import text
from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.metrics import INSET, LEAST, ROW_HEIGHT, TILE, WIDTH, colour
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
        self._names = QPixmap()
        self._names_key: tuple[float, float, int, bool] | None = None

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        total = 0 if report.output is None or len(report.output) != 1 else report.output[0]
        # every class keeps its bar where there is any room for it; the answer may be the last
        height = min(ROW_HEIGHT, max(LEAST_ROW, room / total)) if total else ROW_HEIGHT
        rows = max(0, min(total, int(room / height + 1e-6)))
        if (rows, height) != (self._rows, self._height):
            self._rows, self._height, self._names_key = rows, height, None
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

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        self._names_key = None

    def channel_at(self, at: QPointF, zoom: float) -> int | None:
        """See :meth:`Below.channel_at`."""
        row = int(at.y() // self._height)
        return row if INSET <= at.x() <= INSET + TILE and 0 <= row < self._rows else None

    def _paint(self, painter: QPainter, zoom: float) -> None:
        silent = self._shares is None or bool(np.isnan(self._shares).any())
        top = -1 if silent or self._shares is None else int(self._shares.argmax())
        device = painter.device()
        key = (zoom, device.devicePixelRatioF() if device is not None else 1.0, top, self._shares is None)
        if self._names_key != key:
            self._names_key, self._names = key, self._write_names(*key)
        painter.drawPixmap(0, 0, self._names)
        if silent or self._shares is None:
            return
        lengths = np.maximum(1, np.rint((TILE - LABEL) * zoom * self._shares[: self._rows])).astype(int).tolist()
        bars = [QRect(*self._bar(row, zoom), length, self._thickness(zoom)) for row, length in enumerate(lengths)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self.theme.muted))
        painter.drawRects(bars[:top] + bars[top + 1 :])
        painter.fillRect(bars[top], colour(self.theme.good))

    def _thickness(self, zoom: float) -> int:
        return round(min(BAR, self._height - 2) * zoom)

    def _bar(self, row: int, zoom: float) -> tuple[int, int]:
        """The top left corner of a bar, in pixels of the screen."""
        above = round((self._height * zoom - self._thickness(zoom)) / 2)
        return round(INSET * zoom + LABEL * zoom), round(row * self._height * zoom) + above

    def _write_names(self, zoom: float, ratio: float, top: int, silent: bool) -> QPixmap:
        """The numbers of the classes and the grounds of their bars; one of them set off."""
        made = QPixmap(round(WIDTH * zoom * ratio) + 1, round(self.extent * zoom * ratio) + 1)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        left, label, size = INSET * zoom, LABEL * zoom, max(LEAST, 11.5 * zoom)
        for row in range(self._rows):
            name = colour(self.theme.text if row == top or silent else self.theme.muted)
            area = QRectF(left, round(row * self._height * zoom), label + 2, self._height * zoom)
            text.draw(painter, area, str(row), size, name, bold=row == top, align=text.LEFT)
            ground = QRect(*self._bar(row, zoom), round((TILE - LABEL) * zoom), self._thickness(zoom))
            painter.fillRect(ground, colour(self.theme.line, 110))
        painter.end()
        return made
