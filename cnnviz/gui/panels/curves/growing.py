"""Numbers that grow at their end for a week, and their extremes. numpy, no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Singles = NDArray[np.float32]

FACTOR = 8
"""How many entries of one level of a :class:`Pyramid` make one of the next."""
SMALLEST, LARGEST = 2**8, 2**16
"""Values in a block of a :class:`Growing` that has just begun, and in one that is full; powers of 2."""


class Growing:
    """A float32 array that grows at its end, in blocks that stay where they are: nothing of it is copied again."""

    def __init__(self) -> None:
        self._blocks = [np.empty(SMALLEST, np.float32)]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> float:
        """One value, from 0."""
        return float(self._blocks[index // LARGEST][index % LARGEST])

    def extend(self, values: NDArray[np.floating]) -> None:
        """Add values (n,) at the end."""
        done = 0
        while done < len(values):
            room = self._room(len(values) - done)
            some = values[done : done + len(room)]
            room[: len(some)] = some
            done += len(some)
            self._count += len(some)

    def view(self, start: int = 0, stop: int | None = None) -> Singles:
        """The values from ``start`` to ``stop``; copied where they lie in several blocks."""
        stop = self._count if stop is None else min(stop, self._count)
        return self.every(1, start, stop)

    def every(self, stride: int, start: int, stop: int) -> Singles:
        """One value of ``stride`` from ``start`` on, up to ``stop``."""
        parts = []
        while start < stop:
            number, offset = divmod(start, LARGEST)
            part = self._blocks[number][offset : min(LARGEST, offset + stop - start) : stride]
            parts.append(part)
            start += stride * len(part)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def _room(self, wanted: int) -> Singles:
        """Room at the end, for as many values as are ``wanted`` or fewer."""
        number, offset = divmod(self._count, LARGEST)
        if number == len(self._blocks):
            self._blocks.append(np.empty(LARGEST, np.float32))
        block = self._blocks[number]
        if offset == len(block) and len(block) < LARGEST:
            block = np.empty(min(LARGEST, max(2 * len(block), offset + wanted)), np.float32)
            block[:offset] = self._blocks[number]
            self._blocks[number] = block
        return block[offset:]


class Pyramid:
    """Extremes of values over blocks of 8, 64, 512 …, so that any stretch is summarized in little time."""

    def __init__(self, values: Growing, reduce: Callable[..., Singles]) -> None:
        self._reduce = reduce
        self._levels = [values]

    def grow(self) -> None:
        """Take the values that were added."""
        level = 0
        while len(self._levels[level]) >= FACTOR * (len(self._levels[level + 1]) + 1 if self._has(level + 1) else 1):
            if not self._has(level + 1):
                self._levels.append(Growing())
            below, above = self._levels[level], self._levels[level + 1]
            blocks = below.view(len(above) * FACTOR, len(below) // FACTOR * FACTOR)
            above.extend(self._reduce(blocks.reshape(-1, FACTOR), axis=1))
            level += 1

    def blocks(self, start: int, stop: int, block: int) -> Singles:
        """One number for each block of ``block`` values from ``start``, a multiple of it; the last may be short."""
        level, size = 0, 1
        while size * FACTOR <= block and block % (size * FACTOR) == 0 and self._has(level + 1):
            level, size = level + 1, size * FACTOR
        whole = self._levels[level].view(start // size, stop // size)
        if stop % size:
            whole = np.append(whole, self._rest(level, stop))
        if not len(whole):
            return whole
        return np.asarray(self._reduce_at(whole, block // size))

    def _rest(self, level: int, stop: int) -> Singles:
        """What of the first ``stop`` values fills no entry of a level, reduced to one."""
        parts = []
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
