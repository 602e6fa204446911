"""The numbers of a run as they grow, and as few of them as a screen can show. numpy, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.gui.panels.growing import FACTOR, Growing, Pyramid, Singles

Floats = NDArray[np.float64]

SMOOTHED_OVER = 50
"""Batches in the mean of the bold curve."""
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
    """One measure of every training step: raw, and the mean of the last :data:`SMOOTHED_OVER` steps.

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
        """The means of the steps ``first`` to ``last``, inclusive."""
        begin = max(0, first - SMOOTHED_OVER)
        values = self._values.view(begin, last)
        return _moving_mean(values[: first - 1 - begin], values[first - 1 - begin :].astype(np.float64))


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


def _moving_mean(before: Singles, values: Floats) -> Floats:
    """Mean of each value and the up to 49 before it; ``before`` are those that stand before ``values``."""
    everything = np.concatenate([before, values])
    means = np.empty(len(values))
    lead = min(len(values), SMOOTHED_OVER - 1 - len(before))
    if lead > 0:
        growing = np.cumsum(everything[: len(before) + lead])
        counts = np.arange(1, len(growing) + 1)
        means[:lead] = (growing / counts)[len(before) :]
    if lead < len(values):
        windows = np.lib.stride_tricks.sliding_window_view(everything, SMOOTHED_OVER)
        means[max(lead, 0) :] = windows[len(windows) - (len(values) - max(lead, 0)) :].mean(axis=1)
    return means
