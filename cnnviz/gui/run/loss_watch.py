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
"""The loss is judged by the medians of the last batches and of as many before them; a median ignores single peaks."""
TOO_HIGH, RECOVERED = 1.5, 1.2
"""A loss is too high above the first multiple of the loss of guessing, until it falls below the second one."""
FALLING = 0.9
"""A loss falls if it is less than this share of the earlier one."""


class Course(Enum):
    """The course of a training's loss."""

    ORDINARY = "ordinary"
    TOO_HIGH = "too high"
    """It has been far above that of guessing for some time, and does not fall."""


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
