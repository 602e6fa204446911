"""When moments of a run are recorded: often at first, then less often, within a small share of the training time."""

from __future__ import annotations

from collections import deque

SHARE = 0.012
"""The share of training time that copying and writing may take."""
CREDIT_SECONDS = 0.25
"""Seconds that may be spent in advance, so that the first steps are recorded."""
SHORTEST_SECONDS = 0.4
"""Least number of seconds between two moments, after the first steps."""
MOMENTS = 200
"""Two moments are apart by at least the time since the start of the run, divided by this number."""
EXACT_SECONDS = 30.0
"""After this many seconds the next moment is exact, so that training can continue from it, if there is time."""
FIRST_EXACT_SECONDS = 3.0
"""The same for the first exact moment of a run; the distance then doubles up to :data:`EXACT_SECONDS`."""
MOST_SECONDS = 60.0
"""After this many seconds an exact moment is recorded in any case, unless such moments alone would take more than
:data:`SHARE` of the time. With 25 million parameters and Adam such a moment has 300 MB and takes about a second."""


class Rhythm:
    """The recording times of a run. All times are in seconds of one clock that is never set; pauses do not count.

    The first moments of a run are those after 0, 1, 2, 4, 8 ... steps; later ones have a distance in time, which grows
    with the run. Each moment is paid for: its costs, given to :meth:`spent`, are taken from a credit that grows with
    the training time, and without credit no moment is due. So a larger network has fewer moments, and the share of time
    stays the same. A moment that is recorded where training stands still costs training nothing.

    Exact moments are recorded from time to time even without credit. They hold the optimizer's tensors as well, which
    makes them up to three times as large, so that their distance, too, grows with what they cost.

    :meth:`spent` and :meth:`exact_has_cost` may be called on any thread, all other methods on the training thread.
    """

    def __init__(self, now: float) -> None:
        self._began = self._last_asked = self._last_moment = self._last_exact = now
        self._paused_since: float | None = None
        self._credit = CREDIT_SECONDS
        self._costs: deque[float] = deque()
        self._exact_seconds = 0.0
        """The cost of the newest exact moment."""
        self.exact_step = -1
        """The step of the newest exact moment."""
        self.step = -1
        """The step of the newest moment."""

    def begin_pause(self, now: float) -> None:
        """Note that training stands still until :meth:`due` is called again."""
        if self._paused_since is None:
            self._paused_since = now

    def due(self, step: int, now: float) -> bool:
        """Whether the moment after ``step`` should be recorded at the time ``now``."""
        self._end_pause(now)
        if step <= self.step:
            return False
        self._credit = min(CREDIT_SECONDS, self._credit + SHARE * (now - self._last_asked))
        self._last_asked = now
        while self._costs:
            self._credit -= self._costs.popleft()
        if self._exact_is_due(now):
            return True
        if self._credit <= 0:
            return False
        is_power_of_two = step & (step - 1) == 0
        return is_power_of_two or now - self._last_moment >= max(SHORTEST_SECONDS, (now - self._began) / MOMENTS)

    def wants_exact(self, now: float) -> bool:
        """Whether the moment that is due should be exact."""
        return now - self._last_exact >= min(EXACT_SECONDS, max(FIRST_EXACT_SECONDS, self._last_exact - self._began))

    def recorded(self, step: int, now: float, *, exact: bool) -> None:
        """Note that a moment was copied."""
        self.step, self._last_moment = step, now
        if exact:
            self.exact_step, self._last_exact = step, now

    def spent(self, seconds: float) -> None:
        """Note the seconds of training that copying or writing has cost."""
        self._costs.append(seconds)

    def exact_has_cost(self, seconds: float) -> None:
        """Note the seconds that copying and writing an exact moment has taken in all."""
        self._exact_seconds = seconds

    def _end_pause(self, now: float) -> None:
        if self._paused_since is not None:
            paused = now - self._paused_since
            self._paused_since = None
            self._began += paused
            self._last_asked += paused
            self._last_moment += paused
            self._last_exact += paused

    def _exact_is_due(self, now: float) -> bool:
        return now - self._last_exact >= max(MOST_SECONDS, self._exact_seconds / SHARE)
