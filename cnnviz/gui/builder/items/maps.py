"""The live maps below a node: as many as fit, drawn from a single image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.geometry.flattened import FlattenedPlan, flattened_plan
from cnnviz.gui.builder.geometry.levels import Scaled, levels_of
from cnnviz.gui.builder.geometry.metrics import FOOTER, LEAST_FONT, SMALL, TILE, WIDTH, colour
from cnnviz.gui.builder.geometry.mosaic import Mosaic
from cnnviz.gui.builder.geometry.tiles import PlacedPart, Plan, drawn_values, outdated, picture, plan, shown
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

NUMBER_SIZE = 9.0
"""Font size of the numbers beside maps."""
ENOUGH = 1000
"""A room, in pixels, in which the number of every map fits: its width is measured without eliding."""
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
    """Zoom and device pixel ratio of :attr:`_mosaic`."""
    _mosaic: Mosaic | None = None
    _corner = QPoint()
    """The top left corner of the mosaic, in pixels of the screen from that of the item."""
    _drawn: QImage | None = None
    """The picture of :attr:`_levels`, of the present mosaic."""
    _ground: QPixmap | None = None
    """The frames around the maps, and the texts beside them."""
    _painted_pins: tuple[int, ...] = ()
    """The pinned channels when :attr:`_ground` was painted."""
    _area = QRectF()
    """What another picture of the same channels changes, in the item's coordinates; it is shared: do not change it."""

    def fit(self, report: NodeReport, room: float) -> None:
        """See :meth:`Below.fit`."""
        self.report, self.room = report, room
        new = self._planned(report, float(int(room)))
        if new == self.plan:
            return
        self.plan, self._levels, self._mosaic = new, None, None
        self.channels = tuple(range(new.total)) if new is not None and new.complete else ()
        self._resize(0.0 if new is None else new.extent)
        if new is not None:
            height = new.extent if new.complete else new.extent - FOOTER
            self._area = QRectF(new.left - BESIDE, 0, TILE + 2 * BESIDE, height)
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
        self.outdated = outdated(maps, self.plan, channels, self.pinned)
        self.chosen = None if self.plan.complete or values.ndim == 1 else maps
        return Scaled(values, maps.limit if values.ndim == 1 else scale.limit(maps), maps.signed), channels

    def show_levels(self, levels: NDArray[np.uint8] | None, signed: bool, channels: tuple[int, ...]) -> None:
        """Draw colour levels, uint8 (n, H, W) or (n,), or nothing; repaints only what looks different."""
        if self.pinned != self._painted_pins:
            self._painted_pins, self._ground = self.pinned, None
            self.update()
        if levels is None or self.plan is None:
            if self._levels is not None:
                self._levels = self._ground = None
                self.update()
            return
        new_levels = picture(levels, self.plan, signed, self._levels)
        other_channels = channels is not self.channels and channels != self.channels
        if new_levels is self._levels and signed == self._signed and not other_channels:
            return
        if self._levels is None or other_channels:
            self._ground = None
            self.update()
        else:
            self.update(self._area)
        self._levels, self._signed, self._drawn, self.channels = new_levels, signed, None, channels

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Below.set_theme`."""
        super().set_theme(theme)
        self._drawn = self._ground = None

    def channel_at(self, point: QPointF, zoom: float) -> int | None:
        """See :meth:`Below.channel_at`."""
        value = self.value_at(point, zoom)
        if value is None:
            return None
        channel, _, _ = value
        return channel

    def value_at(self, point: QPointF, zoom: float) -> tuple[int, int, int] | None:
        """See :meth:`Below.value_at`."""
        if self.plan is None:
            return None
        value = self.plan.value_at((point.x() - self.plan.left) * zoom, point.y() * zoom, zoom)
        if value is None:
            return None
        index, row, column = value
        return None if index >= len(self.channels) else (self.channels[index], row, column)

    def framed(self, frame: Frame, zoom: float) -> list[QRect]:
        """See :meth:`Below.framed`; empty if no maps are drawn."""
        if self.plan is None or self._levels is None:
            return []
        left = round(self.plan.left * zoom)
        return [box.translated(left, 0) for box in self.plan.framed(self.channels, frame, zoom)]

    def tooltip_at(self, point: QPointF, zoom: float) -> str:
        """See :meth:`Below.tooltip_at`: the number of the map, which may have no room beside it."""
        channel = self.channel_at(point, zoom)
        if channel is None or self.plan is None:
            return ""
        translate = QApplication.translate
        single = self.plan.size == (1, 1)
        template = translate("Canvas", "value {number} of {node}" if single else "map {number} of {node}")
        if channel in self.pinned:
            template = translate("Canvas", "map {number} of {node}, pinned")
        return template.format(number=channel, node=self.node)

    def places(self, zoom: float) -> tuple[PlacedPart, ...]:
        """The parts of the image, and where each is drawn, in pixels from the item's top left."""
        if self.plan is None:
            return ()
        left = round(self.plan.left * zoom)
        return tuple(PlacedPart(source, target.translated(left, 0)) for source, target in self.plan.place(zoom))

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        assert self.plan is not None
        scale = (zoom, IN_FILES if ratio is None else ratio)
        if self._mosaic is None or scale != self._scale:
            self._scale, self._mosaic = scale, Mosaic(self.plan, *scale)
            self._corner = self._mosaic.corner + QPoint(round(self.plan.left * zoom), 0)
            self._drawn = self._ground = None
        mosaic = self._mosaic
        if ratio is None:
            self._draw_frames(painter, mosaic)
        else:
            if self._ground is None:
                self._ground = self._picture_of(*scale, lambda ground: self._draw_ground(ground, mosaic))
            self._draw_picture(painter, self._ground)
        if self._levels is not None:
            if self._drawn is None:
                self._drawn = mosaic.draw(self._levels, self._signed, self.theme)
            painter.drawImage(self._corner, _grounded(self._drawn, self.theme) if ratio is None else self._drawn)
        if ratio is None:
            self._write(painter, mosaic)

    def _draw_ground(self, painter: QPainter, mosaic: Mosaic) -> None:
        self._draw_frames(painter, mosaic)
        self._write(painter, mosaic)

    def _draw_frames(self, painter: QPainter, mosaic: Mosaic) -> None:
        """Draw a frame around each box, which makes dark maps visible; around cells only while they have no values."""
        assert self.plan is not None
        boxed, left = self.plan.boxed, round(self.plan.left * mosaic.zoom)
        if boxed or self._levels is None:
            painter.setPen(colour(self.theme.line))
            painter.translate(left, 0)
            painter.drawRects(mosaic.frames if boxed else mosaic.frames[:1])
            painter.translate(-left, 0)

    def _write(self, painter: QPainter, mosaic: Mosaic) -> None:
        """Write the channel numbers beside the maps, and below them how many of all channels are shown."""
        assert self.plan is not None
        zoom = mosaic.zoom
        if self.plan.numbered and mosaic.places[0].target.height() >= LEAST_FONT:
            self._write_numbers(painter, mosaic)
        if not self.plan.complete:
            area = QRectF(0, mosaic.places[-1].target.bottom() + 3, WIDTH * zoom, FOOTER * zoom)
            words = QApplication.translate("Canvas", "{0} of {1}").format(self.plan.count, self.plan.total)
            text.draw(painter, area, words, max(LEAST_FONT, (SMALL - 1) * zoom), colour(self.theme.muted))

    def _write_numbers(self, painter: QPainter, mosaic: Mosaic) -> None:
        assert self.plan is not None
        zoom = mosaic.zoom
        room = round(self.plan.left * zoom) - 2
        size = max(text.SMALLEST, NUMBER_SIZE * zoom)
        if text.advance("0" * len(str(self.plan.total - 1)), size, ENOUGH) > room:
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
        flattened = flattened_plan(maps, room) if maps is not None and len(maps) == 3 else None
        return flattened or super()._planned(report, room)

    def tooltip_at(self, point: QPointF, zoom: float) -> str:
        """See :meth:`Below.tooltip_at`: also the place in its map."""
        index = self.channel_at(point, zoom)
        if index is None or not isinstance(self.plan, FlattenedPlan):
            return super().tooltip_at(point, zoom)
        _, height, width = self.plan.shape
        template = QApplication.translate(
            "Canvas", "value {number} of {node}: map {channel}, row {row}, column {column} of its input"
        )
        channel, row, column = index // (height * width), index // width % height, index % width
        return template.format(number=index, node=self.node, channel=channel, row=row, column=column)


def show_together(columns: Iterable[Below], snapshot: Snapshot | None, scale: Scale) -> list[Below]:
    """Draw a snapshot in several columns, or nothing when it is None; ``scale`` is the colour scale of maps. Returns
    the columns whose height has changed, because the snapshot is of another network than the one that was drawn there.

    The colour levels of all maps are computed at once.
    """
    answers: Mapping[str, Maps] = {} if snapshot is None else snapshot.by_node(MapsOf)
    moment = None if snapshot is None else snapshot.moment
    reports: Mapping[str, NodeReport] = {} if moment is None else moment.shapes.nodes
    drawn, parts, resized = [], [], []
    for column in columns:
        report = reports.get(column.node)
        if report is not None and report is not column.report and column.adapt(report):
            resized.append(column)
        if not isinstance(column, MapsItem):
            column.show_snapshot(snapshot, scale)
            continue
        column.outdated, column.chosen, column.clipped = False, None, 0
        values = column.scaled(answers.get(column.node), scale)
        if values is None:
            column.show_levels(None, False, ())
        else:
            part, channels = values
            parts.append(part)
            drawn.append((column, channels))
    for (column, channels), part, levels in zip(drawn, parts, levels_of(parts), strict=True):
        column.clipped = levels.clipped
        column.show_levels(levels.levels, part.signed, channels)
    return resized


def _grounded(image: QImage, theme: Theme) -> QImage:
    """The image on the background colour: other programs would draw dark lines around transparent gaps in a file."""
    opaque = QImage(image.size(), QImage.Format.Format_RGB32)
    opaque.setDevicePixelRatio(image.devicePixelRatio())
    opaque.fill(colour(theme.surface))
    with QPainter(opaque) as painter:
        painter.drawImage(0, 0, image)
    return opaque
