"""A network whose weights are not numbers: every panel that studies it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnnviz.gui.panels.excites.panel import ExcitesPanel
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.training.hooks import Place
    from cnnviz.training.state import TrainingState


def poison(_: Place, state: TrainingState) -> None:
    """Replace a filter by NaN."""
    with torch.no_grad():
        next(state.module.parameters())[0] = float("nan")


def test_every_panel_says_that_the_output_is_not_a_number(window: MainWindow) -> None:
    person, session, sample = Person(window), window.bridge.session, window.sample
    person.until(lambda: session.status.ready, "torch")
    session.at(lambda place: place.step == 2, poison)
    session.batches(2)
    person.until(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "training")
    person.until(lambda: "no answer: NaN" in sample.says(), "no answer")
    mistakes, points, excites = window.panel(MistakesPanel), window.panel(PointsPanel), window.panel(ExcitesPanel)
    window.show_panel("mistakes")
    person.until(lambda: mistakes.text() == NOTHING, "no mistakes")
    window.show_panel("points")
    person.until(lambda: points.text() == NOTHING, "no points")
    points.choices.methods.choose("tsne")
    points.choices._choose("tsne")
    person.until(lambda: points.text() == NOTHING, "no embedding")
    person.click_node("conv1")
    window.show_panel("excites")
    person.until(lambda: excites.text() == "The output of conv1 is not a number for some images.", "nothing exciting")
    sample.why.unfold()
    why = sample.why.body()
    person.until(lambda: "so that it cannot be explained" in why.words.text(), "no explanation")
    sample.fool.unfold()
    fool = sample.fool.body()
    person.until(lambda: "so that it cannot be fooled" in fool.words.text(), "no attack")
    fool.robustness.start.click()
    person.until(lambda: "so that it cannot be fooled" in fool.robustness.words.text(), "no accuracy under attack")


NOTHING = "The network's output is not a number for some images."
