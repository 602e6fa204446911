"""The live maps below a node: upright, as many as fit, drawn from one picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsItem

from cnnviz.gui.builder import text
from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.metrics import FOOTER, INSET, LEAST, SMALL, WIDTH, colour
from cnnviz.gui.builder.tiles import Plan, image, picture, plan
from cnnviz.gui.theme import Theme
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.check import NodeReport

LINED = 6
"""Cells of a vector are parted by lines from this many pixels on."""


class MapsItem(Below):
    """Maps as tiles, vectors as a grid of cells. Where they go is worked out once for each zoom."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self.plan: Plan | None = None
        self._levels: NDArray[np.uint8] | None = None
        self._signed = False
        self._image: QImage | None = None
        self._lines: list[QLine] = []
        self._zoom = 0.0
        self._places: tuple[tuple[QRect, QRect], ...] = ()

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        new = None if report.output is None else plan(report.output, float(int(room)))
        if new == self.plan:
            return
        self.plan, self._levels, self._image, self._zoom = new, None, None, 0.0
        self._resize(0.0 if new is None else new.extent)
        self.update()

    def wanted(self) -> tuple[int, ...] | None:
        """See :meth:`Below.wanted`."""
        if self.plan is None:
            return ()
        return None if self.plan.complete else self.plan.channels

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """See :meth:`Below.show_snapshot`; repaints only what looks different."""
        maps = None if snapshot is None else snapshot.maps.get(self.node)
        made = None if maps is None or self.plan is None else picture(maps, self.plan, self._levels)
        if maps is None or made is None:
            if self._levels is not None:
                self._levels, self._image = None, None
                self.update()
        elif made is not self._levels or maps.signed != self._signed:
            self._levels, self._signed = made, maps.signed
            self._image = image(made, maps.signed, self.theme)
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        if self._levels is not None:
            self._image = image(self._levels, self._signed, theme)

    def channel_at(self, at: QPointF, zoom: float) -> int | None:
        """See :meth:`Below.channel_at`."""
        if self.plan is None:
            return None
        index = self.plan.index_at((at.x() - INSET) * zoom, at.y() * zoom, zoom)
        return None if index is None else self.plan.channels[index]

    def places(self, zoom: float) -> tuple[tuple[QRect, QRect], ...]:
        """Where the parts of the picture are drawn, in pixels of the screen from the item's top left corner."""
        if self.plan is None:
            return ()
        return tuple((source, target.translated(round(INSET * zoom), 0)) for source, target in self.plan.place(zoom))

    def _paint(self, painter: QPainter, zoom: float) -> None:
        assert self.plan is not None
        if zoom != self._zoom:
            self._zoom, self._places = zoom, self.places(zoom)
            self._lines = self._find_lines()
        if self._image is None:
            painter.setPen(colour(self.theme.line))
            outlines = self._places if self.plan.columns == 1 else self._places[:1]
            painter.drawRects([target.adjusted(0, 0, -1, -1) for _, target in outlines])
        else:
            for source, target in self._places:
                painter.drawImage(target, self._image, source)
            if self._lines:
                painter.setPen(colour(self.theme.surface))
                painter.drawLines(self._lines)
        if self.plan.numbered and self._places[0][1].height() >= LEAST:
            self._paint_numbers(painter, zoom)
        if not self.plan.complete:
            area = QRectF(0, self._places[-1][1].bottom() + 1, WIDTH * zoom, FOOTER * zoom)
            shown = QApplication.translate("Canvas", "{0} of {1}").format(len(self.plan.channels), self.plan.total)
            text.draw(painter, area, shown, max(LEAST, (SMALL - 1) * zoom), colour(self.theme.muted))

    def _find_lines(self) -> list[QLine]:
        """The lines between the cells of a grid; none where cells are small."""
        if self.plan is None or self.plan.columns == 1:
            return []
        lines = []
        for source, target in self._places:
            cell = target.width() // source.width()
            if cell < LINED:
                return []
            for column in range(1, source.width() + 1):
                x = target.left() + column * cell - 1
                lines.append(QLine(x, target.top(), x, target.bottom()))
            for row in range(1, source.height() + 1):
                y = target.top() + row * cell - 1
                lines.append(QLine(target.left(), y, target.right(), y))
        return lines

    def _paint_numbers(self, painter: QPainter, zoom: float) -> None:
        assert self.plan is not None
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        size = round(2 * max(8.5, 9 * zoom)) / 2
        ink = self.theme.muted if self._image is None else self.theme.text
        for channel, (_, target) in zip(self.plan.channels, self._places, strict=True):
            stamp = text.stamp(str(channel), size, ink, self.theme.surface, ratio)
            height = round(stamp.height() / ratio)
            painter.drawPixmap(target.left() + 1, target.bottom() - height, stamp)
