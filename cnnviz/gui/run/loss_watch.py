"""Judges from its loss whether a training learns. No Qt."""

from __future__ import annotations

import math
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

HALF = 50
"""The loss is judged by medians of the last so many batches and of as many before; a median ignores single peaks."""
TOO_HIGH, RECOVERED = 1.5, 1.2
"""A loss is too high above the first multiple of the loss of guessing, until it falls below the second one."""
FALLING = 0.9
"""A loss falls if it is less than this share of the earlier one."""
AT_GUESSING, AT_CHANCE = 0.97, 1.25
"""Nothing is learned in an epoch whose median loss is from the first multiple of the loss of guessing to
:data:`RECOVERED` times it, and whose accuracy is at most the second multiple of that of guessing."""
LEAST_EPOCHS, LEAST_BATCHES = 2, 400
"""So many epochs in a row, with so many batches together, learn nothing before it is said."""


class Course(Enum):
    """The course of a training's loss."""

    ORDINARY = "ordinary"
    TOO_HIGH = "too high"
    """It has been far above that of guessing for some time, and does not fall."""
    GUESSING = "guessing"
    """It has been that of guessing for whole epochs."""


class LossWatch:
    """Judges the last losses of a run."""

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=2 * HALF)

    def add(self, losses: Sequence[float]) -> None:
        """Take the losses of the next batches; those that are not finite are left out."""
        self._losses.extend(loss for loss in losses if math.isfinite(loss))

    def clear(self) -> None:
        """Forget the losses."""
        self._losses.clear()

    def diverges(self, guessing: float) -> bool:
        """Whether the loss has been too high for some time, and does not fall; ``guessing`` is the loss of guessing."""
        if len(self._losses) < 2 * HALF or max(self._losses) <= TOO_HIGH * guessing:
            return False
        earlier, recent = np.median(np.reshape(self._losses, (2, HALF)), axis=1)
        return bool(min(earlier, recent) > TOO_HIGH * guessing and recent > FALLING * earlier)

    def recovered(self, guessing: float) -> bool:
        """Whether the loss is not too high any more."""
        recent = list(self._losses)[-HALF:]
        return len(recent) == HALF and float(np.median(recent)) < RECOVERED * guessing

    def learns(self, guessing: float) -> bool:
        """Whether the loss is clearly lower than that of guessing."""
        recent = list(self._losses)[-HALF:]
        return len(recent) == HALF and float(np.median(recent)) < FALLING * guessing


class EpochWatch:
    """Counts the last epochs of a run in which nothing was learned."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all epochs."""
        self._losses: list[float] = []
        self._right = 0.0
        self._batches = 0
        self.epochs = 0
        """The epochs up to now, without a break, whose loss was that of guessing."""

    def add(self, losses: Sequence[float], accuracies: Sequence[float]) -> None:
        """Take the losses of the next batches, and the shares of their images that were right."""
        self._losses.extend(losses)
        self._right += sum(accuracies)

    def end_epoch(self, guessing: float) -> None:
        """Judge the epoch that has ended; ``guessing`` is the loss of guessing, the log of the number of classes."""
        batches = len(self._losses)
        if not batches:
            return
        learned = self._right / batches > AT_CHANCE * math.exp(-guessing)
        if learned or not AT_GUESSING * guessing <= float(np.median(self._losses)) <= RECOVERED * guessing:
            self.epochs = self._batches = 0
        else:
            self.epochs, self._batches = self.epochs + 1, self._batches + batches
        self._losses, self._right = [], 0.0

    @property
    def stuck(self) -> bool:
        """Whether nothing was learned for so long that it is said."""
        return self.epochs >= LEAST_EPOCHS and self._batches >= LEAST_BATCHES
