"""The live maps below a node: as many as fit, drawn from a single image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.geometry.metrics import FOOTER, LEAST, SMALL, WIDTH, colour
from cnnviz.gui.builder.geometry.mosaic import Mosaic
from cnnviz.gui.builder.geometry.tiles import Plan, drawn_values, outdated, picture, plan, shown
from cnnviz.gui.builder.geometry.written_out import WrittenOut, written_out
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.below import Below
from cnnviz.gui.document.pins import PINNED
from cnnviz.gui.widgets.map_scales import ROBUST, beyond
from cnnviz.inspection.answers.maps import MapsOf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import Scale
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.paths import Frame
    from cnnviz.network.report import NodeReport

IN_FILES = 4.0
"""Image pixels per scene unit in exported SVG and PDF files."""
LINE = 14.0
"""Height of the number beside a map, in pixels of the screen at a zoom of 100 % and below."""


class MapsItem(Below):
    """Maps as tiles, vectors as a grid of cells. Their positions are computed once per zoom."""

    plan: Plan | None = None
    channels: tuple[int, ...] = ()
    """The channels in the boxes of the plan, ascending; empty before the first snapshot."""
    _levels: NDArray[np.uint8] | None = None
    _signed = False
    _scale = (0.0, 0.0)
    _mosaic: Mosaic | None = None
    _image: tuple[QImage, NDArray[np.uint32]] | None = None
    _words: QPixmap | None = None
    _marked: tuple[int, ...] = ()
    """The pinned channels when :attr:`_words` was painted."""

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        new = self._planned(report, float(int(room)))
        if new == self.plan:
            return
        self.plan, self._levels, self._mosaic = new, None, None
        self.channels = tuple(range(new.total)) if new is not None and new.complete else ()
        self._resize(0.0 if new is None else new.extent)
        self.update()

    def _planned(self, report: NodeReport, room: float) -> Plan | None:
        return None if report.output is None else plan(report.output, room)

    def question(self) -> MapsOf | None:
        """See :meth:`Below.question`."""
        if self.plan is None:
            return None
        return MapsOf(self.node) if self.plan.complete else MapsOf(self.node, self.plan.count, self.pinned)

    def show_snapshot(self, snapshot: Snapshot | None, scale: Scale = ROBUST) -> None:
        """See :meth:`Below.show_snapshot`; repaints only what looks different."""
        maps = None if snapshot is None else snapshot.by_node(MapsOf).get(self.node)
        made = None
        self.outdated, self.beyond = False, 0
        if self.pinned != self._marked:
            self._marked, self._words = self.pinned, None
            self.update()
        if maps is not None and maps.channels and self.plan is not None:
            channels = shown(maps, self.plan, self.pinned)
            values = drawn_values(maps, self.plan, channels)
            if values is not None:
                limit = maps.limit if values.ndim == 1 else scale.limit(maps)
                made = picture(values, self.plan, limit, maps.signed, self._levels)
                self.outdated, self.beyond = outdated(maps, self.plan, self.pinned), beyond(values, limit)
        if maps is None or made is None:
            if self._levels is not None:
                self._levels = self._words = None
                self.update()
        elif made is not self._levels or maps.signed != self._signed or channels != self.channels:
            if self._levels is None or channels != self.channels:
                self._words = None
            self._levels, self._signed, self._image, self.channels = made, maps.signed, None, channels
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        self._image = self._words = None

    def channel_at(self, at: QPointF, zoom: float) -> int | None:
        """See :meth:`Below.channel_at`."""
        value = self.value_at(at, zoom)
        return None if value is None else value[0]

    def value_at(self, at: QPointF, zoom: float) -> tuple[int, int, int] | None:
        """See :meth:`Below.value_at`."""
        if self.plan is None:
            return None
        value = self.plan.value_at((at.x() - self.plan.left) * zoom, at.y() * zoom, zoom)
        return None if value is None or value[0] >= len(self.channels) else (self.channels[value[0]], *value[1:])

    def framed(self, frame: Frame, zoom: float) -> list[QRect]:
        """See :meth:`Below.framed`; empty if no maps are drawn."""
        if self.plan is None or self._levels is None:
            return []
        left = round(self.plan.left * zoom)
        return [box.translated(left, 0) for box in self.plan.framed(self.channels, frame, zoom)]

    def said_at(self, at: QPointF, zoom: float) -> str:
        """See :meth:`Below.said_at`: the number of the map, which may have no room beside it."""
        channel = self.channel_at(at, zoom)
        if channel is None or self.plan is None:
            return ""
        translate = QApplication.translate
        said = translate("Canvas", "value {number} of {node}" if self.plan.size == (1, 1) else "map {number} of {node}")
        if channel in self.pinned:
            said = translate("Canvas", "map {number} of {node}, pinned")
        return said.format(number=channel, node=self.node)

    def places(self, zoom: float) -> tuple[tuple[QRect, QRect], ...]:
        """Pairs (source, target): a part of the image, and where it is drawn, in pixels from the item's top left."""
        if self.plan is None:
            return ()
        left = round(self.plan.left * zoom)
        return tuple((source, target.translated(left, 0)) for source, target in self.plan.place(zoom))

    def _paint(self, painter: QPainter, zoom: float) -> None:
        assert self.plan is not None
        device, vector = painter.device(), text.keeps_text(painter)
        scale = (zoom, IN_FILES if vector else device.devicePixelRatioF() if device is not None else 1.0)
        if self._mosaic is None or scale != self._scale:
            self._scale, self._mosaic = scale, Mosaic(self.plan, *scale)
            self._image = self._words = None
        mosaic, left = self._mosaic, round(self.plan.left * zoom)
        single = self.plan.boxed
        if single or self._levels is None:
            # a frame around each box makes dark maps visible
            painter.setPen(colour(self.theme.line))
            painter.translate(left, 0)
            painter.drawRects(mosaic.frames if single else mosaic.frames[:1])
            painter.translate(-left, 0)
        if self._levels is not None:
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
        """Write the channel numbers beside the maps, and below them how many of all channels are shown."""
        assert self.plan is not None
        zoom = self._scale[0]
        if self.plan.numbered and mosaic.places[0][1].height() >= LEAST:
            self._write_numbers(painter, mosaic)
        if not self.plan.complete:
            area = QRectF(0, mosaic.places[-1][1].bottom() + 3, WIDTH * zoom, FOOTER * zoom)
            words = QApplication.translate("Canvas", "{0} of {1}").format(self.plan.count, self.plan.total)
            text.draw(painter, area, words, max(LEAST, (SMALL - 1) * zoom), colour(self.theme.muted))

    def _write_numbers(self, painter: QPainter, mosaic: Mosaic) -> None:
        assert self.plan is not None
        zoom = self._scale[0]
        room = round(self.plan.left * zoom) - 2
        size = max(text.SMALLEST, 9 * zoom)
        if text.advance("0" * len(str(self.plan.total - 1)), size, 1000) > room:
            return
        for channel, (_, target) in zip(self.channels, mosaic.places, strict=False):
            area = QRectF(0, target.top(), room, min(target.height(), LINE * max(1.0, zoom)))
            text.draw(painter, area, str(channel), size, colour(self.theme.muted), align=text.RIGHT)
            if channel in self.pinned and target.height() >= 2 * area.height():
                area.translate(0, area.height())
                text.draw(painter, area, PINNED, size, colour(self.theme.accent), align=text.RIGHT)


