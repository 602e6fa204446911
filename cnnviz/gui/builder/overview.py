"""The network zoomed far out: frames of blocks and nodes as plain rectangles, wires as straight lines, all painted at
once."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from cnnviz.gui.builder.geometry.metrics import colour
from cnnviz.gui.builder.items.block import frame_brush, frame_pen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from PySide6.QtCore import QLineF, QRectF
    from PySide6.QtGui import QPainter

    from cnnviz.gui.builder.items.block import BlockFrame
    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.gui.theme import Theme


class Overview:
    """Collects the lines of wires and the headers of nodes, and paints them; call :meth:`forget` after a change."""

    def __init__(
        self,
        units: Callable[[], Iterable[NodeItem]],
        wires: Callable[[], Iterable[Wire]],
        frames: Callable[[], Iterable[BlockFrame]],
        theme: Theme,
    ) -> None:
        self._units, self._wires, self._frames, self._theme = units, wires, frames, theme
        self._headers: dict[str, list[QRectF]] | None = None
        self._lines: list[QLineF] = []

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.forget()

    def forget(self) -> None:
        """Collect them again when they are next needed."""
        self._headers = None

    def headers(self) -> Mapping[str, list[QRectF]]:
        """The headers of all nodes and folded blocks, in scene coordinates, by their colour."""
        if self._headers is None:
            headers: dict[str, list[QRectF]] = defaultdict(list)
            for item in self._units():
                headers[self._theme.error if item.wrong else self._theme.family(item.layer.family)].append(item.header)
            self._headers = headers
            self._lines = [wire.line for wire in self._wires()]
        return self._headers

    def lines(self) -> list[QLineF]:
        """All wires, in scene coordinates."""
        self.headers()
        return self._lines

    def paint(self, painter: QPainter) -> None:
        """Paint all frames, then all wires, then all nodes."""
        frames: dict[bool, list[QRectF]] = {False: [], True: []}
        for frame in self._frames():
            frames[frame.hovered].append(frame.area)
        for hovered, areas in frames.items():
            painter.setPen(frame_pen(self._theme, hovered))
            painter.setBrush(frame_brush(self._theme))
            painter.drawRects(areas)
        # opaque: Qt draws such lines several times faster
        pen = QPen(_faint(self._theme), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(self.lines())
        painter.setPen(Qt.PenStyle.NoPen)
        for name, headers in self.headers().items():
            painter.setBrush(colour(name))
            painter.drawRects(headers)


@cache
def _faint(theme: Theme) -> QColor:
    """The muted colour, half covered by the background. It is cached: do not change it."""
    under, over = QColor(theme.surface), QColor(theme.muted)
    return QColor(
        (under.red() + over.red()) // 2, (under.green() + over.green()) // 2, (under.blue() + over.blue()) // 2
    )
