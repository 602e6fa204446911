"""When moments of a run are recorded: often at first, then less often, within a small share of the training time."""

from __future__ import annotations

from collections import deque

SHARE = 0.012
"""The share of training time that copying and writing may take."""
CREDIT = 0.25
"""Seconds that may be spent in advance, so that the first steps are recorded."""
SHORTEST = 0.4
"""Least number of seconds between two moments, after the first steps."""
MOMENTS = 200
"""About this many moments are recorded each time the time since the start of a run doubles."""
EXACT_SECONDS = 30.0
"""After this many seconds the next moment is exact, so that training can continue from it, if there is time."""
MOST_SECONDS = 60.0
"""After this many seconds an exact moment is recorded in any case."""


class Rhythm:
    """The recording times of a run. All methods but :meth:`spent` are called on the training thread only."""

    def __init__(self, now: float) -> None:
        self._began = self._seen = self._last = self._exact = now
        self._credit = CREDIT
        self._costs: deque[float] = deque()
        self.exact_step = -1
        """The step of the newest exact moment."""
        self.step = -1
        """The step of the newest moment."""

    def due(self, step: int, now: float) -> bool:
        """Whether the moment after ``step`` should be recorded at the time ``now``, in seconds."""
        if step <= self.step:
            return False
        self._credit = min(CREDIT, self._credit + SHARE * (now - self._seen))
        self._seen = now
        while self._costs:
            self._credit -= self._costs.popleft()
        if self._must(now):
            return True
        if self._credit <= 0:
            return False
        early = step & (step - 1) == 0
        return early or now - self._last >= max(SHORTEST, (now - self._began) / MOMENTS)

    def wants_exact(self, now: float) -> bool:
        """Whether the moment that is due should be exact."""
        return now - self._exact >= EXACT_SECONDS

    def recorded(self, step: int, now: float, *, exact: bool) -> None:
        """Note that a moment was copied."""
        self.step, self._last = step, now
        if exact:
            self.exact_step, self._exact = step, now

    def spent(self, seconds: float) -> None:
        """Note the seconds taken by copying or writing; any thread may call this."""
        self._costs.append(seconds)

    def _must(self, now: float) -> bool:
        return now - self._exact >= MOST_SECONDS
