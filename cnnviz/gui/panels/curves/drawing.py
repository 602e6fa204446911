"""Draws the measures of a run into the plot: curves, evaluations, marks of changes, and both vertical axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.curves.lines import NARROWEST, curves_of
from cnnviz.gui.run.change_marks import TEXT_WIDTH, caption, gathered
from cnnviz.gui.run.pale_lines import PIXELS_PER_POINT, SYMBOL_WIDTH, PaleCurves, PaleLines
from cnnviz.gui.widgets.loss_scale import LossScale
from cnnviz.gui.widgets.plot_items import set_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.run.overlays import Overlay
    from cnnviz.gui.widgets.accuracy_scale import AccuracyScale
    from cnnviz.gui.widgets.plot import Plot
    from cnnviz.runs.histories.run_history import Axis, RunHistory
    from cnnviz.runs.histories.series import Floats

LINES = ("loss", "accuracy", "loss validation", "accuracy validation")
"""The curves of the run that no text at the end of an overlaid curve covers."""
BEYOND_WIDTH = 24
"""Pixels of the plot summarized by a triangle that marks losses above the plot."""
BEYOND_HEIGHT = 1.03
"""Where these triangles are on the vertical axis: above 1, the top of the plot."""


class CurveDrawing:
    """The items in ``plot`` that show a run. Only what has changed since the last drawing is drawn again."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.scale = LossScale()
        self.curves = curves_of(plot)
        """The items by what they show: ``loss``, ``loss raw``, ``loss validation`` …"""
        self.pale = PaleLines(plot)
        self._drawn: tuple[RunHistory, int | None, int] | None = None
        """The history drawn last, its run then, and the number of its steps then."""
        self._points: dict[str, tuple[Floats, Floats]] = {}
        """The points last drawn, (x, y), by curve."""

    def draw(
        self,
        history: RunHistory,
        axis: Axis,
        *,
        logarithmic: bool,
        accuracies: AccuracyScale,
        overlays: Sequence[Overlay] = (),
    ) -> float:
        """Draw a run and, behind it, ``overlays``; returns the highest loss above the plot, 0 if there is none.

        ``logarithmic`` is the scale of the loss; ``accuracies`` is that of the accuracy.
        """
        plot = self._plot
        self._drawn = history, history.run, len(history)
        plot.set_bottom_ticks(whole=axis == "steps")
        drawn = [each for each in (history, *(overlay.history for overlay in overlays)) if len(each)] or [history]
        longest = max(drawn, key=lambda each: each.extent(axis)[1])
        start, end = longest.extent(axis)
        plot.set_extent(start, end, (end - start) * NARROWEST / max(NARROWEST, len(longest)))
        low, high = plot.visible()
        first, last = history.step_at(low, axis), history.step_at(high, axis)
        points = plot.pixels_across() // PIXELS_PER_POINT
        loss = history.loss.curve(first - 1, last + 1, points)
        accuracy = history.accuracy.curve(first - 1, last + 1, points)
        most = plot.pixels_across() // SYMBOL_WIDTH
        evaluated = {split: history.evaluated(split, first, last, most) for split in ("validation", "test")}
        evaluated_losses = [each.loss for found in evaluated.values() for each in found]
        pale = [PaleCurves.of(overlay.number, overlay.history, axis, (low, high), points) for overlay in overlays]
        shown_losses = np.concatenate(
            [loss.smooth, np.array(evaluated_losses, np.float64), *(each.loss[1] for each in pale)]
        )
        self.scale = LossScale.fitting(loss.raw, shown_losses, logarithmic, history.guessing)
        self._set("loss raw", history.at(loss.raw_steps, axis), self._loss_heights(loss.raw))
        self._set("loss", history.at(loss.smooth_steps, axis), self._loss_heights(loss.smooth))
        self._set("accuracy raw", history.at(accuracy.raw_steps, axis), accuracies.heights(accuracy.raw))
        self._set("accuracy", history.at(accuracy.smooth_steps, axis), accuracies.heights(accuracy.smooth))
        for split, found in evaluated.items():
            x = history.at(np.array([each.step for each in found], np.int64), axis)
            losses = np.array([each.loss for each in found], np.float64)
            known_accuracies = np.array([each.accuracy for each in found], np.float64)
            self._set(f"loss {split}", x, self._loss_heights(losses))
            self._set(f"accuracy {split}", x, accuracies.heights(known_accuracies))
        steps = np.concatenate([loss.raw_steps, [each.step for found in evaluated.values() for each in found]])
        beyond = self._draw_beyond(history.at(steps, axis), np.concatenate([loss.raw, evaluated_losses]))
        plot.set_ticks("left", self.scale.ticks(), "accent")
        plot.set_ticks("right", accuracies.ticks(), "good")
        self._draw_marks(history, axis)
        lines = [self._points[name] for name in LINES if name in self._points]
        self.pale.draw(pale, self._loss_heights, accuracies.heights, lines)
        return beyond

    def steps(self, history: RunHistory) -> int:
        """The last step of a history that is drawn; its last step if it was not drawn yet."""
        if self._drawn is not None and self._drawn[:2] == (history, history.run):
            return min(self._drawn[2], len(history))
        return len(history)

    def points(self, curve: str) -> tuple[Floats, Floats]:
        """The drawn points of a curve, x and y float64 (n,)."""
        x, y = self.curves[curve].getOriginalDataset()
        if x is None:
            return np.empty(0), np.empty(0)
        return x, y

    def _set(self, name: str, x: Floats, y: Floats) -> None:
        before = self._points.get(name)
        if before is not None and np.array_equal(x, before[0]) and np.array_equal(y, before[1], equal_nan=True):
            return
        self._points[name] = (x, y)
        set_points(self.curves[name], x, y)

    def _loss_heights(self, losses: Floats) -> Floats:
        """The heights of losses, float64 (n,), at most the height of the triangles, so that curves do not cross the
        texts of marks."""
        return np.minimum(self.scale.heights(losses), BEYOND_HEIGHT)

    def _draw_beyond(self, places: Floats, losses: Floats) -> float:
        """Draw triangles at the top where losses (n,) are above the plot, at most one per :data:`BEYOND_WIDTH` pixels;
        returns the highest of these losses, 0 without one."""
        x, above = self.scale.beyond(places, losses)
        _, first = np.unique(x // (BEYOND_WIDTH * self._plot.per_pixel()), return_index=True)
        self._set("loss beyond", x[first], np.full(len(first), BEYOND_HEIGHT))
        return float(above.max(initial=0.0))

    def _draw_marks(self, history: RunHistory, axis: Axis) -> None:
        """Draw a line at each change; lines that are close together share a text."""
        changes = history.changes
        places = history.at(np.array([change.step for change in changes], np.int64), axis).tolist()
        room = TEXT_WIDTH * self._plot.per_pixel()
        self._plot.set_marks([(place, caption(close)) for place, close in gathered(changes, places, room)])
