"""The minimap: the whole network in a corner of the canvas, for networks that do not fit into the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform, QWheelEvent
from PySide6.QtWidgets import QWidget

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH, colour

if TYPE_CHECKING:
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.gui.builder.view import View
    from cnnviz.gui.theme import Theme

NARROWEST, WIDEST, LEAST_HEIGHT, HIGHEST = 60, 220, 34, 130
"""The limits of its size, in pixels."""
LEAST_NODE_WIDTH, LEAST_NODE_HEIGHT = 1.5, 3.0
"""The least width and height of a node in it, in pixels."""
FRAME_WIDTH, FRAME_CORNER, MAP_CORNER = 1.5, 2, 5
"""Width of the frame around the visible area, and radius of its corners and of those of the minimap, in pixels."""
IN_VIEW_OPACITY, MAP_OPACITY, WIRE_OPACITY = 36, 235, 90
"""Opacities, 0 to 255, of the visible area, the ground and the wires."""
INSET = 6.0
"""Pixels between the edge of the minimap and the network in it."""
FROM_EDGE = 10
"""Pixels between the minimap and the edge of the canvas."""


class Minimap(QWidget):
    """Nodes as rectangles, and a frame around the visible area; a press or a drag moves the view there.

    Hidden while every node is in view.
    """

    def __init__(self, view: View, scene: GraphScene, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._scene, self.theme = view, scene, theme
        self._network: QPixmap | None = None
        self._bounds = QRectF()
        self._content: object = None
        """The plan and the nodes with errors that :attr:`_network` shows."""
        self.setAccessibleName(self.tr("Map of the network"))
        self.setToolTip(self.tr("Drag to move the view"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.hide()
        view.moved.connect(self.follow)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.theme = theme
        self._network = None
        self.update()

    def show_network(self) -> None:
        """Redraw the nodes after some were added, removed, moved or changed."""
        places = [item.place for item in self._scene.units]
        bounds = QRectF()
        if places:
            across, down = zip(*places, strict=True)
            left, right = min(across), max(across) + WIDTH
            top, bottom = min(down), max(down) + HEADER
            bounds = QRectF(left, top, right - left, bottom - top)
        wrong = frozenset(item.key for item in self._scene.units if item.wrong)
        if (content := (self._scene.plan, wrong)) != self._content:
            self._bounds, self._network, self._content = bounds, None, content
        self.follow()

    def follow(self) -> None:
        """Update the frame: the view has moved or changed its size."""
        needed = not self._bounds.isEmpty() and not self._view.visible().contains(self._bounds)
        if needed:
            size = self._size()
            if size != self.size():
                self._network = None
            self.setGeometry(
                self._view.width() - size.width() - FROM_EDGE,
                self._view.height() - size.height() - FROM_EDGE,
                size.width(),
                size.height(),
            )
            self.update()
        self.setVisible(needed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks to paint."""
        if self._network is None:
            self._network = self._draw_network()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._network)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(FRAME_WIDTH, FRAME_WIDTH, -FRAME_WIDTH, -FRAME_WIDTH)
        frame = self._to_map().mapRect(self._view.visible()).intersected(whole)
        painter.setPen(QPen(colour(self.theme.accent), FRAME_WIDTH))
        painter.setBrush(colour(self.theme.accent, IN_VIEW_OPACITY))
        painter.drawRoundedRect(frame, FRAME_CORNER, FRAME_CORNER)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the view to the pressed point."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._centre_view(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the view while dragging."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._centre_view(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show the open hand again; the view keeps its place."""
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the view by a step, as the zoom keys do."""
        event.accept()
        if event.angleDelta().y():
            (self._view.zoom_in if event.angleDelta().y() > 0 else self._view.zoom_out)()

    def _centre_view(self, pixel: QPointF) -> None:
        """Centre the view on the point of the network at ``pixel``, in pixels of the minimap."""
        back, _ = self._to_map().inverted()
        point = back.map(pixel)
        area = self._bounds
        x = min(area.right(), max(area.left(), point.x()))
        self._view.centre(QPointF(x, min(area.bottom(), max(area.top(), point.y()))))

    def _size(self) -> QSize:
        ratio = self._bounds.width() / self._bounds.height()
        widest = max(NARROWEST, min(WIDEST, self._view.width() // 3))
        width = min(float(widest), (HIGHEST - 2 * INSET) * ratio + 2 * INSET)
        height = (width - 2 * INSET) / ratio + 2 * INSET
        return QSize(max(NARROWEST, round(width)), min(HIGHEST, max(LEAST_HEIGHT, round(height))))

    def _to_map(self) -> QTransform:
        """The transform from scene to map: the whole network, as large as fits, centred."""
        area = QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET)
        scale = min(area.width() / self._bounds.width(), area.height() / self._bounds.height())
        centre, middle = area.center(), self._bounds.center()
        return QTransform(scale, 0, 0, scale, centre.x() - scale * middle.x(), centre.y() - scale * middle.y())

    def _draw_network(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(colour(self.theme.line))
            painter.setBrush(colour(self.theme.raised, MAP_OPACITY))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), MAP_CORNER, MAP_CORNER)
            # at this size antialiasing is not needed
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            to_map = self._to_map()
            pen = QPen(colour(self.theme.muted, WIRE_OPACITY), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setTransform(to_map, combine=True)
            painter.drawLines(self._scene.overview.lines())
            from_map, _ = to_map.inverted()
            painter.setTransform(from_map, combine=True)
            scale, left, top = to_map.m11(), to_map.dx(), to_map.dy()
            width, height = max(LEAST_NODE_WIDTH, WIDTH * scale), max(LEAST_NODE_HEIGHT, HEADER * scale)
            painter.setPen(Qt.PenStyle.NoPen)
            for name, headers in self._scene.overview.headers().items():
                painter.setBrush(colour(name))
                painter.drawRects(
                    [QRectF(scale * corner.x() + left, scale * corner.y() + top, width, height) for corner in headers]
                )
        return pixmap
