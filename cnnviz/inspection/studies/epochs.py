"""Predictions at the ends of epochs: loss and accuracy by class, and labels that nearly every epoch denies.

No torch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz.inspection.studies.predictions import Predictions

NEARLY_EVERY = 0.8
"""A label is suspicious if at least this share of the epochs predicts another class."""
LEAST_EPOCHS = 3
"""With fewer epochs no label is suspicious."""


@dataclass(frozen=True, eq=False)
class EpochResult:
    """The predictions for N images after ``step``, the end of ``epoch``.

    ``predicted``: int32 (N,), the predicted classes. ``accuracies``: float64 (K,) in [0, 1], and ``losses``: float64
    (K,), >= 0, the mean cross-entropy, by the class of the label; NaN for a class without images. ``accuracy`` and
    ``loss`` are those of all images.
    """

    epoch: int
    step: int
    predicted: NDArray[np.int32]
    accuracies: NDArray[np.float64]
    losses: NDArray[np.float64]
    accuracy: float
    loss: float

    @classmethod
    def of(cls, predictions: Predictions, epoch: int) -> EpochResult:
        """The result of predictions that were made at the end of an epoch."""
        return cls(
            epoch,
            predictions.step,
            predictions.predicted.astype(np.int32),
            predictions.recall,
            predictions.class_losses,
            predictions.accuracy,
            predictions.loss,
        )


@dataclass(frozen=True)
class Doubt:
    """An image with a suspicious ``label``: after ``denied`` of ``of`` epochs another class was predicted.

    Most often it was the class ``said``, ``said_times`` times.
    """

    image: int
    label: int
    denied: int
    of: int
    said: int
    said_times: int


def suspicious_labels(results: Sequence[EpochResult], labels: NDArray[np.int64]) -> tuple[Doubt, ...]:
    """The images whose label nearly every result denies, those with most denials first, then those about which the
    denying networks agree most. ``labels``: int64 (N,)."""
    count = len(results)
    if count < LEAST_EPOCHS:
        return ()
    predicted = np.stack([result.predicted for result in results])  # (epochs, N)
    denied = (predicted != labels).sum(0)
    doubts = []
    for image in np.flatnonzero(denied >= ceil(NEARLY_EVERY * count)).tolist():
        label = int(labels[image])
        votes = Counter(other for other in predicted[:, image].tolist() if other != label)
        other, times = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
        doubts.append(Doubt(image, label, int(denied[image]), count, other, times))
    return tuple(sorted(doubts, key=lambda doubt: (-doubt.denied, -doubt.said_times, doubt.image)))
