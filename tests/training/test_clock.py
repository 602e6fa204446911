"""How long a training will take still, by hand: steps and evaluations each at the speed that was measured."""

from __future__ import annotations

import pytest

from cnnviz.training import clock as clocks
from cnnviz.training.clock import Clock
from cnnviz.training.pace import Pace


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
    warm_up(clock, time)
    assert clock.seconds_left(1000, 1000) is None and clock.pace is None
    time.now += 2.0
    clock.stepped()
    clock.flushed(200)
    # a forward pass is one of the three of a step
    assert clock.seconds_left(1000, 300) == pytest.approx(10 + 1)
    assert clock.pace == Pace(0.01, 0.0, 2.0)
    time.now += 3.0
    clock.evaluated(600)
    assert clock.seconds_left(1000, 300) == pytest.approx(10 + 1.5)
    # the best weights are evaluated after the last ones; the last half of all evaluations counts
    for _ in range(2):
        time.now += 2.4
        clock.evaluated(600)
    assert clock.seconds_left(0, 300) == pytest.approx(1.2)
    assert clock.pace is not None and clock.pace.evaluated == pytest.approx(0.004)


def test_a_pause_before_an_evaluation_is_no_part_of_it(time: Time) -> None:
    clock = Clock()
    warm_up(clock, time)
    time.now += 1.0
    clock.stepped()
    clock.flushed(100)
    time.now += 49.0
    clock.restart(1)
    time.now += 1.0
    clock.evaluated(100)
    assert clock.seconds_left(0, 300) == pytest.approx(1)


def test_another_run_is_measured_anew(time: Time) -> None:
    clock = Clock()
    train(clock, time, 5, 1000)
    clock.evaluated(100)
    clock.forget()
    assert clock.seconds_left(100, 100) is None and clock.pace is None
    train(clock, time, 5, 100)
    clock.restart(0)
    assert clock.seconds_left(100, 100) is None and clock.pace is None


def warm_up(clock: Clock, time: Time) -> None:
    """A first batch, which tells nothing of the others."""
    time.now += clocks.WARM_SECONDS
    clock.stepped()
    clock.flushed(1)


def train(clock: Clock, time: Time, seconds: float, images_per_second: float) -> list[float]:
    """Train so long at a speed; returns what was said to be left of 100,000 images, once something was."""
    said: list[float] = []
    for _ in range(round(seconds / 0.05)):
        time.now += 0.05
        clock.stepped()
        clock.flushed(round(0.05 * images_per_second))
        left = clock.seconds_left(100_000, 0)
        if left is not None or said:
            assert left is not None
            said.append(left)
    return said


def test_some_seconds_beside_other_programs_hardly_change_the_time_left(time: Time) -> None:
    clock = Clock()
    assert train(clock, time, 40, 1000)[-1] == pytest.approx(100)
    assert max(train(clock, time, 3, 100)) < 115
    assert max(train(clock, time, 3, 1000)) < 115
    # what stays is told soon
    assert train(clock, time, 50, 500)[-1] == pytest.approx(200, rel=0.01)
    assert clock.images_per_second == pytest.approx(500)


def test_the_pace_is_that_of_the_last_half_of_the_run(time: Time) -> None:
    clock = Clock()
    train(clock, time, 100, 500)
    train(clock, time, 60, 1000)
    # a half minute at a slower pace after 2.7 minutes
    train(clock, time, 30, 500)
    assert clock.pace is not None and clock.pace.measured == pytest.approx(95, rel=0.02)
    assert clock.pace.image == pytest.approx(95 / (5 * 500 + 60 * 1000 + 30 * 500), rel=0.02)
    # what lasts for 10 minutes is all that counts
    train(clock, time, 2000, 1000)
    assert train(clock, time, 610, 200)[-1] == pytest.approx(500)
    assert len(clock._training._parts) < 2 * clocks.PARTS


def test_the_first_batches_after_a_pause_do_not_count(time: Time) -> None:
    clock = Clock()
    for step in (0, 100):
        clock.restart(step)
        # of the same run, the pace is still known
        assert (clock.pace is not None) is (step > 0)
        time.now += 2.0
        clock.stepped()
        clock.flushed(50)
        assert clock.images_per_second == pytest.approx(25)
        said = train(clock, time, 2, 1000)
        assert said == pytest.approx([100] * len(said)) and len(said) >= 20
        assert clock.images_per_second == pytest.approx(1000)


def test_an_evaluation_beside_other_programs_counts_no_more_than_training(time: Time) -> None:
    clock = Clock()
    train(clock, time, 10, 1000)
    time.now += 50.0
    clock.evaluated(1000)
    assert clock.seconds_left(1000, 1000) == pytest.approx(2)


def test_slow_motion_that_has_ended_is_no_speed(time: Time) -> None:
    clock = Clock()
    train(clock, time, 3, 1000)
    assert clock.pace is not None
    clock.change_pace(full_speed=False)
    for _ in range(3):
        time.now += 2.0
        clock.flushed(50)
    # what is left is left in slow motion
    assert clock.pace is None and clock.seconds_left(1000, 0) == pytest.approx(40)
    clock.change_pace(full_speed=True)
    assert clock.images_per_second == 0 and clock.seconds_left(1000, 0) is None and clock.pace is None
    # a batch that has waited
    time.now += 1.5
    assert clock.flushed(50) == 1.5
    assert clock.images_per_second == 0
    time.now += 0.05
    clock.flushed(50)
    assert clock.images_per_second == pytest.approx(1000)
