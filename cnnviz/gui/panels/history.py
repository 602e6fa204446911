"""The numbers of a run as they grow, and as few of them as a screen can show. numpy, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMOOTHED_OVER = 50
"""Batches in the mean of the bold curve."""
FACTOR = 8
"""How many entries of one level of a :class:`Pyramid` make one of the next."""


class Growing:
    """A float64 array that grows at its end in constant time on average, by doubling its room."""

    def __init__(self) -> None:
        self._room = np.empty(1024)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, values: NDArray[np.floating]) -> None:
        """Add values (n,) at the end."""
        needed = self._count + len(values)
        if needed > len(self._room):
            room = np.empty(max(needed, 2 * len(self._room)))
            room[: self._count] = self._room[: self._count]
            self._room = room
        self._room[self._count : needed] = values
        self._count = needed

    def view(self, start: int = 0, stop: int | None = None) -> Floats:
        """The values from ``start`` to ``stop``, not copied."""
        return self._room[start : self._count if stop is None else min(stop, self._count)]


class Pyramid:
    """Values with their extremes over blocks of 8, 64, 512 …, so that any stretch is summarized in little time."""

    def __init__(self, reduce: Callable[..., Floats]) -> None:
        self._reduce = reduce
        self._levels = [Growing()]

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def values(self) -> Growing:
        """The values themselves."""
        return self._levels[0]

    def extend(self, values: NDArray[np.floating]) -> None:
        """Add values (n,) at the end."""
        self._levels[0].extend(values)
        level = 0
        while len(self._levels[level]) >= FACTOR * (len(self._levels[level + 1]) + 1 if self._has(level + 1) else 1):
            if not self._has(level + 1):
                self._levels.append(Growing())
            below, above = self._levels[level], self._levels[level + 1]
            blocks = below.view(len(above) * FACTOR, len(below) // FACTOR * FACTOR)
            above.extend(self._reduce(blocks.reshape(-1, FACTOR), axis=1))
            level += 1

    def blocks(self, start: int, stop: int, block: int) -> Floats:
        """One number for each block of ``block`` values from ``start``, a multiple of it; the last may be short."""
        level, size = 0, 1
        while size * FACTOR <= block and block % (size * FACTOR) == 0 and self._has(level + 1):
            level, size = level + 1, size * FACTOR
        whole = self._levels[level].view(start // size, stop // size)
        rest = self._levels[0].view(stop // size * size, stop)
        if len(rest):
            whole = np.append(whole, self._reduce(rest))
        if not len(whole):
            return whole
        return np.asarray(self._reduce_at(whole, block // size))

    def _reduce_at(self, values: Floats, group: int) -> Floats:
        if group == 1:
            return values
        full = len(values) // group * group
        reduced = self._reduce(values[:full].reshape(-1, group), axis=1)
        return np.append(reduced, self._reduce(values[full:])) if full < len(values) else reduced

    def _has(self, level: int) -> bool:
        return level < len(self._levels)


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
    """One measure of every training step: raw, and the mean of the last :data:`SMOOTHED_OVER` steps."""

    def __init__(self) -> None:
        self._low = Pyramid(np.fmin.reduce)
        self._high = Pyramid(np.fmax.reduce)
        self._smooth = Growing()

    def __len__(self) -> int:
        return len(self._smooth)

    def extend(self, values: NDArray[np.floating]) -> None:
        """Add the values (n,) of the steps that follow."""
        before = self._low.values.view(max(0, len(self) - SMOOTHED_OVER + 1)).copy()
        self._low.extend(values)
        self._high.extend(values)
        self._smooth.extend(_moving_mean(before, np.asarray(values, np.float64)))

    def raw(self, step: int) -> float:
        """The value of a step, counted from 1."""
        return float(self._low.values.view()[step - 1])

    def smooth(self, step: int) -> float:
        """The mean of the last steps up to this one."""
        return float(self._smooth.view()[step - 1])

    def values(self) -> Floats:
        """The values of all steps, not copied."""
        return self._low.values.view()

    def smoothed(self) -> Floats:
        """The means of all steps, not copied."""
        return self._smooth.view()

    def curve(self, first: int, last: int, points: int) -> Curve:
        """Steps ``first`` to ``last`` (from 1, inclusive) in at most ``points`` blocks."""
        first, last = max(1, first), min(len(self), last)
        if last < first:
            none = np.empty(0, np.int64)
            return Curve(none, np.empty(0), none, np.empty(0))
        block = 1
        while (last - first + 1) > block * points:
            block *= 2
        start = (first - 1) // block * block
        if block == 1:
            steps = np.arange(start, last) + 1
            return Curve(steps, self._low.values.view(start, last), steps, self._smooth.view(start, last))
        low, high = self._low.blocks(start, last, block), self._high.blocks(start, last, block)
        ends = np.minimum(start + block * np.arange(1, len(low) + 1), last)
        raw = np.stack([low, high], axis=1).ravel()
        return Curve(np.repeat(ends, 2), raw, ends, self._smooth.view()[ends - 1])


def _moving_mean(before: Floats, values: Floats) -> Floats:
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
