"""Arrays that grow by appending, and their extremes over blocks, for runs of many days. numpy, no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Singles = NDArray[np.float32]

FACTOR = 8
"""How many entries of a level of a :class:`Pyramid` are reduced to one entry of the next level."""
SMALLEST, LARGEST = 2**8, 2**16
"""Sizes of the first and of full-grown blocks of a :class:`Growing`, in values; powers of 2."""


class Growing:
    """A float32 array (n,) that grows at its end. It is stored in blocks, so that appending does not copy old
    values."""

    def __init__(self) -> None:
        self._blocks = [np.empty(SMALLEST, np.float32)]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> float:
        """The value at an index, counted from 0."""
        return float(self._blocks[index // LARGEST][index % LARGEST])

    def extend(self, values: NDArray[np.floating]) -> None:
        """Append values (k,)."""
        done = 0
        while done < len(values):
            room = self._room(len(values) - done)
            some = values[done : done + len(room)]
            room[: len(some)] = some
            done += len(some)
            self._count += len(some)

    def view(self, start: int = 0, stop: int | None = None) -> Singles:
        """The values [start, stop), float32 (stop - start,): a view if they lie in a single block, else a copy."""
        stop = self._count if stop is None else min(stop, self._count)
        return self.every(1, start, stop)

    def every(self, stride: int, start: int, stop: int) -> Singles:
        """Every ``stride``-th value of [start, stop), float32 (k,)."""
        parts = []
        while start < stop:
            number, offset = divmod(start, LARGEST)
            part = self._blocks[number][offset : min(LARGEST, offset + stop - start) : stride]
            parts.append(part)
            start += stride * len(part)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def _room(self, length: int) -> Singles:
        """The free end of the last block, float32 (k,), enlarged for up to ``length`` values."""
        number, offset = divmod(self._count, LARGEST)
        if number == len(self._blocks):
            self._blocks.append(np.empty(LARGEST, np.float32))
        block = self._blocks[number]
        if offset == len(block) and len(block) < LARGEST:
            block = np.empty(min(LARGEST, max(2 * len(block), offset + length)), np.float32)
            block[:offset] = self._blocks[number]
            self._blocks[number] = block
        return block[offset:]


class Pyramid:
    """Extremes of values over blocks of 8, 64, 512 …, so that any range is summarized quickly.

    ``reduce`` is ``np.fmin.reduce`` or ``np.fmax.reduce``.
    """

    def __init__(self, values: Growing, reduce: Callable[..., Singles]) -> None:
        self._reduce = reduce
        self._levels = [values]

    def grow(self) -> None:
        """Update the levels with the appended values."""
        level = 0
        while full := len(self._levels[level]) // FACTOR:
            if not self._has(level + 1):
                self._levels.append(Growing())
            below, above = self._levels[level], self._levels[level + 1]
            if len(above) == full:
                return
            blocks = below.view(len(above) * FACTOR, full * FACTOR)
            above.extend(self._reduce(blocks.reshape(-1, FACTOR), axis=1))
            level += 1

    def blocks(self, start: int, stop: int, block: int) -> Singles:
        """The extreme of each block of ``block`` values in [start, stop), float32 (blocks,).

        ``start`` is a multiple of ``block``; the last block may be shorter.
        """
        level, size = 0, 1
        while size * FACTOR <= block and block % (size * FACTOR) == 0 and self._has(level + 1):
            level, size = level + 1, size * FACTOR
        values = self._levels[level].view(start // size, stop // size)
        if stop % size:
            values = np.append(values, self._rest(level, stop))
        if not len(values):
            return values
        return np.asarray(self._reduce_at(values, block // size))

    def _rest(self, level: int, stop: int) -> Singles:
        """The extreme, float32 (), of the values before ``stop`` that are too few for a further entry of ``level``."""
        parts = []
        # from each level below the entries that are too few for a further entry of the level above it
        for below in range(level):
            size = FACTOR**below
            parts.append(self._levels[below].view(stop // (size * FACTOR) * FACTOR, stop // size))
        return np.asarray(self._reduce(np.concatenate(parts)))

    def _reduce_at(self, values: Singles, group: int) -> Singles:
        if group == 1:
            return values
        full = len(values) // group * group
        reduced = self._reduce(values[:full].reshape(-1, group), axis=1)
        return np.append(reduced, self._reduce(values[full:])) if full < len(values) else reduced

    def _has(self, level: int) -> bool:
        return level < len(self._levels)
