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
EPOCHS = 1000
"""So many that the training does not end while it is measured."""
WARM_SECONDS = 0.8
"""Time before a turn, because the first answers and paints are slow."""
RESTART_SECONDS = 0.05
"""How often a study that has ended is started again."""


@dataclass(frozen=True)
class Figures:
    """``keeps``: of each study, the median share of the training's speed that is left beside it; ``least`` and ``most``
    are the quartiles of the rounds. ``updates_per_second``: how often some points of the map of points are renewed;
    renewing all of them takes ``renewal_seconds``."""

    keeps: dict[str, float]
    least: dict[str, float]
    most: dict[str, float]
    updates_per_second: float
    renewal_seconds: float


class _Window:
    """A window that trains."""

    def __init__(self) -> None:
        project = TEMPLATES[NETWORK].project()
        project = replace(project, recipe=replace(project.recipe, epochs=EPOCHS))
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

    def speed(self, seconds: float, restart: Callable[[], object] | None) -> float:
        """Images per second of training; ``restart`` starts a study again if it has ended."""
        self.person.stay(WARM_SECONDS)
        (images_before, busy_before), began = self.session.trained(), time.perf_counter()
        images, busy = images_before, busy_before
        while time.perf_counter() - began < seconds or busy <= busy_before:
            if restart is not None:
                restart()
            self.person.stay(RESTART_SECONDS)
            images, busy = self.session.trained()
        return (images - images_before) / (busy - busy_before)

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
            "curve under attack": self._robustness,
        }
        return (lambda: _renew(studies[study]())) if study in studies else None

    def _robustness(self) -> MomentStudy[Any, Any]:
        _, robustness = self.window.bench.fooling
        return robustness

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
    trained = _Window()
    shares: dict[str, list[float]] = {name: [] for name in names}
    updates: list[float] = []
    renewals: list[float] = []
    before = trained.speed(seconds, None)
    for name in (name for _ in range(rounds) for name in names):
        restart = trained.begin(name)
        first, began = trained.window.bench.projecting.updates, time.perf_counter()
        beside = trained.speed(seconds, restart)
        if name == "points":
            projecting = trained.window.bench.projecting
            elapsed, count = time.perf_counter() - began, projecting.updates - first
            updates.append(count / elapsed)
            renewals.append(projecting.renewal or elapsed / max(1, count))
        trained.rest()
        after = trained.speed(seconds, None)
        shares[name].append(2 * beside / (before + after))
        before = after
    trained.person.shortcut("play")
    trained.person.until_trained(lambda: trained.session.status.state is State.PAUSED, "the pause")
    trained.window.leave()
    # each share twice, because quantiles() needs two; with a single round it is all three quartiles
    quartiles = {name: quantiles([*each, *each], n=4, method="inclusive") for name, each in shares.items()}
    least, middle, most = ({name: round(each[at], 3) for name, each in quartiles.items()} for at in range(3))
    rate, renewal = (round(median(each), 2) if each else 0.0 for each in (updates, renewals))
    return Figures(middle, least, most, rate, renewal)
