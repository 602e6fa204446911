"""The tour: a scripted visit that uses the real window like a person, measures its response, and takes pictures."""

from __future__ import annotations

import platform
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil

from cnnviz.gui.app import Application
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.heartbeat import Heartbeat
from cnnviz.gui.robot.live_training import LiveTraining
from cnnviz.gui.robot.maps_bench import draw_maps
from cnnviz.gui.robot.microscope_bench import look_inside
from cnnviz.gui.robot.mistakes_bench import measure_mistakes
from cnnviz.gui.robot.person import Person
from cnnviz.gui.robot.scrub_bench import Scrubbing, large, scrub_large
from cnnviz.gui.robot.stroke_bench import draw_circles
from cnnviz.gui.shell.dialogs import versions
from cnnviz.program import Turns, age
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.recorder import recording_wanted
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.project.project import Project

NETWORK = "pytorch-tutorial"
MOST_ROUNDS, ROUND_SECONDS = 6, 3.0
"""The speed with and without the window is measured in turns, so that drifts of the machine cancel out."""
TURN_PATIENCE_SECONDS = 120.0
SCRUB_STEPS = 60
"""Steps of the timeline that are timed while training stands still."""
EPOCHS = 1000
"""So many that the training does not end while it is measured."""
SETTLED_SECONDS = 0.4
"""The window shows the answer to a request within this time."""
NODE = "conv2"
"""The layer that is looked at."""


