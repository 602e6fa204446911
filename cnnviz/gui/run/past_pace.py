"""How soon one recorded moment may follow another on screen while a training goes on."""

from __future__ import annotations

import time

PAST_SHARE = 0.05
"""Beside a training, loading and drawing recorded moments takes at most about this share of a core: on the CPU all
threads of an operation wait for the one whose core is taken, and a GPU is given its work by the core that draws."""
BURST_SECONDS = 0.06
"""After a rest, moments are shown without a wait until loading and drawing them has taken so long."""
LONGEST_WAIT_SECONDS = 1.0
"""The longest wait for a moment, in seconds, however long the moment before took."""


class PastPace:
    """Time that loading and drawing moments may take: it grows with the time that passes, up to BURST_SECONDS.

    All times are in seconds; what moments have taken is given as a total that only grows.
    """

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, taken: float) -> None:
        """Begin to look at the past: the time ``taken`` until now is not counted."""
        self._left = BURST_SECONDS
        self._seen = time.perf_counter(), taken

    def wait(self, taken: float) -> float:
        """The time until the next moment may be loaded, at most LONGEST_WAIT_SECONDS, so that moments take in the long
        run no more than PAST_SHARE of the time of one core."""
        now, (before, taken_before) = time.perf_counter(), self._seen
        self._seen = now, taken
        grown = min(BURST_SECONDS, self._left + PAST_SHARE * (now - before))
        # what one moment has taken beyond the longest wait is not owed by the next ones
        self._left = max(grown - (taken - taken_before), -PAST_SHARE * LONGEST_WAIT_SECONDS)
        return max(0.0, -self._left / PAST_SHARE)
