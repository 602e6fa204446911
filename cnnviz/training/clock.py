"""Measures the time that a training takes, and its speed."""

from __future__ import annotations

import time
from collections import deque

from cnnviz.training.estimate import PASSES

FLUSH_SECONDS = 0.05
"""Least time between two readings of values off the device, in seconds; the status is updated as often."""
SPEED_SECONDS = 3.0
"""The images/s are averaged over about this time."""
LEFT_SECONDS = 30.0
"""The speed that the time left is computed with is averaged over about this time: other programs that need the
processor for some seconds hardly change it."""


class Clock:
    """Training time without pauses and evaluations, the speed of the last seconds, and the time left."""

    def __init__(self) -> None:
        self.images_per_second = 0.0
        self._last = self._flush_at = time.perf_counter()
        self._short_average, self._long_average = _Average(SPEED_SECONDS), _Average(LEFT_SECONDS)
        self._waited = False
        """Whether the time of the next batch has a part at another pace, so that it does not count."""
        self._evaluating_since: float | None = None
        """When the evaluation began that may be running; None after a pause, when that is not known."""
        self._evaluation_seconds = 0.0
        """For each image, in the last evaluation; 0 before the first one."""

    def restart(self, step: int) -> None:
        """Training goes on after standing still; at ``step`` 0 the speed is forgotten."""
        self._last = self._flush_at = time.perf_counter()
        self._forget()
        self._evaluating_since = None
        if step == 0:
            self.images_per_second = self._evaluation_seconds = 0.0

    def change_pace(self, *, full_speed: bool) -> None:
        """Slow motion begins, changes or, at ``full_speed``, ends, and its speed with it."""
        self._forget()
        self._waited = True
        if full_speed:
            self.images_per_second = 0.0

    def _forget(self) -> None:
        for average in (self._short_average, self._long_average):
            average.clear()
        self._waited = False

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
        speed = self._long_average.speed or self.images_per_second
        if not speed:
            return None
        # an evaluation takes longer than training only if it was disturbed
        evaluation_seconds = min(self._evaluation_seconds or 1 / speed / PASSES, 1 / speed)
        return trained / speed + evaluated * evaluation_seconds

    def due(self) -> bool:
        """Whether it is time to read values off the device."""
        return time.perf_counter() - self._flush_at >= FLUSH_SECONDS

    def flushed(self, images: int) -> float:
        """Note that ``images`` were trained on since the last call; returns the seconds that they took."""
        now = time.perf_counter()
        passed, self._last, self._flush_at = now - self._last, now, now
        if not self._waited:
            for average in (self._short_average, self._long_average):
                average.add(passed, images)
            self.images_per_second = self._short_average.speed
        self._waited = False
        return passed


class _Average:
    """The images a second of about the last ``seconds``; the first batches are left out as soon as there are others,
    because they are slower."""

    def __init__(self, seconds: float) -> None:
        self._most = seconds
        self.clear()

    def clear(self) -> None:
        self._parts: deque[tuple[float, int]] = deque()
        self._first = True
        self._seconds, self._images = 0.0, 0

    @property
    def speed(self) -> float:
        """0 if it is not known."""
        return self._images / self._seconds if self._seconds > 0 else 0.0

    def add(self, seconds: float, images: int) -> None:
        self._parts.append((seconds, images))
        self._seconds, self._images = self._seconds + seconds, self._images + images
        while len(self._parts) > 1 and (self._first or self._seconds - self._parts[0][0] > self._most):
            self._first = False
            old_seconds, old_images = self._parts.popleft()
            self._seconds, self._images = self._seconds - old_seconds, self._images - old_images
