"""What looking into the network costs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run import inspection_cost
from cnnviz.gui.run.bridge import REQUEST_SECONDS
from cnnviz.gui.run.inspection_cost import (
    AVERAGED_SECONDS,
    GPU_SHARE,
    LONGEST_PAUSE_SECONDS,
    InspectionCost,
    training_cores,
)
from cnnviz.training.channels import State, Status

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def test_computing_drawing_and_the_paint_after_a_snapshot_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(inspection_cost, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    cost = InspectionCost()
    cost.note_painting(5.0)
    cost.note_drawing(0.25)
    cost.note_painting(0.5)
    cost.note_painting(7.0)
    now[0] += 0.9 * AVERAGED_SECONDS
    assert cost.measure(0.25, 2) is None
    now[0] += 0.1 * AVERAGED_SECONDS
    assert cost.measure(0.25, 2) == pytest.approx(1.0 / AVERAGED_SECONDS / 2)
    now[0] += 2 * AVERAGED_SECONDS
    assert cost.measure(0.25, 2) == 0.0


def test_a_gpu_is_given_its_work_by_one_core() -> None:
    assert training_cores(Status(device="CPU", threads=16)) == 16
    assert training_cores(Status(device="NVIDIA H200", threads=16)) == 1


def test_beside_a_gpu_snapshots_rest_so_that_they_take_a_small_share_of_a_core() -> None:
    running = Status(state=State.RUNNING, device="NVIDIA H200", threads=16)
    cost = InspectionCost()
    assert cost.seconds_between(running) == 0.0
    cost.note_drawing(0.005)
    cost.note_painting(0.007)
    cost.note_painting(9.0)
    assert cost.seconds_between(running) == pytest.approx(0.012 / GPU_SHARE)
    assert cost.seconds_between(replace(running, state=State.PAUSED)) == 0.0
    assert cost.seconds_between(replace(running, device="CPU")) == 0.0
    cost.note_drawing(3.0)
    assert cost.seconds_between(running) == LONGEST_PAUSE_SECONDS


def test_newer_weights_wait_for_the_rest_and_other_questions_do_not(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, bridge = Person(window), window.bridge
    person.until(lambda: bridge.shown is not None, "the first snapshot")
    monkeypatch.setattr(bridge._cost, "seconds_between", lambda _: 1000.0)
    bridge.session.play()
    person.until(lambda: bridge.session.status.step >= 1, "a step")
    person.stay(3 * REQUEST_SECONDS)
    shown, step = bridge.shown, bridge.session.status.step
    person.until(lambda: bridge.session.status.step >= step + 10, "ten steps")
    assert bridge.shown is shown
    person.show_tab(window.panel(MapsPanel))
    person.until(lambda: bridge.shown is not shown, "the maps")
    assert bridge.session.status.state is State.RUNNING
    bridge.session.pause()


def test_paints_of_the_window_are_told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    monkeypatch.setattr(window.bridge._cost, "note_painting", told.append)
    window.repainted.emit(5.0)
    assert told == [5.0]
