"""What a training will take, told before it begins: by the batches that were measured, where there are some."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.run.forecast import computed
from cnnviz.project import edits
from cnnviz.training.channels import State, Status
from cnnviz.training.estimate import Speed

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def test_measured_batches_count_more_than_what_the_machine_can_do(window: MainWindow) -> None:
    forecast, project = window.forecast, window.editor.project
    forecast.set_speed(Speed(1e9, 1e9, 1e-4, 1e9))
    told = forecast._seconds()
    assert told is not None
    # validations of 5,000 images and the test of 10,000, with the last and the best weights, are forward passes alone
    seconds = (project.recipe.epochs * (55_000 + 5_000 / 3) + 2 * 10_000 / 3) / 1000
    running = Status(State.RUNNING, step=100, images_per_second=1000.0)
    # neither the first batches nor slow motion say how fast it is
    for early in (replace(running, step=5), replace(running, pace=4.0)):
        forecast._follow(early)
        assert forecast._seconds() == told
    forecast._follow(running)
    assert forecast._seconds() == pytest.approx(seconds)
    window.editor.apply("Set stride", edits.set_parameter(project, "conv1", "stride", 2))
    other = forecast._seconds()
    assert other is not None and other < told
    window.editor.undo()
    assert forecast._seconds() == pytest.approx(seconds)


def test_other_programs_that_need_the_processor_for_some_seconds_do_not_change_the_time(window: MainWindow) -> None:
    forecast = window.forecast
    forecast._take_speed(window.editor.project, 1000.0)
    seconds = forecast._seconds()
    assert seconds is not None
    forecast._follow(Status(State.RUNNING, step=100, images_per_second=800.0))
    assert forecast._seconds() == pytest.approx(seconds / 0.8)
    # as of a window of seconds that fills with slow batches
    for speed in (600.0, 450.0, 300.0, 90.0, 6.0):
        forecast._follow(Status(State.RUNNING, step=200, images_per_second=speed))
    forecast._follow(Status(State.PAUSED, step=200))
    assert forecast._seconds() == pytest.approx(seconds / 0.6)


def test_nothing_is_forecast_of_a_network_whose_shapes_are_not_known(window: MainWindow, qtbot: QtBot) -> None:
    forecast, project = window.forecast, window.editor.project
    assert forecast.text()
    window.editor.apply("Kernel", edits.set_parameter(project, "conv3", "kernel_size", (21, 21)))
    qtbot.waitUntil(lambda: not forecast.text() and not window.status.parameters.text())
    window.editor.undo()
    qtbot.waitUntil(lambda: forecast.text() in window.status.parameters.text() and bool(forecast.text()))


def test_a_network_that_nobody_trained_is_measured_by_a_few_steps_once_it_is_left_alone(
    window: MainWindow, qtbot: QtBot
) -> None:
    forecast = window.forecast
    assert forecast._seconds() is None
    qtbot.waitUntil(lambda: len(forecast._speeds) == 1, timeout=60_000)
    assert forecast._seconds() is not None and window.bridge.session.status.step == 0
    window.editor.apply("Set stride", edits.set_parameter(window.editor.project, "conv1", "stride", 2))
    assert forecast._seconds() is None
    qtbot.waitUntil(lambda: len(forecast._speeds) == 2, timeout=60_000)
    window.editor.undo()
    assert forecast._seconds() is not None


def test_what_was_interrupted_is_tried_again(window: MainWindow) -> None:
    forecast, project = window.forecast, window.editor.project
    forecast._trying = computed(project)
    forecast._take_speed(project, None)
    assert forecast._trying is None and forecast._still.isActive() and forecast._seconds() is None
    # what failed is not
    forecast._trying = computed(project)
    forecast._take_speed(project, 0.0)
    assert forecast._trying == computed(project) and forecast._seconds() is None


def test_the_machine_is_measured_once_no_training_runs(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    forecast, measured = window.forecast, list[bool]()
    monkeypatch.setattr("cnnviz.gui.run.forecast.remembered", lambda: None)
    monkeypatch.setattr("cnnviz.gui.run.forecast.LONG", 0.0)
    monkeypatch.setattr(window.bridge.measurements, "measure_speed", lambda: measured.append(True))
    forecast._follow(Status(State.RUNNING, step=5, ready=True))
    assert not measured
    forecast._follow(Status(State.PAUSED, step=5, ready=True))
    assert measured == [True]


def test_the_time_of_all_epochs_is_left_out_while_a_training_runs(window: MainWindow) -> None:
    forecast = window.forecast
    forecast.set_speed(Speed(1e9, 1e9, 1e-4, 1e9))
    at_rest = forecast.text()
    assert at_rest.endswith("for 8 epochs") and "about" in at_rest
    forecast._follow(Status(State.RUNNING, step=5))
    assert at_rest.startswith(forecast.text()) and forecast.text().endswith("to train")
    assert window.status.parameters.text().endswith("to train")
    forecast._follow(Status(State.PAUSED, step=5))
    assert forecast.text() == at_rest
