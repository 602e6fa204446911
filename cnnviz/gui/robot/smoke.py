"""The smoke test: a short visit that trains, looks inside, saves and reopens with the installed program."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.robot.tour import Visit
from cnnviz.gui.shell.dialogs import versions
from cnnviz.network.layers import Conv2d
from cnnviz.program import age
from cnnviz.project.file import SUFFIX
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import BatchMetrics, State

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow

NETWORK = "fast"
BATCHES = 300
SIZE = (1280, 720)
_EDGE = 20
"""Batches averaged at the beginning and at the end of a training, to check that the loss fell."""


class SmokeError(Exception):
    """Raised if something does not work; ``str()`` is a sentence that says what."""


@dataclass(frozen=True)
class Smoke:
    """The results of a visit; seconds are counted from the start of the process."""

    first_paint_seconds: float
    ready_seconds: float
    images_per_second: int
    batches: int
    first_loss: float
    last_loss: float
    peak_memory_bytes: int
    seconds: float
    platform: str
    device: str
    precision: str
    threads: int
    versions: list[str]


def run(folder: Path) -> Smoke:
    """Open the window, train, inspect, save and reopen in ``folder``, close.

    Raises :class:`SmokeError` or TimeoutError if something does not work.
    """
    visit = Visit(TEMPLATES[NETWORK].project(), SIZE)
    ended = False
    try:
        speed = _train(visit)
        first, last = _losses(visit.window)
        _look_inside(visit)
        _save_and_reopen(visit, folder / f"smoke{SUFFIX}")
    finally:
        status = visit.window.bridge.session.status
        ended = visit.close()
    if not ended:
        raise SmokeError("The threads of the window did not end with it.")
    measured = visit.measured
    return Smoke(
        first_paint_seconds=measured.first_paint_seconds,
        ready_seconds=measured.ready_seconds,
        images_per_second=round(speed),
        batches=status.step,
        first_loss=round(first, 4),
        last_loss=round(last, 4),
        peak_memory_bytes=measured.peak_memory_bytes,
        seconds=round(age(), 3),
        platform=visit.qt.platformName(),
        device=status.device,
        precision=status.precision,
        threads=status.threads,
        versions=versions().splitlines(),
    )


def _train(visit: Visit) -> float:
    """Train some hundred batches with Train and Pause; returns images per second between the first and the last."""
    session, person = visit.window.bridge.session, visit.person
    person.shortcut("play")
    person.until_trained(lambda: session.status.step > 0, "the first batch")
    began, first = time.perf_counter(), session.status.images
    person.until_trained(lambda: session.status.step >= BATCHES, "the training", 240)
    speed = (session.status.images - first) / (time.perf_counter() - began)
    person.shortcut("play")
    person.until_trained(lambda: session.status.state is State.PAUSED, "the pause")
    return speed


def _losses(window: MainWindow) -> tuple[float, float]:
    """The loss at the beginning and at the end; raises SmokeError if it did not fall."""
    entries, _ = window.bridge.session.metrics.read()
    losses = np.concatenate([entry.losses for entry in entries if isinstance(entry, BatchMetrics)])
    first, last = float(losses[:_EDGE].mean()), float(losses[-_EDGE:].mean())
    if not last < first:
        raise SmokeError(f"The loss did not fall: {first:.3f} at the beginning, {last:.3f} at the end.")
    return first, last


def _look_inside(visit: Visit) -> None:
    """Read kernels and maps of the first convolution from their panels, and compare the kernels with the weights."""
    window, person = visit.window, visit.person
    session, kernels, maps = window.bridge.session, window.panel(KernelsPanel), window.panel(MapsPanel)
    node = window.editor.project.network.of_kind(Conv2d)[0]
    person.click_node(node)
    person.show_tab(kernels)

    def settled() -> bool:
        shown = window.bridge.shown
        return shown is not None and shown.settled and shown.step == session.status.step

    person.until(lambda: settled() and kernels.shown_weights() is not None, "the kernels in their panel")
    shown, weights = kernels.shown_weights(), session.weights.latest
    if shown is None or weights is None:
        raise SmokeError("The panel shows no kernels.")
    if not np.array_equal(shown, weights.tensors[f"{node}.weight"].numpy()):
        raise SmokeError("The kernels in the panel are not the weights of the network.")
    person.show_tab(maps)
    person.until(lambda: maps.shown_maps() is not None, "the maps in their panel")
    activations = maps.shown_maps()
    if activations is None or not np.isfinite(activations).all() or not activations.any():
        raise SmokeError("The maps in the panel are empty.")


def _save_and_reopen(visit: Visit, path: Path) -> None:
    window, application = visit.window, visit.application
    if not window.document.save_to(path):
        raise SmokeError(f"The project could not be saved as “{path}”.")
    reopened = application.open_file(path, window)
    if reopened is None:
        raise SmokeError(f"The saved project “{path}” could not be opened.")
    Person(reopened).first_paint()
    equal = reopened.editor.project == window.editor.project
    reopened.leave()
    if not equal:
        raise SmokeError("The reopened project is not the one that was saved.")
