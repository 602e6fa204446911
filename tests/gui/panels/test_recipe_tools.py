"""What the recipe offers besides numbers: examples of augmentation, and a search for a rate."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QScrollArea
from training_kit import dataset, project

from cnnviz.data.augment import Amounts, examples
from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.panels.recipe.panel import RecipePanel
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.training import rate_trial
from cnnviz.training.rate_finder import RateFinder
from cnnviz.training.rate_sweep import RateTrial, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.project.project import Project

AUGMENTATION, FIND = 2, 3


@pytest.fixture
def small() -> Iterator[ProjectEditor]:
    editor = ProjectEditor(project(), Facts((1, 28, 28), 10))
    yield editor
    editor.trials.stop()


def test_examples_are_those_of_a_training_and_follow_the_amounts(qtbot: QtBot, small: ProjectEditor) -> None:
    panel = RecipePanel(small, DARK)
    qtbot.addWidget(panel)
    images = dataset().train.images
    panel.set_images(images)
    panel.show()
    assert panel.strip.augmented() is None
    with qtbot.waitSignal(panel.strip.drawn, timeout=60_000):
        panel.tabs.setCurrentIndex(AUGMENTATION)
    chosen = images[[0, 14, 29, 44, 59, 74]]
    assert np.array_equal(panel.strip.augmented(), chosen)  # type: ignore[arg-type]
    assert not panel.strip.draw_again.isEnabled()
    with qtbot.waitSignal(panel.strip.drawn, timeout=60_000):
        panel.images.edited.emit("rotation", 40.0)
    first = panel.strip.augmented()
    assert np.array_equal(first, examples(chosen, Amounts(rotation=40.0), 0))  # type: ignore[arg-type]
    with qtbot.waitSignal(panel.strip.drawn, timeout=60_000):
        panel.strip.draw_again.click()
    other = panel.strip.augmented()
    assert other is not None and not np.array_equal(other, first)  # type: ignore[arg-type]
    with qtbot.waitSignal(panel.strip.drawn, timeout=60_000):
        small.undo()
    assert np.array_equal(panel.strip.augmented(), chosen)  # type: ignore[arg-type]


def test_examples_that_nobody_sees_are_not_computed(qtbot: QtBot, small: ProjectEditor) -> None:
    panel = RecipePanel(small, DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.set_images(dataset().train.images)
    panel.images.edited.emit("noise", 0.5)
    assert "cnnviz-examples" not in {thread.name for thread in threading.enumerate()}
    assert panel.strip.augmented() is None


def test_a_search_is_drawn_live_and_its_offer_is_one_undoable_step(
    qtbot: QtBot, small: ProjectEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_trial, "load_choice", lambda *_: dataset())
    made: list[Project] = []

    def make(one: Project) -> RateFinder:
        made.append(one)
        return RateFinder(one, threads=1)

    panel = RecipePanel(small, LIGHT, make)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentIndex(FIND)
    search = panel.search
    assert search.button.text() == "Try rates" and search.take.isHidden() and not search.grab().isNull()
    search.button.click()
    assert search.button.text() == "Stop" and made == [small.project]
    qtbot.waitUntil(lambda: search.sentence().startswith("Batch "), timeout=60_000)
    assert not search.grab().isNull()
    qtbot.waitUntil(lambda: search.button.text() == "Try rates", timeout=200_000)
    assert panel._finder is not None
    suggested = panel._finder.latest.suggested
    assert suggested is not None
    before = small.project.recipe.learning_rate
    search.take.click()
    assert small.project.recipe.learning_rate == float(f"{suggested.rate:.2g}")
    assert small.undo_stack.count() == 1
    small.undo()
    assert small.project.recipe.learning_rate == before
    # another number of epochs and another rate make no other curve, another network does
    small.apply("longer", replace(small.project, recipe=replace(small.project.recipe, epochs=3, learning_rate=9.0)))
    assert not search.take.isHidden()
    small.apply("wider", edits.set_parameter(small.project, "conv1", "out_channels", 5))
    assert search.take.isHidden() and "before the network" in search.sentence()
    small.undo()
    assert not search.take.isHidden() and "before the network" not in search.sentence()
    assert panel.close_finder()


def test_a_rate_that_is_far_too_high_is_warned_about_and_leads_to_the_search(
    qtbot: QtBot, small: ProjectEditor
) -> None:
    panel = RecipePanel(small, DARK)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    assert not panel.warning.isVisible()

    def edit(**changes: Any) -> None:
        small.apply("Set", replace(small.project, recipe=replace(small.project.recipe, **changes)))

    for optimizer, name in (("adam", "Adam"), ("sgd", "SGD")):
        edit(optimizer=optimizer, learning_rate=5.0)
        assert panel.warning.isVisible() and panel.warning.label.text().startswith(f"With {name}, hardly any network")
        assert small.project.recipe.learning_rate == 5.0
        edit(learning_rate=0.1)
        assert not panel.warning.isVisible()
    edit(learning_rate=9.0)
    panel.warning.button.click()
    assert panel.search.isVisible()
    # a search knows this network
    finder = RateFinder(small.project)
    trial = RateTrial((9.0,), (1.0,), False, Suggestion(9.0, 8.0, 10.0))
    finder.job.report(trial)
    panel._finder = finder
    panel.tabs.setCurrentIndex(0)
    edit(learning_rate=8.5)
    assert not panel.warning.isVisible()
    edit(learning_rate=50.0)
    assert panel.warning.isVisible()


def test_a_search_can_be_stopped_and_says_what_hinders_it(
    qtbot: QtBot, small: ProjectEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def trials(*_: object) -> object:
        yield RateTrial((1e-6,), (2.3,))
        reached.set()
        go_on.wait(60)
        yield RateTrial((1e-6, 1e-5), (2.3, 2.2))

    monkeypatch.setattr(rate_trial, "trials", trials)
    panel = RecipePanel(small, DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentIndex(FIND)
    panel.search.button.click()
    assert reached.wait(60)
    panel.search.button.click()
    go_on.set()
    qtbot.waitUntil(lambda: panel.search.button.text() == "Try rates", timeout=60_000)
    assert panel.search.take.isHidden() and "did not fall" in panel.search.sentence()
    small.apply("break", edits.set_parameter(small.project, "fc1", "out_features", 3))
    assert not panel.search.button.isEnabled()
    assert panel.close_finder()


def test_the_panel_takes_the_room_there_is_and_scrolls(qtbot: QtBot, small: ProjectEditor) -> None:
    panel = RecipePanel(small, DARK)
    qtbot.addWidget(panel)
    panel.fit(10_000)
    with qtbot.waitExposed(panel):
        panel.show()
    tabs, scroll = panel.tabs.tabBar(), panel.tabs.currentWidget()
    assert isinstance(scroll, QScrollArea)
    assert all(tabs.rect().contains(tabs.tabRect(place)) for place in range(tabs.count()))
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() == 0)
    whole = panel.height()
    assert whole < 1000
    panel.fit(300)
    assert panel.height() == 300
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() > 0)
    panel.fit(10_000)
    assert panel.height() == whole
