"""What time a training takes, and how fast it is."""

from __future__ import annotations

import time

from cnnviz.training.estimate import PASSES

FLUSH_SECONDS = 0.05
"""Values are read off the device, and the status is renewed, at most this often."""
SPEED_SECONDS = 3.0
"""images/s is the mean of about this long."""


class Clock:
    """Training time without pauses and evaluations, the speed of the last seconds, and the time that is left."""

    def __init__(self) -> None:
        self.images_per_second = 0.0
        self._last = self._flush_at = time.perf_counter()
        self._window: list[tuple[float, int]] = []
        self._evaluating_since: float | None = None
        """None where what passes is not only an evaluation."""
        self._evaluation = 0.0
        """Seconds for an image of the last evaluation; 0 before the first one."""

    def restart(self, step: int) -> None:
        """Training goes on after standing still; ``step`` 0 begins a new measurement."""
        self._last = self._flush_at = time.perf_counter()
        self._window = []
        self._evaluating_since = None
        if step == 0:
            self.images_per_second = self._evaluation = 0.0

    def stepped(self) -> None:
        """A batch is done: an evaluation may follow."""
        self._evaluating_since = time.perf_counter()

    def evaluated(self, images: int) -> None:
        """What passed since the last flush was an evaluation and does not count as training."""
        self._last = now = time.perf_counter()
        if images and self._evaluating_since is not None:
            self._evaluation = (now - self._evaluating_since) / images
        self._evaluating_since = now

    def seconds_left(self, trained: int, evaluated: int) -> float | None:
        """Until so many images are ``trained`` and ``evaluated``; None before the speed is known.

        Before the first evaluation an image of it is taken to cost what a forward pass is of a step.
        """
        if not self.images_per_second:
            return None
        step = 1 / self.images_per_second
        return trained * step + evaluated * (self._evaluation or step / PASSES)

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
