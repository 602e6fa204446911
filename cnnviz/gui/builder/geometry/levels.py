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


class Scaled(NamedTuple):
    """Values, float32 (n, H, W) or (n,), and the limit of their scale; :data:`OWN` scales each map separately."""

    values: Array
    limit: float
    signed: bool


class Levels(NamedTuple):
    """Colour levels, uint8 of the shape of the values, and how many of the values lie beyond the scale."""

    levels: NDArray[np.uint8]
    beyond: int


def levels_of(parts: Sequence[Scaled]) -> list[Levels]:
    """The colour levels of the values of several nodes: computed at once, because NumPy takes longer for a call than
    for a thousand values.

    Signed values are scaled from -limit to limit, with 0 at level 128; others from 0 to limit. NaN counts as 0, values
    beyond the limit as the limit.
    """
    if not parts:
        return []
    with np.errstate(over="ignore", invalid="ignore"):
        each = [
            part.values * (_steps(part.signed) / own_limits(part.values)) if part.limit == OWN else part.values
            for part in parts
        ]
        values = np.concatenate([part.ravel() for part in each])
        sizes = tuple([part.size for part in each])
        factors, zeros, limits = _scales(sizes, tuple([(part.limit, part.signed) for part in parts]))
        outside = np.abs(values) > limits
        scaled = np.multiply(values, factors, out=values)
        np.rint(scaled, out=scaled)
        scaled += zeros
        np.minimum(np.maximum(scaled, 0.0, out=scaled), 255.0, out=scaled)
        # the largest of values is NaN if any of them is
        if np.isnan(scaled.max(initial=0.0)):
            np.copyto(scaled, zeros, where=np.isnan(scaled))
    levels, beyond, found, start = scaled.astype(np.uint8), int(np.count_nonzero(outside)), [], 0
    for part, size in zip(each, sizes, strict=True):
        own = levels[start : start + size].reshape(part.shape)
        found.append(Levels(own, int(np.count_nonzero(outside[start : start + size])) if beyond else 0))
        start += size
    return found


@lru_cache(maxsize=8)
def _scales(sizes: tuple[int, ...], scales: tuple[tuple[float, bool], ...]) -> tuple[Array, Array, Array]:
    """For each value of all parts: the factor to its level, the level of 0, and the limit; each float32 (values,).

    Scales hardly change while training.
    """
    counts = np.array(sizes)
    factors = [1.0 if limit == OWN else _steps(signed) / limit for limit, signed in scales]
    zeros = [128.0 if signed else 0.0 for _, signed in scales]
    limits = [np.inf if limit == OWN else limit for limit, _ in scales]
    each = [np.array(part, np.float32).repeat(counts) for part in (factors, zeros, limits)]
    return each[0], each[1], each[2]


def _steps(signed: bool) -> float:
    return 127.0 if signed else 255.0
