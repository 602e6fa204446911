"""The column below a node's header: base class of live maps, output bars, and facts shown while building."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import BELOW, HEADER, NO_PEN, PLAIN_ZOOM, WIDTH
from cnnviz.gui.builder.items import text
from cnnviz.gui.widgets.map_scales import ROBUST

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.builder.geometry.costs import CostRows
    from cnnviz.gui.builder.geometry.facts_plan import FactsPlan
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import Scale
    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.inspection.questions import Question
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.paths import Frame
    from cnnviz.network.report import NodeReport


ABOVE = 4
"""Pixels of the screen that a picture of a column has above it, for letters that reach there; they are whole pixels of
the device at usual ratios."""


class Below(QGraphicsRectItem):
    """A column below a node. It is an item of its own, so that a new snapshot repaints nothing else.

    It is a rectangle item, whose bounds Qt knows without calling Python. Subclasses set :attr:`extent`, the height in
    scene units, through :meth:`_resize`. They paint in whole pixels of the screen: text and maps are sharp at any zoom.
    """

    column_width = WIDTH
    """Width in scene units."""
    extent = 0.0
    report: NodeReport | None = None
    """The report to which a column that draws answers is fitted; None before :meth:`fit`."""
    room = 0.0
    """The room for it, in scene units."""
    outdated = False
    """Whether the maps that are drawn are no longer the strongest ones."""
    chosen: Maps | None = None
    """The answer that says when the maps that are drawn were the strongest; None if none or all of them are drawn."""
    pinned: tuple[int, ...] = ()
    """Channels whose maps are always shown, strong or not; to be set before :meth:`show_snapshot`."""
    clipped = 0
    """How many values of the drawn maps lie beyond the colour scale."""

    _painted_at: tuple[float, float, float, float] | None = None
    """Zoom, position in pixels and extent of the last paint; the next ones depend on them."""
    _to_screen = QTransform()
    """From the pixels of the column to those of the screen."""
    _clip = QRect()
    """The pixels of the column with a pixel around them."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem | None) -> None:
        super().__init__(0, 0, self.column_width, 0, parent)
        self.setPen(NO_PEN)
        self.node, self.theme = node, theme
        self.setPos(0, HEADER + BELOW)

    def arrange(self, plan: FactsPlan) -> None:
        """Set the arrangement of the facts; call it before :meth:`fit`."""

    def fit(self, report: NodeReport, room: float) -> None:
        """Adapt to the node's report and to ``room`` scene units of height."""

    def adapt(self, report: NodeReport) -> bool:
        """Adapt to the node's report in the network whose answers are to be drawn, which may have been changed on
        screen since; returns whether the height has changed."""
        extent, before = self.extent, self.report
        if before is None or report.output is None:
            return False
        self.report = report
        if (report.output, report.inputs) != (before.output, before.inputs):
            self.fit(report, self.room)
        return self.extent != extent

    def question(self) -> Question[Any] | None:
        """The question whose answer this column draws; None if it needs no answer."""
        return None

    def show_snapshot(self, snapshot: Snapshot | None, scale: Scale = ROBUST) -> None:
        """Draw a snapshot, or nothing when it is None; ``scale`` is the colour scale of maps."""

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the dataset's classes; they may be more or fewer than the network has outputs."""

    def show_costs(self, rows: CostRows | None) -> None:
        """Show the costs of the node; None if they are unknown."""

    def channel_at(self, point: QPointF, zoom: float) -> int | None:
        """The channel drawn at a point in the item's coordinates; None if there is none."""
        return None

    def value_at(self, point: QPointF, zoom: float) -> tuple[int, int, int] | None:
        """(channel, row, column) of the value drawn at a point in the item's coordinates; None if there is none."""
        channel = self.channel_at(point, zoom)
        return None if channel is None else (channel, 0, 0)

    def framed(self, frame: Frame, zoom: float) -> list[QRect]:
        """Where the values of a frame are drawn, in pixels of the screen from the item's top left corner."""
        return []

    def tooltip_at(self, point: QPointF, zoom: float) -> str:
        """The tooltip at a point in the item's coordinates; empty if there is none."""
        return ""

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.theme = theme
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        transform = painter.worldTransform()
        zoom = transform.m11()
        if zoom < PLAIN_ZOOM or not self.extent:
            return
        painted_at = zoom, transform.dx(), transform.dy(), self.extent
        if painted_at != self._painted_at:
            self._painted_at = painted_at
            self._to_screen = QTransform.fromTranslate(round(transform.dx()), round(transform.dy()))
            self._clip = QRect(-1, -1, round(self.column_width * zoom) + 2, round(self.extent * zoom) + 2)
        painter.setWorldTransform(self._to_screen)
        # with a clip of many rectangles, one per changed column, Qt would draw pictures slowly, span by span
        painter.setClipRect(self._clip)
        # a view paints on its own widget: asking the painter what it paints on would take longer than painting
        self._paint(painter, zoom, text.pixel_ratio(painter) if widget is None else widget.devicePixelRatioF())

    def _paint(self, painter: QPainter, zoom: float, ratio: float | None) -> None:
        """Paint in pixels of the screen, from the item's top left corner; the base class paints nothing.

        ``ratio`` is the device pixel ratio; None if an SVG or a PDF is written.
        """

    def _picture_of(self, zoom: float, ratio: float, write: Callable[[QPainter], object]) -> QPixmap:
        """A picture of what ``write`` paints over the whole column, for :meth:`_draw_picture`."""
        picture = QPixmap(
            round((self.column_width * zoom + 2) * ratio), round((self.extent * zoom + ABOVE + 2) * ratio)
        )
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
            painter.translate(0, ABOVE)
            write(painter)
        return picture

    def _draw_picture(self, painter: QPainter, picture: QPixmap) -> None:
        painter.drawPixmap(0, -ABOVE, picture)

    def _resize(self, extent: float) -> None:
        if extent != self.extent:
            self.extent = extent
            self.setRect(0, 0, self.column_width, extent)
