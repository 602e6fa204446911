"""Export of the drawn network as a picture: the whole network in light colours, whatever the window shows."""

from __future__ import annotations

import errno
from dataclasses import replace
from math import ceil, sqrt
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMarginsF, QRect, QRectF, QSizeF
from PySide6.QtGui import QFontInfo, QGuiApplication, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from cnnviz.files import FileError
from cnnviz.gui.builder.geometry.costs import cost_rows, total_rows
from cnnviz.gui.builder.geometry.facts_plan import BOXES, ROW
from cnnviz.gui.builder.geometry.metrics import BELOW, HEADER, TILE, TILE_GAP, WIDTH
from cnnviz.gui.builder.items.text import POINTS_PER_INCH
from cnnviz.gui.builder.items.wire import NEAR
from cnnviz.gui.builder.items.wire import area as box_area
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.theme import LIGHT
from cnnviz.gui.widgets.save import as_png, device_for
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.training.layer_time import LayerTime

MARGIN = 14.0
"""Margin around the network, in scene units."""
SHARP = 2
"""Pixels of a PNG per scene unit, unless the picture would be too large."""
MOST_SIDE, MOST_PIXELS = 30_000, 64_000_000
"""Largest side, and most pixels, of a PNG: many programs refuse larger ones."""
MOST_POINTS = 14_400.0
"""Largest side of a PDF page, in points: 200 inches, the limit of the format."""
FEWEST_MAPS, MOST_MAPS = 2, 8
"""Fewest and most rows of maps below a node."""


def scene_for_export(
    scene: GraphScene,
    project: Project,
    report: Report,
    times: Mapping[str, LayerTime],
    snapshot: Snapshot | None,
) -> GraphScene:
    """A separate scene that shows the same as ``scene``, without signs of problems, selection and changes.

    Maps show ``snapshot``; the build view shows costs, with ``times``, in their place.
    """
    copy = GraphScene(LIGHT)
    copy.set_view(scene.view_kind)
    copy.map_scale, copy.pins, copy.class_names = scene.map_scale, scene.pins, scene.class_names
    copy.show(project, replace(report, problems=()))
    lowest = max(item.place[1] for item in copy.units) + HEADER + BELOW
    if scene.view_kind == "build":
        members = {item.key: item.members for item in copy.units}
        rows = cost_rows(members, report, project.recipe.batch_size, times)
        copy.show_costs(rows, total_rows(report, project.recipe.batch_size, times))
        # for boxes, and for all rows of costs; 1 more, so that rounding does not take a row away
        copy.give_room(lowest + BOXES[0] + ROW * max((costs.lines for costs in rows.values()), default=0) + 1)
    else:
        tile = TILE + TILE_GAP
        copy.show_snapshot(snapshot)
        copy.give_room(min(max(scene.columns.bottom or 0.0, lowest + FEWEST_MAPS * tile), lowest + MOST_MAPS * tile))
    return copy


def area_of(scene: GraphScene) -> QRectF:
    """The area of everything drawn, with a margin, in scene coordinates."""
    area = scene.titles.area
    for item in scene.units:
        area = area.united(QRectF(*item.place, WIDTH, item.height))
    for wire in scene.wires.values():
        # its box is wider by the distance at which the pointer is on it
        area = area.united(box_area(wire.box).adjusted(NEAR, NEAR, -NEAR, -NEAR))
    for frame in scene.frames.values():
        area = area.united(frame.area)
    return area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def png(scene: GraphScene) -> bytes:
    """The scene as PNG, two pixels per scene unit, or fewer if it would be too large. Raises OSError if it fails."""
    area = area_of(scene)
    width, height = SHARP * area.width(), SHARP * area.height()
    zoom = min(1.0, MOST_SIDE / max(width, height), sqrt(MOST_PIXELS / (width * height)))
    image = QImage(ceil(width * zoom), ceil(height * zoom), QImage.Format.Format_RGB32)
    if image.isNull():
        raise FileError(errno.ENOMEM, Sentence("there is not enough memory for it"))
    image.setDevicePixelRatio(SHARP)
    image.fill(LIGHT.surface)
    painter = QPainter(image)
    _paint(painter, scene, area, zoom)
    return as_png(image)


def svg(scene: GraphScene, title: str) -> bytes:
    """The scene as SVG, one pixel per scene unit, with text kept as text."""
    # imported here, because most windows never export anything and so open sooner
    from PySide6.QtSvg import QSvgGenerator

    area = area_of(scene)
    data = QByteArray()
    device = device_for(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(device)
    generator.setResolution(round(_dots_per_inch()))
    size = QRect(0, 0, ceil(area.width()), ceil(area.height()))
    generator.setSize(size.size())
    generator.setViewBox(size)
    generator.setTitle(quoted(title))
    _paint(QPainter(generator), scene, area, 1.0)
    # the desktop's font may have a name that other programs do not know, such as “Sans Serif”
    font = QGuiApplication.font()
    named = f'font-family="{font.family()}"'
    installed = f'font-family="{QFontInfo(font).family()}, {font.family()}, sans-serif"'
    return bytes(data.data()).replace(named.encode(), installed.encode())


def pdf(scene: GraphScene, title: str) -> bytes:
    """The scene as PDF, with text kept as text, on one page of its size."""
    area = area_of(scene)
    dots = _dots_per_inch()
    zoom = min(1.0, MOST_POINTS * dots / POINTS_PER_INCH / max(area.width(), area.height()))
    data = QByteArray()
    device = device_for(data)
    writer = QPdfWriter(device)
    writer.setTitle(quoted(title))
    writer.setCreator("cnnviz")
    writer.setResolution(round(dots))
    page = QSizeF(area.width(), area.height()) * (zoom * POINTS_PER_INCH / dots)
    size = QPageSize(page, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF()))
    _paint(QPainter(writer), scene, area, zoom)
    del writer
    return bytes(data.data())


def _paint(painter: QPainter, scene: GraphScene, area: QRectF, zoom: float) -> None:
    painter.setRenderHints(QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.LosslessImageRendering)
    scene.render(painter, QRectF(0, 0, area.width() * zoom, area.height() * zoom), area)
    painter.end()


def _dots_per_inch() -> float:
    """Dots per inch of the application's screen, which converts font sizes from pixels to points."""
    return QGuiApplication.primaryScreen().logicalDotsPerInchY()