@dataclass
class Measurements:
    """The results of a tour; the names tell the units."""

    first_paint_seconds: float = 0.0
    ready_seconds: float = 0.0
    images_per_second: dict[str, float] = field(default_factory=dict)
    heartbeat_ms: dict[str, float] = field(default_factory=dict)
    snapshots_per_second: float = 0.0
    microscope_live: dict[str, float] = field(default_factory=dict)
    """Measured while the microscope is shown instead of the canvas: ``ratio``, the speed with the window relative to
    the speed without it, and ``snapshots_per_second``."""
    stroke_ms: dict[str, float] = field(default_factory=dict)
    maps_512_ms: dict[str, float] = field(default_factory=dict)
    microscope_ms: dict[str, float] = field(default_factory=dict)
    sweep_per_second: float = 0.0
    mistakes_ms: dict[str, float] = field(default_factory=dict)
    scrub_ms: dict[str, float] = field(default_factory=dict)
    scrub_large_ms: dict[str, float] = field(default_factory=dict)
    scrub_live: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    pictures: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Visit:
    """An application with a window and a simulated user."""

    def __init__(self, project: Project, size: tuple[int, int]) -> None:
        self.measured = Measurements()
        self.qt: QApplication = make_qt()
        self.application = Application(self.qt)
        self.window: MainWindow = self.application.open_window(project)
        self.window.places.standard()
        self.window.showNormal()
        self.window.resize(*size)
        self.person = Person(self.window)
        self.measured.first_paint_seconds = round(self.person.first_paint(), 3)
        session = self.window.bridge.session
        self.person.until_trained(lambda: session.status.ready, "torch and the images")
        self.measured.ready_seconds = round(age(), 3)

    def build(self, template: str) -> None:
        """Build a template's network on an empty canvas by keyboard. The template's recipe is used, with endless
        epochs."""
        project = TEMPLATES[template].project()
        self.window.canvas.setFocus()
        self.person.shortcut("select_all")
        self.person.shortcut("delete")
        self.person.build([project.network[name] for name in project.network.order])
        recipe = replace(project.recipe, epochs=EPOCHS)
        for name, value in asdict(recipe).items():
            if value != getattr(self.window.editor.project.recipe, name):
                self.person.set_recipe(name, value if isinstance(value, str) else f"{value:g}")
        if self.window.editor.project.recipe != recipe:
            raise RuntimeError("The recipe on screen is not the one that was typed.")
        self.person.shortcut("fit")
        self.person.click_node(NODE)

    def train(self, seconds: float) -> None:
        """Train with live maps and kernels, then with the microscope and kernels, then while somebody scrubs along the
        timeline, in turns with the same training in a process without a window; measure all of them.

        Delays of the event loop are measured separately, because the heartbeat slows training down.
        """
        window, person = self.window, self.person
        session = window.bridge.session
        person.until_trained(lambda: session.status.ready, "the network")
        heartbeat = Heartbeat(window)
        rounds = max(1, min(MOST_ROUNDS, round(seconds / ROUND_SECONDS)))
        live, microscope_live, past = (LiveTraining(window, person) for _ in range(3))
        scrubbing = Scrubbing(window, person) if recording_wanted() else None
        alone, late = [], []
        person.show_tab(window.panel(KernelsPanel))
        with closing(Turns(["ours", "--threads", f"{session.status.threads}"])) as plain:
            for _ in range(rounds):
                person.shortcut("play")
                person.until_trained(
                    lambda: session.status.state is State.RUNNING and session.status.step > 0, "a step"
                )
                live.watch(seconds / rounds)
                window.middle.look_into(NODE)
                microscope_live.watch(seconds / rounds)
                window.middle.to_network()
                if scrubbing is not None:
                    past.watch(seconds / rounds, lambda time: scrubbing.go(seconds=time))
                heartbeat.start()
                person.stay(seconds / rounds)
                heartbeat.stop()
                late += heartbeat.late
                person.shortcut("play")
                person.until_trained(lambda: session.status.state is State.PAUSED, "the pause")
                with ThreadPoolExecutor(1) as waiting:
                    answer = waiting.submit(plain.turn, seconds / rounds)
                    person.until(answer.done, "the training without the window", TURN_PATIENCE_SECONDS + seconds)
                alone.append(answer.result())
        # the delays of all rounds together
        heartbeat.late = late
        self.measured.heartbeat_ms = heartbeat.stop()
        self.measured.images_per_second = {
            "window": round(median(live.speeds)),
            "alone": round(median(alone)),
            "ratio": live.ratio(alone),
        }
        self.measured.snapshots_per_second = live.snapshots_per_second
        self.measured.microscope_live = {
            "ratio": microscope_live.ratio(alone),
            "snapshots_per_second": microscope_live.snapshots_per_second,
        }
        if scrubbing is not None:
            self.measured.scrub_live = {"ratio": past.ratio(alone), **scrubbing.times()}

    def draw(self) -> None:
        """Draw while training; measure how soon maps and bars follow a movement of the pen."""
        session = self.window.bridge.session
        self.person.shortcut("play")
        self.person.until_trained(lambda: session.status.state is State.RUNNING, "the training")
        self.measured.stroke_ms = draw_circles(self.window, self.person)
        self.person.shortcut("play")
        self.person.until_trained(lambda: session.status.state is State.PAUSED, "the pause")
        self.person.shortcut("pick")

    def scrub(self) -> None:
        """Go along the timeline while training stands still; measure how soon maps and kernels follow."""
        if recording_wanted():
            scrubbing = Scrubbing(self.window, self.person)
            scrubbing.go(steps=SCRUB_STEPS)
            self.measured.scrub_ms = scrubbing.times()

    def scrub_large(self) -> None:
        """Measure the same for a large network, in a window of its own."""
        window = self.application.open_window(large())
        person = Person(window)
        window.resize(self.window.size())
        person.until_trained(lambda: window.bridge.session.status.ready, "the large network")
        person.until(lambda: window.sample.sample() is not None, "an image")
        person.shortcut("train_view")
        person.click_node(NODE)
        self.measured.scrub_large_ms = scrub_large(window, person)
        window.leave()

    def draw_maps(self) -> None:
        """Measure the drawing of hundreds of maps in a separate panel."""
        self.measured.maps_512_ms = draw_maps(self.window.bench.theme)

    def look_inside(self) -> None:
        """Use the microscope while training; measure how soon a value's arithmetic is shown, and the speed of a
        sweep."""
        session = self.window.bridge.session
        self.person.shortcut("play")
        self.person.until_trained(lambda: session.status.state is State.RUNNING, "the training")
        self.measured.microscope_ms, self.measured.sweep_per_second = look_inside(self.window, self.person, NODE)
        self.person.shortcut("play")
        self.person.until_trained(lambda: session.status.state is State.PAUSED, "the pause")

    def pictures(self, folder: Path) -> None:
        """Save pictures of the window in every arrangement and both themes, and of each panel."""
        for theme in ("dark", "light"):
            self.person.shortcut(theme)
            for arrangement in ("build", "train_view", "look"):
                self.person.shortcut(arrangement)
                self._settled()
                self._picture(self.window, folder / f"window-{arrangement.removesuffix('_view')}-{theme}.png")
            for name, panel in self._panels().items():
                self._show(name)
                self._settled()
                self._picture(panel, folder / f"panel-{name}-{theme}.png")
            self._show("microscope")
            self._settled()
            self._picture(self.window, folder / f"window-microscope-{theme}.png")
            self.window.middle.to_network()
            self.person.shortcut("train_view")

    def close(self) -> bool:
        """Close the window without a question; returns whether its threads have ended."""
        ended: list[bool] = []
        self.window.closed.connect(ended.append)
        self.window.leave()
        self.measured.peak_memory_bytes = peak_memory()
        recorder = self.window.bridge.recorder
        # the trainings of the tour are not left among the user's runs
        for folder in () if recorder is None else recorder.folders.values():
            shutil.rmtree(folder, ignore_errors=True)
        return bool(ended and ended[0])

    def finish(self, seconds: float, size: tuple[int, int]) -> Measurements:
        """The measurements, with the conditions on which they depend."""
        self.measured.facts = {"seconds": seconds, "size": list(size), **self.facts()}
        return self.measured

    def facts(self) -> dict[str, Any]:
        """The conditions on which all measurements depend: machine, versions, network."""
        status = self.window.bridge.session.status
        return {
            "network": NETWORK,
            "device": status.device,
            "precision": status.precision,
            "threads": status.threads,
            "platform": self.qt.platformName(),
            "machine": platform.machine(),
            "versions": versions().splitlines(),
        }

    def show_next(self) -> None:
        """Show the next panel of each place with several panels."""
        for tabs in (self.window.layer, self.window.run):
            tabs.setCurrentIndex((tabs.currentIndex() + 1) % tabs.count())

    def _panels(self) -> dict[str, QWidget]:
        return {"palette": self.window.palette_list, "canvas": self.window.canvas, **self.window.panels}

    def _show(self, name: str) -> None:
        if name == "palette":
            self.person.shortcut("build")
        elif name == "sample":
            self.person.shortcut("train_view")
        elif name == "microscope":
            self.person.shortcut("look")
            self.window.middle.look_into(NODE)
        elif name == "data":
            self.window.data.open()
        elif name in self.window.panels:
            self.window.middle.to_network()
            self.window.show_panel(name)

    def _settled(self) -> None:
        """Wait until the window shows the answer to the last request."""
        self.person.stay(SETTLED_SECONDS)

    def _picture(self, widget: QWidget, path: Path) -> None:
        if not widget.grab().save(str(path)):
            raise OSError(f"“{path}” could not be written.")
        self.measured.pictures.append(path.name)


