"""Learning rate schedules, as a factor of the recipe's rate."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.project.recipe import Recipe

RISE = 0.3
"""The share of a one-cycle training in which the rate rises.

Smith and Topin, "Super-convergence", 2018, with half cosines as slopes and the defaults of torch's OneCycleLR.
"""
BEGIN, END = 1 / 25, 1 / 250_000
"""The factors at the beginning and at the end of a one-cycle training; the highest factor is 1."""
ANNEALED = ("one-cycle", "cosine")
"""The schedules that end with a rate of about 0."""
ADDED = 0.1
"""The factor for epochs that are added after the end of an ANNEALED schedule: with about 0 nothing would be learned."""
PLATEAU_EPOCHS = 2
"""The schedule "plateau" lowers the rate after this many epochs without a better validation loss."""


def factor(recipe: Recipe, step: int, steps_per_epoch: int) -> float:
    """The factor by which the recipe's rate is multiplied in the update after ``step`` completed steps (from 0).

    An epoch has ``steps_per_epoch``. The factor depends on the arguments alone, so after a warm-up it is 1 for
    "plateau", which lowers the rate by measured losses. Epochs that are added after the end of the recipe keep the
    factor of its last step; after an :data:`ANNEALED` schedule they have at least :data:`ADDED`.
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
    """The learning rate over the epochs of the recipe, for a plot: (epoch, rate) at evenly spaced steps."""
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
    """The value at ``share``, in [0, 1], of the way from ``first`` to ``last`` along half a cosine."""
    return last + (first - last) * (1 + cos(pi * share)) / 2
