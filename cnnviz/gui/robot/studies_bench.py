"""Measures what studies cost a training that runs beside them in the real window.

Turns with a study, which is made again and again, lie between turns without any, so that drifts of the machine cancel
out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from cnnviz.gui.app import Application
from cnnviz.gui.panels.excites.panel import ExcitesPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.run.moment_study import MomentStudy

NETWORK, NODE = "pytorch-tutorial", "conv2"
LONG = 1000
"""Epochs of a training that does not end while it is measured."""
WARM_SECONDS = 0.8
"""Time before a turn, because the first answers and paints are slow."""
LOOK_SECONDS = 0.05
"""How often a study that has ended is started again."""


@dataclass(frozen=True)
class Figures:
    """``keeps``: of each study, the median share of the training's speed that is left beside it; ``least`` and ``most``
    are the quartiles of the rounds. ``updates_per_second``: how often points of the map of points are renewed, all of
    them within ``renewal_seconds``."""

    keeps: dict[str, float]
    least: dict[str, float]
    most: dict[str, float]
    updates_per_second: float
    renewal_seconds: float


class _Window:
    """A window that trains."""

    def __init__(self) -> None:
        project = TEMPLATES[NETWORK].project()
        project = replace(project, recipe=replace(project.recipe, epochs=LONG))
        self.window: MainWindow = Application(make_qt()).open_window(project)
        self.window.resize(1600, 1000)
        self.person, self.session = Person(self.window), self.window.bridge.session
        self.person.until_trained(lambda: self.session.status.ready, "torch and the images")
        self.person.until(lambda: self.window.sample.sample() is not None, "an image")
        self.person.shortcut("train_view")
        self.person.click_node(NODE)
        self.rest()
        self.person.shortcut("play")
        self.person.until_trained(lambda: self.session.status.step > 0, "a step")

    def speed(self, seconds: float, again: Callable[[], object] | None) -> float:
        """Images per second of training; ``again`` starts a study again if it has ended."""
        self.person.stay(WARM_SECONDS)
        first, began = self.session.trained(), time.perf_counter()
        while time.perf_counter() - began < seconds or self.session.trained()[1] <= first[1]:
            if again is not None:
                again()
            self.person.stay(LOOK_SECONDS)
        images, busy = (now - then for now, then in zip(self.session.trained(), first, strict=True))
        return images / busy

    def rest(self) -> None:
        """Show the panels beside which everything is measured, and stop all studies."""
        window = self.window
        for section in (window.sample.why, window.sample.fool):
            if section.open:
                section.set_unfolded(False)
        window.bench.explaining.stop_check()
        window.bench.projecting.embedding.cancel()
        window.panel(ExcitesPanel).climb.climbing.stop()
        window.show_panel("curves")
        window.show_panel("kernels")

    def begin(self, study: str) -> Callable[[], object] | None:
        """Show a study; returns a function that starts it again, None if it renews itself."""
        window, bench = self.window, self.window.bench
        if study in ("points", "mistakes", "excites"):
            window.show_panel(study)
        if study == "t-SNE":
            return self._embed
        if study == "climbing":
            window.show_panel("excites")
            return self._climb
        if study in ("why", "check"):
            window.sample.why.set_unfolded(True)
        if study in ("fool", "curve under attack"):
            window.sample.fool.set_unfolded(True)
        if study == "check":
            return self._check
        studies: dict[str, Callable[[], MomentStudy[Any, Any]]] = {
            "mistakes": lambda: bench.predicting,
            "excites": lambda: window.panel(ExcitesPanel).study,
            "curve under attack": lambda: bench.fooling[1],
        }
        return (lambda: _renew(studies[study]())) if study in studies else None

    def _embed(self) -> None:
        projecting = self.window.bench.projecting
        projecting.node = projecting.node or NODE
        if not projecting.embedding.running:
            projecting.embed()

    def _climb(self) -> None:
        part = self.window.panel(ExcitesPanel).climb
        if part.climbing.present is None and part.button.isVisible() and part.button.isEnabled():
            part.button.click()

    def _check(self) -> None:
        body = self.window.sample.why.body()
        if not body.checking.running and body.check.isEnabled():
            body.check.click()


def _renew(study: MomentStudy[Any, Any]) -> None:
    if not study.running:
        study.renew()


STUDIES = ("points", "mistakes", "excites", "climbing", "t-SNE", "why", "check", "fool", "curve under attack")
"""Everything that is measured, by name."""


def run(rounds: int, seconds: float, names: Sequence[str]) -> Figures:
    """Measure the studies of these names, ``rounds`` turns of so many ``seconds`` each."""
    visit = _Window()
    kept: dict[str, list[float]] = {name: [] for name in names}
    updates: list[float] = []
    renewals: list[float] = []
    before = visit.speed(seconds, None)
    for name in (name for _ in range(rounds) for name in names):
        again = visit.begin(name)
        first, began = visit.window.bench.projecting.updates, time.perf_counter()
        beside = visit.speed(seconds, again)
        if name == "points":
            projecting = visit.window.bench.projecting
            elapsed, count = time.perf_counter() - began, projecting.updates - first
            updates.append(count / elapsed)
            renewals.append(projecting.renewal or elapsed / max(1, count))
        visit.rest()
        after = visit.speed(seconds, None)
        kept[name].append(2 * beside / (before + after))
        before = after
    visit.person.shortcut("play")
    visit.person.until_trained(lambda: visit.session.status.state is State.PAUSED, "the pause")
    visit.window.leave()
    # with a single round all three are that one
    parts = {name: quantiles([*each, *each], n=4, method="inclusive") for name, each in kept.items()}
    least, middle, most = ({name: round(each[at], 3) for name, each in parts.items()} for at in range(3))
    rate, renewal = (round(median(each), 2) if each else 0.0 for each in (updates, renewals))
    return Figures(middle, least, most, rate, renewal)
