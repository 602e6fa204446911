"""A plot in the theme's colours. It shows all data until the user zooms, and again after a double-click."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QMouseEvent, QPen
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plot_ends import Ends
from cnnviz.gui.widgets.plot_items import keep_drawn, plain_strings, whole_strings
from cnnviz.gui.widgets.plot_marks import Marks

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

Floats = NDArray[np.float64]
Ticks = Sequence[tuple[float, str]]
MARGIN = 0.06
"""Empty space above and below the vertical range 0 to 1, as a share of it."""
LEFT_WIDTH, RIGHT_WIDTH = 50, 48
"""Pixels for the texts of the left and of the right axis."""
MOST_STRIP = 0.5
"""The largest share of the height that the texts of marks take."""
GRID = (0.0, 0.5, 1.0)
"""The heights of the horizontal lines."""
LEAST_GROWTH, GROWTH, MOST_GROWTH = 1.02, 1.12, 1.5
"""Range of the horizontal axis relative to the data, at least, after it has grown, and at most: it grows in steps, as
axes are slow to draw."""
LEAST_SPAN = 1e-9
"""The least range of the horizontal axis."""
LEAST_PIXELS = 50
"""The least :meth:`Plot.pixels_across`, so that a plot that is not laid out yet is drawn with some points."""


class Plot(QWidget):
    """Curves over a horizontal axis. The vertical range is always 0 to 1; the caller sets the ticks on both sides.

    The caller scales its values into that range, so that two measures with separate axes share the plot.
    ``pointed(x)`` follows the pointer, NaN when it leaves; ``held(x)`` a click; ``ranged`` a zoom, drag or fit;
    ``resized`` another size of the curves' area.
    """

    pointed = Signal(float)
    held = Signal(float)
    ranged = Signal()
    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fitted = True
        self._extent = (0.0, 1.0)
        self._limits = (0.0, 0.0, 0.0)
        self._curves: list[tuple[pg.PlotDataItem, str, float, Qt.PenStyle, float]] = []
        """Curves with their colour, width, style and opacity."""
        self._ticks: dict[str, tuple[Ticks, str]] = {}
        self._shown_ticks: dict[str, Ticks] = {}
        self._whole_ticks: bool | None = None
        self._numbers = True
        self._box = pg.ViewBox(enableMenu=False)
        self._box.setMouseEnabled(x=True, y=False)
        self._box.setDefaultPadding(0)
        self._widget = pg.PlotWidget(viewBox=self._box, background=theme.surface)
        self._widget.setMinimumSize(0, 0)
        self._widget.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot = self._widget.getPlotItem()
        self._plot.setMenuEnabled(False)
        self._marks = Marks(self._plot, self._box, theme)
        # pyqtgraph creates this menu even if it is disabled, as a window that nothing would close
        self._plot.ctrlMenu.setParent(self._widget, Qt.WindowType.Popup)
        self._plot.hideButtons()
        self._plot.layout.setContentsMargins(1, 6, 1, 1)
        self._plot.showAxis("right")
        for name in ("left", "right", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setStyle(tickLength=0, tickTextOffset=4, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
            keep_drawn(axis)
        self._plot.getAxis("left").setWidth(LEFT_WIDTH)
        self._plot.getAxis("right").setWidth(RIGHT_WIDTH)
        self.ends = Ends(self._plot, self._box)
        """The texts at the ends of curves."""
        self._lines = [pg.InfiniteLine(height, angle=0, movable=False) for height in GRID]
        for line in self._lines:
            keep_drawn(line)
            line.setZValue(-10)
            self._plot.addItem(line, ignoreBounds=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self._plot.addItem(self._cursor, ignoreBounds=True)
        # the texts of marks and ticks have fixed heights in pixels
        self._box.sigResized.connect(self._fit_height)
        self._box.sigResized.connect(lambda _: self.resized.emit())
        self._box.sigRangeChangedManually.connect(self._zoomed)
        self._widget.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._widget)
        self._fit_height()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._widget.setBackground(theme.surface)
        for name in ("left", "right", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.muted))
        for name, (ticks, colour) in tuple(self._ticks.items()):
            del self._ticks[name]
            self.set_ticks(name, ticks, colour)
        for line in self._lines:
            line.setPen(pg.mkPen(theme.line))
        self._cursor.setPen(pg.mkPen(theme.text, width=1))
        for curve, colour, width, style, alpha in self._curves:
            self._style(curve, colour, width, style, alpha)
        self._marks.set_theme(theme)

    def add_curve(
        self,
        colour: str,
        width: float = 1.0,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
        alpha: float = 1.0,
        symbol: str | None = None,
        size: int = 7,
    ) -> pg.PlotDataItem:
        """Add a curve; ``colour`` is the name of a theme colour (``accent``, ``good``), or ``#rrggbb``. Symbols have
        ``size`` pixels."""
        curve = pg.PlotDataItem(symbol=symbol, symbolSize=size, antialias=width > 1)
        keep_drawn(curve.curve)
        keep_drawn(curve.scatter)
        self._curves.append((curve, colour, width, style, alpha))
        self._style(curve, colour, width, style, alpha)
        self._plot.addItem(curve)
        return curve

    def set_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Draw dashed vertical lines, pairs of x and text in ascending order, with their texts above the curves.

        A text stands right of its line, or left of it if there is more room; a text that does not fit is elided.
        """
        if self._marks.show(marks):
            self._fit_height()

    def _fit_height(self, *_: object) -> None:
        """Set the vertical range to 0 to 1, and above it room for the texts of marks, if there are any."""
        span = (1 + 2 * MARGIN) / (1 - min(MOST_STRIP, self._marks.strip_height() / max(1.0, self._box.height())))
        self._box.setYRange(-MARGIN, span - MARGIN, padding=0)
        for name in self._ticks:
            self._show_ticks(name)

    def marks(self) -> list[float]:
        """The x coordinates of the marks."""
        return self._marks.positions()

    def mark_boxes(self) -> list[tuple[str, QRectF, QRectF]]:
        """For each mark its text, the rectangle of its text, and the rectangle of the curves, in scene coordinates."""
        return self._marks.rectangles()

    def height_of(self, value: float) -> float:
        """The y coordinate of a value of the vertical range, in the scene."""
        return float(self._box.mapViewToScene(QPointF(0.0, value)).y())

    def set_ticks(self, axis: str, ticks: Ticks, colour: str) -> None:
        """Set the ticks of the ``left`` or ``right`` axis, pairs of height (0 to 1) and text, in a theme colour."""
        if self._ticks.get(axis) == (tuple(ticks), colour):
            return
        self._ticks[axis] = (tuple(ticks), colour)
        self._plot.getAxis(axis).setTextPen(pg.mkPen(getattr(self._theme, colour)))
        self._show_ticks(axis)

    def shown_ticks(self, axis: str) -> Ticks:
        """The drawn ticks of the ``left`` or ``right`` axis."""
        return self._shown_ticks[axis]

    def _fitting_ticks(self, axis: str) -> Ticks:
        """The ticks whose texts do not touch, chosen from the lowest on."""
        (low, high), metrics = self._box.viewRange()[1], QFontMetricsF(QGuiApplication.font())
        # numbers have no descenders
        pitch = metrics.ascent() * (high - low) / max(1.0, float(self._box.height()))
        fitting: list[tuple[float, str]] = []
        ticks, _ = self._ticks[axis]
        for height, text in ticks:
            if not fitting or height - fitting[-1][0] >= pitch:
                fitting.append((height, text))
        return fitting

    def _show_ticks(self, axis: str) -> None:
        shown = self._fitting_ticks(axis)
        if shown != self._shown_ticks.get(axis):
            self._shown_ticks[axis] = shown
            self._plot.getAxis(axis).setTicks([list(shown)])

    def set_bottom_ticks(self, whole: bool) -> None:
        """Set whether the horizontal axis has ticks at whole numbers only."""
        if whole == self._whole_ticks:
            return
        self._whole_ticks = whole
        axis = self._plot.getAxis("bottom")
        axis.tickStrings = whole_strings if whole else plain_strings

    def show_numbers(self, shown: bool) -> None:
        """Set whether the horizontal axis has numbers."""
        if self._numbers is not shown:
            self._numbers = shown
            self._plot.getAxis("bottom").setStyle(showValues=shown)
            self._plot.layout.setContentsMargins(1, 6 if shown else 2, 1, 1)
            self._plot.layout.activate()
            for name in self._ticks:
                # their kept pictures have another height
                self._plot.getAxis(name).setCacheMode(QGraphicsItem.CacheMode.NoCache)
                keep_drawn(self._plot.getAxis(name))

    def set_extent(self, low: float, high: float, narrowest: float = 0.0) -> None:
        """Set the range of the data. It is shown whole, with some room to grow, until the user zooms.

        The user can zoom in to a width of ``narrowest``, and cannot move beyond the data.
        """
        self._extent = (low, max(high, low + LEAST_SPAN))
        span = self._extent[1] - low
        limits = (low, low + MOST_GROWTH * span, min(narrowest, span))
        if limits != self._limits:
            self._limits = limits
            self._box.setLimits(xMin=limits[0], xMax=limits[1], minXRange=limits[2] or None)
        if self._fitted:
            seen_low, seen_high = self.visible()
            if seen_low != low or not LEAST_GROWTH <= (seen_high - low) / span <= MOST_GROWTH:
                self._box.setXRange(low, low + GROWTH * span, padding=0)

    def fit(self) -> None:
        """Show everything, and keep doing so."""
        self._fitted = True
        low, high = self._extent
        self._box.setXRange(low, low + GROWTH * (high - low), padding=0)
        self.ranged.emit()

    @property
    def fitted(self) -> bool:
        """Whether the plot shows all data; False after the user has zoomed."""
        return self._fitted

    def zoom(self, low: float, high: float) -> None:
        """Show a range of the horizontal axis, as if the user had zoomed."""
        self._box.setXRange(low, high, padding=0)
        self._zoomed()

    def visible(self) -> tuple[float, float]:
        """The visible range of the horizontal axis."""
        (low, high), _ = self._box.viewRange()
        return float(low), float(high)

    def per_pixel(self) -> float:
        """The width of a pixel in units of the horizontal axis."""
        low, high = self.visible()
        return (high - low) / max(1.0, float(self._box.width()))

    def span(self) -> tuple[float, float]:
        """The left edge of the curves in this widget, and their width, in pixels."""
        box = self._box.sceneBoundingRect()
        return float(box.left()), float(box.width())

    def pixels_down(self) -> float:
        """The height of the curves' area, in pixels."""
        return float(self._box.height())

    def pixels_across(self) -> int:
        """The width of the curves' area, in pixels."""
        return max(LEAST_PIXELS, int(self._box.width()))

    def add_item(self, item: pg.GraphicsObject) -> None:
        """Add a line or a text, which does not count for the extent of the data."""
        self._plot.addItem(item, ignoreBounds=True)

    def set_cursor(self, x: float) -> None:
        """Draw the cursor, a vertical line, at ``x``; NaN hides it."""
        if math.isnan(x):
            self._cursor.hide()
        else:
            self._cursor.setValue(x)
            self._cursor.show()

    def canvas(self) -> QWidget:
        """The widget with axes and curves, for pictures."""
        widget: QWidget = self._widget
        return widget

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle mouse events of the plot."""
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(math.nan)
        elif isinstance(event, QMouseEvent):
            x = self._x_at(event.position())
            if event.type() == QEvent.Type.MouseButtonDblClick:
                self.fit()
                return True
            if event.type() == QEvent.Type.MouseMove and not event.buttons():
                self.pointed.emit(x)
            elif event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self.held.emit(x)
        return super().eventFilter(watched, event)

    def _x_at(self, point: QPointF) -> float:
        scene = self._widget.mapToScene(point.toPoint())
        if not self._box.sceneBoundingRect().contains(scene):
            return math.nan
        return float(self._box.mapSceneToView(scene).x())

    def _zoomed(self, *_: object) -> None:
        self._fitted = False
        self.ranged.emit()

    def _style(self, curve: pg.PlotDataItem, name: str, width: float, style: Qt.PenStyle, alpha: float) -> None:
        colour = QColor(name if name.startswith("#") else getattr(self._theme, name))
        colour.setAlphaF(alpha)
        pen = QPen(colour)
        pen.setWidthF(width)
        pen.setStyle(style)
        pen.setCosmetic(True)
        curve.setPen(pen)
        curve.setSymbolBrush(colour)
        curve.setSymbolPen(None)
