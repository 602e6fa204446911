"""The speed of a training that is shown in the window."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.robot.person import Person

WARM_SECONDS = 0.5
"""Time before measuring begins, because the first steps and paints are slow."""


class LiveTraining:
    """Measures a training that is shown in the window: its speed, in images per busy second, and its snapshots."""

    def __init__(self, window: MainWindow, person: Person) -> None:
        self._window, self._person = window, person
        self._drawn, self._seconds = 0, 0.0
        self.speeds: list[float] = []

    @property
    def snapshots_per_second(self) -> float:
        """The mean over all calls of :meth:`watch`."""
        return round(self._drawn / self._seconds, 1)

    def watch(self, seconds: float, meanwhile: Callable[[float], object] | None = None) -> None:
        """Measure for ``seconds``, after the first slow steps and paints; ``meanwhile(seconds)`` acts in that time."""
        session, bridge = self._window.bridge.session, self._window.bridge
        self._person.stay(WARM_SECONDS)
        began, before, first = time.perf_counter(), bridge.drawn_count, session.trained()
        (meanwhile or self._person.stay)(seconds)
        self._seconds += time.perf_counter() - began
        self._drawn += bridge.drawn_count - before
        images, busy = (now - earlier for now, earlier in zip(session.trained(), first, strict=True))
        self.speeds.append(images / busy)

    def ratio(self, alone: Sequence[float]) -> float:
        """The median of the speeds relative to those of a training ``alone`` in the same rounds."""
        return round(median(watched / plain for watched, plain in zip(self.speeds, alone, strict=True)), 3)
