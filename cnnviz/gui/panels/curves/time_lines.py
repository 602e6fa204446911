"""The vertical lines through the curves: at the recorded moment that the window shows, and at the present."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.plot import Plot

MIDDLE, TOP = 0.5, 0.93
"""The heights of the two texts in the plot: both curves are seldom in the middle."""
HANDLE, HANDLE_PLACE = 12, 0.92
"""The diameter of the handle in pixels, and its place on the line as a share of it."""
GAP = 6.0
"""Pixels between a line and its text."""
LOWEST = 60.0
"""Curves lower than this, in pixels, have no room for the texts; the line above the curves says the same."""
LINES_Z, TEXTS_Z = 5, 10
"""Both stand in front of the curves."""


class TimeLines:
    """Two lines in ``plot``, each with a text beside it. ``dragged(x)`` follows a drag of the line of the moment."""

    def __init__(self, plot: Plot, theme: Theme, dragged: Callable[[float], None]) -> None:
        self._plot = plot
        self.past = _Line(plot, MIDDLE, movable=True)
        self.past.line.addMarker("o", HANDLE_PLACE, HANDLE)
        self.past.line.sigDragged.connect(lambda line: dragged(float(line.value())))
        self.now = _Line(plot, TOP, movable=False)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.past.set_colours(theme.activation, theme.surface, Qt.PenStyle.SolidLine, 2)
        self.now.set_colours(theme.muted, theme.surface, Qt.PenStyle.DashLine, 1)

    def show(self, past: tuple[float, str] | None, now: tuple[float, str] | None) -> None:
        """Draw the lines, each given by its place on the horizontal axis and its text; None hides a line."""
        self.past.show(past)
        self.now.show(now)


class _Line:
    def __init__(self, plot: Plot, height: float, *, movable: bool) -> None:
        self._plot, self._height = plot, height
        self.line = pg.InfiniteLine(angle=90, movable=movable)
        self.line.setZValue(LINES_Z)
        font = QFont(QGuiApplication.font())
        font.setBold(movable)
        self._metrics = QFontMetricsF(font)
        self.text = pg.TextItem()
        self.text.setFont(font)
        self.text.setZValue(TEXTS_Z)
        self._drawn: tuple[object, ...] = ()
        """Place, text and sides as they are drawn."""
        for item in (self.line, self.text):
            item.hide()
            plot.add_item(item)

    def set_colours(self, colour: str, ground: str, style: Qt.PenStyle, width: float) -> None:
        pen = pg.mkPen(colour, width=width, style=style)
        self.line.setPen(pen)
        self.line.setHoverPen(pg.mkPen(colour, width=width + 1, style=style))
        fill = QColor(ground)
        fill.setAlphaF(0.85)
        self.text.setColor(colour)
        self.text.fill = pg.mkBrush(fill)
        self.text.update()

    def show(self, what: tuple[float, str] | None) -> None:
        low, high = self._plot.visible()
        shown = what is not None and low <= what[0] <= high
        self.line.setVisible(shown)
        self.text.setVisible(shown and self._plot.tall() >= LOWEST)
        if what is None or not shown:
            return
        x, text = what
        pixel, wide = self._plot.per_pixel(), self._metrics.horizontalAdvance(text) + 2 * GAP
        after, before = (high - x) / pixel, (x - low) / pixel
        right = after >= wide or after >= before
        # the present moves with every batch, mostly by less than can be seen
        drawn = (round(2 * before), text, right, low, pixel, self.line.moving)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if not self.line.moving:
            self.line.setValue(x)
        if self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self.text.setAnchor((0, 0.5) if right else (1, 0.5))
        self.text.setPos(QPointF(x + (GAP if right else -GAP) * pixel, self._height))
