"""The tabs of the Run place, and the controls beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from moments_kit import go_to, train
from PySide6.QtCore import QPoint

from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.panels.points.panel import PointsPanel
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.moment import Sample
from cnnviz.training.channels import State, Status

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


@pytest.mark.parametrize("arrangement", ["build", "train_view"])
@pytest.mark.parametrize("past", [False, True])
def test_no_tab_is_out_of_sight_in_the_smallest_window(
    window: MainWindow, recording: None, arrangement: str, past: bool
) -> None:
    window.resize(960, 600)
    window.places.standard()
    window.arrange(arrangement)
    window.show_panel("curves")
    train(window, 4)
    if past:
        go_to(window, 2)
    bar, person = window.bottom.tabs.tabBar(), Person(window)
    for panel in ("curves", "code", "problems", "curves"):
        window.show_panel(panel)
        person.until(
            lambda: sum(bar.tabRect(index).width() for index in range(bar.count())) <= bar.width(), f"all tabs: {panel}"
        )


@pytest.mark.parametrize(("width", "words"), [(1280, "PAST"), (1600, "PAST · step 2")])
def test_all_tabs_are_visible_beside_the_controls_in_the_past(
    window: MainWindow, recording: None, width: int, words: str
) -> None:
    window.resize(width, 720)
    train(window, 4)
    window.show_panel("curves")
    go_to(window, 2)
    bar, head, person = window.bottom.tabs.tabBar(), window.curves.head, Person(window)

    def whole() -> bool:
        widths = [bar.tabRect(index).width() for index in range(bar.count())]
        return sum(widths) <= bar.width()

    person.until(
        lambda: whole() and head.past.text() == words and head.past.isVisible(), "the controls beside the tabs"
    )
    # a zoom adds a button, and the words give way to it
    window.curves.plot.zoom(1, 2)
    person.until(lambda: head.whole.isVisible() and whole(), "the button for the whole run")
    # the switches are in the menu too
    head.fit(200)
    assert not head.high.isVisible() and not head.past.isVisible() and head.menu_button.isVisible()
    window.bench.past.now()
    person.until(lambda: not head.past.text(), "the present")


@pytest.mark.parametrize(("width", "shown"), [(1280, 2), (1600, 3)])
def test_all_tabs_are_visible_beside_the_commands_of_runs(window: MainWindow, width: int, shown: int) -> None:
    window.resize(width, 720)
    window.show_panel("runs")
    bar, panel = window.bottom.tabs.tabBar(), window.panel(RunsPanel)

    def whole() -> bool:
        return sum(bar.tabRect(index).width() for index in range(bar.count())) <= bar.width()

    Person(window).until(whole, "all tabs")
    assert sum(button.isVisible() for button in panel.buttons.values()) == shown
    # what is hidden is in the menu too
    assert {action.text() for action in panel.menu.actions()} >= {button.text() for button in panel.buttons.values()}


@pytest.mark.parametrize("size", [(1000, 650), (1600, 1000)])
@pytest.mark.parametrize("arrangement", ["build", "train_view", "look"])
def test_the_tabs_stand_still_whatever_panel_is_shown(
    window: MainWindow, recording: None, size: tuple[int, int], arrangement: str
) -> None:
    window.resize(*size)
    train(window, 2)
    window.arrange(arrangement)
    tabs, person, bench = window.bottom.tabs, Person(window), window.bench

    def heights() -> tuple[int, int]:
        return tabs.mapTo(window, QPoint()).y(), tabs.tabBar().mapTo(window, QPoint()).y()

    window.show_panel("curves")
    person.stay(0)
    before = heights()
    for panel in ("mistakes", "points", "runs", "compare", "problems", "code", "curves"):
        window.show_panel(panel)
        if panel == "mistakes":
            person.until(lambda: bench.predicting.latest is not None, "the predictions")
        if panel == "points":
            person.until(lambda: bench.projecting.latest is not None, "the points")
        # what was asked for is laid out when the events are handled
        person.stay(0)
        assert heights() == before, panel
    points = window.panel(PointsPanel)
    window.show_panel("points")
    person.stay(0)
    for part in (points.choices, points.choices.fit_again):
        assert part.height() >= part.minimumSizeHint().height()
    assert points.gallery.height() >= 36


@pytest.mark.parametrize("arrangement", ["build", "train_view"])
def test_after_a_wide_panel_the_divider_stands_where_it_was_and_the_titles_never_move(
    window: MainWindow, recording: None, arrangement: str
) -> None:
    window.resize(960, 600)
    window.places.standard()
    window.arrange(arrangement)
    window.show_panel("curves")
    train(window, 2)
    bottom, bar, person = window.bottom, window.bottom.tabs.tabBar(), Person(window)

    def titles() -> list[int]:
        return [bar.tabRect(tab).x() for tab in range(bar.count())]

    window.show_panel("curves")
    person.stay(0)
    divided, placed = bottom.sizes(), titles()
    for panel in ("mistakes", "compare", "runs", "points", "problems", "code", "curves"):
        window.show_panel(panel)
        if panel == "mistakes":
            person.until(lambda: window.bench.predicting.latest is not None, "the predictions")
        person.stay(0)
        assert titles() == placed, panel
        wide = panel in ("mistakes", "compare")
        assert (bottom.sizes()[0] > divided[0]) if wide else (bottom.sizes() == divided), panel


def test_a_mistake_chosen_while_building_shows_the_sample(window: MainWindow) -> None:
    window.arrange("build")
    window.show_panel("mistakes")
    panel = window.panel(MistakesPanel)
    assert not window.sample.isVisible()
    panel.sampleAsked.emit(Sample(np.zeros((1, 28, 28), np.uint8), 3, 0, "validation"))
    assert window.sample.isVisible() and window.bottom.tabs.current() is panel


def test_train_pressed_while_building_brings_the_curves_and_one_batch_does_not(window: MainWindow) -> None:
    person, session, tabs = Person(window), window.bridge.session, window.bottom.tabs
    window.arrange("build")
    person.until(lambda: session.status.ready, "the data")
    problems = window.panels["problems"]
    person.shortcut("batch")
    person.until(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "a batch")
    assert tabs.current() is problems
    person.shortcut("play")
    person.until(lambda: tabs.current() is window.curves, "the curves")
    person.shortcut("play")
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    # a tab that is chosen before training starts stays
    window.show_panel("problems")
    window.bottom.await_training()
    window.show_panel("code")
    window.bottom.follow(Status(State.RUNNING))
    assert tabs.current() is window.code