class WrittenOutItem(MapsItem):
    """The values of a Flatten, drawn in the maps from which they come; as a vector if there is no room for all maps."""

    def _planned(self, report: NodeReport, room: float) -> Plan | None:
        flat = report.output is not None and len(report.output) == 1
        maps = report.inputs[0] if flat and len(report.inputs) == 1 else None
        made = written_out(maps, room) if maps is not None and len(maps) == 3 else None
        return made or super()._planned(report, room)

    def said_at(self, at: QPointF, zoom: float) -> str:
        """See :meth:`Below.said_at`: also the place in its map."""
        index = self.channel_at(at, zoom)
        if index is None or not isinstance(self.plan, WrittenOut):
            return super().said_at(at, zoom)
        _, high, wide = self.plan.shape
        said = QApplication.translate(
            "Canvas", "value {number} of {node}: map {channel}, row {row}, column {column} of its input"
        )
        channel, row, column = index // (high * wide), index // wide % high, index % wide
        return said.format(number=index, node=self.node, channel=channel, row=row, column=column)


def _grounded(image: QImage, theme: Theme) -> QImage:
    """The image on the background colour: programs would draw dark lines around transparent gaps in a file."""
    made = QImage(image.size(), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(image.devicePixelRatio())
    made.fill(colour(theme.surface))
    with QPainter(made) as painter:
        painter.drawImage(0, 0, image)
    return made