def run(folder: Path, seconds: float, size: tuple[int, int], report: Callable[[str], None]) -> Measurements:
    """Make the whole tour; pictures go to ``folder``, and ``report`` gets a line for each station."""
    visit = Visit(TEMPLATES["fast"].project(), size)
    try:
        return _visited(visit, folder, seconds, size, report)
    except BaseException:
        # the threads of an open window would keep the process alive
        visit.close()
        raise


def _visited(
    visit: Visit, folder: Path, seconds: float, size: tuple[int, int], report: Callable[[str], None]
) -> Measurements:
    report("The window is there.")
    visit.build(NETWORK)
    report("The network is on the canvas.")
    visit.train(seconds)
    report("It was trained, with the window and without.")
    visit.draw()
    report("Something was drawn while it was trained.")
    visit.draw_maps()
    visit.look_inside()
    report("Values were written out while it was trained.")
    visit.measured.mistakes_ms = measure_mistakes(visit.window, visit.person)
    report("Mistakes were looked at.")
    visit.scrub()
    report("Recorded moments were looked at.")
    visit.pictures(folder)
    report("Every place was visited.")
    # without the large network; close() notes the peak with it
    peak = peak_memory()
    visit.scrub_large()
    report("Recorded moments of a large network were looked at.")
    measured = visit.finish(seconds, size)
    if not visit.close():
        raise TimeoutError("The threads did not end with the window.")
    measured.peak_memory_bytes = peak
    return measured


def peak_memory() -> int:
    """The peak memory of this process, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    # on Linux in kilobytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
