"""The live maps below a node: as many as fit, drawn from a single image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.geometry.flattened import FlattenedPlan, flattened_plan
from cnnviz.gui.builder.geometry.levels import Scaled, levels_of
from cnnviz.gui.builder.geometry.metrics import FOOTER, LEAST, SMALL, TILE, WIDTH, colour
from cnnviz.gui.builder.geometry.mosaic import Mosaic
from cnnviz.gui.builder.geometry.tiles import Plan, drawn_values, outdated, picture, plan, shown
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.below import Below
from cnnviz.gui.document.pins import PINNED
from cnnviz.gui.widgets.map_scales import ROBUST
from cnnviz.inspection.answers.maps import MapsOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import Scale
    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.paths import Frame
    from cnnviz.network.report import NodeReport

IN_FILES = 4.0
"""Image pixels per scene unit in exported SVG and PDF files."""
LINE = 14.0
"""Height of the number beside a map, in pixels of the screen at a zoom of 100 % and below."""
BESIDE = 3.0
"""Scene units beside the maps that are painted again with them: at any zoom at least the pixel that rounding takes."""


class MapsItem(Below):
    """Maps as tiles, vectors as a grid of cells. Their positions are computed once per zoom."""

    plan: Plan | None = None
    channels: tuple[int, ...] = ()
    """The channels in the boxes of the plan, ascending; empty before the first snapshot."""
    _levels: NDArray[np.uint8] | None = None
    _signed = False
    _scale = (0.0, 0.0)
    _mosaic: Mosaic | None = None
    _at = QPoint()
    """The top left corner of the mosaic, in pixels of the screen from that of the item."""
    _drawn: QImage | None = None
    """The picture of :attr:`_levels`, of the present mosaic."""
    _ground: QPixmap | None = None
    """The frames around the maps, and the texts beside them."""
    _marked: tuple[int, ...] = ()
    """The pinned channels when :attr:`_ground` was painted."""
    _area = QRectF()
    """What another picture of the same channels changes, in the item's coordinates; it is shared: do not change it."""

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        new = self._planned(report, float(int(room)))
        if new == self.plan:
            return
        self.plan, self._levels, self._mosaic = new, None, None
        self.channels = tuple(range(new.total)) if new is not None and new.complete else ()
        self._resize(0.0 if new is None else new.extent)
        if new is not None:
            high = new.extent if new.complete else new.extent - FOOTER
            self._area = QRectF(new.left - BESIDE, 0, TILE + 2 * BESIDE, high)
        self.update()

    def _planned(self, report: NodeReport, room: float) -> Plan | None:
        return None if report.output is None else plan(report.output, room)

    def question(self) -> MapsOf | None:
        """See :meth:`Below.question`."""
        if self.plan is None:
            return None
        return MapsOf(self.node) if self.plan.complete else MapsOf(self.node, self.plan.count, self.pinned)

    def show_snapshot(self, snapshot: Snapshot | None, scale: Scale = ROBUST) -> None:
        """See :meth:`Below.show_snapshot`."""
        show_together([self], snapshot, scale)

    def scaled(self, maps: Maps | None, scale: Scale) -> tuple[Scaled, tuple[int, ...]] | None:
        """The values to draw, and their channels; None if there are none, or if the maps do not fit the plan."""
        if self.plan is None or maps is None or not maps.channels:
            return None
        channels = shown(maps, self.plan, self.pinned)
        values = drawn_values(maps, self.plan, channels)
        if values is None:
            return None
        self.outdated = outdated(maps, self.plan, self.pinned)
        return Scaled(values, maps.limit if values.ndim == 1 else scale.limit(maps), maps.signed), channels

    def show_levels(self, levels: NDArray[np.uint8] | None, signed: bool, channels: tuple[int, ...]) -> None:
        """Draw colour levels, uint8 (n, H, W) or (n,), or nothing; repaints only what looks different."""
        if self.pinned != self._marked:
            self._marked, self._ground = self.pinned, None
            self.update()
        if levels is None or self.plan is None:
            if self._levels is not None:
                self._levels = self._ground = None
                self.update()
            return
        made = picture(levels, self.plan, signed, self._levels)
        others = channels is not self.channels and channels != self.channels
        if made is self._levels and signed == self._signed and not others:
            return
        if self._levels is None or others:
            self._ground = None
            self.update()
        else:
            self.update(self._area)
        self._levels, self._signed, self._drawn, self.channels = made, signed, None, channels

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        self._drawn = self._ground = None

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

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        assert self.plan is not None
        scale = (zoom, IN_FILES if ratio is None else ratio)
        if self._mosaic is None or scale != self._scale:
            self._scale, self._mosaic = scale, Mosaic(self.plan, *scale)
            self._at = self._mosaic.corner + QPoint(round(self.plan.left * zoom), 0)
            self._drawn = self._ground = None
        mosaic = self._mosaic
        if ratio is None:
            self._draw_frames(painter, mosaic)
        else:
            if self._ground is None:
                self._ground = self._kept(*scale, lambda ground: self._draw_ground(ground, mosaic))
            self._draw_kept(painter, self._ground)
        if self._levels is not None:
            if self._drawn is None:
                self._drawn = mosaic.draw(self._levels, self._signed, self.theme)
            painter.drawImage(self._at, _grounded(self._drawn, self.theme) if ratio is None else self._drawn)
        if ratio is None:
            self._write(painter, mosaic)

    def _draw_ground(self, painter: QPainter, mosaic: Mosaic) -> None:
        self._draw_frames(painter, mosaic)
        self._write(painter, mosaic)

    def _draw_frames(self, painter: QPainter, mosaic: Mosaic) -> None:
        """Draw a frame around each box, which makes dark maps visible."""
        assert self.plan is not None
        single, left = self.plan.boxed, round(self.plan.left * self._scale[0])
        if single or self._levels is None:
            painter.setPen(colour(self.theme.line))
            painter.translate(left, 0)
            painter.drawRects(mosaic.frames if single else mosaic.frames[:1])
            painter.translate(-left, 0)

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


