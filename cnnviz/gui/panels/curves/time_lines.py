"""The vertical lines through the curves: at the recorded moment that the window shows, and at the present.

They have no texts, which would cover the curves: the row above says the step, and the timeline below the present.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.plot import Plot

HANDLE, BELOW_TOP = 12, 10
"""The diameter of the handle, and how far its middle is below the upper end of the line, in pixels."""
LINES_Z = 5
"""They stand in front of the curves."""


class TimeLines:
    """Two lines in ``plot``. ``dragged(x)`` follows a drag of the line of the moment."""

    def __init__(self, plot: Plot, theme: Theme, dragged: Callable[[float], None]) -> None:
        self._plot = plot
        self.past = pg.InfiniteLine(angle=90, movable=True)
        self.past.sigDragged.connect(lambda line: dragged(float(line.value())))
        self.now = pg.InfiniteLine(angle=90, movable=False)
        self._height = 0.0
        """The height of the curves for which the handle is placed, in pixels."""
        self._drawn: dict[pg.InfiniteLine, tuple[object, ...]] = {}
        """Where the lines are drawn."""
        for line in (self.past, self.now):
            line.setZValue(LINES_Z)
            line.hide()
            plot.add_item(line)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        _dress(self.past, theme.activation, Qt.PenStyle.SolidLine, 2)
        _dress(self.now, theme.muted, Qt.PenStyle.DashLine, 1)

    def show(self, past: float | None, now: float | None) -> None:
        """Draw the lines at places on the horizontal axis; None hides a line."""
        if self._plot.pixels_down() != self._height:
            self._height = self._plot.pixels_down()
            self.past.clearMarkers()
            self.past.addMarker("o", max(0.5, 1 - BELOW_TOP / max(1.0, self._height)), HANDLE)
        low, high = self._plot.visible()
        for line, x in ((self.past, past), (self.now, now)):
            line.setVisible(x is not None and low <= x <= high)
            if x is None or not line.isVisible() or line.moving:
                continue
            # the present moves with every batch, mostly by less than can be seen
            drawn = (round(2 * (x - low) / self._plot.per_pixel()), low, high)
            if drawn != self._drawn.get(line):
                self._drawn[line] = drawn
                line.setValue(x)


def _dress(line: pg.InfiniteLine, colour: str, style: Qt.PenStyle, width: float) -> None:
    line.setPen(pg.mkPen(colour, width=width, style=style))
    line.setHoverPen(pg.mkPen(colour, width=width + 1, style=style))
