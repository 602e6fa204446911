"""The curves of the Run place: loss and accuracy, while learning and on the validation images."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.localized import grouped, rounded
from cnnviz.gui.panels.curves.head import CurveControls, CurveLegend
from cnnviz.gui.panels.curves.loss_scale import LossScale
from cnnviz.gui.panels.curves.reading import caption, change_text, sentence
from cnnviz.gui.panels.curves.run_history import Axis, Mark, Reading, RunHistory
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from pyqtgraph import PlotDataItem
    from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent

    from cnnviz.gui.panels.curves.history import Floats
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.plot import Plot
    from cnnviz.training.channels import Event, Metrics

TEXT_WIDTH = 110
"""Pixels between two marks that each have a text of their own."""
SYMBOL_WIDTH = 12
"""Pixels for each evaluation, at least, so that its symbol hides no other one."""
NEAR = 6
"""Pixels: so close to a mark the pointer reads what changed there."""
MOST_TOLD, REDRAW = 3, 750
"""Changes told of one place, and the least time between two drawings in milliseconds."""
HIGH = 0.9
"""Where the accuracy axis begins once it is magnified."""
NARROWEST = 10
"""Steps: so far the user can zoom in."""
ROOM_FOR_LEGEND = 90
"""Pixels: in a lower panel the curves have the room of the legend."""
BEYOND_WIDTH = 24
"""Pixels for each triangle that marks losses above the plot."""
BEYOND_HEIGHT = 1.03
"""Where these triangles stand."""


class CurvesPanel(Panel):
    """Draws what :meth:`add_metrics` and :meth:`add_events` bring, at most every :data:`REDRAW` ms and while visible.

    ``head`` are the controls, for whoever has room for them.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.history = RunHistory()
        self._held: int | None = None
        self._pointed = math.nan
        self._scale = LossScale()
        self._points: dict[str, tuple[Floats, Floats]] = {}
        """What each curve was last given."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW)
        self._timer.timeout.connect(self._draw)
        self._legend = CurveLegend(theme)
        self._reading = ElidedLabel()
        self.head = CurveControls(self)
        self.head.hide()
        self.head.axis.currentIndexChanged.connect(self._axis_changed)
        self.head.log.toggled.connect(self._soon)
        self.head.high.toggled.connect(self._soon)
        self.head.whole.clicked.connect(lambda: self.plot.fit())
        self.menu = PictureMenu(self, self.tr("Loss and accuracy"), self._name, {"csv": self.history.as_csv})
        self.menu.failed.connect(self.message)
        self.menu.addSeparator()
        self.menu.addActions(self.head.choices(self.menu))
        self.head.menu_button.setMenu(self.menu)
        self._empty = PlainLabel()
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.say_hindrance("")
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Curves of loss and accuracy"))
        self.set_theme(theme)
        self._show_parts()

    @cached_property
    def plot(self) -> Plot:
        """The plot; made when it is first needed, as pyqtgraph takes long to import."""
        from cnnviz.gui.widgets.plot import Plot

        plot = Plot(self._theme)
        plot.pointed.connect(self._point)
        plot.held.connect(self._hold)
        plot.ranged.connect(self._soon)
        self._stack.addWidget(plot)
        return plot

    @cached_property
    def _curves(self) -> Mapping[str, PlotDataItem]:
        add, dash, none = self.plot.add_curve, Qt.PenStyle.DashLine, Qt.PenStyle.NoPen
        return {
            "accuracy raw": add("good", alpha=0.3),
            "loss raw": add("accent", alpha=0.3),
            "accuracy": add("good", 2),
            "loss": add("accent", 2),
            "accuracy validation": add("good", 1.8, dash, symbol="o"),
            "loss validation": add("accent", 1.8, dash, symbol="o"),
            "accuracy test": add("good", 1, none, symbol="d", size=12),
            "loss test": add("accent", 1, none, symbol="d", size=12),
            "loss beyond": add("accent", 1, none, symbol="t1"),
        }

    def prepare(self) -> None:
        """Make the plot and its curves."""
        assert self._curves

    def add_metrics(self, metrics: Sequence[Metrics]) -> None:
        """Take what was measured, in the order of the channel."""
        if metrics:
            self.history.add_metrics(metrics)
            self._soon()

    def add_events(self, events: Sequence[Event]) -> None:
        """Take what happened, in the order of the channel: a new run clears the curves, a live change is marked."""
        if not events:
            return
        before = self.history.run
        self.history.add_events(events)
        if self.history.run != before:
            self._held = None
            if "plot" in vars(self):
                self.plot.fit()
        self._soon()

    def say_hindrance(self, sentence: str) -> None:
        """Why training cannot start, empty where it can: said where there are no curves yet."""
        if sentence:
            self._empty.setText(self.tr("Curves appear when training starts.") + " " + sentence)
        else:
            self._empty.setText(self.tr("Curves appear when training starts: press Train."))

    def why_empty(self) -> str:
        """What stands in place of curves."""
        return self._empty.text()

    def set_run(self, batches: int, precision: str) -> None:
        """Say how many steps an epoch has, which is else known only after the first epoch, and the precision."""
        if batches and (batches, precision) != (self.history.batches, self.history.precision):
            self.history.batches, self.history.precision = batches, precision
            self._soon()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self.head

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._reading.set_ground(theme.surface)
        if "plot" in vars(self):
            self.plot.set_theme(theme)
        self.head.set_theme(theme)
        self._legend.set_theme(theme)
        self._soon()

    def current_values(self) -> Reading | None:
        """What is known of the newest step."""
        return self.history.reading(len(self.history))

    def drawn(self, curve: str) -> tuple[Floats, Floats]:
        """The points of a curve on screen, as pyqtgraph has them: ``loss``, ``loss raw``, ``loss validation`` …"""
        x, y = self._curves[curve].getOriginalDataset()
        if x is None:
            return np.empty(0), np.empty(0)
        return x, y

    def value_at(self, height: float) -> float:
        """The loss that a height of the plot (0 to 1) stands for."""
        return self._scale.loss_at(height)

    def legend_text(self) -> str:
        """What the lines and signs mean, as rich text."""
        return self._legend.text()

    def reading_text(self) -> str:
        """The line that reads the values."""
        return self._reading.text()

    def redraw(self) -> None:
        """Draw now what has come since the last time."""
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
        """Qt: draw what came while hidden."""
        super().showEvent(event)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: where it is too low for everything, the legend gives way to the curves."""
        super().resizeEvent(event)
        self._show_legend()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing is drawn while hidden."""
        self._timer.stop()
        super().hideEvent(event)

    def _show_parts(self) -> None:
        there = bool(len(self.history) or self.history.evaluations)
        self._stack.setCurrentWidget(self.plot if there else self._empty)
        self._show_legend()
        self._reading.setVisible(there)
        self.head.show_for(there, zoomed=there and "plot" in vars(self) and not self.plot.fitted)

    def _show_legend(self) -> None:
        there = bool(len(self.history) or self.history.evaluations)
        self._legend.setVisible(there and self.height() >= ROOM_FOR_LEGEND)

    def _draw(self) -> None:
        self._show_parts()
        if "plot" not in vars(self):
            return
        history, axis = self.history, self._axis()
        self.plot.set_bottom_ticks(whole=axis == "steps")
        start, end = history.extent(axis)
        self.plot.set_extent(start, end, (end - start) * NARROWEST / max(NARROWEST, len(history)))
        low, high = self.plot.visible()
        first, last = history.step_at(low, axis), history.step_at(high, axis)
        points = self.plot.points_across() // 2
        loss = history.loss.curve(first - 1, last + 1, points)
        accuracy = history.accuracy.curve(first - 1, last + 1, points)
        most = self.plot.points_across() // SYMBOL_WIDTH
        evaluated = {one: history.evaluated(one, first, last, most) for one in ("validation", "test")}
        seen = [one.loss for those in evaluated.values() for one in those]
        known = np.concatenate([loss.smooth, np.array(seen, np.float64)])
        self._scale = LossScale.fitting(loss.raw, known, self.head.log.isChecked(), history.guessing)
        least = HIGH if self.head.high.isChecked() else 0.0
        for name, curve, scale in (("loss", loss, self._loss_heights), ("accuracy", accuracy, _magnified(least))):
            self._set(f"{name} raw", history.at(curve.raw_steps, axis), scale(curve.raw))
            self._set(name, history.at(curve.smooth_steps, axis), scale(curve.smooth))
        for split, those in evaluated.items():
            x = history.at(np.array([one.step for one in those], np.int64), axis)
            losses = np.array([one.loss for one in those], np.float64)
            accuracies = np.array([one.accuracy for one in those], np.float64)
            self._set(f"loss {split}", x, self._loss_heights(losses))
            self._set(f"accuracy {split}", x, _magnified(least)(accuracies))
        self._show_beyond(
            np.concatenate([loss.raw_steps, [one.step for those in evaluated.values() for one in those]]),
            np.concatenate([loss.raw, seen]),
            axis,
        )
        self.plot.set_ticks("left", self._scale.ticks(), "accent")
        ticks = [(height, f"{rounded(100 * (least + height * (1 - least)))} %") for height in (0.0, 0.5, 1.0)]
        self.plot.set_ticks("right", ticks, "good")
        self._mark(axis)
        self._read()

    def _set(self, name: str, x: Floats, y: Floats) -> None:
        before = self._points.get(name)
        if before is not None and np.array_equal(x, before[0]) and np.array_equal(y, before[1], equal_nan=True):
            return
        self._points[name] = (x, y)
        finite = np.isfinite(y)
        if finite.all():
            self._curves[name].setData(x, y, connect="all", skipFiniteCheck=True)
        else:
            self._curves[name].setData(x, np.where(finite, y, np.nan), connect="finite")

    def _loss_heights(self, losses: Floats) -> Floats:
        """Where losses stand; no higher than the triangles, so that no curve crosses the texts of marks."""
        return np.minimum(self._scale.heights(losses), BEYOND_HEIGHT)

    def _show_beyond(self, steps: NDArray[np.int64], losses: Floats, axis: Axis) -> None:
        """Triangles at the top where losses stand above the plot, one for each :data:`BEYOND_WIDTH` pixels."""
        x, above = self._scale.beyond(self.history.at(steps, axis), losses)
        _, first = np.unique(x // (BEYOND_WIDTH * self.plot.per_pixel()), return_index=True)
        self._set("loss beyond", x[first], np.full(len(first), BEYOND_HEIGHT))
        self._legend.show_marks(tested=self.history.tested, beyond=float(above.max(initial=0.0)))

    def _mark(self, axis: Axis) -> None:
        """A line where something happened; lines that stand close together share a text."""
        changes = self.history.changes
        places = self.history.at(np.array([change.step for change in changes], np.int64), axis).tolist()
        room = TEXT_WIDTH * self.plot.per_pixel()
        marks: list[tuple[float, list[Mark]]] = []
        for place, change in sorted(zip(places, changes, strict=True), key=lambda pair: pair[0]):
            if marks and place - marks[-1][0] < room:
                marks[-1][1].append(change)
            else:
                marks.append((place, [change]))
        self.plot.set_marks([(place, caption(those)) for place, those in marks])

    def _point(self, x: float) -> None:
        """Read where the pointer is; where it has left, the newest step again."""
        self._pointed = x
        if math.isnan(x):
            self._held = None
        self._read()

    def _hold(self, x: float) -> None:
        """From here the arrow keys go on."""
        step = self.history.step_at(x, self._axis()) if not math.isnan(x) else 0
        self._held = step or None
        self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: left and right hold the neighbouring step, Escape lets go, Home shows the whole run."""
        far = max(1, len(self.history) // 100) if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 1
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and len(self.history):
            by = far if event.key() == Qt.Key.Key_Right else -far
            self._held = min(len(self.history), max(1, (self._held or len(self.history)) + by))
            self._pointed = math.nan
        elif event.key() == Qt.Key.Key_Escape and self._held is not None:
            self._held = None
        elif event.key() == Qt.Key.Key_Home or (event.key() == Qt.Key.Key_Escape and not self.plot.fitted):
            self.plot.fit()
        else:
            return super().keyPressEvent(event)
        return self._read()

    def _read(self) -> None:
        """Say the values of the step pointed at, of the one held, or of the newest."""
        axis, history = self._axis(), self.history
        step = len(history)
        chosen = not math.isnan(self._pointed) or self._held is not None
        if not math.isnan(self._pointed):
            step = history.step_at(self._pointed, axis)
        elif self._held is not None:
            step = min(self._held, step)
        reading = history.reading(step)
        place = float(history.at(np.array([step], np.int64), axis)[0]) if chosen and reading is not None else math.nan
        self.plot.set_cursor(place)
        text = sentence(reading, chosen) if reading is not None else ""
        near = NEAR * self.plot.per_pixel()
        if not math.isnan(self._pointed):
            found = history.changes_at(self._pointed - near, self._pointed + near, axis)
            told = "; ".join(
                self.tr("from step {step}: {change}").format(step=grouped(one.step + 1), change=change_text(one))
                for one in found[-MOST_TOLD:]
            )
            text = f"{told} · {text}" if told else text
        self._reading.setText(text)

    def _name(self) -> str:
        there = len(self.history) or self.history.evaluations
        return f"curves-run-{self.history.run or 0}-step-{len(self.history)}" if there else ""

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._legend)
        column.addWidget(self._reading)
        column.addWidget(self._stack, 1)


def _magnified(least: float) -> Callable[[Floats], Floats]:
    """Heights of accuracies on an axis from ``least`` to 1."""
    return lambda accuracies: (accuracies - least) / (1 - least)
