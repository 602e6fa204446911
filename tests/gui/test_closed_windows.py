"""A closed window is freed by one collection, whatever it did when it was closed.

Two windows are closed in each state; with HYPOTHESIS_PROFILE=thorough twenty.
"""

from __future__ import annotations

import gc
import logging
import os
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.robot.person import Person
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

COUNT = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 2
NETWORK = chain(
    ("input", Input()),
    ("conv1", Conv2d(4, (3, 3), stride=(4, 4))),
    ("relu1", ReLU()),
    ("flatten", Flatten()),
    ("fc1", Dense(10)),
    ("output", Output()),
)
SMALL = Project(NETWORK, arrange(NETWORK), Recipe("sgd", 0.01, batch_size=100, precision="float32"))


@pytest.fixture
def curves_are_made_when_drawn() -> None:
    """Here they are made right after the first paint, as in a window of a user."""


def ready(window: MainWindow, person: Person) -> None:
    person.until(lambda: window.bridge.session.status.ready, "torch")


def starting(window: MainWindow, person: Person) -> None:
    person.first_paint()
    window.bridge.session.play()


def running(window: MainWindow, person: Person) -> None:
    ready(window, person)
    window.bridge.session.play()
    person.until(lambda: window.bridge.session.status.step > 3 and window.bridge.shown is not None, "steps and maps")


def validating(window: MainWindow, person: Person) -> None:
    # ten steps an epoch, and a long look at what was set aside
    window.editor.apply("Split", replace(SMALL, dataset=DatasetChoice(validation=59_000)))
    ready(window, person)
    window.bridge.session.play()
    person.until(lambda: window.bridge.session.status.validating, "a validation")


def failed(window: MainWindow, person: Person) -> None:
    window.editor.apply("Rate", replace(SMALL, recipe=replace(SMALL.recipe, learning_rate=100.0)))
    ready(window, person)
    window.bridge.session.play()
    person.until(lambda: window.bridge.session.status.state is State.FAILED and window.notice.says("failed"), "failure")


def paused(window: MainWindow, person: Person) -> None:
    running(window, person)
    window.bridge.session.pause()
    person.until(lambda: window.bridge.session.status.state is State.PAUSED, "the pause")


def searching_a_rate(window: MainWindow, person: Person) -> None:
    ready(window, person)
    window.recipe.search.asked.emit()
    finder = window.recipe._finder
    assert finder is not None
    person.until(lambda: len(finder.latest.rates) > 2, "steps of the search")


def timing_layers(window: MainWindow, person: Person) -> None:
    ready(window, person)
    window.times.measure()
    assert window.times.running


@pytest.mark.parametrize(
    "reach", [ready, starting, running, validating, failed, paused, searching_a_rate, timing_layers]
)
def test_closed_windows_are_freed_by_one_collection(
    application: Application, reach: Callable[[MainWindow, Person], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest keeps what is logged, exceptions with all their frames
    monkeypatch.setattr(logging.getLogger("cnnviz"), "propagate", False)
    gone: list[weakref.ref[object]] = []
    for _ in range(COUNT):
        window = application.open_window(SMALL)
        reach(window, Person(window))
        gone += [weakref.ref(one) for one in (window, window.bridge, window.bridge.session, window.editor)]
        window.editor.open(window.document._stored)
        assert window.close()
        del window
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [one() for one in gone if one() is not None] == []


def test_a_closed_window_is_freed_while_another_stays_open(application: Application) -> None:
    stays = Person(application.open_window(SMALL))
    window = application.open_window(SMALL)
    ready(window, Person(window))
    gone = weakref.ref(window)
    assert window.close()
    del window
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    stays.until(lambda: gone() is None, "the end of the closed window")


def test_training_leaves_the_collector_alone(application: Application) -> None:
    gc.unfreeze()
    window = application.open_window(SMALL)
    # what exists when the window is ready is examined by full collections only
    Person(window).until(lambda: gc.get_freeze_count() > 0, "the collection of garbage")
    frozen = gc.get_freeze_count()
    running(window, Person(window))
    assert gc.get_freeze_count() <= frozen
