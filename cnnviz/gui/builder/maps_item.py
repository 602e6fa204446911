"""The live maps below a node: upright, as many as fit, drawn from one picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QGraphicsItem

from cnnviz.gui.builder import text
from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.metrics import FOOTER, INSET, LEAST, SMALL, WIDTH, colour
from cnnviz.gui.builder.mosaic import Mosaic
from cnnviz.gui.builder.tiles import Plan, picture, plan
from cnnviz.gui.theme import Theme
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.check import NodeReport

IN_FILES = 4.0
"""Pixels for each unit of a file whose text stays text."""


class MapsItem(Below):
    """Maps as tiles, vectors as a grid of cells. Where they go is worked out once for each zoom."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(node, theme, parent)
        self.plan: Plan | None = None
        self._levels: NDArray[np.uint8] | None = None
        self._signed = False
        self._scale = (0.0, 0.0)
        self._mosaic: Mosaic | None = None
        self._image: tuple[QImage, NDArray[np.uint32]] | None = None
        self._words: QPixmap | None = None

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        new = None if report.output is None else plan(report.output, float(int(room)))
        if new == self.plan:
            return
        self.plan, self._levels, self._mosaic = new, None, None
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
                self._levels = self._words = None
                self.update()
        elif made is not self._levels or maps.signed != self._signed:
            if self._levels is None:
                self._words = None
            self._levels, self._signed, self._image = made, maps.signed, None
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        self._image = self._words = None

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
        device, vector = painter.device(), text.keeps_text(painter)
        scale = (zoom, IN_FILES if vector else device.devicePixelRatioF() if device is not None else 1.0)
        if self._mosaic is None or scale != self._scale:
            self._scale, self._mosaic = scale, Mosaic(self.plan, *scale)
            self._image = self._words = None
        mosaic, left = self._mosaic, round(INSET * zoom)
        if self._levels is None:
            painter.setPen(colour(self.theme.line))
            outlines = mosaic.places if self.plan.columns == 1 else mosaic.places[:1]
            painter.drawRects([target.adjusted(0, 0, -1, -1).translated(left, 0) for _, target in outlines])
        else:
            if self._image is None:
                self._image = mosaic.draw(self._levels, self._signed, self.theme)
            drawn = _grounded(self._image[0], self.theme) if vector else self._image[0]
            painter.drawImage(mosaic.corner + QPoint(left, 0), drawn)
        if vector:
            self._write(painter, mosaic)
            return
        if self._words is None:
            self._words = self._kept(*scale, lambda words: self._write(words, mosaic))
        painter.drawPixmap(0, 0, self._words)

    def _write(self, painter: QPainter, mosaic: Mosaic) -> None:
        """What is written over and below the maps: the numbers of the channels, and how many of all there are."""
        assert self.plan is not None
        zoom = self._scale[0]
        if self.plan.numbered and mosaic.places[0][1].height() >= LEAST:
            self._write_numbers(painter, mosaic)
        if not self.plan.complete:
            area = QRectF(0, mosaic.places[-1][1].bottom() + 1, WIDTH * zoom, FOOTER * zoom)
            shown = QApplication.translate("Canvas", "{0} of {1}").format(len(self.plan.channels), self.plan.total)
            text.draw(painter, area, shown, max(LEAST, (SMALL - 1) * zoom), colour(self.theme.muted))

    def _write_numbers(self, painter: QPainter, mosaic: Mosaic) -> None:
        assert self.plan is not None
        zoom, ratio = self._scale
        size = round(2 * max(8.5, 9 * zoom)) / 2
        ink, halo = self.theme.muted if self._levels is None else self.theme.text, self.theme.surface
        left = round(INSET * zoom) + 1
        for channel, (_, target) in zip(self.plan.channels, mosaic.places, strict=True):
            if text.keeps_text(painter):
                text.draw_stamp(painter, QPointF(target.left() + left, target.bottom()), str(channel), size, ink, halo)
                continue
            stamp = text.stamp(str(channel), size, ink, halo, ratio)
            painter.drawPixmap(target.left() + left, target.bottom() - round(stamp.height() / ratio), stamp)


def _grounded(image: QImage, theme: Theme) -> QImage:
    """The image upon the ground: where a file had transparent gaps, programs would draw dark lines around them."""
    made = QImage(image.size(), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(image.devicePixelRatio())
    made.fill(colour(theme.surface))
    painter = QPainter(made)
    painter.drawImage(0, 0, image)
    painter.end()
    return made
