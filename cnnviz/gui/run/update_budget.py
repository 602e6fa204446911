"""How much of a picture each update may renew while training, so that the updates cost training little. No Qt."""

from __future__ import annotations

import time
from math import ceil

UPDATE_SECONDS = 0.42
"""Least time between the starts of two updates."""
WHOLE_SECONDS = 1.0
"""An update renews the whole picture if updates may then begin at least this often: parts of several moments are harder
to read."""
COST = 0.025
"""The share of the program's processor time that updates may take. A training loses about twice as much, as all threads
of an operation wait for the one whose core is taken."""
GROWING_COST = 0.1
"""The same share as long as the picture is not complete."""
LEAST_COUNT = 16
"""The least number of items in an update. If they take longer than allowed, updates become rarer."""
LEAST_BUSY = 0.25
"""The least number of busy cores that is reckoned with, so that a training on a GPU does not stop the updates."""


class UpdateBudget:
    """Follows what updates cost, and decides how many items the next one renews and when it may begin.

    Times are those of time.perf_counter, in seconds.
    """

    def __init__(self) -> None:
        self._item_seconds = 0.0
        """The processor time of an item in the last update."""
        self._fixed_seconds = 0.0
        """The processor time of the last update that does not depend on the number of its items."""
        self._busy = 1.0
        """The number of cores that the program kept busy between the last two updates."""
        self._measured_at, self._measured_processor = time.perf_counter(), time.process_time()
        """When the busy cores were last counted, and the processor time of the program until then."""
        self._started = self._next_at = 0.0
        self._allowed = COST

    @property
    def ready(self) -> bool:
        """Whether the next update may begin."""
        return time.perf_counter() >= self._next_at

    def hurry(self) -> None:
        """Let the next update begin at once."""
        self._next_at = 0.0

    def begin(self, first_count: int, total: int, *, growing: bool) -> int:
        """Begin an update; returns the number of its items of ``total``, ``first_count`` if nothing is known about
        their cost.

        ``growing``: the picture is not complete.
        """
        now, processor = time.perf_counter(), time.process_time()
        if (elapsed := now - self._measured_at) >= UPDATE_SECONDS / 2:
            self._busy = max(LEAST_BUSY, (processor - self._measured_processor) / elapsed)
            self._measured_at, self._measured_processor = now, processor
        self._started, self._allowed = now, GROWING_COST if growing else COST
        return self._count(total, self._allowed) if self._item_seconds else first_count

    def end(self, seconds: float, fixed: float, count: int) -> None:
        """End an update that took ``seconds`` of processor time for ``count`` items, and ``fixed`` more whatever their
        number; 0 items if it has failed."""
        if count:
            self._item_seconds, self._fixed_seconds = seconds / count, fixed
        self._next_at = self._started + max(UPDATE_SECONDS, (seconds + fixed) / self._busy / self._allowed)

    def whole_seconds(self, total: int) -> float:
        """The time in which updates renew ``total`` items, if nothing changes."""
        count = self._count(total, COST)
        between = max(UPDATE_SECONDS, self._seconds(count) / self._busy / COST)
        return ceil(total / count) * between

    def _seconds(self, count: int) -> float:
        return self._fixed_seconds + count * self._item_seconds

    def _count(self, total: int, allowed: float) -> int:
        """The number of items in an update that may take the share ``allowed``."""
        if self._seconds(total) <= allowed * self._busy * WHOLE_SECONDS:
            return total
        # at least as much time for items as for the rest
        seconds = max(self._fixed_seconds, allowed * self._busy * UPDATE_SECONDS - self._fixed_seconds)
        return min(total, max(LEAST_COUNT, int(seconds / self._item_seconds)))
