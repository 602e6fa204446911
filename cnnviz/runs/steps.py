"""Encoding the loss and accuracy of consecutive steps as bytes, and decoding many such parts at once."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.training.channels import BatchMetrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STEPS = 2**53
"""No run has more steps: up to here float64 represents every whole number."""
_HEAD = struct.Struct("<QIId")
"""The first step, the number of steps, the number of pieces, and the seconds at the end."""


def encoded(metrics: BatchMetrics) -> bytes:
    """The bytes of the measures of consecutive steps."""
    pieces = 0 if metrics.ends is None else len(metrics.ends)
    head = _HEAD.pack(metrics.first_step, len(metrics.losses), pieces, metrics.seconds)
    parts = [metrics.losses.astype("<f4").tobytes(), metrics.accuracies.astype("<f4").tobytes()]
    if metrics.ends is not None and metrics.times is not None:
        parts += [metrics.ends.astype("<i4").tobytes(), metrics.times.astype("<f8").tobytes()]
    return b"".join([head, *parts])


class JoinedSteps:
    """Parts of a run whose steps follow each other, decoded together.

    Arrays are made once for all parts: made for each part, they take most of the time of reading a run.
    """

    def __init__(self, run: int) -> None:
        self._run, self._seconds = run, 0.0
        self._first = self._last = 0
        """The first step of the parts, and the last step of all parts, also of those that were popped."""
        self._begin()

    def follows(self, part: bytes) -> bool:
        """Whether the first step of ``part`` is the next step."""
        return len(part) >= _HEAD.size and _HEAD.unpack_from(part)[0] == self._last + 1

    def add(self, part: bytes) -> None:
        """Add what :func:`encoded` gave; raises ValueError or struct.error if it is impossible, or known already."""
        first, count, pieces, seconds = _HEAD.unpack_from(part)
        if not (self._last < first <= MOST_STEPS and count and is_time(seconds)):
            raise ValueError("no steps that follow")
        if len(part) != _HEAD.size + 8 * count + 12 * pieces:
            raise ValueError("another length is expected")
        if not self._losses:
            self._first = first
        at = _HEAD.size
        self._losses.append(part[at : at + 4 * count])
        self._accuracies.append(part[at + 4 * count : at + 8 * count])
        self._last, self._seconds = first + count - 1, seconds
        steps_before = first - self._first
        at += 8 * count
        if not pieces:
            self._ends.append(steps_before + count)
            self._times.append(seconds)
            return
        self._in_pieces = True
        ends = np.frombuffer(part, "<i4", pieces, at)
        if ends[0] < 1 or ends[-1] != count:
            raise ValueError("its pieces have other steps")
        self._ends += (ends.astype(np.int64) + steps_before).tolist()
        self._times += np.frombuffer(part, "<f8", pieces, at + 4 * pieces).tolist()

    def pop(self) -> list[BatchMetrics]:
        """The added steps as a list with one entry, or none; raises ValueError if a value is impossible."""
        if not self._losses:
            return []
        losses, accuracies = _numbers(self._losses), _numbers(self._accuracies)
        ends, times = np.array(self._ends), np.array(self._times)
        if not ((accuracies >= 0) & (accuracies <= 1)).all():
            raise ValueError("an accuracy is from 0 to 1")
        if (np.diff(ends) <= 0).any() or not np.isfinite(times).all():
            raise ValueError("its times do not follow each other")
        # the end of the only piece is the last step, and its time is the time at the end
        without_pieces = len(ends) == 1 and not self._in_pieces
        joined = BatchMetrics(
            self._run,
            self._first,
            losses,
            accuracies,
            self._seconds,
            None if without_pieces else ends.astype(np.int32),
            None if without_pieces else times,
        )
        self._begin()
        return [joined]

    def _begin(self) -> None:
        self._losses: list[bytes] = []
        self._accuracies: list[bytes] = []
        self._ends: list[int] = []
        self._times: list[float] = []
        self._in_pieces = False


def is_time(seconds: float) -> bool:
    """Whether a number can be the training time of a run."""
    return math.isfinite(seconds) and seconds >= 0


def _numbers(parts: list[bytes]) -> NDArray[np.float32]:
    """The float32 (n,) in bytes."""
    return np.frombuffer(b"".join(parts), "<f4").astype(np.float32)
