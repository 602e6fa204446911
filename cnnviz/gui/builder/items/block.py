"""A folded block, drawn as a single node, and the frame around the nodes of an unfolded block."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import BLOCK_Z, CORNER, LEAST_FONT, SHEETS, SMALL, TITLE, WIDTH, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.node import NodeItem, ViewKind
from cnnviz.gui.document.sentences import layers
from cnnviz.training.changes import LayerChange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz.gui.builder.geometry.drawn import Fold
    from cnnviz.gui.theme import Theme
    from cnnviz.network.graph import Edge
    from cnnviz.network.layers import Layer

SHEET = SHEETS / 2
"""Offset between the sheets drawn behind a folded block, in scene units."""
HOVERED_OPACITY, LINE_OPACITY = 150, 90
"""Opacities, 0 to 255, of the line of a frame under the pointer, and of another frame."""
TINT = 16
"""Opacity, 0 to 255, of the muted colour that a frame lays over its background."""


class BlockItem(NodeItem):
    """A folded block. The column below it and the Layer place show its last node."""

    def __init__(self, fold: Fold, layer: Layer, theme: Theme, view: ViewKind) -> None:
        self.fold = fold
        super().__init__(fold.last, layer, theme, view)

    @property
    def key(self) -> str:
        """See :attr:`NodeItem.key`."""
        return self.fold.block.id

    @property
    def members(self) -> frozenset[str]:
        """See :attr:`NodeItem.members`."""
        return frozenset(self.fold.nodes)

    @property
    def inputs(self) -> int:
        """One port for each node that feeds the block, and one for each node in it that lacks its input."""
        return len(self.fold.entries)

    @property
    def outputs(self) -> int:
        """One port for each node in the block whose output leaves it or is not connected."""
        return len(self.fold.exits)

    @property
    def numbered(self) -> bool:
        """See :attr:`NodeItem.numbered`."""
        return False

    def targets(self, index: int) -> tuple[tuple[str, int], ...]:
        """See :meth:`NodeItem.targets`."""
        return self.fold.entries[index].targets if index < len(self.fold.entries) else ()

    def source(self, index: int) -> str:
        """See :meth:`NodeItem.source`."""
        return self.fold.exits[index]

    def input_of(self, edge: Edge) -> int:
        """See :meth:`NodeItem.input_of`."""
        sources = [entry.source for entry in self.fold.entries]
        return sources.index(edge.source) if edge.source in sources else 0

    def output_of(self, edge: Edge) -> int:
        """See :meth:`NodeItem.output_of`."""
        return self.fold.exits.index(edge.source) if edge.source in self.fold.exits else 0

    def set_fold(self, fold: Fold, layer: Layer, has_output: bool, frozen: bool) -> None:
        """Show other contents of the block; ``frozen`` tells whether any of its layers is."""
        if fold.last != self.node or layer.kind != self.layer.kind:
            self.node, self.layer = fold.last, layer
            self.set_view(self._view)
        if fold != self.fold:
            self.fold, self.ports_changed = fold, True
            self.update()
        self.set_layer(layer, sum(entry.source is not None for entry in fold.entries), has_output, frozen)

    def frozen_text(self) -> str:
        """See :meth:`NodeItem.frozen_text`."""
        return QCoreApplication.translate(
            "Canvas", "Layers in it are frozen: training leaves their weights as they are."
        )

    def change_text(self, change: LayerChange) -> str:
        """See :meth:`NodeItem.change_text`."""
        if change is LayerChange.NEW:
            return QCoreApplication.translate(
                "Canvas", "Weights of layers in it start new if training goes on with the change."
            )
        return QCoreApplication.translate("Canvas", "Layers in it have changed since the start of the training.")

    def title(self) -> str:
        """See :meth:`NodeItem.title`."""
        return self.fold.block.name

    def caption(self) -> str:
        """See :meth:`NodeItem.caption`."""
        return layers(len(self.fold.nodes))

    def _paint_header(self, painter: QPainter, rect: QRectF, zoom: float, *, whole: bool) -> None:
        """Paint the header upon two sheets that show above it."""
        painter.setPen(colour(self.theme.muted))
        painter.setBrush(colour(self.theme.raised))
        radius = CORNER * zoom
        for sheet in (2, 1):
            inset = round(2 * sheet * SHEET * zoom)
            area = rect.adjusted(inset + 0.5, -round(sheet * SHEET * zoom) + 0.5, -inset - 0.5, -rect.height() / 2)
            painter.drawRoundedRect(area, radius, radius)
        super()._paint_header(painter, rect, zoom, whole=whole)


class BlockFrame(QGraphicsRectItem):
    """The frame around the nodes of an unfolded block, with its name and a sign to fold it.

    ``depth`` counts the blocks around it.
    """

    def __init__(self, block: str, theme: Theme) -> None:
        super().__init__()
        self.block, self.theme = block, theme
        self.name = ""
        self.depth = 0
        self.hovered = False
        self.area = QRectF()
        self.setPen(Qt.PenStyle.NoPen)
        self.setZValue(BLOCK_Z)

    def show_block(self, name: str, area: QRectF) -> None:
        """Set the name and the area to surround, in scene coordinates; the area includes the title."""
        if (name, area) != (self.name, self.area):
            self.name, self.area = name, area
            self.setRect(area.adjusted(-1, -1, 1, 1))
            self.update()

    def set_far(self, far: bool) -> None:
        """Set whether the zoom is below :data:`PLAIN_ZOOM`, where the scene paints all frames at once."""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, far)

    def set_hovered(self, hovered: bool) -> None:
        """Set whether the pointer is over the title."""
        if hovered != self.hovered:
            self.hovered = hovered
            if (scene := self.scene()) is not None:
                scene.update(self.rect())

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.theme = theme
        self.update()

    def title_area(self) -> QRectF:
        """Where the name stands, in scene coordinates."""
        return QRectF(self.area.left(), self.area.top(), self.area.width(), TITLE)

    def sign_area(self) -> QRectF:
        """Where the sign to fold the block stands, in scene coordinates."""
        return QRectF(self.area.left(), self.area.top(), TITLE, TITLE)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(frame_pen(self.theme, self.hovered))
        painter.setBrush(frame_brush(self.theme))
        painter.drawRoundedRect(self.area, 7, 7)

    def paint_title(self, painter: QPainter) -> None:
        """Paint name and sign over the wires, on a background of their own, so that no wire crosses them."""
        transform = painter.worldTransform()
        zoom, corner = transform.m11(), transform.map(self.area.topLeft())
        ink = colour(self.theme.accent if self.hovered else self.theme.muted)
        height = (TITLE - SHEETS) * zoom
        size = min(max(LEAST_FONT, SMALL * zoom), max(text.SMALLEST, height))
        row = QRectF(height, 1, self.area.width() * zoom - height - 4, height)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(round(corner.x()), round(corner.y()))
        width = text.advance(self.name, size, row.width(), bold=True)
        painter.fillRect(QRectF(2, 2, height + width + 2, height - 1), _ground(self.theme, self.depth + 1))
        self._paint_sign(painter, height, ink)
        text.draw(painter, row, self.name, size, ink, bold=True, align=text.LEFT)
        painter.restore()

    def _paint_sign(self, painter: QPainter, size: float, ink: QColor) -> None:
        """Paint a minus in a box, as tree views have it."""
        half = max(4.0, size * 0.26)  # of the side of the box
        middle = QPointF(round(size / 2) + 0.5, round(size / 2) + 1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 1))
        painter.drawRoundedRect(QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half), 2, 2)
        painter.drawLine(middle - QPointF(half / 2, 0), middle + QPointF(half / 2, 0))


@cache
def frame_pen(theme: Theme, hovered: bool) -> QPen:
    """The pen of a frame. It is cached: do not change it."""
    pen = QPen(colour(theme.accent, HOVERED_OPACITY) if hovered else colour(theme.muted, LINE_OPACITY), 1)
    pen.setCosmetic(True)
    return pen


def frame_brush(theme: Theme) -> QColor:
    """The colour that a frame lays over its background. It is shared: do not change it."""
    return colour(theme.muted, TINT)


@cache
def _ground(theme: Theme, tints: int) -> QColor:
    """The canvas background under ``tints`` nested frames. The colour is cached: do not change it."""
    weight = (1 - TINT / 255) ** tints  # of the background: each frame lets this part of what is below it through
    background, tint = QColor(theme.surface), QColor(theme.muted)
    parts = zip(background.getRgb()[:3], tint.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(weight * below + (1 - weight) * above) for below, above in parts))


def around(items: Iterable[NodeItem]) -> QRectF:
    """The smallest area with all of these nodes and their columns."""
    spots = [(*item.place, item.height) for item in items]
    if not spots:
        return QRectF()
    left, top = min([x for x, _, _ in spots]), min([y for _, y, _ in spots])
    right, bottom = max([x for x, _, _ in spots]) + WIDTH, max([y + height for _, y, height in spots])
    return QRectF(left, top, right - left, bottom - top)
