"""What a training will take, told before it begins: by the batches that were measured, where there are some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.gui.main_window import MainWindow
from cnnviz.project import edits
from cnnviz.training.channels import State, Status
from cnnviz.training.estimate import Speed


def test_measured_batches_count_more_than_what_the_machine_can_do(window: MainWindow) -> None:
    forecast, project = window.forecast, window.editor.project
    forecast.take(Speed(1e9, 1e9, 1e-4, 1e9))
    told = forecast._seconds()
    assert told is not None
    running = Status(State.RUNNING, step=100, images_per_second=1000.0)
    # neither the first batches nor slow motion say how fast it is
    for early in (replace(running, step=5), replace(running, pace=4.0)):
        forecast._follow(early)
        assert forecast._seconds() == told
    forecast._follow(running)
    assert forecast._seconds() == pytest.approx(project.recipe.epochs * 55_000 / 1000)
    window.editor.apply("Set stride", edits.set_parameter(project, "conv1", "stride", 2))
    other = forecast._seconds()
    assert other is not None and other < told
    window.editor.undo()
    assert forecast._seconds() == pytest.approx(project.recipe.epochs * 55_000 / 1000)
