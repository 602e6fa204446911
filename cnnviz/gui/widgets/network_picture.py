"""A network as a small picture: a block for each layer, with the height of its maps and a width by their number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Family
    from cnnviz.network.report import Report
    from cnnviz.network.shape import Shape
    from cnnviz.project.project import Project

SHORTEST = 0.14
"""Height of a 1 × 1 map relative to the largest map."""
GAP = 0.28
"""The share of a column's width that its widest block leaves free."""
LANE_GAP = 0.06
"""Gap between two lanes, as a share of a lane."""
HEADROOM = 0.16
"""Room for arcs above the blocks, as a share of the picture's height."""
RISE, SLOPE = 5, 0.12
"""How far the controls of an arc lie above its ends: in pixels, and additionally for each pixel of its length."""
ARC_ALPHA = 150
LEAST_BLOCK = QSizeF(0.8, 1.5)
"""The least size of a block, in pixels."""
CORNER = 2.5
"""The largest radius of the corners of a block, in pixels."""
LONGEST_VECTOR = 16.0
"""A vector is drawn at most as high as maps of this height."""
CONVOLUTION_WIDTH, CONVOLUTION_GROWTH = 2.0, 0.7
DENSE_WIDTH, DENSE_GROWTH, MOST_DENSE_DOUBLINGS = 1.6, 0.35, 8
"""The width of a convolution or dense layer, relative to blocks of most other layers, and its growth for each doubling
of the number of maps, or of values up to so many doublings."""
POOLING_WIDTH = 1.6
LONGEST_STEP = 2
"""A wire over more columns than these skips layers: it is an arc."""
MOST_ARCS = 80
"""The most arcs that are drawn; a DenseNet has hundreds of skip connections."""


@dataclass(frozen=True)
class Block:
    """The block of a layer, in units of the picture: (0, 0) is the top left corner, (1, 1) the bottom right."""

    x: float
    y: float
    width: float
    height: float
    family: Family


@dataclass(frozen=True)
class NetworkPicture:
    """The content of a picture: blocks, and arcs (x, y of both ends) for skip connections."""

    blocks: tuple[Block, ...] = ()
    arcs: tuple[tuple[float, float, float, float], ...] = ()


def picture_of(project: Project, report: Report) -> NetworkPicture:
    """The picture of a network. A layer's column is the length of the longest path to it; its lane comes from the
    layout."""
    network = project.network
    shown = [name for name in network.order if report.nodes[name].output is not None]
    column_of: dict[str, int] = {}
    for name in network.order:
        column_of[name] = 1 + max((column_of[source] for source in network.inputs[name]), default=-1)
    columns: dict[int, list[str]] = defaultdict(list)
    for name in sorted(shown, key=lambda name: project.layout.positions[name][1]):
        columns[column_of[name]].append(name)
    largest = max((_side(report.nodes[name].output) for name in shown), default=1.0)
    widths = {
        column: max(_width(network[name].family, report.nodes[name].output) for name in names)
        for column, names in columns.items()
    }
    total = sum(widths.values())
    blocks: dict[str, Block] = {}
    x = 0.0
    for column, names in sorted(columns.items()):
        room = widths[column] / total
        slot = 1 / len(names)
        for lane, name in enumerate(names):
            shape, family = report.nodes[name].output, network[name].family
            width = _width(family, shape) / total * (1 - GAP)
            height = slot * (1 - LANE_GAP if len(names) > 1 else 1.0) * _height(shape, largest)
            middle = (lane + 0.5) * slot
            blocks[name] = Block(x + (room - width) / 2, middle - height / 2, width, height, family)
        x += room
    arcs = [
        (blocks[source].x + blocks[source].width / 2, blocks[source].y, blocks[name].x, blocks[name].y)
        for name in shown
        for source in network.inputs[name]
        if source in blocks and column_of[name] - column_of[source] > LONGEST_STEP
        # in a column with several blocks an arc would cross the other ones
        if len(columns[column_of[name]]) == len(columns[column_of[source]]) == 1
    ]
    return NetworkPicture(tuple(blocks.values()), tuple(arcs[:: max(1, -(-len(arcs) // MOST_ARCS))]))


def paint_picture(painter: QPainter, area: QRectF, picture: NetworkPicture, theme: Theme) -> None:
    """Draw a picture into an area."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    headroom = area.height() * HEADROOM if picture.arcs else 0.0
    inner = area.adjusted(0, headroom, 0, 0)
    ink = QColor(theme.muted)
    ink.setAlpha(ARC_ALPHA)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for x0, y0, x1, y1 in picture.arcs:
        start = QPointF(inner.left() + x0 * inner.width(), inner.top() + y0 * inner.height())
        end = QPointF(inner.left() + x1 * inner.width(), inner.top() + y1 * inner.height())
        top = min(start.y(), end.y()) - min(headroom, RISE + SLOPE * (end.x() - start.x()))
        path = QPainterPath(start)
        path.cubicTo(QPointF(start.x(), top), QPointF(end.x(), top), end)
        painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    for block in picture.blocks:
        rect = QRectF(
            inner.left() + block.x * inner.width(),
            inner.top() + block.y * inner.height(),
            max(LEAST_BLOCK.width(), block.width * inner.width()),
            max(LEAST_BLOCK.height(), block.height * inner.height()),
        )
        painter.setBrush(QColor(theme.family(block.family)))
        radius = min(CORNER, rect.width() / 3, rect.height() / 3)
        painter.drawRoundedRect(rect, radius, radius)
    painter.restore()


def _side(shape: Shape | None) -> float:
    """The side length that represents an output: the height of maps, or for a vector the root of its length,
    limited."""
    if shape is None:
        return 1.0
    return float(shape[1]) if len(shape) == 3 else min(LONGEST_VECTOR, float(shape[0]) ** 0.5)


def _height(shape: Shape | None, largest: float) -> float:
    """The height of a block, on a logarithmic scale: halving a side always lowers it by the same amount."""
    if largest <= 1:
        return 1.0
    return SHORTEST + (1 - SHORTEST) * log2(max(1.0, _side(shape))) / log2(largest)


def _width(family: Family, shape: Shape | None) -> float:
    """The width of a block relative to the narrowest: convolutions and dense layers grow with their maps or values."""
    doublings = log2(1 + (shape[0] if shape else 1))
    match family:
        case "convolution":
            return CONVOLUTION_WIDTH + CONVOLUTION_GROWTH * doublings
        case "dense":
            return DENSE_WIDTH + DENSE_GROWTH * min(doublings, MOST_DENSE_DOUBLINGS)
        case "pooling":
            return POOLING_WIDTH
    return 1.0
