"""Schedules are functions of recipe, step and steps in an epoch; torch's own schedulers are the oracle."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch

from cnnviz.project.recipe import SETTINGS, Recipe
from cnnviz.training.schedule import curve, factor

STEPS, EPOCHS = 7, 6
TOTAL = STEPS * EPOCHS


def factors(**settings: Any) -> list[float]:
    recipe = Recipe(epochs=EPOCHS, **settings)
    return [factor(recipe, step, STEPS) for step in range(TOTAL)]


def torchs(kind: Any, every: int = 1, **options: Any) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = kind(optimizer, **options)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for step in range(TOTAL):
            found.append(optimizer.param_groups[0]["lr"])
            if (step + 1) % every == 0 and step + 1 < TOTAL:
                scheduler.step()
    return found


def test_constant_is_exactly_one() -> None:
    assert factors() == [1.0] * TOTAL


def test_steps_are_torchs() -> None:
    expected = torchs(torch.optim.lr_scheduler.StepLR, every=STEPS, step_size=2, gamma=0.3)
    assert factors(schedule="step", step_epochs=2, step_factor=0.3) == pytest.approx(expected)


def test_cosine_is_torchs() -> None:
    assert factors(schedule="cosine") == pytest.approx(torchs(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=TOTAL))


def test_one_cycle_is_torchs() -> None:
    expected = torchs(torch.optim.lr_scheduler.OneCycleLR, max_lr=1.0, total_steps=TOTAL, cycle_momentum=False)
    assert factors(schedule="one-cycle") == pytest.approx(expected)


def test_warming_up_rises_evenly_to_the_rate() -> None:
    found = factors(warm_up=2.0)
    assert found[: 2 * STEPS] == pytest.approx([(at + 1) / (2 * STEPS) for at in range(2 * STEPS)])
    assert set(found[2 * STEPS :]) == {1.0}
    after = factors(schedule="cosine", warm_up=1.0)
    assert max(after) == 1.0 and after.index(1.0) == STEPS - 1


@pytest.mark.parametrize("schedule", SETTINGS["schedule"].parameter.choices)
def test_every_schedule_stays_between_nothing_and_the_rate_and_goes_on_at_the_last(schedule: Any) -> None:
    for epochs, steps in ((1, 1), (1, 2), (1, 3), (2, 1), (5, 400)):
        recipe = Recipe(epochs=epochs, schedule=schedule, warm_up=0.5)
        found = [factor(recipe, step, steps) for step in range(epochs * steps)]
        assert all(0 < one <= 1 for one in found)
        last = max(0.1, found[-1]) if schedule in ("one-cycle", "cosine") else found[-1]
        assert factor(recipe, epochs * steps + 100, steps) == last


def test_a_curve_is_the_rate_over_the_epochs() -> None:
    recipe = Recipe(learning_rate=0.1, epochs=3, schedule="cosine")
    points = curve(recipe, 100, 50)
    assert len(points) == 50
    assert points[0] == (0.0, 0.1)
    assert points[-1] == (2.99, 0.1 * factor(recipe, 299, 100))


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine"])
def test_epochs_added_after_a_rate_of_almost_nothing_train_at_a_tenth(schedule: Any) -> None:
    recipe = Recipe(epochs=EPOCHS, schedule=schedule)
    assert factor(recipe, TOTAL - 1, STEPS) < 0.01
    assert [factor(recipe, step, STEPS) for step in range(TOTAL, 3 * TOTAL)] == [0.1] * (2 * TOTAL)
