"""How fast a network is trained, by a few steps of it: counted by hand, and without a trace."""

from __future__ import annotations

import time
from itertools import count, cycle, repeat
from typing import TYPE_CHECKING, Any

import pytest
import torch
from training_kit import project, state_of

from cnnviz.network.check import examine
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training import few_steps
from cnnviz.training.estimate import soon_tried
from cnnviz.training.facts import facts_of_data
from cnnviz.training.few_steps import image_estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.usefixtures("one_torch_thread")


class Clock:
    """A clock that is read before and after each step, which takes the next of ``lengths`` seconds."""

    def __init__(self, lengths: Iterable[float]) -> None:
        self._lengths, self._now, self._reads = iter(lengths), 0.0, count()

    def __call__(self) -> float:
        if next(self._reads) % 2:
            self._now += next(self._lengths)
        return self._now


def image(lengths: Iterable[float], alone: Iterable[float]) -> tuple[float, float]:
    """The least and most seconds of an image, by steps of such lengths, and of such lengths in processor time."""
    told = image_estimate(project(), "cpu", 1, lambda: False, Clock(lengths), Clock(alone))
    assert told is not None
    return told.least, told.most


def test_steps_are_counted_by_hand() -> None:
    assert image(repeat(0.01), repeat(0.01)) == pytest.approx((0.01 / 16, 0.01 / 16))
    # a step of 8 images that takes 2 seconds: the whole batch would take longer than it is worth
    assert image(repeat(2.0), repeat(2.0)) == pytest.approx((2 / 8, 2 / 8))


def test_steps_beside_other_programs_are_told_as_a_range() -> None:
    """The processor needs the same time for each step; other programs have it longer during some of them."""
    for lengths, mean in (([0.01, 0.1, 0.1, 0.1, 0.1], 0.082), ([0.01, 0.01, 0.01, 0.13], 0.04)):
        assert image(cycle(lengths), repeat(0.01)) == pytest.approx((0.01 / 16, mean / 16), rel=0.1)


def test_processor_time_of_waiting_for_another_thread_is_not_told_as_that_of_a_step() -> None:
    """The thread waits, and keeps its processor busy, during all steps but one of five."""
    busy = [0.01, 0.1, 0.1, 0.1, 0.1]
    assert image(cycle(busy), cycle(busy)) == pytest.approx((0.01 / 16, 0.082 / 16), rel=0.1)


def test_a_clock_of_the_thread_that_goes_on_seldom_does_not_matter() -> None:
    assert image(repeat(0.01), cycle([0.0, 0.0, 0.0, 0.04])) == pytest.approx((0.01 / 16, 0.01 / 16), rel=0.1)


def test_a_step_is_a_batch_also_at_the_end_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_steps, "MOST_BYTES", 0)
    state = state_of(project())
    clocks = time.perf_counter, time.thread_time
    steps = few_steps._steps(state, examine(project().network, facts_of_data(project())), 16, clocks)
    for number in range(1, 3 * few_steps.LEAST_STEPS):
        next(steps)
        assert state.step == number


@pytest.mark.parametrize("settings", [{}, {"precision": "auto"}, {"batch_size": 1}, {"batch_size": 4096}])
def test_nothing_else_is_touched(settings: dict[str, Any]) -> None:
    before = torch.random.get_rng_state()
    told = image_estimate(project(**settings), "cpu", 2, lambda: False)
    assert told is not None and 0 < told.least <= told.most
    assert torch.equal(before, torch.random.get_rng_state()) and torch.get_num_threads() == 1


def test_a_command_ends_it_between_two_steps() -> None:
    for after in (0, 1, 5, 12, 15):
        asked = count()
        assert image_estimate(project(), "cpu", 1, lambda asked=asked, after=after: next(asked) >= after) is None  # type: ignore[misc]


def test_a_network_that_cannot_be_trained_has_no_time() -> None:
    assert image_estimate(edits.remove(project(), ["fc1"]), "cpu", 1, lambda: False) is None


@pytest.mark.parametrize(
    ("name", "tried"), [("fast", True), ("vgg-16-28", True), ("alexnet", False), ("vgg-16", False)]
)
def test_what_would_take_long_is_not_tried(name: str, tried: bool) -> None:
    one = TEMPLATES[name].project()
    assert soon_tried(examine(one.network, facts_of_data(one))) is tried
