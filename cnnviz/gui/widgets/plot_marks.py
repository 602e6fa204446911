"""The marks of a plot: dashed vertical lines with texts above the curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPen

    from cnnviz.gui.theme import Theme

STRIP = 18
"""Height above the curves for the texts of marks, in pixels."""
BEHIND_CURVES = -5
"""The z value of marks, so that a mark does not cover a symbol at the same step."""
TEXT_GROUND_OPACITY, LINE_WIDTH = 0.8, 1.2
GAP = 10
"""Pixels between the texts of marks."""


@dataclass(frozen=True)
class PlacedMark:
    """A mark as drawn: its text, elided, and whether the text stands right of its line."""

    x: float
    text: str
    right: bool


def place(marks: Sequence[tuple[float, str]], visible: tuple[float, float], width: float) -> list[PlacedMark]:
    """The marks, pairs of x and text in ascending order, within the ``visible`` range of x, ``width`` pixels wide.

    A text stands right of its line, or left of it if there is more room; a text that does not fit is elided.
    """
    # the font of texts in a graphics scene, which style sheets do not affect
    metrics = QFontMetricsF(QGuiApplication.font())
    low, high = visible
    per_pixel = (high - low) / max(1.0, width)
    marks = [(x, text) for x, text in marks if low <= x <= high]
    pixels = [(x - low) / per_pixel for x, _ in marks]
    placed = []
    # where the text before ends
    taken = 0.0
    for number, (x, text) in enumerate(marks):
        end = pixels[number + 1] if number + 1 < len(marks) else width
        room_left, room_right = pixels[number] - taken - GAP, end - pixels[number] - GAP
        needed = metrics.horizontalAdvance(text) + GAP
        right = room_right >= needed or room_right >= room_left
        room = max(0.0, room_right if right else room_left)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        placed.append(PlacedMark(x, shown if room > 2 * GAP else "", right))
        taken = pixels[number] + (min(needed, room) if right else 0.0)
    return placed


class Marks:
    """The marks in ``plot``, a pyqtgraph PlotItem, whose curves are in ``box``, its ViewBox."""

    def __init__(self, plot: pg.PlotItem, box: pg.ViewBox, theme: Theme) -> None:
        self._plot, self._box, self._theme = plot, box, theme
        self._placed: list[PlacedMark] = []
        self._lines: list[pg.InfiniteLine] = []

    def show(self, marks: Sequence[tuple[float, str]]) -> bool:
        """Draw marks, see :func:`place`. Returns whether any has changed."""
        low, high = self._box.viewRange()[0]
        placed = place(marks, (float(low), float(high)), float(self._box.width()))
        if placed == self._placed:
            return False
        for line in self._lines:
            self._plot.removeItem(line)
        self._placed = placed
        self._lines = [self._line(mark) for mark in placed]
        for line in self._lines:
            self._plot.addItem(line, ignoreBounds=True)
        return True

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for line in self._lines:
            line.setPen(self._pen())
            if (label := getattr(line, "label", None)) is not None:
                label.setColor(theme.text)
                label.fill = pg.mkBrush(self._fill())

    def strip_height(self) -> int:
        """The height above the curves that the texts take, in pixels; 0 if there are no marks."""
        return STRIP if self._lines else 0

    def positions(self) -> list[float]:
        """The x coordinates of the marks."""
        return [float(line.value()) for line in self._lines]

    def rectangles(self) -> list[tuple[str, QRectF, QRectF]]:
        """For each mark its text, the rectangle of its text, and the rectangle of the curves, in scene coordinates."""
        labels = [line.label for line in self._lines if hasattr(line, "label")]
        ground = self._box.sceneBoundingRect()
        return [(label.textItem.toPlainText(), label.textItem.sceneBoundingRect(), ground) for label in labels]

    def _line(self, placed: PlacedMark) -> pg.InfiniteLine:
        corner = (0, 0) if placed.right else (1, 0)
        options = {
            "position": 1.0,
            "anchors": [corner, corner],
            "color": self._theme.text,
            "fill": self._fill(),
            "movable": False,
        }
        text = placed.text or None
        line = pg.InfiniteLine(placed.x, angle=90, pen=self._pen(), label=text, labelOpts=options)
        line.setZValue(BEHIND_CURVES)
        return line

    def _fill(self) -> QColor:
        colour = QColor(self._theme.surface)
        colour.setAlphaF(TEXT_GROUND_OPACITY)
        return colour

    def _pen(self) -> QPen:
        pen: QPen = pg.mkPen(self._theme.pooling, width=LINE_WIDTH, style=Qt.PenStyle.DashLine)
        return pen
