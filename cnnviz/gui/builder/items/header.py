"""The header of a node: its lines of text, its ports and its signs. All are painted in pixels of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from cnnviz.gui.builder.geometry.metrics import HEADER, LEAST, NAME, PORT, SMALL, WIDTH, colour
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.signs import paint_badge, paint_lock
from cnnviz.gui.localized import spell
from cnnviz.network.problems import Severity

if TYPE_CHECKING:
    from cnnviz.gui.builder.items.node import NodeItem

READABLE = 11.0
"""The font size of name and shape, in pixels of the screen, as long as the lines are high enough for it."""
LEADING = 1.17
"""Height of a line for a font size of 1."""
NUMBERED = 7.0
"""Inputs get numbers beside them if they are at least this many pixels apart."""
BADGE = 9.0
"""Width, in pixels, that the badge takes from the name."""
MARK = 7.0
"""Width, in pixels, that the sign of a change takes from the name."""


class Lines(NamedTuple):
    """The lines of text in a header: how many there are, ``row`` with the first of them, and their font sizes."""

    count: int
    row: QRectF
    name: float
    caption: float
    shape: float


def paint_box(node: NodeItem, painter: QPainter, rect: QRectF, zoom: float, *, whole: bool = False) -> None:
    """Paint the box of the header with its lines of text into ``rect``.

    With ``whole``, as in files, where no tooltip says it, a long name is rather smaller than elided.
    """
    theme = node.theme
    family = colour(theme.family(node.layer.family))
    radius = 6 * zoom
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(family)
    painter.drawRoundedRect(rect.adjusted(0, 0, 0, 3 * radius - rect.height()), radius, radius)
    painter.setBrush(colour(theme.line if node.hovered else theme.raised))
    painter.setPen(colour(theme.line))
    painter.drawRoundedRect(_inner(rect, zoom), radius, radius)
    count, row, name, caption, size = _lines(node, rect, zoom)
    least = text.SMALLEST if whole else name
    text.draw(painter, _beside_signs(node, row), node.title(), name, colour(theme.text), bold=True, least=least)
    if count == 3:
        row.translate(0, row.height())
        text.draw(painter, row, node.caption(), caption, colour(theme.muted))
    if count >= 2:
        row.translate(0, row.height())
        shape = "?" if node.report.output is None else spell(node.report.output)
        ink = colour(theme.accent) if node.emphasis else family
        text.draw(painter, row, shape, size, ink, bold=node.emphasis)


def elided(node: NodeItem, zoom: float) -> tuple[str, ...]:
    """The lines of the header that are elided at a zoom, in full."""
    count, row, name, caption, _ = _lines(node, QRectF(0, 0, round(WIDTH * zoom), round(HEADER * zoom)), zoom)
    found = []
    if text.is_elided(node.title(), name, _beside_signs(node, row).width(), bold=True, least=name):
        found.append(node.title())
    if count == 3 and text.is_elided(node.caption(), caption, row.width()):
        found.append(node.caption())
    return tuple(found)


def paint_ports(node: NodeItem, painter: QPainter, zoom: float) -> None:
    """Paint the ports; the origin is the top left corner of the header."""
    pitch = HEADER * zoom / (node.inputs + 1)
    for index in range(node.inputs):
        free = index >= node.used_inputs
        _paint_port(node, painter, node.port("in", index) * zoom, zoom, free, node.glow == "in")
        if node.numbered and not free and pitch >= NUMBERED:
            at = node.port("in", index) * zoom
            area = QRectF(at.x() + PORT * zoom + 1, at.y() - 6, 12, 12)
            text.draw(painter, area, str(index + 1), min(8.5, pitch), colour(node.theme.muted), align=text.LEFT)
    for index in range(node.outputs):
        _paint_port(node, painter, node.port("out", index) * zoom, zoom, not node.has_output, node.glow == "out")


def paint_signs(node: NodeItem, painter: QPainter, width: float) -> None:
    """Paint the signs of a change, a lock and problems; the origin is the top left corner of the header."""
    if node.changed:
        at = QPointF(3, 3)
        painter.setPen(QPen(colour(node.theme.surface), 1))
        painter.setBrush(colour(node.theme.pooling))
        painter.drawPolygon(
            QPolygonF([at + QPointF(0, -5), at + QPointF(5, 0), at + QPointF(0, 5), at + QPointF(-5, 0)])
        )
    if node.frozen:
        # on the upper edge, beside the sign of a change: the text below would be covered
        paint_lock(painter, QPointF(16 if node.changed else 5, -1), node.theme)
    if node.problems:
        error = any(problem.severity is Severity.ERROR for problem in node.problems)
        paint_badge(painter, QPointF(width - 2, 2), error, node.theme)


def _inner(rect: QRectF, zoom: float) -> QRectF:
    """The box below the coloured edge."""
    return rect.adjusted(0.5, max(2, round(2.5 * zoom)) + 0.5, -0.5, -0.5)


def _lines(node: NodeItem, rect: QRectF, zoom: float) -> Lines:
    inner = _inner(rect, zoom)
    count = max(1, min(3, int((inner.height() - 2) / (LEAST + 1.5))))
    height = (inner.height() - 3) / count
    beside = _beside_numbers(node, zoom)
    row = QRectF(rect.left() + beside, inner.top() + 1.5, rect.width() - beside - 2, height)
    least = max(LEAST, min(READABLE, height / LEADING))
    return Lines(count, row, max(least, NAME * zoom), max(LEAST, SMALL * zoom), max(least, SMALL * zoom))


def _beside_signs(node: NodeItem, row: QRectF) -> QRectF:
    """The part of the first line that no sign covers."""
    return row.adjusted(MARK if node.changed else 0, 0, -BADGE if node.problems else 0, 0)


def _beside_numbers(node: NodeItem, zoom: float) -> float:
    """The left edge of the text, in pixels: the numbers of the inputs stand left of it."""
    if not node.numbered or HEADER * zoom / (node.inputs + 1) < NUMBERED:
        return 2.0
    return PORT * zoom + (9.0 if node.used_inputs < 10 else 13.0)


def _paint_port(node: NodeItem, painter: QPainter, at: QPointF, zoom: float, free: bool, glow: bool) -> None:
    """Paint a dot for a connected port, a ring for a missing wire, a halo where a wire could end now."""
    theme = node.theme
    if glow:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.accent, 70))
        painter.drawEllipse(at, 8 * zoom, 8 * zoom)
    radius = max(2.5, PORT * zoom)
    painter.setPen(QPen(colour(theme.accent if glow else theme.muted), 1.3))
    if free or glow or node.hovered:
        painter.setBrush(colour(theme.accent if glow else theme.surface))
        painter.drawEllipse(at, radius, radius)
