"""How fast a network is trained, by a few steps of it: counted by hand, and without a trace."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

import pytest
import torch
from training_kit import project, state_of

from cnnviz.network.check import examine
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training import few_steps
from cnnviz.training.estimate import soon_tried, training_seconds
from cnnviz.training.facts import facts_of_data
from cnnviz.training.few_steps import images_per_second

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def ticking(seconds: float) -> float | None:
    """Images a second of batches of 16 by a clock that goes so many seconds further each time that it is read."""
    ticks = count()
    return images_per_second(project(), "cpu", 1, lambda: False, lambda: next(ticks) * seconds)


def test_steps_are_counted_by_hand() -> None:
    assert ticking(0.01) == pytest.approx(16 / 0.01)
    # a step of 8 images that takes 2 seconds: the whole batch would take longer than it is worth
    assert ticking(2.0) == pytest.approx(8 / 2.0)


def test_steps_beside_other_programs_do_not_count() -> None:
    """Four of five steps take ten times as long."""
    ticks, now = count(), 0.0

    def clock() -> float:
        nonlocal now
        number = next(ticks)
        # it is read before and after each step
        if number % 2:
            now += 0.01 if number % 10 == 1 else 0.1
        return now

    speed = images_per_second(project(), "cpu", 1, lambda: False, clock)
    assert speed is not None and 16 / 0.01 / few_steps.EVEN - 1 < speed <= 16 / 0.01


def test_steps_that_are_even_count_by_their_median() -> None:
    ticks = count()
    lengths = [0.010, 0.0105, 0.011, 0.0115, 0.0118]

    def clock() -> float:
        number = next(ticks)
        return number // 2 + (lengths[number // 2 % 5] if number % 2 else 0.0)

    assert images_per_second(project(), "cpu", 1, lambda: False, clock) == pytest.approx(16 / 0.011, rel=0.01)


def test_a_step_is_a_batch_also_at_the_end_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_steps, "MOST_BYTES", 0)
    state = state_of(project())
    steps = few_steps._steps(state, examine(project().network, facts_of_data(project())), 16, time.perf_counter)
    for number in range(1, 3 * few_steps.LEAST_STEPS):
        next(steps)
        assert state.step == number


@pytest.mark.parametrize("settings", [{}, {"precision": "auto"}, {"batch_size": 1}, {"batch_size": 4096}])
def test_nothing_else_is_touched(settings: dict[str, Any]) -> None:
    before = torch.random.get_rng_state()
    speed = images_per_second(project(**settings), "cpu", 2, lambda: False)
    assert speed is not None and speed > 0
    assert torch.equal(before, torch.random.get_rng_state()) and torch.get_num_threads() == 1


def test_a_command_ends_it_between_two_steps() -> None:
    for after in (0, 1, 5, 12, 15):
        asked = count()
        assert images_per_second(project(), "cpu", 1, lambda asked=asked, after=after: next(asked) >= after) is None  # type: ignore[misc]


def test_a_network_that_cannot_be_trained_has_no_speed() -> None:
    assert images_per_second(edits.remove(project(), ["fc1"]), "cpu", 1, lambda: False) is None


@pytest.mark.parametrize(
    ("name", "tried"), [("fast", True), ("vgg-16-28", True), ("alexnet", False), ("vgg-16", False)]
)
def test_what_would_take_long_is_not_tried(name: str, tried: bool) -> None:
    one = TEMPLATES[name].project()
    assert soon_tried(examine(one.network, facts_of_data(one))) is tried


def test_a_whole_training_by_hand() -> None:
    # 2 epochs of 100 training and 30 validation images, and 60 test images with two sets of weights
    assert training_seconds(0.5, 2, 100, 30, 60) == pytest.approx(0.5 * (2 * 100 + 2 * 30 / 3 + 2 * 60 / 3))
