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


def train(clock: Clock, time: Time, seconds: float, images_per_second: float) -> list[float]:
    """Train so long at a speed; returns what was said to be left of 100,000 images."""
    said = []
    for _ in range(round(seconds / 0.05)):
        time.now += 0.05
        clock.stepped()
        clock.flushed(round(0.05 * images_per_second))
        left = clock.seconds_left(100_000, 0)
        assert left is not None
        said.append(left)
    return said


def test_some_seconds_beside_other_programs_hardly_change_the_time_left(time: Time) -> None:
    clock = Clock()
    assert train(clock, time, 40, 1000)[-1] == pytest.approx(100)
    assert max(train(clock, time, 3, 100)) < 115
    assert max(train(clock, time, 3, 1000)) < 115
    # what stays is told soon
    assert train(clock, time, 40, 500)[-1] == pytest.approx(200)
    assert clock.images_per_second == pytest.approx(500)


def test_the_first_batches_after_a_pause_do_not_count_once_there_are_others(time: Time) -> None:
    clock = Clock()
    for step in (0, 100):
        clock.restart(step)
        time.now += 2.0
        clock.stepped()
        clock.flushed(50)
        assert clock.images_per_second == pytest.approx(25)
        assert train(clock, time, 1, 1000) == pytest.approx([100] * 20)
        assert clock.images_per_second == pytest.approx(1000)


def test_an_evaluation_beside_other_programs_counts_no_more_than_training(time: Time) -> None:
    clock = Clock()
    train(clock, time, 10, 1000)
    time.now += 50.0
    clock.evaluated(1000)
    assert clock.seconds_left(1000, 1000) == pytest.approx(2)


def test_slow_motion_that_has_ended_is_no_speed(time: Time) -> None:
    clock = Clock()
    train(clock, time, 1, 1000)
    clock.change_pace(full_speed=False)
    for _ in range(3):
        time.now += 2.0
        clock.flushed(50)
    clock.change_pace(full_speed=True)
    assert clock.images_per_second == 0 and clock.seconds_left(1000, 0) is None
    # a batch that has waited
    time.now += 1.5
    assert clock.flushed(50) == 1.5
    assert clock.images_per_second == 0
    time.now += 0.05
    clock.flushed(50)
    assert clock.images_per_second == pytest.approx(1000)
