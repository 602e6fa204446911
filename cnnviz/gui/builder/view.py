"""The view: fitting, zooming and panning."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent, QShowEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from cnnviz.gui.builder.scene import GraphScene

MARGIN = 10
"""Free pixels around a fitted network."""
LEAST_ZOOM, MOST_ZOOM, MOST_FIT = 0.01, 4.0, 1.25
STEP = 1.25
ENDLESS = QRectF(-5e5, -5e5, 1e6, 1e6)


class View(QGraphicsView):
    """Shows a scene, fitted until the user zooms or pans by hand, and again after :meth:`fit`."""

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._graph = scene
        self.following = True
        self.setFrameShape(QFrame.Shape.NoFrame)
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
        self.following = True
        bounds = self._graph.bounds()
        if bounds is None:
            self._put(1.0, QPointF(0, 0))
            return
        width, height = self.viewport().width() - 2 * MARGIN, self.viewport().height() - 2 * MARGIN
        zoom = min(width / bounds.width(), height / bounds.height(), MOST_FIT)
        self._put(max(LEAST_ZOOM, zoom), bounds.topLeft())

    def zoom_in(self) -> None:
        """Enlarge about the middle of the view."""
        self._zoom_by(STEP, self.viewport().rect().center())

    def zoom_out(self) -> None:
        """Shrink about the middle of the view."""
        self._zoom_by(1 / STEP, self.viewport().rect().center())

    def actual_size(self) -> None:
        """Zoom to 100 % about the middle of the view."""
        self._zoom_by(1 / self.zoom, self.viewport().rect().center())

    def visible(self) -> QRectF:
        """The part of the scene that is in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def all_in_view(self) -> bool:
        """Whether the whole network is in view."""
        bounds = self._graph.bounds()
        return bounds is None or self.visible().contains(bounds)

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
        if self.following:
            self.fit()
        self._moved()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin fitted."""
        super().showEvent(event)
        if self.following:
            self.fit()

    def _zoom_by(self, factor: float, about: QPoint) -> None:
        self.following = False
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, self.zoom * factor))
        fixed = self.mapToScene(about)
        self._put(zoom, fixed, about)

    def _put(self, zoom: float, at: QPointF, pixel: QPoint | None = None) -> None:
        """Zoom so that a point of the scene comes to stand at a pixel of the view."""
        pixel = QPoint(MARGIN, MARGIN) if pixel is None else pixel
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.horizontalScrollBar().setValue(round(at.x() * zoom) - pixel.x())
        self.verticalScrollBar().setValue(round(at.y() * zoom) - pixel.y())
        self._moved()

    def _moved(self) -> None:
        self._graph.give_room(self.visible().bottom() - 4 / self.zoom)
