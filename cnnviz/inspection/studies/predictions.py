"""A network's predictions for all images of a split: confusion matrix, precision, recall, calibration. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BINS = 15
"""The number of bins of the calibration error, as in Guo et al., arXiv:1706.04599."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions at ``step`` of ``run`` for N images of a split.

    ``probabilities``: float32 (N, K) in [0, 1], the softmax of the logits. ``losses``: float32 (N,), >= 0, the
    cross-entropy of each image. ``labels``: int64 (N,) in [0, K).
    """

    split: str
    run: int
    step: int
    probabilities: NDArray[np.float32]
    losses: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def bytes(self) -> int:
        """The memory that the predictions take."""
        return int(self.probabilities.nbytes + self.losses.nbytes)

    @property
    def class_count(self) -> int:
        """The number of classes, K."""
        return int(self.probabilities.shape[1])

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """The predicted class of each image: int64 (N,) in [0, K), the lowest class of equal probabilities."""
        predicted: NDArray[np.int64] = self.probabilities.argmax(1).astype(np.int64)
        return predicted

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """The probability of each predicted class: float32 (N,) in [1/K, 1]."""
        confidence: NDArray[np.float32] = self.probabilities.max(1, initial=0)
        return confidence

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether each prediction is right: bool (N,)."""
        return np.equal(self.predicted, self.labels)

    @property
    def accuracy(self) -> float:
        """The share of right predictions, in [0, 1]; NaN without images."""
        return float(self.right.mean()) if len(self) else float("nan")

    @property
    def loss(self) -> float:
        """The mean cross-entropy, >= 0; NaN without images."""
        return float(self.losses.mean(dtype=np.float64)) if len(self) else float("nan")

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """The count of images by label (row) and predicted class (column): int64 (K, K)."""
        count = self.class_count
        pairs = self.labels * count + self.predicted
        return np.bincount(pairs, minlength=count * count).reshape(count, count).astype(np.int64)

    @cached_property
    def precision(self) -> NDArray[np.float64]:
        """For each class, the share of its predictions that are right: float64 (K,) in [0, 1]; NaN if there are
        none."""
        return _shares(np.diagonal(self.confusion), self.confusion.sum(0))

    @cached_property
    def recall(self) -> NDArray[np.float64]:
        """For each class, the share of its images that are predicted right: float64 (K,) in [0, 1]; NaN if it has
        none."""
        return _shares(np.diagonal(self.confusion), self.confusion.sum(1))

    @cached_property
    def class_losses(self) -> NDArray[np.float64]:
        """For each class, the mean cross-entropy of its images: float64 (K,), >= 0; NaN if it has none."""
        sums = np.bincount(self.labels, self.losses, self.class_count)
        return _shares(sums, self.confusion.sum(1))

    @cached_property
    def bins(self) -> NDArray[np.int64]:
        """The bin of each prediction by its confidence: int64 (N,) in [0, 15); the bins are (0, 1/15], (1/15, 2/15]
        ..."""
        return np.clip(np.ceil(self.confidence.astype(np.float64) * BINS).astype(np.int64) - 1, 0, BINS - 1)

    @cached_property
    def calibration(self) -> Calibration:
        """How often predictions are right, by their confidence."""
        bins = self.bins
        counts = np.bincount(bins, minlength=BINS)
        confidence = _shares(np.bincount(bins, self.confidence, BINS), counts)
        accuracy = _shares(np.bincount(bins, self.right, BINS), counts)
        return Calibration(counts, confidence, accuracy)

    def accuracy_from(self, confidence: float) -> tuple[float, int]:
        """The accuracy, in [0, 1], of the predictions with at least this confidence, and their count."""
        sure = self.confidence >= confidence
        count = int(sure.sum())
        return (float(self.right[sure].mean()) if count else float("nan")), count

    def surest_mistakes(self) -> NDArray[np.int64]:
        """Indices of the wrong predictions, int64 (n,), the most confident first."""
        wrong = np.flatnonzero(~self.right)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    def unsure(self) -> NDArray[np.int64]:
        """Indices of all images, int64 (N,), those first whose two most probable classes are closest."""
        if self.class_count < 2:
            return np.arange(len(self))
        best = np.partition(self.probabilities, -2, axis=1)[:, -2:]
        return np.argsort(best[:, 1] - best[:, 0], kind="stable")

    def surest_right(self) -> NDArray[np.int64]:
        """Indices of the right predictions, int64 (n,), the most confident first."""
        right = np.flatnonzero(self.right)
        return right[np.argsort(-self.confidence[right], kind="stable")]

    def of_cell(self, label: int, predicted: int) -> NDArray[np.int64]:
        """Indices of the images of a cell of the confusion matrix, int64 (n,), the most confident prediction first."""
        chosen = np.flatnonzero((self.labels == label) & (self.predicted == predicted))
        return chosen[np.argsort(-self.confidence[chosen], kind="stable")]

    def of_class(self, label: int) -> NDArray[np.int64]:
        """Indices of the images of a class, int64 (n,), the highest loss first."""
        chosen = np.flatnonzero(self.labels == label)
        return chosen[np.argsort(-self.losses[chosen], kind="stable")]

    def of_bin(self, number: int) -> NDArray[np.int64]:
        """Indices of the images of a bin of the calibration, int64 (n,): the wrong ones first, each part the most
        confident first."""
        chosen = np.flatnonzero(self.bins == number)
        return chosen[np.lexsort((-self.confidence[chosen], self.right[chosen]))]

    def worst_cell(self) -> tuple[int, int] | None:
        """Label and predicted class of the most frequent confusion; None without mistakes."""
        wrong = self.confusion.copy()
        np.fill_diagonal(wrong, 0)
        if not wrong.any():
            return None
        label, predicted = divmod(int(wrong.argmax()), self.class_count)
        return label, predicted


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The predictions for several splits as those for a single one, in this order; all are of the same moment."""
    return replace(
        parts[0],
        probabilities=np.concatenate([each.probabilities for each in parts]),
        losses=np.concatenate([each.losses for each in parts]),
        labels=np.concatenate([each.labels for each in parts]),
    )


@dataclass(frozen=True, eq=False)
class Calibration:
    """Predictions in bins of equal width by their confidence, from 0 to 1.

    ``counts``: int64 (bins,). ``confidence`` and ``accuracy``: float64 (bins,) in [0, 1], the means of a bin; NaN for
    an empty bin.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error, in [0, 1] (Guo et al., arXiv:1706.04599); NaN without predictions."""
        total = int(self.counts.sum())
        if not total:
            return float("nan")
        used = self.counts > 0
        gaps = np.abs(self.accuracy[used] - self.confidence[used])
        return float((self.counts[used] * gaps).sum() / total)


def _shares(parts: NDArray[np.number], wholes: NDArray[np.number]) -> NDArray[np.float64]:
    """``parts / wholes``; NaN where the whole is 0."""
    shares = np.full(len(wholes), np.nan)
    np.divide(parts, wholes, out=shares, where=np.not_equal(wholes, 0))
    return shares
