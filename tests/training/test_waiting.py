"""Threads of torch sleep while other programs need the processors, and only where that is ours to decide."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import torch

from cnnviz.training import speed, waiting
from cnnviz.training.device import Placement
from cnnviz.training.waiting import CHECK_SECONDS, CROWDED, FREE, Clocks, Neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems bring other libraries, which are left")
PROCESSORS = os.cpu_count() or 1


def helpers() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "cnnviz-waiting"]


class Clock:
    """What the system says: the time, and the seconds that processors worked for all and for this process."""

    def __init__(self) -> None:
        self.now = self.busy = self.own = 100.0

    def pass_by(self, seconds: float, busy: float, own: float) -> None:
        self.now, self.busy, self.own = self.now + seconds, self.busy + busy, self.own + own


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    for name in waiting.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    made = Clock()
    monkeypatch.setattr(Neighbours, "_clocks", lambda _: Clocks(made.now, made.busy, made.own))
    monkeypatch.setattr("cnnviz.training.waiting.time.monotonic", lambda: made.now)
    return made


@pytest.fixture
def neighbours(clock: Clock) -> Iterator[Neighbours]:
    threads = torch.get_num_threads()
    made = Neighbours(max(2, PROCESSORS))
    yield made
    made.close()
    assert helpers() == [] and torch.get_num_threads() == threads


def test_it_sleeps_while_others_take_a_processor_and_wakes_when_they_are_gone(
    clock: Clock, neighbours: Neighbours
) -> None:
    clock.pass_by(2.0, 4.0, 2.0)
    neighbours.check()
    assert neighbours.crowded and helpers() == ["cnnviz-waiting"]
    clock.pass_by(2.0, 4.0, 4.0 - 2 * (FREE + CROWDED) / 2)
    neighbours.check()
    assert neighbours.crowded, "between the two limits nothing changes"
    clock.pass_by(2.0, 4.0, 4.0)
    neighbours.check()
    assert not neighbours.crowded and helpers() == []


def test_it_looks_once_a_second_at_most(clock: Clock, neighbours: Neighbours) -> None:
    clock.pass_by(0.9 * CHECK_SECONDS, 2.0, 0.0)
    neighbours.check()
    assert not neighbours.crowded
    clock.pass_by(0.2 * CHECK_SECONDS, 0.0, 0.0)
    neighbours.check()
    assert neighbours.crowded


def test_what_others_did_in_a_pause_does_not_count(clock: Clock, neighbours: Neighbours) -> None:
    clock.pass_by(60.0, 120.0, 0.0)
    neighbours.begin()
    neighbours.check()
    clock.pass_by(2.0, 4.0, 4.0)
    neighbours.check()
    assert not neighbours.crowded


def test_processors_that_the_training_does_not_use_are_for_others(clock: Clock) -> None:
    few = Neighbours(2)
    few._processors = 8
    few.judge(5.9)
    assert not few.crowded
    few.judge(6.0 + CROWDED)
    assert few.crowded
    few.close()


@pytest.mark.parametrize("name", waiting.SETTINGS)
def test_the_users_own_setting_stands(clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    made = Neighbours(2)
    clock.pass_by(5.0, 10.0, 0.0)
    made.check()
    assert not made.crowded and helpers() == []


def test_the_speed_of_the_machine_is_measured_as_a_training_waits(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_threads: list[list[str]] = []
    others = [float(PROCESSORS)]

    def quickest(probes: Sequence[object]) -> list[float]:
        waiting_threads.append(helpers())
        return [1.0] * len(probes)

    monkeypatch.setattr(
        "cnnviz.training.waiting.time.sleep", lambda seconds: clock.pass_by(seconds, others[0] * seconds, 0)
    )
    monkeypatch.setattr(speed, "_quickest", quickest)
    for others[0] in (float(PROCESSORS), 0.0):
        speed.measure(Placement(torch.device("cpu"), "float32", max(2, PROCESSORS)))
        assert helpers() == []
    assert waiting_threads == [["cnnviz-waiting"], []]


def test_watching_ends_when_the_measurement_is_interrupted(clock: Clock, neighbours: Neighbours) -> None:
    neighbours.watch(lambda: True)
    assert not neighbours.crowded


def test_what_is_computed_is_the_same_either_way(neighbours: Neighbours) -> None:
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(300, 300, generator=generator) for _ in range(2))
    before = one @ other
    neighbours.judge(float(PROCESSORS))
    assert neighbours.crowded
    assert torch.equal(one @ other, before)