class FlattenedItem(MapsItem):
    """The values of a Flatten, drawn in the maps from which they come; as a vector if there is no room for all maps."""

    def _planned(self, report: NodeReport, room: float) -> Plan | None:
        flat = report.output is not None and len(report.output) == 1
        maps = report.inputs[0] if flat and len(report.inputs) == 1 else None
        made = flattened_plan(maps, room) if maps is not None and len(maps) == 3 else None
        return made or super()._planned(report, room)

    def said_at(self, at: QPointF, zoom: float) -> str:
        """See :meth:`Below.said_at`: also the place in its map."""
        index = self.channel_at(at, zoom)
        if index is None or not isinstance(self.plan, FlattenedPlan):
            return super().said_at(at, zoom)
        _, high, wide = self.plan.shape
        said = QApplication.translate(
            "Canvas", "value {number} of {node}: map {channel}, row {row}, column {column} of its input"
        )
        channel, row, column = index // (high * wide), index // wide % high, index % wide
        return said.format(number=index, node=self.node, channel=channel, row=row, column=column)


def show_together(columns: Iterable[Below], snapshot: Snapshot | None, scale: Scale) -> None:
    """Draw a snapshot in several columns, or nothing when it is None; ``scale`` is the colour scale of maps.

    The colour levels of all maps are computed at once.
    """
    answers: Mapping[str, Maps] = {} if snapshot is None else snapshot.by_node(MapsOf)
    drawn, parts = [], []
    for column in columns:
        if not isinstance(column, MapsItem):
            column.show_snapshot(snapshot, scale)
            continue
        column.outdated, column.beyond = False, 0
        found = column.scaled(answers.get(column.node), scale)
        if found is None:
            column.show_levels(None, False, ())
        else:
            drawn.append((column, found[1]))
            parts.append(found[0])
    for (column, channels), part, made in zip(drawn, parts, levels_of(parts), strict=True):
        column.beyond = made.beyond
        column.show_levels(made.levels, part.signed, channels)


def _grounded(image: QImage, theme: Theme) -> QImage:
    """The image on the background colour: programs would draw dark lines around transparent gaps in a file."""
    made = QImage(image.size(), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(image.devicePixelRatio())
    made.fill(colour(theme.surface))
    with QPainter(made) as painter:
        painter.drawImage(0, 0, image)
    return made
