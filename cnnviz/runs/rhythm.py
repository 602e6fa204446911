"""When moments of a run are recorded: often at first, then less often, and never for much of the training time."""

from __future__ import annotations

from collections import deque

SHARE = 0.012
"""The share of the time that copying and writing may take."""
CREDIT = 0.25
"""Seconds of it that may be spent at once, so that the first steps are recorded."""
SHORTEST = 0.4
"""Seconds between two moments, at least, after the first steps."""
MOMENTS = 200
"""About so many moments are recorded while the time since the start of a run doubles and doubles again."""
EXACT_SECONDS = 30.0
"""After so many seconds the next moment is one that can be gone on from exactly, if there is time for it."""
MOST_SECONDS = 60.0
"""After so many seconds it is recorded in any case."""


class Rhythm:
    """The recording times of one run. All but :meth:`spent` is called on the training thread alone."""

    def __init__(self, now: float) -> None:
        self._began = self._seen = self._last = self._exact = now
        self._credit = CREDIT
        self._costs: deque[float] = deque()
        self.exact_step = -1
        """The step of the newest moment that can be gone on from exactly."""
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
        """Whether the moment that is due should be one that can be gone on from exactly."""
        return now - self._exact >= EXACT_SECONDS

    def recorded(self, step: int, now: float, *, exact: bool) -> None:
        """A moment was copied."""
        self.step, self._last = step, now
        if exact:
            self.exact_step, self._exact = step, now

    def spent(self, seconds: float) -> None:
        """Copying or writing took so many seconds; any thread may call this."""
        self._costs.append(seconds)

    def _must(self, now: float) -> bool:
        return now - self._exact >= MOST_SECONDS
