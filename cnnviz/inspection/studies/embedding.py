"""t-SNE: draws rows of many values as points in a plane, so that neighbours stay neighbours.

After van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 2008.

The sums over all pairs are exact: 2,000 rows make 4 million pairs, 16 MB in float32. The schedule of exaggeration, step
and momentum is that of scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

PERPLEXITY = 30.0
"""The effective number of neighbours of a row; at most a third of the rows."""
STEPS, EARLY_STEPS = 1000, 250
EXAGGERATION = 12.0
"""The factor of the attraction in the first :data:`EARLY_STEPS`, in which groups form."""
BISECTIONS = 40
"""Steps of the search for the width of a row's Gaussian."""
LEAST = 1e-12
"""The least probability of a pair."""
FIRST_SPREAD = 1e-4
"""Standard deviation of the first positions."""
REPORTED = 10
"""Positions are reported after this many steps."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """``positions``: float32 (n, 2) after ``step`` steps; ``divergence``: the Kullback-Leibler divergence, >= 0."""

    positions: Tensor
    step: int
    divergence: float


def embed(
    rows: Tensor,
    report: Callable[[Embedded], None],
    cancelled: Callable[[], bool],
    perplexity: float = PERPLEXITY,
    steps: int = STEPS,
) -> Embedded | None:
    """The embedding of ``rows``, float32 (n, K), which should be principal components: the first two columns are the
    first positions. None if ``cancelled``.

    ``report`` gets the embedding as it grows. No random numbers are used, so that the same rows give the same points.
    """
    count = len(rows)
    if count < 4:
        return Embedded(rows[:, :2].clone(), steps, 0.0)
    pairs = affinities(rows, min(perplexity, (count - 1) / 3), cancelled)
    if pairs is None:
        return None
    positions = rows[:, :2] - rows[:, :2].mean(0)
    positions *= FIRST_SPREAD / max(float(positions[:, 0].std()), 1e-30)
    moved, gains = torch.zeros_like(positions), torch.ones_like(positions)
    rate = max(count / EXAGGERATION / 4, 50.0)
    negative_entropy = float((pairs * pairs.log()).sum())
    closeness, forces = torch.empty(count, count), torch.empty(count, count)
    made = Embedded(positions, 0, float("inf"))
    for step in range(1, steps + 1):
        if cancelled():
            return None
        early = step <= EARLY_STEPS
        total = _closeness(positions, closeness)
        # forces = (attraction - closeness / total) * closeness
        torch.mul(pairs, EXAGGERATION if early else 1.0, out=forces)
        forces.add_(closeness, alpha=-1 / total).mul_(closeness)
        gradient = 4 * (forces.sum(1, keepdim=True) * positions - forces @ positions)  # (n, 2)
        # larger steps for coordinates that keep their direction, smaller steps for those that turn (Jacobs, 1988)
        steady = moved * gradient < 0
        gains = torch.where(steady, gains + 0.2, gains * 0.8).clamp(min=0.01)
        moved = (0.5 if early else 0.8) * moved - rate * gains * gradient
        positions = positions + moved
        positions = positions - positions.mean(0)
        if step % REPORTED == 0 or step == steps:
            total = _closeness(positions, closeness)
            mean_log = float((pairs * closeness.clamp(min=LEAST * total).log()).sum())
            divergence = negative_entropy - mean_log + log(total)
            made = Embedded(positions, step, max(divergence, 0.0))
            report(made)
    return made


def affinities(rows: Tensor, perplexity: float, cancelled: Callable[[], bool]) -> Tensor | None:
    """The probability of each pair of rows to be neighbours: float32 (n, n), symmetric, sum 1; None if ``cancelled``.

    Each row gets a Gaussian whose width is found by bisection, so that its neighbours have the ``perplexity``.
    """
    count = len(rows)
    squares = rows.square().sum(1)
    distances = (squares[:, None] + squares - 2 * rows @ rows.T).clamp_(min=0)  # (n, n)
    distances /= distances.mean().clamp(min=1e-30)
    distances.fill_diagonal_(float("inf"))
    nearest = distances.min(1, keepdim=True).values
    distances -= nearest
    low, high = torch.zeros(count, 1), torch.full((count, 1), float("inf"))
    precision = torch.ones(count, 1)
    weights = torch.empty_like(distances)
    for _ in range(BISECTIONS):
        if cancelled():
            return None
        torch.mul(distances, -precision, out=weights).exp_()
        sums = weights.sum(1, keepdim=True)
        mean = torch.where(weights > 0, weights * distances, 0.0).sum(1, keepdim=True) / sums
        # the Gaussian is too wide where the entropy of the neighbours exceeds that of the perplexity
        wide = sums.log() + precision * mean > log(perplexity)
        low, high = torch.where(wide, precision, low), torch.where(wide, high, precision)
        precision = torch.where(high.isinf(), 2 * precision, (low + high) / 2)
    torch.mul(distances, -precision, out=weights).exp_()
    weights /= weights.sum(1, keepdim=True)
    pairs = weights + weights.T
    return (pairs / pairs.sum()).clamp_(min=LEAST)


def _closeness(positions: Tensor, into: Tensor) -> float:
    """1 / (1 + squared distance) of each pair of positions, (n, n), 0 of a position with itself; returns the sum."""
    squares = positions.square().sum(1)
    torch.mm(positions, positions.T, out=into).mul_(-2).add_(squares[:, None]).add_(squares).clamp_(min=0)
    into.add_(1).reciprocal_().fill_diagonal_(0)
    return float(into.sum())
