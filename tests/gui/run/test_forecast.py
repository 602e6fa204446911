"""What a training will take, told before it begins: by the batches that were measured, where there are some."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.document.sentences import ROUGH
from cnnviz.project import edits
from cnnviz.training import clock as clocks
from cnnviz.training.channels import State, Status
from cnnviz.training.clock import Clock
from cnnviz.training.estimate import Estimate, Speed
from cnnviz.training.pace import Pace, remember, step_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.run.forecast import Forecast
    from cnnviz.project.project import Project


MACHINE = Speed(1e9, 1e9, 1e-4, 1e9)


def told(forecast: Forecast) -> Estimate:
    """What is told of the network on screen."""
    estimate = forecast._seconds()
    assert estimate is not None
    return estimate


def seconds(project: Project, pace: Pace) -> float:
    """A whole training at a pace: validations of 5,000 images, and the test of 10,000 with the last and the best
    weights, are evaluations."""
    return project.recipe.epochs * (55_000 * pace.image + 5_000 * pace.evaluation) + 20_000 * pace.evaluation


def follow(window: MainWindow, status: Status) -> None:
    """As if the session had published a status."""
    standing = window.bridge.session.channels.standing
    standing.publish(replace(standing.latest, status=status))
    window.forecast._follow(status)


def test_the_pace_of_the_run_counts_more_than_what_the_machine_can_do(window: MainWindow) -> None:
    forecast, project = window.forecast, window.editor.project
    forecast.set_speed(MACHINE)
    before = told(forecast)
    assert before.most > ROUGH * before.least and "–" in forecast.text()
    pace = Pace(image=0.001, evaluated=0.0, measured=5.0)
    # neither the first batches nor slow motion have a pace
    forecast._follow(Status(State.RUNNING, step=5, images_per_second=3000.0))
    assert told(forecast) == before
    follow(window, Status(State.RUNNING, step=100, images_per_second=3000.0, measured=pace))
    assert told(forecast).least == told(forecast).most == pytest.approx(seconds(project, pace))
    window.editor.apply("Set stride", edits.set_parameter(project, "conv1", "stride", 2))
    assert told(forecast).most < before.most
    window.editor.undo()
    assert told(forecast).most == pytest.approx(seconds(project, pace))


def test_of_a_thousand_epochs_the_pace_of_the_run_is_told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """11 epochs of 9.5 seconds with their validations, and 4 seconds at two thirds of the speed before a pause."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(clocks, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    run, project = Clock(), window.editor.project
    window.editor.apply("Epochs", replace(project, recipe=replace(project.recipe, epochs=1000)))
    for _ in range(11):
        for images in [550] * 100:
            clock.now += 0.09
            run.stepped()
            run.flushed(images)
        clock.now += 0.5
        run.evaluated(5_000)
    for _ in range(44):
        clock.now += 1.5 * 0.09
        run.flushed(550)
    whole = 1000 * 9.5 + 2.0
    left = run.seconds_left(989 * 55_000, 989 * 5_000 + 20_000)
    assert left is not None and left + 11 * 9.5 == pytest.approx(whole, rel=0.06)
    paused = Status(State.PAUSED, step=100, measured=run.pace)
    follow(window, replace(paused, state=State.RUNNING))
    follow(window, paused)
    assert told(window.forecast).most == pytest.approx(whole, rel=0.06)
    # 2.64 hours by the pace of the 11 epochs
    assert window.forecast.text().endswith("about 2.7 h for 1,000 epochs")


def test_the_next_window_knows_the_pace_of_the_last_run(window: MainWindow) -> None:
    project = window.editor.project
    pace = Pace(image=0.001, evaluated=0.0002, measured=60.0)
    forecast = window.forecast
    forecast._read = False
    remember("CPU", 3, step_of(project, window.editor.report), pace)
    forecast._follow(Status(ready=True, device="CPU", threads=3))
    assert told(forecast).most == pytest.approx(seconds(project, pace))
    # no trial steps are needed
    assert not forecast._times.begin_trial(step_of(project, window.editor.report))


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
    qtbot.waitUntil(lambda: forecast._seconds() is not None, timeout=60_000)
    assert window.bridge.session.status.step == 0
    window.editor.apply("Set stride", edits.set_parameter(window.editor.project, "conv1", "stride", 2))
    assert forecast._seconds() is None
    qtbot.waitUntil(lambda: forecast._seconds() is not None, timeout=60_000)
    window.editor.undo()
    assert forecast._seconds() is not None


def test_trial_steps_that_were_interrupted_or_disturbed_are_repeated(window: MainWindow) -> None:
    forecast, project = window.forecast, window.editor.project
    forecast._still.stop()
    forecast._end_trial(project, None, interrupted=True)
    assert forecast._still.isActive() and forecast._seconds() is None
    forecast._still.stop()
    forecast._end_trial(project, Estimate(0.001, 0.007), interrupted=False)
    assert forecast._still.isActive() and told(forecast).most == pytest.approx(7 * told(forecast).least)
    forecast._still.stop()
    forecast._end_trial(project, Estimate(0.001, 0.0012), interrupted=False)
    assert not forecast._still.isActive() and "about" in forecast.text()


def test_the_machine_is_measured_once_no_training_runs(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    forecast, measured = window.forecast, list[bool]()
    monkeypatch.setattr("cnnviz.gui.run.forecast.remembered_for", lambda *_: None)
    monkeypatch.setattr("cnnviz.gui.run.forecast.LONG", 0.0)
    monkeypatch.setattr(window.bridge.measurements, "measure_speed", lambda: measured.append(True))
    forecast._follow(Status(State.RUNNING, step=5, ready=True))
    assert not measured
    forecast._follow(Status(State.PAUSED, step=5, ready=True))
    assert measured == [True]


def test_the_time_of_all_epochs_is_left_out_while_a_training_runs(window: MainWindow) -> None:
    forecast = window.forecast
    forecast.set_speed(MACHINE)
    at_rest = forecast.text()
    assert at_rest.endswith("for 8 epochs")
    forecast._follow(Status(State.RUNNING, step=5))
    assert at_rest.startswith(forecast.text()) and forecast.text().endswith("to train")
    assert window.status.parameters.text().endswith("to train")
    forecast._follow(Status(State.PAUSED, step=5))
    assert forecast.text() == at_rest
