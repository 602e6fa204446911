"""The Curves panel of the Run place: loss and accuracy in training and on the validation and test images."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.panels.curves.chips import RunChips
from cnnviz.gui.panels.curves.head import CurveControls, CurveLegend
from cnnviz.gui.panels.curves.lines import NEAR
from cnnviz.gui.panels.curves.moments import MomentsInCurves, moment_text
from cnnviz.gui.panels.curves.no_curves import NoCurves
from cnnviz.gui.panels.curves.parts import Room, parts
from cnnviz.gui.panels.curves.reading_row import ReadingRow
from cnnviz.gui.panels.curves.step_reader import StepReader
from cnnviz.gui.run.overlays import Overlays
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.inspection.arrays import as_npy
from cnnviz.runs.histories.run_history import Axis, Reading, RunHistory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent

    from cnnviz.gui.panels.curves.drawing import CurveDrawing
    from cnnviz.gui.run.moments import KnownMoments
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.picture_menu import Content
    from cnnviz.gui.widgets.plot import Plot
    from cnnviz.runs.histories.series import Floats
    from cnnviz.training.channels import Metrics
    from cnnviz.training.events import Event

REDRAW_MILLISECONDS = 1000
"""The least time between two drawings, in milliseconds."""
VALUES, CHIPS = 3, 2
"""The shares that the row of values and the chips have of the line above the curves if both stand in it."""


class CurvesPanel(Panel):
    """Draws what :meth:`add_metrics` and :meth:`add_events` add, at most once in
    :data:`REDRAW_MILLISECONDS` and while visible.

    ``head`` holds the controls, which the place shows beside its tabs; ``timeline`` shows the recorded moments.
    ``named(step, name)`` follows the naming of a moment.
    """

    named = Signal(int, str)

    def __init__(self, theme: Theme, overlays: Overlays | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.overlays = overlays or Overlays(self)
        self.overlays.changed.connect(self._draw_overlaid)
        self.chips = RunChips(self.overlays, theme)
        self.history = self._live = RunHistory()
        self._reader = StepReader()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MILLISECONDS)
        self._timer.timeout.connect(self._draw)
        self._legend = CurveLegend(theme)
        self.moments = MomentsInCurves(theme, self.named.emit)
        self.timeline = self.moments.timeline
        self.row = ReadingRow(theme)
        self.head = CurveControls(self)
        self.head.hide()
        self.head.axis.currentIndexChanged.connect(self._axis_changed)
        self.head.scales.changed.connect(self._soon)
        self.head.whole.clicked.connect(lambda: self.plot.fit())
        numbers: dict[str, Content] = {
            "csv": lambda: self.history.as_csv(),
            "npy": lambda: as_npy(self.history.as_array()),
        }
        self.menu = PictureMenu(self, self.tr("Loss and accuracy"), self._name, numbers)
        self.menu.message.connect(self.message)
        self.menu.addSeparator()
        self.menu.addActions(self.head.choices(self.menu))
        self.head.menu_button.setMenu(self.menu)
        self.empty = NoCurves()
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Curves of loss and accuracy"))
        self.set_theme(theme)
        self._show_parts()

    @cached_property
    def plot(self) -> Plot:
        """The plot. It is created on first use, because importing pyqtgraph takes long."""
        from cnnviz.gui.widgets.plot import Plot

        plot = Plot(self._theme)
        plot.pointed.connect(self._point)
        plot.held.connect(self._hold)
        plot.ranged.connect(self._soon)
        self._stack.addWidget(plot)
        plot.resized.connect(self._resized)
        return plot

    @cached_property
    def _drawing(self) -> CurveDrawing:
        from cnnviz.gui.panels.curves.drawing import CurveDrawing

        return CurveDrawing(self.plot)

    def prepare(self) -> None:
        """Create the plot and its curves."""
        _ = self._drawing  # is created when it is read

    def add_metrics(self, metrics: Sequence[Metrics]) -> None:
        """Add measures, in the order in which training sent them."""
        if metrics:
            self._live.add_metrics(metrics)
            self._soon()

    def add_events(self, events: Sequence[Event]) -> None:
        """Add events, in the order in which training sent them: a new run clears the curves, a live change is
        marked."""
        if not events:
            return
        before = self._live.run
        self._live.add_events(events)
        if self._live.run != before:
            self._reader.held = None
            if "plot" in vars(self):
                self.plot.fit()
        self._soon()

    def set_run(self, batches: int, precision: str) -> None:
        """Set the steps per epoch, otherwise unknown before the first epoch has ended, and the precision."""
        if batches and (batches, precision) != (self._live.batches, self._live.precision):
            self._live.batches, self._live.precision = batches, precision
            self._soon()

    def set_training(self, moving: bool) -> None:
        """Set whether training goes on, which is said at the present while the window shows the past."""
        if moving != self.moments.training:
            self.moments.training = self._reader.moving = moving
            self.empty.set_training(moving)
            self._soon()

    def set_trained(self, run: str) -> None:
        """Name the run with its measures, because it trains another network than the one drawn; "" does not."""
        if run != self._reader.run:
            self._reader.run = run
            self._soon()

    def show_run(self, recorded: RunHistory | None) -> None:
        """Draw the curves of a recorded run; None draws the present run."""
        self.moments.elsewhere = recorded is not None
        # not "or": a history without steps is false
        self.history, self._reader.held = self._live if recorded is None else recorded, None
        self.empty.set_elsewhere(self.moments.elsewhere)
        if "plot" in vars(self):
            self.plot.fit()
        self._soon()

    def grow_run(self, recorded: RunHistory) -> None:
        """Draw the curves of the recorded run again, which has grown."""
        if self.moments.elsewhere:
            self.history = recorded
            self._soon()

    def set_moments(self, known: KnownMoments) -> None:
        """Set the recorded moments."""
        self.moments.known = known
        self.head.replay.setEnabled(bool(known.moments))
        if "plot" in vars(self) and self.isVisible():
            self._show_legend()
            self._place_moments()

    def show_past(self, step: int | None) -> None:
        """The window looks at a recorded moment; None: at the present."""
        self.moments.past = self._reader.past = step
        self._reader.held = None
        self.head.show_past(step)
        if "plot" in vars(self) and self.isVisible():
            self._place_moments()
            self._read()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self.head

    def fit_controls(self, room: int) -> None:
        """See :meth:`Panel.fit_controls`."""
        self.head.fit(room)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.row.set_theme(theme)
        if "plot" in vars(self):
            self.plot.set_theme(theme)
        self.head.set_theme(theme)
        self._legend.set_theme(theme)
        self.chips.set_theme(theme)
        self.moments.set_theme(theme)
        self._soon()

    def moment_text(self, step: int) -> str:
        """The step of a moment, and the training measures there."""
        return moment_text(self.history, step)

    def current_values(self) -> Reading | None:
        """The measures of the newest step; None before the first step."""
        return self.history.reading(len(self.history))

    def drawn(self, curve: str) -> tuple[Floats, Floats]:
        """The drawn points of a curve, x and y float64 (n,); ``curve`` is ``loss``, ``loss raw``, ``loss validation``
        …"""
        return self._drawing.points(curve)

    def value_at(self, height: float) -> float:
        """The loss at a height of the plot (0 to 1)."""
        return self._drawing.scale.loss_at(height)

    def legend_text(self) -> str:
        """The legend, as rich text."""
        return self._legend.text()

    def reading_text(self) -> str:
        """The line of text with the values at the pointer, or of the newest step."""
        return self.row.text()

    def redraw(self) -> None:
        """Draw the steps that were added since the last drawing, now."""
        self._timer.stop()
        self._draw()

    def _axis(self) -> Axis:
        axis: Axis = self.head.axis.currentData()
        return axis

    def _axis_changed(self) -> None:
        self.plot.fit()
        self._soon()

    def _soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the steps that were added while the panel was hidden."""
        super().showEvent(event)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the legend if the panel is too low for it."""
        super().resizeEvent(event)
        self._show_legend()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing while the panel is hidden."""
        self._timer.stop()
        super().hideEvent(event)

    def _draw_overlaid(self) -> None:
        """Draw the runs that are overlaid now."""
        if self.isVisible():
            self.redraw()

    def _show_parts(self) -> None:
        has_curves = bool(len(self.history) or self.history.evaluations)
        self._stack.setCurrentWidget(self.plot if has_curves or self.overlays.shown else self.empty)
        self._show_legend()
        drawn = has_curves or bool(self.overlays.shown)
        self.head.show_for(drawn, zoomed=drawn and "plot" in vars(self) and not self.plot.fitted)

    def _show_legend(self) -> None:
        """Show legend and chips, the row of values, the timeline and its names as far as the panel is high enough."""
        overlaid = bool(self.overlays.all)
        run = self.tr("opened run") if self.moments.elsewhere else self.tr("present run")
        self._legend.show_overlaid(run if overlaid else "")
        heights = self.chips.height(), self.row.line_height
        shown = parts(
            Room(self.width(), self.height(), *heights, self._legend.sizeHint().width()),
            curves=bool(len(self.history) or self.history.evaluations),
            overlaid=overlaid,
            moments=bool(self.moments.known.moments),
            reads=self._reader.reads,
        )
        self.timeline.set_names_shown(shown.names)
        self.timeline.setVisible(shown.timeline)
        self.row.setMinimumHeight(heights[0] if overlaid else 0)
        place = self._above if shown.shared else self._beside if shown.beside else self._column
        if place.indexOf(self.row) < 0:
            place.insertWidget(1, self.row, VALUES if shown.shared else 0)
            self.row.set_tall(shown.beside)
        if "plot" in vars(self):
            self.plot.show_numbers(shown.numbers)
        self.row.setVisible(shown.row)
        self.chips.setVisible(shown.chips)
        self._legend.setVisible(shown.legend)

    def _draw(self) -> None:
        self._show_parts()
        if "plot" not in vars(self):
            return
        beyond = self._drawing.draw(
            self.history,
            self._axis(),
            logarithmic=self.head.scales.logarithmic,
            accuracies=self.head.scales.accuracy,
            overlays=self.overlays.shown,
        )
        self._legend.show_marks(tested=self.history.tested, beyond=beyond)
        self._place_moments()
        self._read()

    def _resized(self) -> None:
        """Move the signs of moments along with the curves, which have another width now."""
        if self.isVisible() and "plot" in vars(self):
            self._place_moments()
            self._soon()

    def _place_moments(self) -> None:
        self.moments.place(self.plot, self.history, self._axis(), self._drawing.steps(self.history))

    def _point(self, x: float) -> None:
        """Show the values at the pointer; NaN, when it has left the plot, shows the newest step."""
        self._reader.pointed = x
        if math.isnan(x):
            self._reader.held = None
        self._read()

    def _hold(self, x: float) -> None:
        """Hold the step at ``x``; the arrow keys move on from it."""
        self._reader.held = (self.history.step_at(x, self._axis()) or None) if not math.isnan(x) else None
        self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right hold the neighbouring step, Escape releases it, Home shows the whole run."""
        steps = max(1, len(self.history) // 100) if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 1
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and len(self.history):
            self._reader.move(steps if event.key() == Qt.Key.Key_Right else -steps, self.history)
        elif event.key() == Qt.Key.Key_Escape and self._reader.held is not None:
            self._reader.held = None
        elif event.key() == Qt.Key.Key_Home or (event.key() == Qt.Key.Key_Escape and not self.plot.fitted):
            self.plot.fit()
        else:
            return super().keyPressEvent(event)
        return self._read()

    def _read(self) -> None:
        """Show the values of the step that is read."""
        self._show_legend()
        axis, reader = self._axis(), self._reader
        self.plot.set_cursor(reader.cursor(self.history, axis))
        reading = self.history.reading(reader.step(self.history, axis))
        validation = None if reading is None or self.moments.elsewhere else reading.validation
        text = reader.text(self.history, axis, NEAR * self.plot.per_pixel())
        self.row.show_step(text, validation, past=reader.past is not None and not reader.reads)

    def _name(self) -> str:
        has_curves = len(self.history) or self.history.evaluations
        return f"curves-run-{self.history.run or 0}-step-{len(self.history)}" if has_curves else ""

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._above = above = QHBoxLayout()
        above.setSpacing(12)
        above.addWidget(self._legend)
        above.addWidget(self.chips, CHIPS)
        column.addLayout(above)
        column.addWidget(self.row)
        self._beside = QHBoxLayout()
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self._stack, 1)
        left.addWidget(self.timeline)
        self._beside.addLayout(left, 1)
        column.addLayout(self._beside, 1)
