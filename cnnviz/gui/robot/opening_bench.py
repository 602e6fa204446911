"""A benchmark of opening: the time from choosing a file with a large network until its window is painted."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.builder_bench import QUIET_SECONDS
from cnnviz.gui.robot.person import Person
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, GlobalAvgPool2d, Input, Layer, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.file import SUFFIX, save
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow

PATIENCE_SECONDS = 120.0
"""How long the first maps of a network may take before the bench gives up."""


@dataclass(frozen=True)
class Figures:
    """Medians of wall-clock time and of processor time of the window's thread, in seconds; ``items`` is the number of
    graphics items that Qt visits in each frame."""

    layers: int
    items: int
    seconds: float
    processor_seconds: float


def long_chain(layers: int) -> Project:
    """A network of ``layers`` layers: convolutions, each with normalization and activation, and an output."""
    body: tuple[Layer, ...] = (Conv2d(8, (3, 3), padding="same"), BatchNorm2d(), ReLU())
    end = (("pool", GlobalAvgPool2d()), ("fc", Dense(10)), ("output", Output()))
    inner = [(f"layer{index}", body[index % len(body)]) for index in range(layers - 1 - len(end))]
    network = chain(("input", Input()), *inner, *end)
    return Project(network, arrange(network))


def run(layers: int, rounds: int) -> Figures:
    """Open a file with a chain of ``layers`` layers ``rounds`` times, each time from the previous window."""
    application = Application(make_qt())
    window = application.open_template("")
    Person(window).first_paint()
    times: list[tuple[float, float]] = []
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"chain{SUFFIX}"
        save(long_chain(layers), path)
        for _ in range(rounds):
            _rest(window)
            before = window
            seconds, processor, window = _opened(application, path, before)
            times.append((seconds, processor))
            if before in application.windows:
                before.leave()
    _rest(window)
    items = len(window.canvas.scene().items())
    window.leave()
    # a thread that is still in an operation of torch would abort the process at its end
    Person(window).until(
        lambda: not any(each.name.startswith("cnnviz-") for each in threading.enumerate()),
        "the threads",
        PATIENCE_SECONDS,
    )
    seconds, processor = (round(median(each), 3) for each in zip(*times, strict=True))
    return Figures(layers, items, seconds, processor)


def _rest(window: MainWindow) -> None:
    """Wait until the threads of a window have nothing left to do: it would slow down the next opening, and a thread in
    a long operation of torch cannot be ended."""
    bridge, person = window.bridge, Person(window)
    person.until(lambda: bridge.session.status.ready, "torch and the images", PATIENCE_SECONDS)
    if window.editor.report.complete:
        person.until(lambda: bridge.shown is not None, "the first maps", PATIENCE_SECONDS)
    person.stay(QUIET_SECONDS)


def _opened(application: Application, path: Path, beside: MainWindow) -> tuple[float, float, MainWindow]:
    began = time.perf_counter(), time.thread_time()
    window = application.open_file(path, beside)
    if window is None:
        raise RuntimeError(beside.notice.text())
    painted: list[tuple[float, float]] = []
    window.painted.connect(lambda: painted.append((time.perf_counter(), time.thread_time())))
    while not painted:
        QApplication.processEvents()
    return painted[0][0] - began[0], painted[0][1] - began[1], window
