"""Measures the time that a training takes, its speed, and its pace."""

from __future__ import annotations

import time
from collections import deque

from cnnviz.training.pace import Pace

FLUSH_SECONDS = 0.05
"""Least time between two readings of values off the device, in seconds; the status is updated as often."""
SPEED_SECONDS = 3.0
"""The images/s are averaged over about this time."""
PACE_SECONDS, LONGEST_PACE_SECONDS = 30.0, 600.0
"""The pace is averaged over the last half of the run, but at least over about PACE_SECONDS, so that other programs that
need the processor for some seconds hardly change it. It is averaged over at most LONGEST_PACE_SECONDS, so that it
follows what lasts."""
WARM_SECONDS = 1.5
"""The batches of the first seconds, and at least the first one, do not count for the pace: memory is allocated, and
torch's threads wait in the wrong way until the other programs are known, see :mod:`cnnviz.training.waiting`."""
SURE_SECONDS = 1.0
"""The pace is known after so many more seconds of training."""
PARTS = 100
"""The times in a mean are kept in about so many parts."""


class Clock:
    """Training time without pauses and evaluations, the speed of the last seconds, the pace, and the time left."""

    def __init__(self) -> None:
        self.images_per_second = 0.0
        self._last = self._flush_at = time.perf_counter()
        self._speed = _Mean(SPEED_SECONDS, SPEED_SECONDS)
        self._training = _Mean(PACE_SECONDS, LONGEST_PACE_SECONDS)
        self._evaluations = _Mean(0.0, LONGEST_PACE_SECONDS)
        self._warming = WARM_SECONDS
        """The seconds of training whose batches do not count."""
        self._waited = False
        """Whether the time of the next batch has a part at another pace, so that it does not count."""
        self._slow = False
        """Whether training is in slow motion."""
        self._evaluating_since: float | None = None
        """When the evaluation began that may be running; None after a pause, when that is not known."""

    def restart(self, step: int) -> None:
        """Training goes on after standing still; at ``step`` 0 the speed is forgotten."""
        self._last = self._flush_at = time.perf_counter()
        self._speed.clear()
        self._warming, self._waited = WARM_SECONDS, False
        self._evaluating_since = None
        if step == 0:
            self.images_per_second = 0.0
            self.forget()

    def forget(self) -> None:
        """From now on a step takes another time: another run is trained, or another network."""
        self._speed.clear()
        self._training.clear()
        self._evaluations.clear()

    def change_pace(self, *, full_speed: bool) -> None:
        """Slow motion begins, changes or, at ``full_speed``, ends, and its speed with it."""
        self._speed.clear()
        self._training.clear()
        self._slow, self._waited = not full_speed, True
        if full_speed:
            self.images_per_second = 0.0

    def stepped(self) -> None:
        """A batch is done; an evaluation may follow."""
        self._evaluating_since = time.perf_counter()

    def evaluated(self, images: int) -> None:
        """An evaluation of ``images`` is done; the time since the last flush does not count as training."""
        self._last = now = time.perf_counter()
        if images and self._evaluating_since is not None:
            self._evaluations.add(now - self._evaluating_since, images)
        self._evaluating_since = now

    @property
    def pace(self) -> Pace | None:
        """The pace of the run; None if it is not known, and in slow motion."""
        return None if self._slow else self._measured()

    def seconds_left(self, trained: int, evaluated: int) -> float | None:
        """The time of training on ``trained`` images and evaluating ``evaluated``; None before the pace is known."""
        pace = self._measured()
        return None if pace is None else trained * pace.image + evaluated * pace.evaluation

    def _measured(self) -> Pace | None:
        """The pace, also that of slow motion."""
        if self._training.seconds < SURE_SECONDS:
            return None
        image = self._training.image
        # an evaluation takes longer than training only if it was disturbed
        return Pace(image, min(self._evaluations.image, image), self._training.seconds)

    def due(self) -> bool:
        """Whether it is time to read values off the device."""
        return time.perf_counter() - self._flush_at >= FLUSH_SECONDS

    def flushed(self, images: int) -> float:
        """Note that ``images`` were trained on since the last call; returns the seconds that they took."""
        now = time.perf_counter()
        passed, self._last, self._flush_at = now - self._last, now, now
        if not self._waited:
            first = self._warming == WARM_SECONDS
            if not first:
                self._speed.add(passed, images)
            if self._warming > 0:
                self._warming -= passed
            else:
                self._training.add(passed, images)
            seconds = passed / images if first else self._speed.image
            self.images_per_second = 1 / seconds if seconds > 0 else 0.0
        self._waited = False
        return passed


class _Mean:
    """The mean seconds for an image over the last half of the time, but over about ``least`` to ``most`` seconds."""

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = least, most
        self.clear()

    def clear(self) -> None:
        self._parts: deque[tuple[float, int]] = deque()
        self.seconds = self._whole = 0.0
        self._images = 0

    @property
    def image(self) -> float:
        """0 if it is not known."""
        return self.seconds / self._images if self._images else 0.0

    def add(self, seconds: float, images: int) -> None:
        self.seconds, self._images, self._whole = self.seconds + seconds, self._images + images, self._whole + seconds
        longest = min(max(self._least, self._whole / 2), self._most)
        if self._parts and self._parts[-1][0] < longest / PARTS:
            before, images_before = self._parts.pop()
            seconds, images = seconds + before, images + images_before
        self._parts.append((seconds, images))
        while len(self._parts) > 1 and self.seconds - self._parts[0][0] > longest:
            old_seconds, old_images = self._parts.popleft()
            self.seconds, self._images = self.seconds - old_seconds, self._images - old_images
