"""Measures the time that a training takes, and its speed."""

from __future__ import annotations

import time

from cnnviz.training.estimate import PASSES

FLUSH_SECONDS = 0.05
"""Least time between two readings of values off the device, in seconds; the status is updated as often."""
SPEED_SECONDS = 3.0
"""The images/s are averaged over about this time."""


class Clock:
    """Training time without pauses and evaluations, the speed of the last seconds, and the time left."""

    def __init__(self) -> None:
        self.images_per_second = 0.0
        self._last = self._flush_at = time.perf_counter()
        self._window: list[tuple[float, int]] = []
        self._evaluating_since: float | None = None
        """When the evaluation began that may be running; None after a pause, when that is not known."""
        self._evaluation_seconds = 0.0
        """For each image, in the last evaluation; 0 before the first one."""

    def restart(self, step: int) -> None:
        """Training goes on after standing still; at ``step`` 0 the speed is forgotten."""
        self._last = self._flush_at = time.perf_counter()
        self._window = []
        self._evaluating_since = None
        if step == 0:
            self.images_per_second = self._evaluation_seconds = 0.0

    def stepped(self) -> None:
        """A batch is done; an evaluation may follow."""
        self._evaluating_since = time.perf_counter()

    def evaluated(self, images: int) -> None:
        """An evaluation of ``images`` is done; the time since the last flush does not count as training."""
        self._last = now = time.perf_counter()
        if images and self._evaluating_since is not None:
            self._evaluation_seconds = (now - self._evaluating_since) / images
        self._evaluating_since = now

    def seconds_left(self, trained: int, evaluated: int) -> float | None:
        """How long it takes to train on ``trained`` images and evaluate ``evaluated``; None before the speed is known.

        Before the first evaluation its time is estimated: an image costs a forward pass, a third of a training step.
        """
        if not self.images_per_second:
            return None
        training_seconds = 1 / self.images_per_second
        return trained * training_seconds + evaluated * (self._evaluation_seconds or training_seconds / PASSES)

    def due(self) -> bool:
        """Whether it is time to read values off the device."""
        return time.perf_counter() - self._flush_at >= FLUSH_SECONDS

    def flushed(self, images: int) -> float:
        """Note that ``images`` were trained on since the last call; returns the seconds that they took."""
        now = time.perf_counter()
        passed, self._last, self._flush_at = now - self._last, now, now
        self._window.append((passed, images))
        while len(self._window) > 1 and sum(seconds for seconds, _ in self._window[1:]) > SPEED_SECONDS:
            self._window.pop(0)
        elapsed = sum(seconds for seconds, _ in self._window)
        self.images_per_second = sum(count for _, count in self._window) / elapsed if elapsed else 0.0
        return passed
