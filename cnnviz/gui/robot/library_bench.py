"""A benchmark of the Runs tab: the time until it lists a large library, and until the curves of runs are overlaid."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.builder_bench import QUIET_SECONDS
from cnnviz.gui.robot.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.main_window import MainWindow

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Figures:
    """Medians, in milliseconds, until the panel is painted: from showing the Runs tab, and from the wish to overlay.

    Those of the processor are of all threads, and do not count the time for which other programs have it.
    """

    table_ms: float
    overlay_ms: float
    table_processor_ms: float
    overlay_processor_ms: float


def run(rounds: int, overlaid: int) -> Figures:
    """List the user's library in a new window, and overlay ``overlaid`` of its runs; ``rounds`` times."""
    application = Application(make_qt())
    visits = [_visit(application.open_template("fast"), overlaid) for _ in range(rounds)]
    return Figures(*(round(1000 * median(each), 1) for each in zip(*visits, strict=True)))


def _visit(window: MainWindow, overlaid: int) -> tuple[float, float, float, float]:
    """The seconds of the fields of :class:`Figures` in a new window."""
    person = Person(window)
    person.first_paint()
    person.until(lambda: window.bridge.session.status.ready, "torch and the images")
    person.stay(QUIET_SECONDS)
    panel, curves, overlays = window.panel(RunsPanel), window.panel(CurvesPanel), window.bench.overlays
    table_seconds, table_processor = _timed(
        lambda: window.show_panel("runs"), lambda: len(panel.model.runs) > overlaid, panel.table.viewport()
    )
    panel.choose(*(run.id for run in panel.model.runs[:overlaid]))
    overlay_seconds, overlay_processor = _timed(
        panel.overlay, lambda: len(overlays.all) == overlaid and curves.isVisible(), curves
    )
    window.leave()
    return table_seconds, overlay_seconds, table_processor, overlay_processor


def _timed(action: Callable[[], object], done: Callable[[], bool], painted: QWidget) -> tuple[float, float]:
    """Seconds from ``action`` until ``done`` and the widget is painted, and processor seconds of all threads."""
    began, spent = time.perf_counter(), time.process_time()
    action()
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"not within {PATIENCE_SECONDS:g} s")
    painted.repaint()
    return time.perf_counter() - began, time.process_time() - spent
