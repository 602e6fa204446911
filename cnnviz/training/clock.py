"""What time a training takes, and how fast it is."""

from __future__ import annotations

import time

FLUSH_SECONDS = 0.05
"""Values are read off the device, and the status is renewed, at most this often."""
SPEED_SECONDS = 3.0
"""images/s is the mean of about this long."""


class Clock:
    """Training time without pauses and evaluations, and the speed of the last seconds."""

    def __init__(self) -> None:
        self.images_per_second = 0.0
        self._last = self._flush_at = time.perf_counter()
        self._window: list[tuple[float, int]] = []

    def restart(self, step: int) -> None:
        """Training goes on after standing still; ``step`` 0 begins a new measurement."""
        self._last = self._flush_at = time.perf_counter()
        self._window = []
        if step == 0:
            self.images_per_second = 0.0

    def skip(self) -> None:
        """What passed since the last flush was an evaluation and does not count."""
        self._last = time.perf_counter()

    def due(self) -> bool:
        """Whether it is time to read values off the device."""
        return time.perf_counter() - self._flush_at >= FLUSH_SECONDS

    def flushed(self, images: int) -> float:
        """Note ``images`` done since the last call; returns the seconds they took."""
        now = time.perf_counter()
        passed, self._last, self._flush_at = now - self._last, now, now
        self._window.append((passed, images))
        while len(self._window) > 1 and sum(seconds for seconds, _ in self._window[1:]) > SPEED_SECONDS:
            self._window.pop(0)
        elapsed = sum(seconds for seconds, _ in self._window)
        self.images_per_second = sum(count for _, count in self._window) / elapsed if elapsed else 0.0
        return passed
