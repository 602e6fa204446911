"""How long a training will take still, by hand: steps and evaluations each at the speed that was measured."""

from __future__ import annotations

import pytest

from cnnviz.training import clock as clocks
from cnnviz.training.clock import Clock


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(clocks, "time", made)
    return made


def test_evaluations_are_part_of_the_time_that_is_left(time: Time) -> None:
    clock = Clock()
    assert clock.seconds_left(1000, 1000) is None
    time.now = 2.0
    clock.stepped()
    clock.flushed(200)
    # a forward pass is one of the three of a step
    assert clock.seconds_left(1000, 300) == pytest.approx(10 + 1)
    time.now = 5.0
    clock.evaluated(600)
    assert clock.seconds_left(1000, 300) == pytest.approx(10 + 1.5)
    # the best weights are evaluated after the last ones
    time.now = 11.0
    clock.evaluated(600)
    assert clock.seconds_left(0, 300) == pytest.approx(3)


def test_a_pause_before_an_evaluation_is_no_part_of_it(time: Time) -> None:
    clock = Clock()
    time.now = 1.0
    clock.stepped()
    clock.flushed(100)
    time.now = 50.0
    clock.restart(1)
    time.now = 51.0
    clock.evaluated(100)
    assert clock.seconds_left(0, 300) == pytest.approx(1)


def test_another_run_is_measured_anew(time: Time) -> None:
    clock = Clock()
    time.now = 1.0
    clock.stepped()
    clock.flushed(100)
    clock.restart(0)
    assert clock.seconds_left(100, 100) is None
