"""How much of a picture each update may renew while training, so that the updates cost training little. No Qt."""

from __future__ import annotations

import time
from math import ceil

UPDATE_SECONDS = 0.42
"""Least time between the starts of two updates."""
WHOLE_SECONDS = 1.5
"""An update renews the whole picture if updates may then begin at least this often: parts of several moments are harder
to read."""
COST, GROWING_COST = 0.035, 0.1
"""The share of the program's processor time that updates may take, and as long as the picture is not complete."""
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
        self._busy = 1.0
        """The number of cores that the program kept busy between the last two updates."""
        self._measured = time.perf_counter(), time.process_time()
        self._started = self._next_at = 0.0
        self._allowed = COST

    @property
    def ready(self) -> bool:
        """Whether the next update may begin."""
        return time.perf_counter() >= self._next_at

    def hurry(self) -> None:
        """Let the next update begin at once."""
        self._next_at = 0.0

    def begin(self, first: int, total: int, *, growing: bool) -> int:
        """Begin an update; returns the number of its items of ``total``, ``first`` if nothing is known about their
        cost.

        ``growing``: the picture is not complete.
        """
        now = time.perf_counter(), time.process_time()
        if now[0] - self._measured[0] >= UPDATE_SECONDS / 2:
            self._busy = max(LEAST_BUSY, (now[1] - self._measured[1]) / (now[0] - self._measured[0]))
            self._measured = now
        self._started, self._allowed = now[0], GROWING_COST if growing else COST
        if not self._item_seconds:
            return first
        if total * self._item_seconds <= self._allowed * self._busy * WHOLE_SECONDS:
            return total
        return max(LEAST_COUNT, int(self._allowed * self._busy * UPDATE_SECONDS / self._item_seconds))

    def end(self, seconds: float, count: int) -> None:
        """End an update that took ``seconds`` of processor time for ``count`` items; 0 of them if it has failed."""
        if count:
            self._item_seconds = seconds / count
        self._next_at = self._started + max(UPDATE_SECONDS, seconds / self._busy / self._allowed)

    def whole_seconds(self, total: int) -> float:
        """The time in which updates renew ``total`` items, if nothing changes."""
        seconds = self._item_seconds * total / (COST * self._busy)
        return max(UPDATE_SECONDS, ceil(seconds / UPDATE_SECONDS) * UPDATE_SECONDS)
