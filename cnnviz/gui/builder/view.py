"""The view: fitting, zooming and panning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent, QShowEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from cnnviz.gui.builder.geometry.metrics import ENDLESS, HEADER, WIDTH

if TYPE_CHECKING:
    from cnnviz.gui.builder.scene import GraphScene

MARGIN = 10
"""Free pixels around a fitted network."""
LEAST_ZOOM, MOST_ZOOM, MOST_FIT = 0.01, 4.0, 1.25
USUAL_WIDTH = 1200
"""Up to this many pixels a small network is fitted at :data:`MOST_FIT`; in a wider view it grows with it."""
READABLE, BEGIN = 0.5, 0.8
"""Below the first zoom names cannot be read; a network that would fit only there begins at the second."""
STEP = 1.25


class View(QGraphicsView):
    """Shows a scene, fitted until the user zooms or pans by hand, and again after :meth:`fit`.

    A network that fits only where nothing can be read begins with its left end instead; :meth:`fit` shows all of it.
    ``moved`` follows every zoom and pan.
    """

    moved = Signal()

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._graph = scene
        self.following = True
        self._whole = self._moving = False
        self.kept_free = 0
        """Pixels at the lower edge into which no column reaches; see :meth:`keep_free`."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        # the scene paints its ground; what lies below need not be painted first
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        # Panning has no end, so that any place can be reached; fit() comes back from anywhere.
        self.setSceneRect(ENDLESS)
        self.horizontalScrollBar().valueChanged.connect(self._moved)
        self.verticalScrollBar().valueChanged.connect(self._moved)

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one scene unit."""
        return self.transform().m11()

    def fit(self) -> None:
        """Show the whole network, and keep doing so when the view is resized."""
        self._whole = True
        self._frame()

    def begin(self) -> None:
        """Show the whole network, or its left end where the whole could not be read."""
        self._whole = False
        self._frame()

    def zoom_in(self) -> None:
        """Enlarge about the selection, or about the node nearest to the middle of the view."""
        self._zoom_by(STEP, self._anchor())

    def zoom_out(self) -> None:
        """Shrink about the selection, or about the node nearest to the middle of the view."""
        self._zoom_by(1 / STEP, self._anchor())

    def actual_size(self) -> None:
        """Zoom to 100 % about the selection, or about the node nearest to the middle of the view."""
        self._zoom_by(1 / self.zoom, self._anchor())

    def pan(self, columns: int, rows: int) -> None:
        """Go a quarter of the view into a direction."""
        self.following = False
        self.pan_by(columns * self.viewport().width() // 4, rows * self.viewport().height() // 4)

    def pan_by(self, x: int, y: int) -> None:
        """Go so many pixels to the right and down."""
        self._moving = True
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + x)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + y)
        self._moving = False
        self._moved()

    def keep_free(self, pixels: int) -> None:
        """Let no column reach into so many pixels at the lower edge."""
        if pixels != self.kept_free:
            self.kept_free = pixels
            self._moved()

    def centre(self, at: QPointF) -> None:
        """Bring a point of the scene to the middle of the view."""
        self.following = False
        self._put(self.zoom, at, self.viewport().rect().center())

    def reveal(self, area: QRectF) -> None:
        """Bring an area of the scene into view where it is not."""
        if not self.visible().contains(area):
            self.ensureVisible(area, 10, 10)

    def spot(self) -> tuple[float, QPointF]:
        """The zoom, and the point of the scene in the upper left corner; :meth:`go_back` takes them."""
        return self.zoom, self.mapToScene(QPoint(0, 0))

    def go_back(self, spot: tuple[float, QPointF]) -> None:
        """Show what was in view when :meth:`spot` was asked."""
        self._put(*spot, QPoint(0, 0))

    def visible(self) -> QRectF:
        """The part of the scene that is in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def all_in_view(self) -> bool:
        """Whether the whole network is in view."""
        bounds = self._graph.bounds()
        return bounds is None or self.visible().contains(bounds)

    def selected_area(self) -> QRectF | None:
        """The headers of what is selected; None where nothing is."""
        return None

    def stay_fitted(self) -> None:
        """The network has grown: show all of it again, as long as that can be read."""
        if self.following and not self.all_in_view() and (self._whole or self._fitting_zoom() >= READABLE):
            self._frame()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms about the pointer; with Shift, or sideways, it pans."""
        delta = event.angleDelta()
        event.accept()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.following = False
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (delta.x() or delta.y()))
        elif delta.y():
            self._zoom_by(STEP ** (delta.y() / 120), event.position().toPoint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay fitted, and let the maps reach down to the new bottom."""
        super().resizeEvent(event)
        if not self.isVisible():
            return
        if self.following:
            self._frame()
        self._moved()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin fitted."""
        super().showEvent(event)
        if self.following:
            self._frame()
        self._moved()

    def _frame(self) -> None:
        self.following = True
        bounds = self._graph.bounds()
        if bounds is None:
            self._put(1.0, QPointF(0, 0))
            return
        zoom = self._fitting_zoom()
        if self._whole or zoom >= READABLE:
            self._put(max(LEAST_ZOOM, zoom), bounds.topLeft())
        else:
            self._put(BEGIN, self._beginning(bounds))

    def _fitting_zoom(self) -> float:
        bounds = self._graph.bounds()
        if bounds is None:
            return 1.0
        width, height = self.viewport().width() - 2 * MARGIN, self.viewport().height() - 2 * MARGIN
        most = min(MOST_ZOOM, MOST_FIT * max(1.0, self.viewport().width() / USUAL_WIDTH))
        return min(width / bounds.width(), height / bounds.height(), most)

    def _beginning(self, bounds: QRectF) -> QPointF:
        """The upper left corner of a view that begins with the left end of a large network."""
        height = (self.viewport().height() - 2 * MARGIN) / BEGIN
        if bounds.height() <= height:
            return bounds.topLeft()
        _, y = min(item.place for item in self._graph.units)
        return QPointF(bounds.left(), min(max(bounds.top(), y - height / 3), bounds.bottom() - height))

    def _anchor(self) -> QPoint:
        """What stays in its place when keys zoom: something of the network that is in view, or comes into view."""
        area = self.selected_area()
        if area is None or not self.visible().intersects(area):
            area = self._nearest()
        if area is None:
            return self.viewport().rect().center()
        if not self.visible().intersects(area):
            self.ensureVisible(area, 10, 10)
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
        self._put(zoom, fixed, about)
        nearest = self._nearest()
        if nearest is not None and not nearest.intersects(self.visible()):
            # about an empty place a network would soon be out of sight
            self.ensureVisible(nearest, 10, 10)

    def _put(self, zoom: float, at: QPointF, pixel: QPoint | None = None) -> None:
        """Zoom so that a point of the scene comes to stand at a pixel of the view."""
        pixel = QPoint(MARGIN, MARGIN) if pixel is None else pixel
        self._moving = True
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self._graph.set_zoom(zoom)
        self.horizontalScrollBar().setValue(round(at.x() * zoom) - pixel.x())
        self.verticalScrollBar().setValue(round(at.y() * zoom) - pixel.y())
        self._moving = False
        self._moved()

    def _moved(self) -> None:
        if self._moving:
            return
        # what lies over the lower edge follows first, and says by that how much of it the columns keep free
        self._moving = True
        self.moved.emit()
        self._moving = False
        visible = self.visible()
        self._graph.give_room(visible.bottom() - (4 + self.kept_free) / self.zoom, visible.left())
        self._graph.show_area(visible)
