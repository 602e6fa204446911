"""The colour levels of the maps on the canvas. No graphics items."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz.gui.widgets.map_scales import OWN, own_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array

HIGHEST_LEVEL, ZERO_LEVEL = 255.0, 128.0
"""The highest level, and the level of 0 in a signed scale; the levels of such a scale go from 1 to 255."""


class Scaled(NamedTuple):
    """Values, float32 (n, H, W) or (n,), and the limit of their scale; :data:`OWN` scales each map separately."""

    values: Array
    limit: float
    signed: bool


class Levels(NamedTuple):
    """Colour levels, uint8 of the shape of the values, and how many of the values lie beyond the scale."""

    levels: NDArray[np.uint8]
    clipped: int


def levels_of(parts: Sequence[Scaled]) -> list[Levels]:
    """The colour levels of the values of several nodes: computed at once, because NumPy takes longer for a call than
    for a thousand values.

    Signed values are scaled from -limit to limit, with 0 at :data:`ZERO_LEVEL`; others from 0 to limit. NaN counts as
    0, values beyond the limit as the limit.
    """
    if not parts:
        return []
    with np.errstate(over="ignore", invalid="ignore"):
        arrays = [
            part.values * (_steps(part.signed) / own_limits(part.values)) if part.limit == OWN else part.values
            for part in parts
        ]
        values = np.concatenate([array.ravel() for array in arrays])
        sizes = tuple([array.size for array in arrays])
        factors, zeros, limits = _scales(sizes, tuple([(part.limit, part.signed) for part in parts]))
        outside = np.abs(values) > limits
        scaled = np.multiply(values, factors, out=values)
        np.rint(scaled, out=scaled)
        scaled += zeros
        np.minimum(np.maximum(scaled, 0.0, out=scaled), HIGHEST_LEVEL, out=scaled)
        # the largest of values is NaN if any of them is
        if np.isnan(scaled.max(initial=0.0)):
            np.copyto(scaled, zeros, where=np.isnan(scaled))
    levels, any_outside = scaled.astype(np.uint8), bool(outside.any())
    parts_of_levels, start = [], 0
    for array, size in zip(arrays, sizes, strict=True):
        end = start + size
        clipped = int(np.count_nonzero(outside[start:end])) if any_outside else 0
        parts_of_levels.append(Levels(levels[start:end].reshape(array.shape), clipped))
        start = end
    return parts_of_levels


@lru_cache(maxsize=8)
def _scales(sizes: tuple[int, ...], scales: tuple[tuple[float, bool], ...]) -> tuple[Array, Array, Array]:
    """For each value of all parts: the factor to its level, the level of 0, and the limit; each float32 (values,).

    Scales hardly change while training.
    """
    counts = np.array(sizes)
    factors = [1.0 if limit == OWN else _steps(signed) / limit for limit, signed in scales]
    zeros = [ZERO_LEVEL if signed else 0.0 for _, signed in scales]
    limits = [np.inf if limit == OWN else limit for limit, _ in scales]
    repeated = [np.array(part, np.float32).repeat(counts) for part in (factors, zeros, limits)]
    return repeated[0], repeated[1], repeated[2]


def _steps(signed: bool) -> float:
    """The number of levels from 0 to the limit."""
    return HIGHEST_LEVEL - ZERO_LEVEL if signed else HIGHEST_LEVEL
