"""What looking into the network costs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.run import inspection_cost
from cnnviz.gui.run.inspection_cost import AVERAGED_SECONDS, InspectionCost, training_cores
from cnnviz.training.channels import Status

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def test_computing_drawing_and_the_paint_after_a_snapshot_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(inspection_cost, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    cost = InspectionCost()
    cost.painted(5.0)
    cost.drawn(0.25)
    cost.painted(0.5)
    cost.painted(7.0)
    now[0] += 0.9 * AVERAGED_SECONDS
    assert cost.measured(0.25, 2) is None
    now[0] += 0.1 * AVERAGED_SECONDS
    assert cost.measured(0.25, 2) == pytest.approx(1.0 / AVERAGED_SECONDS / 2)
    now[0] += 2 * AVERAGED_SECONDS
    assert cost.measured(0.25, 2) == 0.0


def test_a_gpu_is_given_its_work_by_one_core() -> None:
    assert training_cores(Status(device="CPU", threads=16)) == 16
    assert training_cores(Status(device="NVIDIA H200", threads=16)) == 1


def test_paints_of_the_window_are_told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    monkeypatch.setattr(window.bridge._cost, "painted", told.append)
    window.repainted.emit(5.0)
    assert told == [5.0]
