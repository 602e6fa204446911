"""How soon a step of the timeline shows maps and kernels of its moment, also while training goes on."""

from __future__ import annotations

import math
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.project.wide import wide_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.robot.person import Person
    from cnnviz.project.project import Project

PACE_SECONDS = 0.1
"""The time between two presses of an arrow key by a person who scrubs."""
MOMENTS = 8
"""How many moments the recorded run of :func:`large` has; every fourth is exact."""


def large() -> Project:
    """A network of 12 million parameters for images of 28×28."""
    return wide_project(12_000_000)


class Scrubbing:
    """Goes along the timeline of a window with the arrow keys, to and fro. ``milliseconds`` are the times until the
    window was painted with the moment of each step."""

    def __init__(self, window: MainWindow, person: Person) -> None:
        self._window, self._person = window, person
        self._key = Qt.Key.Key_Right
        self.milliseconds: list[float] = []

    def go(self, *, steps: int = 10**9, seconds: float = math.inf) -> None:
        """Make ``steps`` steps, or fewer in ``seconds``, at the pace of a hand; then look at the present again."""
        past, timeline = self._window.bench.past, self._window.curves.timeline
        timeline.setFocus()
        QTest.keyClick(timeline, Qt.Key.Key_Home)
        ends, began = time.perf_counter() + seconds, time.perf_counter()
        with _painted(self._window) as painted:
            while steps > 0 and began < ends:
                self._person.stay(max(0.0, began + PACE_SECONDS - time.perf_counter()))
                if past.step in (past.steps[0], past.steps[-1]):
                    self._key = Qt.Key.Key_Right if past.step == past.steps[0] else Qt.Key.Key_Left
                painted.clear()
                began = time.perf_counter()
                QTest.keyClick(timeline, self._key)
                self._person.until(lambda: past.step in painted, "the moment of the timeline")
                self.milliseconds.append(1000 * (painted[past.step] - began))
                steps -= 1
        past.now()

    def times(self) -> dict[str, float]:
        """The milliseconds as p50, p95 and max, and how many steps were timed."""
        times = np.array(self.milliseconds or [0.0])
        p50, p95 = np.percentile(times, (50, 95))
        return {
            "p50": round(float(p50), 1),
            "p95": round(float(p95), 1),
            "max": round(float(times.max()), 1),
            "steps": len(self.milliseconds),
        }


def scrub_large(window: MainWindow, person: Person) -> dict[str, float]:
    """The times of :class:`Scrubbing` in a recorded run of :func:`large`, which is the network of ``window``."""
    folder = Path(mkdtemp(prefix="cnnviz-scrub-"))
    try:
        window.bench.past.open(folder / "run", record(folder / "run"))
        person.until(lambda: _recorded(window) is not None, "the recorded run")
        scrubbing = Scrubbing(window, person)
        scrubbing.go(steps=3 * MOMENTS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return scrubbing.times()


def record(folder: Path) -> tuple[int, ...]:
    """Write a run of :func:`large` with :data:`MOMENTS` moments; returns their steps."""
    import torch

    from cnnviz.network.check import check
    from cnnviz.runs.summary import Facts
    from cnnviz.runs.writer import RunWriter
    from cnnviz.training.checkpoint import copy
    from cnnviz.training.device import place
    from cnnviz.training.facts import facts_of_data
    from cnnviz.training.state import start
    from cnnviz.training.updating import update

    project = large()
    state = start(project, check(project.network, facts_of_data(project)), place("cpu", "float32", 1))
    for parameter in state.module.parameters():
        parameter.grad = torch.full_like(parameter, 0.01)
    update(state.optimizer)
    writer = RunWriter(folder, project, Facts("large"), 10**10)
    for step in range(MOMENTS):
        state.step = step
        if step % 4 == 3:
            writer.write_exact(step, copy(state, project))
        else:
            writer.write_weights(step, project, {k: v.contiguous() for k, v in state.module.state_dict().items()})
        update(state.optimizer)
    writer.close()
    return writer.steps


def _recorded(window: MainWindow) -> int | None:
    """The step of the recorded moment on screen; None while the present is."""
    shown = window.bridge.shown
    return None if shown is None or shown.moment is None or not shown.moment.recorded else shown.step


@contextmanager
def _painted(window: MainWindow) -> Iterator[dict[int | None, float]]:
    """When the window was first painted with the moment of each step, in seconds of the performance counter."""
    times: dict[int | None, float] = {}

    def note(_: float) -> None:
        times.setdefault(_recorded(window), time.perf_counter())

    window.repainted.connect(note)
    try:
        yield times
    finally:
        window.repainted.disconnect(note)
