"""The numbers of a run as they grow, and as few of them as a screen can show. numpy, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.gui.panels.curves.growing import FACTOR, Growing, Pyramid, Singles

Floats = NDArray[np.float64]

SMOOTHED_OVER = 50
"""Most batches in a mean of the bold curve."""
SHARE = 8
"""The bold curve averages the last eighth of the run, so that it keeps up with a training that has just begun."""
MOST_TIMES = 2**17 + 1
"""Moments of a :class:`Times`; odd, so that the first and the last of them are kept."""


@dataclass(frozen=True)
class Curve:
    """A stretch of a series for the screen: ``raw`` as pairs of lowest and highest, ``smooth`` at the end of blocks.

    ``steps`` int64 are counted from 1: those of ``raw`` stand twice, once for each of the pair.
    """

    raw_steps: NDArray[np.int64]
    raw: Floats
    smooth_steps: NDArray[np.int64]
    smooth: Floats


class Series:
    """One measure of every training step: raw, and smoothed by the mean of the last :func:`window` steps.

    A step takes 6 bytes: means are kept of every 8th alone, the others are made when they are asked for.
    """

    def __init__(self) -> None:
        self._values = Growing()
        self._low = Pyramid(self._values, np.fmin.reduce)
        self._high = Pyramid(self._values, np.fmax.reduce)
        self._means = Growing()
        """Up to and with every 8th step."""

    def __len__(self) -> int:
        return len(self._values)

    def extend(self, values: NDArray[np.floating]) -> None:
        """Add the values (n,) of the steps that follow; what is made of them waits for :meth:`curve`."""
        self._values.extend(values)

    def raw(self, step: int) -> float:
        """The value of a step, counted from 1."""
        return self._values[step - 1]

    def smooth(self, step: int) -> float:
        """The mean of the last steps up to this one."""
        return float(self._mean(step, step)[0])

    def values(self) -> Singles:
        """The values of all steps."""
        return self._values.view()

    def smoothed(self) -> Floats:
        """The means of all steps."""
        return self._mean(1, len(self))

    def curve(self, first: int, last: int, points: int) -> Curve:
        """Steps ``first`` to ``last`` (from 1, inclusive) in at most ``points`` blocks."""
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
        """Extremes and means of the values that were added."""
        self._low.grow()
        self._high.grow()
        first, last = FACTOR * (len(self._means) + 1), len(self) // FACTOR * FACTOR
        if first <= last:
            self._means.extend(self._mean(first, last)[::FACTOR])

    def _means_at(self, start: int, last: int, block: int) -> Floats:
        """The means at the ends of blocks of steps, the last of which may be short."""
        if block < FACTOR:
            whole: Floats = self._mean(start + 1, last)[block - 1 :: block]
        else:
            every = block // FACTOR
            whole = self._means.every(every, start // FACTOR + every - 1, last // FACTOR).astype(np.float64)
        return np.append(whole, self.smooth(last)) if last % block else whole

    def _mean(self, first: int, last: int) -> Floats:
        """The means of what is known of the steps that are averaged, for ``first`` to ``last``, inclusive."""
        begin = max(0, first - SMOOTHED_OVER)
        values = self._values.view(begin, last).astype(np.float64)
        finite = np.isfinite(values)
        sums = np.concatenate([[0.0], np.cumsum(np.where(finite, values, 0.0))])
        known = np.concatenate([[0], np.cumsum(finite)])
        ends = np.arange(first, last + 1)
        counts = np.minimum(SMOOTHED_OVER, (ends - 1) // SHARE + 1)
        to, since = ends - begin, ends - begin - counts
        some = known[to] - known[since]
        return np.where(some > 0, (sums[to] - sums[since]) / np.maximum(some, 1), np.nan)


class Times:
    """Seconds by step, as straight lines between the moments that were told; of very many every second is forgotten."""

    def __init__(self) -> None:
        self._steps, self._seconds = np.zeros(1), np.zeros(1)
        self._count = 1

    def add(self, step: int, seconds: float) -> None:
        """Up to and with ``step`` it took so many ``seconds``."""
        if self._count == MOST_TIMES:
            self._steps, self._seconds = self._steps[::2].copy(), self._seconds[::2].copy()
            self._count = len(self._steps)
        if self._count == len(self._steps):
            more = np.empty(min(MOST_TIMES, 2 * self._count) - self._count)
            self._steps, self._seconds = np.append(self._steps, more), np.append(self._seconds, more)
        self._steps[self._count], self._seconds[self._count] = step, seconds
        self._count += 1

    def at(self, steps: NDArray[np.int64]) -> Floats:
        """The seconds at the ends of steps."""
        return np.interp(steps, self._steps[: self._count], self._seconds[: self._count])

    def step_at(self, seconds: float) -> int:
        """The step that was trained then."""
        known = self._seconds[: self._count]
        after = int(np.searchsorted(known, seconds))
        if after == self._count:
            return int(self._steps[self._count - 1])
        after = max(1, after)
        share = (
            (seconds - known[after - 1]) / (known[after] - known[after - 1]) if known[after] > known[after - 1] else 1
        )
        before, end = self._steps[after - 1], self._steps[after]
        return math.ceil(float(before + min(1.0, max(0.0, share)) * (end - before)) - 1e-6)


def window(step: int) -> int:
    """How many steps up to and with ``step`` (from 1) the bold curve averages there."""
    return min(SMOOTHED_OVER, (step - 1) // SHARE + 1)
