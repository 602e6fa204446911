"""The view: fitting, zooming and panning, and where the items of the scene are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent, QShowEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from cnnviz.gui.builder.geometry.metrics import ENDLESS, HEADER, LEAST_ZOOM, WIDTH
from cnnviz.gui.widgets.focus_ring import FocusRing

if TYPE_CHECKING:
    from cnnviz.gui.builder.items.block import BlockFrame, BlockItem
    from cnnviz.gui.builder.items.header import Side
    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.network.graph import Edge

MARGIN = 10
"""Margin around a fitted network, in pixels."""
MOST_ZOOM, MOST_FIT = 4.0, 1.25
USUAL_WIDTH = 1200
"""In a view up to this many pixels wide a fitted network has at most :data:`MOST_FIT`; a wider view allows more."""
READABLE_ZOOM, BEGINNING_ZOOM = 0.5, 0.8
"""Names are unreadable below the first; a network that fits only below it is first shown at the second."""
STEP = 1.25
"""The factor of a zoom by a key or by a notch of the wheel."""
NOTCH = 120
"""What Qt reports for a notch of the wheel."""
BESIDE = 10
"""Pixels around what is brought into view."""
LOWER_EDGE = 4
"""Pixels between the columns of maps, which hang below the nodes, and the lower edge of the view."""


class View(QGraphicsView):
    """Shows a scene, fitted to the view until the user zooms or pans, and again after :meth:`fit`.

    A network that would be unreadable when fitted is first shown from its left end; :meth:`fit` shows all of it.
    ``moved`` follows every zoom and pan.
    """

    moved = Signal()

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._graph = scene
        self.following = True
        """Whether the network is fitted again when the view is resized or the network grows."""
        self._whole = False
        """Whether the whole network is fitted, however small, not its left end."""
        self._moving = False
        self.kept_free = 0
        """Pixels at the lower edge that are kept free of columns of maps; see :meth:`keep_free`."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        FocusRing(self)
        # the scene paints the whole background, so Qt need not clear it first
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        # Panning is unlimited; fit() returns to the network.
        self.setSceneRect(ENDLESS)
        self.horizontalScrollBar().valueChanged.connect(self._moved)
        self.verticalScrollBar().valueChanged.connect(self._moved)

    @property
    def zoom(self) -> float:
        """The zoom: pixels of the screen per scene unit."""
        return self.transform().m11()

    def fit(self) -> None:
        """Show the whole network, and keep doing so when the view is resized."""
        self._whole = True
        self._fit_now()

    def begin(self) -> None:
        """Show the whole network, or its left end where the whole could not be read."""
        self._whole = False
        self._fit_now()

    def zoom_in(self) -> None:
        """Enlarge about the selection, or about the node nearest to the middle of the view."""
        self._zoom_by(STEP, self._anchor())

    def zoom_out(self) -> None:
        """Shrink about the selection, or about the node nearest to the middle of the view."""
        self._zoom_by(1 / STEP, self._anchor())

    def actual_size(self) -> None:
        """Zoom to 100 % about the selection, or about the node nearest to the middle of the view."""
        self._zoom_by(1 / self.zoom, self._anchor())

    def pan(self, right: int, down: int) -> None:
        """Move by quarters of the view: ``right`` times its width and ``down`` times its height; end following."""
        self.following = False
        self.pan_by(right * self.viewport().width() // 4, down * self.viewport().height() // 4)

    def pan_by(self, x: int, y: int) -> None:
        """Move by ``x`` pixels to the right and ``y`` pixels down; the caller ends following."""
        self._moving = True
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + x)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + y)
        self._moving = False
        self._moved()

    def keep_free(self, pixels: int) -> None:
        """Keep ``pixels`` at the lower edge free of columns of maps, for what is laid over the view there."""
        if pixels != self.kept_free:
            self.kept_free = pixels
            self._moved()

    def centre(self, point: QPointF) -> None:
        """Bring a point of the scene to the middle of the view; end following."""
        self.following = False
        self._place_view(self.zoom, point, self.viewport().rect().center())

    def reveal(self, area: QRectF) -> None:
        """Bring an area of the scene into view where it is not."""
        if not self.visible().contains(area):
            self.ensureVisible(area, BESIDE, BESIDE)

    def spot(self) -> tuple[float, QPointF]:
        """The zoom and the scene point in the upper left corner, for :meth:`go_back`."""
        return self.zoom, self.mapToScene(QPoint(0, 0))

    def go_back(self, spot: tuple[float, QPointF]) -> None:
        """Restore the view that :meth:`spot` returned."""
        self._place_view(*spot, QPoint(0, 0))

    def visible(self) -> QRectF:
        """The part of the scene that is in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def all_in_view(self) -> bool:
        """Whether the whole network is in view."""
        bounds = self._graph.bounds()
        return bounds is None or self.visible().contains(bounds)

    def selected_area(self) -> QRectF | None:
        """The area of the selected headers, in scene coordinates; None if nothing is selected.

        A plain view has no selection; the canvas overrides this.
        """
        return None

    def stay_fitted(self) -> None:
        """Fit the network again after it has grown, if it remains readable or the whole of it is to be shown."""
        if self.following and not self.all_in_view() and (self._whole or self._fitting_zoom() >= READABLE_ZOOM):
            self._fit_now()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms about the pointer; with Shift, or sideways, it pans."""
        delta = event.angleDelta()
        event.accept()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.following = False
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (delta.x() or delta.y()))
        elif delta.y():
            self._zoom_by(STEP ** (delta.y() / NOTCH), event.position().toPoint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, and let the maps reach down to the new lower edge."""
        super().resizeEvent(event)
        if not self.isVisible():
            return
        if self.following:
            self._fit_now()
        self._moved()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the network when the view is shown, unless the user has zoomed or panned."""
        super().showEvent(event)
        if self.following:
            self._fit_now()
        self._moved()

    def _fit_now(self) -> None:
        """Fit the network into the view, and follow it from now on."""
        self.following = True
        bounds = self._graph.bounds()
        if bounds is None:
            self._place_view(1.0, QPointF(0, 0))
            return
        zoom = self._fitting_zoom()
        if self._whole or zoom >= READABLE_ZOOM:
            self._place_view(max(LEAST_ZOOM, zoom), bounds.topLeft())
        else:
            self._place_view(BEGINNING_ZOOM, self._beginning(bounds))

    def _fitting_zoom(self) -> float:
        bounds = self._graph.bounds()
        if bounds is None:
            return 1.0
        width, height = self.viewport().width() - 2 * MARGIN, self.viewport().height() - 2 * MARGIN
        most = min(MOST_ZOOM, MOST_FIT * max(1.0, self.viewport().width() / USUAL_WIDTH))
        return min(width / bounds.width(), height / bounds.height(), most)

    def _beginning(self, bounds: QRectF) -> QPointF:
        """The upper left corner, in scene coordinates, of a view that shows the left end of a large network."""
        height = (self.viewport().height() - 2 * MARGIN) / BEGINNING_ZOOM
        if bounds.height() <= height:
            return bounds.topLeft()
        # the leftmost node, where the network begins, comes below the upper third: most of the room is for what is
        # below it, such as its column of maps
        _, y = min(item.place for item in self._graph.units)
        return QPointF(bounds.left(), min(max(bounds.top(), y - height / 3), bounds.bottom() - height))

    def _anchor(self) -> QPoint:
        """The pixel that stays in place when keys zoom: on the selection, or on the node nearest to the middle."""
        area = self.selected_area()
        if area is None or not self.visible().intersects(area):
            area = self._nearest()
        if area is None:
            return self.viewport().rect().center()
        if not self.visible().intersects(area):
            self.ensureVisible(area, BESIDE, BESIDE)
        return self.mapFromScene(area.intersected(self.visible()).center())

    def _nearest(self) -> QRectF | None:
        """The header nearest to the middle of the view."""
        middle = self.visible().center() - QPointF(WIDTH / 2, HEADER / 2)
        x, y = middle.x(), middle.y()
        places = (item.place for item in self._graph.units)
        nearest = min(places, key=lambda place: abs(place[0] - x) + abs(place[1] - y), default=None)
        return None if nearest is None else QRectF(*nearest, WIDTH, HEADER)

    def _zoom_by(self, factor: float, about: QPoint) -> None:
        self.following = False
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, self.zoom * factor))
        fixed = self.mapToScene(about)
        self._place_view(zoom, fixed, about)
        nearest = self._nearest()
        if nearest is not None and not nearest.intersects(self.visible()):
            # zooming about an empty place would soon lose sight of the network
            self.ensureVisible(nearest, BESIDE, BESIDE)

    def _place_view(self, zoom: float, point: QPointF, pixel: QPoint | None = None) -> None:
        """Set the zoom, and move so that a point of the scene is at a pixel of the view.

        The default pixel is the upper left corner, inside the margin.
        """
        pixel = QPoint(MARGIN, MARGIN) if pixel is None else pixel
        self._moving = True
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self._graph.set_zoom(zoom)
        self.horizontalScrollBar().setValue(round(point.x() * zoom) - pixel.x())
        self.verticalScrollBar().setValue(round(point.y() * zoom) - pixel.y())
        self._moving = False
        self._moved()

    def _moved(self) -> None:
        if self._moving:
            return
        # overlays at the lower edge are updated first: they determine how much of it the columns of maps keep free
        self._moving = True
        self.moved.emit()
        self._moving = False
        visible = self.visible()
        self._graph.give_room(visible.bottom() - (LOWER_EDGE + self.kept_free) / self.zoom, visible.left())
        self._graph.show_area(visible)

    # For tests and tours.

    def node_item(self, node: str) -> NodeItem:
        """The item of a node."""
        return self._graph.nodes[node]

    def wire(self, edge: Edge) -> Wire:
        """A wire as it is drawn."""
        return self._graph.wires[edge]

    def block_item(self, block: str) -> BlockItem:
        """The item of a folded block."""
        return self._graph.blocks[block]

    def block_frame(self, block: str) -> BlockFrame:
        """The frame of an unfolded block."""
        return self._graph.frames[block]

    def items_shown(self) -> tuple[frozenset[str], frozenset[Edge]]:
        """The nodes and wires that are drawn."""
        return frozenset(self._graph.nodes), frozenset(self._graph.wires)

    def port_position(self, node: str, side: Side, index: int = 0) -> QPoint:
        """Where a port is, in pixels of the viewport."""
        item = self._graph.nodes[node]
        return self.mapFromScene(item.pos() + item.port(side, index))
