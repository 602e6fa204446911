"""The measures of a run by step, and their reduction to as many points as a screen can show. numpy, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.runs.histories.growing import FACTOR, Growing, Pyramid, Singles

Floats = NDArray[np.float64]

SMOOTHED_OVER = 50
"""The most batches over which the bold curve averages."""
SHARE = 8
"""The bold curve averages over the last 1/SHARE of the run, at most, so that early on it follows quickly."""
MOST_TIMES = 2**17 + 1
"""The most time stamps in a :class:`Times`; odd, so that thinning keeps the first and the last."""
ROUNDING = 1e-6
"""What float64 may add to the number of a step that is computed from a time."""


@dataclass(frozen=True)
class Curve:
    """A range of a series, reduced to blocks of steps for the screen. Steps are counted from 1; NaN is no value.

    With several steps per block, ``raw`` alternates lowest and highest value of each block, and ``raw_steps`` repeats
    the last step of each block. With one step per block it has a single value per block.
    """

    raw_steps: NDArray[np.int64]
    """Steps of ``raw``: (2 · blocks,), or (blocks,) with one step per block."""
    raw: Floats
    """Unsmoothed values, float64, as many as ``raw_steps``."""
    smooth_steps: NDArray[np.int64]
    """The last step of each block, (blocks,)."""
    smooth: Floats
    """Means at ``smooth_steps``, see :func:`window`, float64 (blocks,)."""


class Series:
    """A measure of every training step: raw, and smoothed by the mean over the last :func:`window` steps.

    A step takes 6 bytes: only the mean at every 8th step is stored, the others are computed when needed.
    """

    def __init__(self) -> None:
        self._values = Growing()
        self._low = Pyramid(self._values, np.fmin.reduce)
        self._high = Pyramid(self._values, np.fmax.reduce)
        self._means = Growing()
        """Means at steps 8, 16, 24 …, see :data:`FACTOR`."""

    def __len__(self) -> int:
        return len(self._values)

    def extend(self, values: NDArray[np.floating]) -> None:
        """Append the values (n,) of the next steps; extremes and means are computed later, by :meth:`curve`."""
        self._values.extend(values)

    def raw(self, step: int) -> float:
        """The unsmoothed value of a step, counted from 1."""
        return self._values[step - 1]

    def smooth(self, step: int) -> float:
        """The smoothed value of a step, counted from 1; NaN if no value in its window is finite."""
        return float(self._mean(step, step)[0])

    def values(self) -> Singles:
        """The unsmoothed values of all steps, float32 (steps,)."""
        return self._values.view()

    def smoothed(self) -> Floats:
        """The smoothed values of all steps, float64 (steps,)."""
        return self._mean(1, len(self))

    def curve(self, first: int, last: int, points: int) -> Curve:
        """Steps ``first`` to ``last`` (from 1, inclusive) in about ``points`` blocks at most."""
        first, last = max(1, first), min(len(self), last)
        if last < first:
            none = np.empty(0, np.int64)
            return Curve(none, np.empty(0), none, np.empty(0))
        self._grow()
        block = 1
        while (last - first + 1) > block * points:
            block *= 2
        start = (first - 1) // block * block
        if block == 1:
            steps = np.arange(start, last) + 1
            return Curve(steps, self._values.view(start, last).astype(np.float64), steps, self._mean(start + 1, last))
        low, high = self._low.blocks(start, last, block), self._high.blocks(start, last, block)
        ends = np.minimum(start + block * np.arange(1, len(low) + 1), last)
        raw = np.stack([low, high], axis=1, dtype=np.float64).ravel()
        return Curve(np.repeat(ends, 2), raw, ends, self._means_at(start, last, block))

    def _grow(self) -> None:
        """Compute extremes and means of the appended values."""
        self._low.grow()
        self._high.grow()
        first, last = FACTOR * (len(self._means) + 1), len(self) // FACTOR * FACTOR
        if first <= last:
            self._means.extend(self._mean(first, last)[::FACTOR])

    def _means_at(self, start: int, last: int, block: int) -> Floats:
        """The smoothed values at the ends of blocks of steps, float64 (blocks,); the last block may be shorter."""
        if block < FACTOR:
            of_whole_blocks: Floats = self._mean(start + 1, last)[block - 1 :: block]
        else:
            # a block is a power of 2, and so has a whole number of stored means; the last of them is at its end
            count = block // FACTOR
            stored = self._means.every(count, start // FACTOR + count - 1, last // FACTOR)
            of_whole_blocks = stored.astype(np.float64)
        return np.append(of_whole_blocks, self.smooth(last)) if last % block else of_whole_blocks

    def _mean(self, first: int, last: int) -> Floats:
        """The smoothed values of steps ``first`` to ``last``, inclusive, float64; values that are not finite are left
        out."""
        begin = max(0, first - SMOOTHED_OVER)
        values = self._values.view(begin, last).astype(np.float64)
        finite = np.isfinite(values)
        sums = np.concatenate([[0.0], np.cumsum(np.where(finite, values, 0.0))])
        finite_before = np.concatenate([[0], np.cumsum(finite)])
        ends = np.arange(first, last + 1)
        # as window() for each of the steps
        windows = np.minimum(SMOOTHED_OVER, (ends - 1) // SHARE + 1)
        to, since = ends - begin, ends - begin - windows
        counts = finite_before[to] - finite_before[since]
        return np.where(counts > 0, (sums[to] - sums[since]) / np.maximum(counts, 1), np.nan)


class Times:
    """Training seconds by step, interpolated linearly between time stamps.

    When there are too many time stamps, every second one is dropped.
    """

    def __init__(self) -> None:
        self._steps, self._seconds = np.zeros(1), np.zeros(1)
        self._count = 1

    def add(self, step: int, seconds: float) -> None:
        """Add a time stamp: the seconds since the start of the run at the end of ``step``."""
        if self._count == MOST_TIMES:
            self._steps, self._seconds = self._steps[::2].copy(), self._seconds[::2].copy()
            self._count = len(self._steps)
        if self._count == len(self._steps):
            more = np.empty(min(MOST_TIMES, 2 * self._count) - self._count)
            self._steps, self._seconds = np.append(self._steps, more), np.append(self._seconds, more)
        self._steps[self._count], self._seconds[self._count] = step, seconds
        self._count += 1

    def at(self, steps: NDArray[np.int64]) -> Floats:
        """The seconds at the ends of steps (n,), float64 (n,)."""
        return np.interp(steps, self._steps[: self._count], self._seconds[: self._count])

    def step_at(self, seconds: float) -> int:
        """The step that was trained at a time since the start of the run."""
        stamps = self._seconds[: self._count]
        after = int(np.searchsorted(stamps, seconds))
        if after == self._count:
            return int(self._steps[self._count - 1])
        after = max(1, after)
        share = (
            (seconds - stamps[after - 1]) / (stamps[after] - stamps[after - 1])
            if stamps[after] > stamps[after - 1]
            else 1
        )
        before, end = self._steps[after - 1], self._steps[after]
        return math.ceil(float(before + min(1.0, max(0.0, share)) * (end - before)) - ROUNDING)


def window(step: int) -> int:
    """The number of steps, ending with ``step`` (from 1), over which the bold curve averages at ``step``."""
    return min(SMOOTHED_OVER, (step - 1) // SHARE + 1)
