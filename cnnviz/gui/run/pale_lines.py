"""The curves of overlaid runs, drawn thinly behind the curves of the run on screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from cnnviz.gui.widgets.plot_ends import End
from cnnviz.gui.widgets.plot_items import set_points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyqtgraph import PlotDataItem

    from cnnviz.gui.widgets.plot import Plot
    from cnnviz.runs.histories.run_history import Axis, RunHistory
    from cnnviz.runs.histories.series import Floats

PIXELS_PER_POINT = 2
"""A curve has at most one point for so many pixels of width: more could not be told apart."""
SYMBOL_WIDTH = 12
"""Least distance of evaluations in pixels, so that no symbol hides another."""
COLOURS = (
    "#e69f00", "#cc79a7", "#b86bff", "#d55e00", "#a08a2c", "#8d97a6", "#d6409f", "#8c6d5a", "#c0392b", "#5b8a1f",
)  # fmt: skip
"""The colours of overlaid runs by their numbers, on dark and light ground: none is near to the blue and green of the
run on screen. Orange, pink and vermilion are those of Okabe and Ito (https://jfly.uni-koeln.de/color/)."""
ALPHA = 0.75


def colour_of(number: int) -> str:
    """The colour of an overlaid run."""
    return COLOURS[(number - 1) % len(COLOURS)]


@dataclass(frozen=True, eq=False)
class PaleCurves:
    """The points of a run's curves: positions on the horizontal axis, and values there, float64 (n,) each.

    ``loss`` and ``accuracy`` are smoothed training measures; ``evaluated`` is the accuracy on the validation images.
    ``name`` is written at the ends; if it is empty, the number.
    """

    number: int
    loss: tuple[Floats, Floats]
    accuracy: tuple[Floats, Floats]
    evaluated: tuple[Floats, Floats]
    name: str = ""

    @classmethod
    def of(
        cls, number: int, history: RunHistory, axis: Axis, visible: tuple[float, float], points: int, name: str = ""
    ) -> PaleCurves:
        """The visible part of a run, reduced to about ``points`` points."""
        first, last = (history.step_at(end, axis) for end in visible)
        loss = history.loss.curve(first - 1, last + 1, points)
        accuracy = history.accuracy.curve(first - 1, last + 1, points)
        validations = history.evaluated("validation", first, last, max(1, PIXELS_PER_POINT * points // SYMBOL_WIDTH))
        steps = np.array([metrics.step for metrics in validations], np.int64)
        return cls(
            number,
            (history.at(loss.smooth_steps, axis), loss.smooth),
            (history.at(accuracy.smooth_steps, axis), accuracy.smooth),
            (history.at(steps, axis), np.array([metrics.accuracy for metrics in validations], np.float64)),
            name,
        )


class PaleLines:
    """Draws overlaid runs in ``plot``. The items of a run are created at its first drawing and reused."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._items: dict[int, tuple[PlotDataItem, PlotDataItem, PlotDataItem]] = {}

    def draw(
        self,
        runs: Sequence[PaleCurves],
        loss: Callable[[Floats], Floats],
        accuracy: Callable[[Floats], Floats],
        others: Sequence[tuple[Floats, Floats]] = (),
    ) -> None:
        """Draw these runs and no others; ``loss`` and ``accuracy`` turn values into heights.

        Texts at the ends cover neither their curves nor the ``others``: points (x, y) each, float64 (n,).
        """
        for number in self._items.keys() - {run.number for run in runs}:
            for item in self._items[number]:
                item.hide()
        curves, ends = [*others], []
        for run in runs:
            items = self._of(run.number)
            for item, (x, values), heights in zip(
                items, (run.loss, run.accuracy, run.evaluated), (loss, accuracy, accuracy), strict=True
            ):
                y = heights(values)
                set_points(item, x, y)
                item.show()
                if item is items[2]:
                    # single points, which have no line
                    continue
                curves.append((x, y))
                if len(x) and np.isfinite(y[-1]):
                    ends.append(End(float(x[-1]), float(y[-1]), run.name or str(run.number), colour_of(run.number)))
        self._plot.ends.show(ends, curves)

    def points(self, number: int) -> dict[str, tuple[Floats, Floats]]:
        """The drawn points of a run; empty if it is not drawn."""
        items = self._items.get(number)
        if items is None or not items[0].isVisible():
            return {}
        points = {}
        for name, item in zip(("loss", "accuracy", "validation"), items, strict=True):
            x, y = item.getOriginalDataset()
            points[name] = (np.empty(0), np.empty(0)) if x is None else (x, y)
        return points

    def _of(self, number: int) -> tuple[PlotDataItem, PlotDataItem, PlotDataItem]:
        if number not in self._items:
            colour, add = colour_of(number), self._plot.add_curve
            items = (
                add(colour, 1, Qt.PenStyle.DashLine, ALPHA),
                add(colour, 1, alpha=ALPHA),
                add(colour, 1, Qt.PenStyle.NoPen, ALPHA, symbol="o", size=5),
            )
            for item in items:
                # behind the run on screen, in front of the lines of marks
                item.setZValue(-2)
            self._items[number] = items
        return self._items[number]
