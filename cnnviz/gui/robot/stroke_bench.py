"""Measures the time from a movement of the pen until the window shows its effect: maps, bars and the exact image."""

from __future__ import annotations

import time
from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtTest import QTest

from cnnviz.gui.robot.percentiles import percentiles
from cnnviz.gui.robot.person import LEFT

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.robot.person import Person
    from cnnviz.inspection.moment import Sample

STROKES, MOVES = 6, 40
"""Circles that are drawn, and movements in each of them."""
PAUSE_SECONDS = 1 / 60
"""Between two movements of a hand, as a mouse reports them."""
REACH, SMALLER = 0.3, 0.03
"""The radius of the first circle, and how much smaller each following one is, in sides of the sheet."""


class StrokeTimes(QObject):
    """Notes when a sample was drawn, and when the window was painted with it or with a newer one."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[tuple[Sample, float]] = []
        self.milliseconds: list[float] = []
        window.sample.sampleChosen.connect(self._chosen)
        window.repainted.connect(self._painted)

    @property
    def waiting(self) -> bool:
        """Whether something that was drawn is not shown yet."""
        return bool(self._waiting)

    def finish(self) -> dict[str, float]:
        """End; the times in milliseconds: p50, p95 and max, and how many movements were timed."""
        self._window.sample.sampleChosen.disconnect(self._chosen)
        self._window.repainted.disconnect(self._painted)
        times = np.array(self.milliseconds or [0.0])
        return {
            **percentiles(times),
            "max": round(float(times.max()), 1),
            "moves": len(self.milliseconds),
        }

    def _chosen(self, sample: Sample) -> None:
        self._waiting.append((sample, time.perf_counter()))

    def _painted(self, _: float) -> None:
        shown = self._window.bridge.shown
        drawn = [at for at, (sample, _) in enumerate(self._waiting) if shown is not None and sample is shown.sample]
        if drawn:
            now, count = time.perf_counter(), drawn[0] + 1
            # samples drawn before the one that is shown will never be shown
            self.milliseconds += [1000 * (now - began) for _, began in self._waiting[:count]]
            self._waiting = self._waiting[count:]


def draw_circles(window: MainWindow, person: Person) -> dict[str, float]:
    """Draw circles by mouse, one after the other, at the pace of a hand; the times of :class:`StrokeTimes`."""
    person.shortcut("draw")
    surface = window.sample.drawing.surface
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.blank, "the empty sheet")
    times = StrokeTimes(window)
    rows, columns = surface.drawing.sheet.shape

    def point_of(move: int, stroke: int) -> tuple[float, float]:
        angle = 2 * pi * move / MOVES
        radius = REACH - SMALLER * stroke
        return columns * (0.5 + radius * sin(angle)), rows * (0.5 - radius * cos(angle))

    for stroke in range(STROKES):
        QTest.mousePress(surface, LEFT, pos=surface.place(point_of(0, stroke)).toPoint())
        for move in range(1, MOVES + 1):
            QTest.mouseMove(surface, surface.place(point_of(move, stroke)).toPoint())
            person.stay(PAUSE_SECONDS)
        QTest.mouseRelease(surface, LEFT, pos=surface.place(point_of(MOVES, stroke)).toPoint())
        person.until(lambda: not times.waiting, "the maps of the stroke")
        surface.do(surface.strokes.clear)
    person.until(lambda: not times.waiting, "the empty sheet again")
    return times.finish()
