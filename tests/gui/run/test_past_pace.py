"""Beside a training recorded moments come no faster than they leave it most of its time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from moments_kit import train

from cnnviz.gui.robot.person import Person
from cnnviz.gui.run import past_pace
from cnnviz.gui.run.past_pace import BURST_SECONDS, LONGEST_WAIT_SECONDS, PAST_SHARE, PastPace
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


class Clock:
    """A clock that is set by hand, in the place of the clock of the pace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 50.0
        monkeypatch.setattr(past_pace, "time", SimpleNamespace(perf_counter=lambda: self.now))


def test_moments_take_their_share_in_the_long_run_after_a_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace, taken, shown = Clock(monkeypatch), PastPace(), 7.0, []
    pace.begin(taken)
    began = clock.now
    while clock.now < began + 60:
        if wait := pace.wait(taken):
            clock.now += wait
            assert pace.wait(taken) == pytest.approx(0.0, abs=1e-9)
        shown.append(clock.now)
        # a moment takes 20 ms
        clock.now += 0.02
        taken += 0.02
    assert taken - 7.0 == pytest.approx(PAST_SHARE * 60 + BURST_SECONDS, rel=0.02)
    # the burst: the first moments follow one another at once
    assert shown[3] - began == pytest.approx(3 * 0.02)
    assert shown[-1] - shown[-2] == pytest.approx(0.02 / PAST_SHARE)


def test_a_rest_earns_one_burst_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace = Clock(monkeypatch), PastPace()
    assert pace.wait(0.3) == LONGEST_WAIT_SECONDS
    clock.now += 1000
    assert pace.wait(0.3) == 0.0
    assert pace.wait(0.3 + BURST_SECONDS + 0.01) == pytest.approx(0.01 / PAST_SHARE)


def test_a_large_moment_lets_the_next_wait_no_longer_than_the_longest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace = Clock(monkeypatch), PastPace()
    assert pace.wait(30.0) == LONGEST_WAIT_SECONDS
    clock.now += LONGEST_WAIT_SECONDS
    assert pace.wait(30.0) == 0.0


def test_what_was_looked_at_before_the_past_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    pace = PastPace()
    pace.begin(1000.0)
    assert pace.wait(1000.0) == 0.0


def test_beside_a_training_a_moment_waits_for_its_turn_and_the_last_wish_is_shown(
    window: MainWindow, recording: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(window, 4)
    person, past, session = Person(window), window.bench.past, window.bridge.session
    first, second, *_ = past.steps
    waits: list[float] = []

    def shown() -> int | None:
        snapshot = window.bridge.shown
        assert snapshot is not None and snapshot.moment is not None
        return snapshot.step if snapshot.moment.recorded else None

    def wait(taken: float) -> float:
        waits.append(taken)
        return 0.05 * (len(waits) % 2)

    monkeypatch.setattr(past._pace, "wait", wait)
    past.go_to(first)
    person.until(lambda: shown() == first, "a moment while training stands still")
    assert waits == []
    session.pace(1.0)
    session.play()
    person.until(lambda: session.status.state is State.RUNNING, "training")
    past.go_to(second)
    assert past._due.isActive() and past._job is None
    past.go_to(first)
    past.go_to(second)
    assert len(waits) == 1
    person.until(lambda: shown() == second, "the moment that was wished last")
    assert len(waits) == 2
    waits.clear()
    past.go_to(first)
    assert past._due.isActive()
    past.now()
    assert not past._due.isActive()
    person.until(lambda: shown() is None, "the present")
    session.pause()
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
