"""A training whose loss stays above that of guessing is noticed once; beginnings, peaks and recoveries are not."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.run.loss_watch import HALF, LEAST_BATCHES, EpochWatch, LossWatch
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import RunStarted, SettingChanged
from cnnviz.training.rate_sweep import RateTrial, Suggestion

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

GUESSING = log(10)
RANDOM = np.random.default_rng(1)


def noisy(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return levels * RANDOM.lognormal(0, 0.15, len(levels))


def alarms(losses: NDArray[np.float64]) -> list[int]:
    """The steps after which a training with these losses counts as diverging."""
    watch = LossWatch()
    found = []
    for step, loss in enumerate(losses.tolist(), 1):
        watch.add([loss])
        if watch.diverges(GUESSING):
            found.append(step)
    return found


@pytest.mark.parametrize(
    "losses",
    [
        noisy(np.geomspace(2.3, 0.05, 2000)),
        noisy(np.full(2000, GUESSING)),
        noisy(np.geomspace(60, 2.0, 300)),
        np.where(np.arange(2000) % 40 == 0, 5000.0, 0.5),
        np.full(2 * HALF - 1, 100.0),
    ],
    ids=["learns", "guesses", "begins high and falls", "peaks", "few steps"],
)
def test_an_ordinary_training_is_none_that_diverges(losses: NDArray[np.float64]) -> None:
    assert not alarms(losses)


def test_a_loss_that_grows_or_stays_high_is_noticed_soon() -> None:
    assert alarms(noisy(np.geomspace(2.3, 100, 400)))[0] < 250
    assert alarms(noisy(np.full(400, 5.0)))[0] < 250


def test_the_notice_comes_once_and_goes_where_the_loss_recovers_or_another_run_begins(window: MainWindow) -> None:
    bridge, bar, project = window.bridge, window.notice, window.editor.project
    steps = 0
    run = 90

    def train(loss: float, batches: int) -> None:
        nonlocal steps
        losses = np.full(batches, loss, np.float32)
        bridge.metrics.emit([BatchMetrics(run, steps + 1, losses, np.full(batches, 0.1, np.float32), 1.0)])
        steps += batches

    def posted() -> bool:
        return bar.says("diverges")

    bridge.events.emit([RunStarted(run, project)])
    train(2.4, 200)
    assert not posted()
    train(30.0, 2 * HALF)
    assert posted() and f"the rate of {project.recipe.learning_rate:g} seems too high" in bar.text()
    wrong = "0 problems in the network, but the loss is too high."
    assert window.status.problems.text() == window.problems.text() == wrong
    assert [button.text() for button in bar.buttons()] == ["Change the rate", "Find a rate", "Start over"]
    train(1.0, HALF)
    assert not posted(), "recovered"
    trainable = "0 problems: this network can be trained."
    assert window.status.problems.text() == window.problems.text() == trainable
    train(30.0, 2 * HALF)
    assert not posted(), "it was said"
    assert window.status.problems.text() == wrong, "it is still so"
    # lowered too late: not the new rate is too high
    bridge.events.emit([SettingChanged(run, steps, "learning_rate", 1e-4)])
    train(30.0, 2 * HALF)
    assert posted() and "still higher" in bar.text()
    bar._dismiss()
    train(30.0, 2 * HALF)
    assert not posted(), "it was closed"
    run, steps = 91, 0
    bridge.events.emit([RunStarted(run, project)])
    train(30.0, 2 * HALF)
    assert posted() and "seems too high" in bar.text()
    bridge.events.emit([RunStarted(92, project)])
    assert not posted() and window.status.problems.text() == window.problems.text() == trainable


def test_weights_that_a_rate_has_spoilt_stay_spoilt_at_another_rate_until_they_learn(window: MainWindow) -> None:
    bridge, bar, project = window.bridge, window.notice, window.editor.project
    search, count = window.recipe.search, 2 * HALF
    search.set_present(0.001)
    search.show_trial(RateTrial((1e-4, 1e-3, 1e-2), (2.0, 0.5, 1.0), False, Suggestion(0.001, 0.0004, 0.004)))
    step = 0

    def train(*losses: float) -> None:
        nonlocal step
        array = np.array(losses, np.float32)
        bridge.metrics.emit([BatchMetrics(90, step + 1, array, np.full(len(array), 0.1, np.float32), 1.0)])
        step += len(losses)

    def offered() -> bool:
        assert search.start_over.isHidden() is ("for new weights" not in search.sentence())
        return not search.start_over.isHidden()

    bridge.events.emit([RunStarted(90, project)])
    train(*[2.0] * count)
    assert not offered()
    train(*[30.0] * count)
    assert offered() and bar.says("diverges")
    # another rate: the notice is gone, the weights are the same
    bridge.events.emit([SettingChanged(90, step, "learning_rate", 0.001)])
    assert offered() and not bar.says("diverges")
    # no more than guessing, as of dead units
    for number in (1, 2):
        train(*[GUESSING] * LEAST_BATCHES)
        bridge.metrics.emit([Evaluation(90, "validation", number, step, GUESSING, 0.1, 1.0)])
    assert offered() and "an earlier rate may have spoilt the weights" in bar.text()
    assert [button.text() for button in bar.buttons()] == ["Change the rate", "Find a rate", "Start over"]
    train(*[1.5] * count)
    assert not offered()
    train(1.4, float("nan"))
    assert offered()
    bridge.events.emit([RunStarted(91, project)])
    assert not offered()


def test_the_search_of_a_rate_can_start_over(window: MainWindow, qtbot: QtBot) -> None:
    assert not window.recipe.search.start_over.isVisible()
    before = window.bridge.session.status.run
    window.recipe.search.startOverAsked.emit()
    qtbot.waitUntil(lambda: window.bridge.session.status.run == before + 1, timeout=60_000)


def test_the_buttons_lead_to_the_recipe(window: MainWindow) -> None:
    window.bridge.events.emit([RunStarted(90, window.editor.project)])
    count = 2 * HALF
    high = BatchMetrics(90, 1, np.full(count, 30, np.float32), np.full(count, 0.1, np.float32), 1.0)
    window.bridge.metrics.emit([high])
    menu = window.top.recipe.menu()
    for text in ("Find a rate", "Change the rate"):
        (button,) = (each for each in window.notice.buttons() if each.text() == text)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        page = window.recipe.tabs.count() - 1 if text == "Find a rate" else 0
        assert menu.isVisible() and window.recipe.tabs.currentIndex() == page
        menu.hide()


def epochs_at_guessing(losses: NDArray[np.float64], accuracies: NDArray[np.float64], epoch: int) -> list[bool]:
    """After which epochs of ``epoch`` batches a training with these measures counts as learning nothing."""
    watch, found = EpochWatch(), []
    for first in range(0, len(losses), epoch):
        watch.add(losses[first : first + epoch].tolist(), accuracies[first : first + epoch].tolist())
        watch.end_epoch(GUESSING)
        found.append(watch.stuck)
    return found


@pytest.mark.parametrize(
    ("losses", "accuracies", "epoch", "expected"),
    [
        # SGD at 1.0: the units of the tutorial's network are dead; medians and accuracies are those of such a run
        (np.full(2000, 1.001), np.full(2000, 0.105), 500, [False, True, True, True]),
        # SGD at 0.0001: it learns slowly
        (np.linspace(1.0, 0.97, 2000), np.linspace(0.08, 0.4, 2000), 500, [False, False, False, False]),
        (np.geomspace(1.0, 0.05, 2000), np.linspace(0.1, 0.98, 2000), 500, [False, False, False, False]),
        # above guessing: another notice
        (np.full(1000, 3.0), np.full(1000, 0.1), 500, [False, False]),
        # a few batches say nothing
        (np.full(40, 1.0), np.full(40, 0.1), 5, [False] * 8),
        # it wakes up
        (np.repeat([1.0, 1.0, 0.6], 500), np.repeat([0.1, 0.1, 0.5], 500), 500, [False, True, False]),
    ],
    ids=["dead", "slow", "learns", "too high", "few batches", "wakes up"],
)
def test_only_whole_epochs_at_the_loss_of_guessing_count_as_learning_nothing(
    losses: NDArray[np.float64], accuracies: NDArray[np.float64], epoch: int, expected: list[bool]
) -> None:
    assert epochs_at_guessing(GUESSING * losses, accuracies, epoch) == expected


def test_at_a_rate_at_which_hardly_any_network_learns_that_is_said_after_the_first_epoch(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge, bar, project = window.bridge, window.notice, window.editor.project
    recipe = replace(project.recipe, optimizer="adam", learning_rate=5.0)
    monkeypatch.setattr(window.diverging, "_recipe", lambda: recipe)
    bridge.events.emit([RunStarted(90, replace(project, recipe=recipe))])
    losses, accuracies = np.full(100, 2.303, np.float32), np.full(100, 0.1, np.float32)
    bridge.metrics.emit([BatchMetrics(90, 1, losses, accuracies, 1.0)])
    assert not bar.says("guessing")
    bridge.metrics.emit([Evaluation(90, "validation", 1, 100, 2.303, 0.1, 1.0)])
    assert "Hardly any network learns at a rate of 5" in bar.text()
    assert [button.text() for button in bar.buttons()] == ["Change the rate", "Find a rate", "Start over"]


def test_dead_weights_are_told_also_after_the_rate_was_changed_until_they_learn(window: MainWindow) -> None:
    bridge, project = window.bridge, window.editor.project
    lines = (window.status.problems, window.problems)

    def train(first: int, loss: float) -> None:
        losses, accuracies = np.full(2 * HALF, loss, np.float32), np.full(2 * HALF, 0.1, np.float32)
        bridge.metrics.emit([BatchMetrics(90, first, losses, accuracies, 1.0)])

    bridge.events.emit([RunStarted(90, project)])
    train(1, 30.0)
    bridge.events.emit([SettingChanged(90, 2 * HALF, "learning_rate", project.recipe.learning_rate, 0.01)])
    dead = "0 problems in the network, but the present weights learn nothing any more."
    assert [line.text() for line in lines] == [dead, dead]
    assert window.problems._summary.property("role") != "good"
    train(2 * HALF + 1, 1.0)
    trainable = "0 problems: this network can be trained."
    assert [line.text() for line in lines] == [trainable, trainable]


def test_a_training_that_learns_nothing_for_epochs_is_told_so_and_what_may_help(window: MainWindow) -> None:
    bridge, bar = window.bridge, window.notice
    trainable = "0 problems: this network can be trained."

    def epoch(number: int, loss: float, right: float) -> None:
        losses, accuracies = np.full(LEAST_BATCHES, loss, np.float32), np.full(LEAST_BATCHES, right, np.float32)
        first = (number - 1) * LEAST_BATCHES + 1
        bridge.metrics.emit([BatchMetrics(90, first, losses, accuracies, 1.0)])
        bridge.metrics.emit([Evaluation(90, "validation", number, number * LEAST_BATCHES, loss, right, 1.0)])

    bridge.events.emit([RunStarted(90, window.editor.project)])
    epoch(1, 2.303, 0.1)
    assert not bar.says("guessing") and window.status.problems.text() == trainable
    epoch(2, 2.303, 0.1)
    assert bar.text().startswith("For 2 epochs the loss has been that of guessing")
    assert [button.text() for button in bar.buttons()] == ["Change the rate", "Find a rate", "New weights"]
    wrong = "0 problems in the network, but it learns nothing."
    assert window.status.problems.text() == window.problems.text() == wrong
    epoch(3, 2.303, 0.1)
    assert bar.text().startswith("For 3 epochs")
    bar._dismiss()
    epoch(4, 2.303, 0.1)
    assert not bar.says("guessing") and window.status.problems.text() == wrong
    epoch(5, 1.0, 0.7)
    assert window.status.problems.text() == window.problems.text() == trainable
