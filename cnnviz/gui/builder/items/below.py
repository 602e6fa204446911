"""What hangs below a node's header: the base of live maps, the bars of the output, and the facts while building."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import BELOW, BLOCK, HEADER, NO_PEN, WIDTH
from cnnviz.gui.widgets.map_scales import ROBUST

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.builder.geometry.costs import CostRows
    from cnnviz.gui.builder.geometry.facts_plan import FactsPlan
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import Scale
    from cnnviz.inspection.questions import Question
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.report import NodeReport


class Below(QGraphicsRectItem):
    """A column below a node. Its own item, so that a new snapshot repaints it and nothing else.

    A rectangle, whose bounds Qt knows without asking Python. Subclasses set :attr:`extent`, their height in scene
    units, through :meth:`_resize`, and paint in whole pixels of the screen, where text and maps are sharp at any zoom.
    """

    extent = 0.0
    outdated = False
    """Whether other maps than those that are drawn are the strongest by now."""
    pinned: tuple[int, ...] = ()
    """The maps that are shown whether they are the strongest or not; taken before :meth:`show_snapshot`."""
    beyond = 0
    """How many values of the maps that are drawn lie beyond the scale."""

    def __init__(self, node: str, theme: Theme, parent: QGraphicsItem) -> None:
        super().__init__(0, 0, WIDTH, 0, parent)
        self.setPen(NO_PEN)
        self.node, self.theme = node, theme
        self.setPos(0, HEADER + BELOW)

    def arrange(self, plan: FactsPlan) -> None:
        """Take the plan of the facts, before :meth:`fit`."""

    def fit(self, report: NodeReport, room: float) -> None:
        """Take what is known of the node, and ``room`` scene units of height."""

    def question(self) -> Question[Any] | None:
        """What is asked so that this can be drawn; None where nothing is."""
        return None

    def show_snapshot(self, snapshot: Snapshot | None, scale: Scale = ROBUST) -> None:
        """Draw this moment; None: there is none. ``scale`` is that of maps."""

    def show_costs(self, rows: CostRows | None) -> None:
        """Say what the node costs; None: nothing is known of it."""

    def channel_at(self, at: QPointF, zoom: float) -> int | None:
        """The channel drawn at a point in the item's coordinates."""
        return None

    def value_at(self, at: QPointF, zoom: float) -> tuple[int, int, int] | None:
        """The channel drawn at a point in the item's coordinates, and row and column of the value there."""
        channel = self.channel_at(at, zoom)
        return None if channel is None else (channel, 0, 0)

    def said_at(self, at: QPointF, zoom: float) -> str:
        """What is said of what is drawn at a point, where the pointer rests on it."""
        return ""

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.theme = theme
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        transform = painter.worldTransform()
        zoom = transform.m11()
        if zoom < BLOCK or not self.extent:
            return
        painter.resetTransform()
        painter.translate(round(transform.dx()), round(transform.dy()))
        # a clip of many rectangles, one for each column that changed, makes Qt draw pictures span by span
        painter.setClipRect(QRect(-1, -1, round(WIDTH * zoom) + 2, round(self.extent * zoom) + 2))
        self._paint(painter, zoom)

    def _paint(self, painter: QPainter, zoom: float) -> None:
        """Paint in pixels of the screen, from the item's top left corner; nothing hangs below by itself."""

    def _kept(self, zoom: float, ratio: float, write: Callable[[QPainter], object]) -> QPixmap:
        """What ``write`` paints over the whole column, as a picture that is drawn again and again."""
        made = QPixmap(round(WIDTH * zoom * ratio) + 1, round(self.extent * zoom * ratio) + 1)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        write(painter)
        painter.end()
        return made

    def _resize(self, extent: float) -> None:
        if extent != self.extent:
            self.extent = extent
            self.setRect(0, 0, WIDTH, extent)
