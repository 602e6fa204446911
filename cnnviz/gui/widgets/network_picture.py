"""A network as a small picture: a block for each layer, as tall as its maps and as wide as they are many."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Family
    from cnnviz.network.report import Report
    from cnnviz.network.shape import Shape
    from cnnviz.project.project import Project

SHORTEST = 0.14
"""Height of a map of 1 x 1 beside the largest one."""
GAP = 0.28
"""Between two columns, as a share of the wider one, where there is room for it."""
MOST_ARCS = 80
"""Ways around other layers that are drawn; in a DenseNet there are hundreds."""


@dataclass(frozen=True)
class Block:
    """One layer: its place in units of the whole picture, (0, 0) the top left corner and (1, 1) the bottom right."""

    x: float
    y: float
    width: float
    height: float
    family: Family


@dataclass(frozen=True)
class NetworkPicture:
    """What :func:`paint_picture` draws: blocks, and arcs ((x, y) of both ends) for ways around other layers."""

    blocks: tuple[Block, ...] = ()
    arcs: tuple[tuple[float, float, float, float], ...] = ()


def picture_of(project: Project, report: Report) -> NetworkPicture:
    """The picture of a network; columns are those of the longest paths, lanes those of the layout."""
    network = project.network
    shown = [name for name in network.order if report.nodes[name].output is not None]
    column: dict[str, int] = {}
    for name in network.order:
        column[name] = 1 + max((column[source] for source in network.inputs[name]), default=-1)
    lanes: dict[int, list[str]] = defaultdict(list)
    for name in sorted(shown, key=lambda one: project.layout.positions[one][1]):
        lanes[column[name]].append(name)
    largest = max((_side(report.nodes[name].output) for name in shown), default=1.0)
    widths = {at: max(_width(network[name].family, report.nodes[name].output) for name in lanes[at]) for at in lanes}
    total = sum(widths.values())
    blocks: dict[str, Block] = {}
    x = 0.0
    for at in sorted(lanes):
        room = widths[at] / total
        slot = 1 / len(lanes[at])
        for lane, name in enumerate(lanes[at]):
            shape, family = report.nodes[name].output, network[name].family
            width = _width(family, shape) / total * (1 - GAP)
            height = slot * (0.94 if len(lanes[at]) > 1 else 1.0) * _height(shape, largest)
            middle = (lane + 0.5) * slot
            blocks[name] = Block(x + (room - width) / 2, middle - height / 2, width, height, family)
        x += room
    arcs = [
        (blocks[source].x + blocks[source].width / 2, blocks[source].y, blocks[name].x, blocks[name].y)
        for name in shown
        for source in network.inputs[name]
        if source in blocks and column[name] - column[source] > 2
        if len(lanes[column[name]]) == len(lanes[column[source]]) == 1
    ]
    return NetworkPicture(tuple(blocks.values()), tuple(arcs[:: max(1, -(-len(arcs) // MOST_ARCS))]))


def paint_picture(painter: QPainter, area: QRectF, picture: NetworkPicture, theme: Theme) -> None:
    """Draw a picture into an area."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    headroom = area.height() * 0.16 if picture.arcs else 0.0
    inner = area.adjusted(0, headroom, 0, 0)
    ink = QColor(theme.muted)
    ink.setAlpha(150)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for x0, y0, x1, y1 in picture.arcs:
        start = QPointF(inner.left() + x0 * inner.width(), inner.top() + y0 * inner.height())
        end = QPointF(inner.left() + x1 * inner.width(), inner.top() + y1 * inner.height())
        top = min(start.y(), end.y()) - min(headroom, 5 + 0.12 * (end.x() - start.x()))
        path = QPainterPath(start)
        path.cubicTo(QPointF(start.x(), top), QPointF(end.x(), top), end)
        painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    for block in picture.blocks:
        rect = QRectF(
            inner.left() + block.x * inner.width(),
            inner.top() + block.y * inner.height(),
            max(0.8, block.width * inner.width()),
            max(1.5, block.height * inner.height()),
        )
        painter.setBrush(QColor(theme.family(block.family)))
        radius = min(2.5, rect.width() / 3, rect.height() / 3)
        painter.drawRoundedRect(rect, radius, radius)
    painter.restore()


def _side(shape: Shape | None) -> float:
    """Height of the maps; a vector is as high as a square of its numbers, up to a point."""
    if shape is None:
        return 1.0
    return float(shape[1]) if len(shape) == 3 else min(16.0, float(shape[0]) ** 0.5)


def _height(shape: Shape | None, largest: float) -> float:
    """On a logarithmic scale, so that halving is a step of the same height everywhere."""
    if largest <= 1:
        return 1.0
    return SHORTEST + (1 - SHORTEST) * log2(max(1.0, _side(shape))) / log2(largest)


def _width(family: Family, shape: Shape | None) -> float:
    """Layers with weights are wide, the wider the more maps; the others are slips."""
    count = log2(1 + (shape[0] if shape else 1))
    match family:
        case "convolution":
            return 2.0 + 0.7 * count
        case "dense":
            return 1.6 + 0.35 * min(count, 8)
        case "pooling":
            return 1.6
    return 1.0
