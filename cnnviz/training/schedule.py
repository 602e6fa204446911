"""The learning rate over a training, as a factor of the recipe's rate."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.project.recipe import Recipe

RISE = 0.3
"""Share of a one-cycle training in which the rate rises; it begins at 1/25 and ends at 1/250,000 of the highest.

Smith and Topin, "Super-convergence", 2018, with cosines for the slopes and the numbers of torch's OneCycleLR.
"""
BEGIN, END = 1 / 25, 1 / 250_000
ANNEALED = ("one-cycle", "cosine")
"""The schedules that bring the rate to about 0."""
ADDED = 0.1
"""Epochs added after the end of one of those train at this share of the recipe's rate; 0 would teach nothing."""
PLATEAU_EPOCHS = 2
"""So many epochs without a better validation loss make the schedule "plateau" lower the rate."""


def factor(recipe: Recipe, step: int, steps_per_epoch: int) -> float:
    """What the rate is multiplied by in the update that makes ``step`` + 1 of ``steps`` done, so ``step`` is from 0.

    A function of its arguments alone; "plateau", which depends on what was measured, is constant here. Epochs that are
    added after the end of the recipe go on with the rate of its last step, those of :data:`ANNEALED` schedules with
    :data:`ADDED` where that is more.
    """
    total = recipe.epochs * steps_per_epoch
    if step >= total and recipe.schedule in ANNEALED:
        return max(ADDED, factor(recipe, total - 1, steps_per_epoch))
    at = min(step, total - 1)
    if recipe.schedule == "one-cycle":
        return _one_cycle(at, total)
    warm = recipe.warm_up * steps_per_epoch
    rise = min(1.0, (step + 1) / warm) if warm else 1.0
    if recipe.schedule == "step":
        return rise * float(recipe.step_factor ** (at // steps_per_epoch // recipe.step_epochs))
    if recipe.schedule == "cosine":
        return rise * _between(1.0, 0.0, max(0.0, at - warm) / max(1.0, total - warm))
    return rise


def curve(recipe: Recipe, steps_per_epoch: int, points: int = 200) -> list[tuple[float, float]]:
    """The rate over the epochs of the recipe, for a picture: (epoch, rate) at evenly spaced steps."""
    total = recipe.epochs * steps_per_epoch
    steps = sorted({round(at * (total - 1) / max(1, points - 1)) for at in range(points)})
    return [(step / steps_per_epoch, recipe.learning_rate * factor(recipe, step, steps_per_epoch)) for step in steps]


def _one_cycle(at: int, total: int) -> float:
    top = RISE * total - 1
    last = total - 1
    if at <= top:
        return _between(BEGIN, 1.0, at / top) if top > 0 else 1.0
    return _between(1.0, END, (at - top) / (last - top))


def _between(first: float, last: float, share: float) -> float:
    """From ``first`` to ``last`` along half a cosine."""
    return last + (first - last) * (1 + cos(pi * share)) / 2
