"""Threads that wait sleep where other programs want the processors; nothing of it is left behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import torch

from cnnviz.training.waiting import CROWDED, FREE, LOOK_SECONDS, SETTINGS, Neighbours

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def waiters() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "cnnviz-waiting"]


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    yield
    assert not waiters()


class Clocks:
    """Stands in for the clocks of the system: now, and what all programs and this one have worked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.busy = self.own = 0.0
        monkeypatch.setattr(Neighbours, "_clocks", lambda _: (self.now, self.busy, self.own))
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def passed(self, seconds: float, own: float, others: float) -> None:
        self.now += seconds
        self.own += own
        self.busy += own + others


@pytest.mark.usefixtures("two_processors")
def test_one_thread_owns_the_team_while_it_is_crowded_and_ends_with_it() -> None:
    computing = torch.get_num_threads()
    neighbours = Neighbours(2)
    neighbours.judge(CROWDED - 0.01)
    assert not neighbours.crowded and not waiters()
    neighbours.judge(CROWDED)
    (waiter,) = waiters()
    assert neighbours.crowded and waiter.is_alive() and waiter.daemon
    # between the two bounds it stays as it is, and no second one joins it
    for others in (2.0, CROWDED, FREE):
        neighbours.judge(others)
        assert waiters() == [waiter]
    assert torch.get_num_threads() == computing
    neighbours.judge(FREE - 0.01)
    assert not neighbours.crowded and not waiter.is_alive()
    neighbours.judge(FREE)
    assert not neighbours.crowded and not waiters()


@pytest.mark.usefixtures("two_processors")
def test_closing_ends_the_thread_and_can_be_repeated() -> None:
    neighbours = Neighbours(2)
    neighbours.close()
    for _ in range(3):
        neighbours.judge(2.0)
        assert len(waiters()) == 1
        neighbours.close()
        neighbours.close()
        assert not waiters() and not neighbours.crowded


@pytest.mark.usefixtures("two_processors")
def test_processors_that_the_training_leaves_are_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    neighbours = Neighbours(2)
    neighbours.judge(2.0 + CROWDED - 0.01)
    assert not neighbours.crowded
    neighbours.judge(2.0 + CROWDED)
    assert neighbours.crowded
    neighbours.close()


@pytest.mark.usefixtures("two_processors")
def test_what_others_take_is_what_this_program_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks, judged = Clocks(monkeypatch), []
    monkeypatch.setattr(Neighbours, "judge", lambda _, others: judged.append(others))
    neighbours = Neighbours(2)
    clocks.passed(0.9 * LOOK_SECONDS, own=1.0, others=9.0)
    neighbours.look()
    assert judged == []
    clocks.passed(1.1 * LOOK_SECONDS, own=2.0, others=-8.0)
    neighbours.look()
    assert judged == [pytest.approx(0.5)]
    # at most once a second, and over what has passed since the last time alone
    neighbours.look()
    clocks.passed(4.0, own=4.0, others=6.0)
    neighbours.look()
    assert judged[1:] == [pytest.approx(1.5)]


@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize("kept", [*SETTINGS, "one thread", "another system"])
def test_the_users_own_settings_and_other_systems_are_left_alone(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    if kept in SETTINGS:
        monkeypatch.setenv(kept, "1")
    if kept == "another system":
        monkeypatch.setattr(sys, "platform", "darwin")
    neighbours = Neighbours(1 if kept == "one thread" else 2)
    clocks.passed(100.0, own=0.0, others=200.0)
    neighbours.look()
    assert not neighbours.crowded and not waiters()


def test_real_clocks_only_go_forward() -> None:
    neighbours = Neighbours(2)
    before, after = neighbours._clocks(), neighbours._clocks()
    assert all(then <= now for then, now in zip(before, after, strict=True))
    assert after[1] >= after[2] > 0
