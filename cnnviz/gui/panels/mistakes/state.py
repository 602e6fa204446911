"""The content of the Mistakes tab, computed from predictions. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.gui.widgets.class_names import class_name, csv_class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.studies.predictions import Predictions

MOST_CLASSES = 20
"""The most classes that the matrix shows. If there are more, the classes of the most frequent mistakes are shown."""
SURE = 0.95
"""The confidence from which a prediction is called sure."""
Order = Literal["mistakes", "unsure", "right", "labels"]
"""The order of the gallery. ``labels``: the validation images with suspicious labels, which are found over all epochs.
"""


@dataclass(frozen=True)
class Filter:
    """Which images the gallery shows.

    With ``label`` and ``predicted``: the images of a cell of the matrix. With ``label`` only: the images of the class.
    With ``bin``: the images of a bin of the calibration. Without them: images of the whole split, in ``order``.
    """

    order: Order = "mistakes"
    label: int | None = None
    predicted: int | None = None
    bin: int | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: the count of images, their share of the images of the class in [0, 1], and the strength of
    its colour in [0, 1]."""

    count: int
    share: float
    strength: float


@dataclass(frozen=True)
class MatrixState:
    """The confusion matrix of some ``classes``: a row for each label, a column for each predicted class.

    ``recall`` and ``precision`` are in [0, 1], NaN where there are no images or no predictions. ``of`` is the number of
    all classes. ``rates`` tells whether shares are shown instead of counts.
    """

    classes: tuple[int, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    of: int
    rates: bool


@dataclass(frozen=True)
class Bin:
    """The predictions with a confidence from ``low`` to ``high``: their count, and their mean confidence and
    accuracy in [0, 1], NaN without images; ``height`` in [0, 1] is the count on a logarithmic scale."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float
    height: float


@dataclass(frozen=True)
class CalibrationState:
    """The reliability diagram, and the ``lines`` of text beside it."""

    bins: tuple[Bin, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Figures about all predictions. Shares are in [0, 1]; ``sure_right`` is NaN if no prediction is sure."""

    accuracy: float
    loss: float
    sure: int
    sure_right: float
    calibration_error: float
    step: int


def facts(predictions: Predictions) -> Facts:
    """The facts of the predictions."""
    right, sure = predictions.accuracy_from(SURE)
    return Facts(
        predictions.accuracy,
        predictions.loss,
        sure,
        right,
        predictions.calibration.error,
        predictions.step,
    )


def calibration(predictions: Predictions, lines: tuple[str, ...]) -> CalibrationState:
    """The reliability diagram of the predictions, with ``lines`` of text."""
    curve = predictions.calibration
    total = len(curve.counts)
    heights = np.log1p(curve.counts) / np.log1p(max(1, int(curve.counts.max())))
    bins = zip(curve.counts.tolist(), curve.confidence.tolist(), curve.accuracy.tolist(), heights.tolist(), strict=True)
    return CalibrationState(
        tuple(Bin(number / total, (number + 1) / total, *each) for number, each in enumerate(bins)), lines
    )


def matrix(predictions: Predictions, names: tuple[str, ...], *, rates: bool, most: int = MOST_CLASSES) -> MatrixState:
    """The matrix of all classes or, if there are more than ``most``, of those of the most frequent mistakes, in the
    order of their numbers."""
    confusion = predictions.confusion
    classes = chosen_classes(confusion, most)
    totals = confusion.sum(1)
    # mistakes and right predictions are coloured separately; the largest count of each has the full colour
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    most_wrong, most_right = max(1, int(wrong.max())), max(1, int(np.diagonal(confusion).max()))
    rows = []
    for label in classes:
        row = []
        for predicted in classes:
            count = int(confusion[label, predicted])
            share = count / int(totals[label]) if totals[label] else 0.0
            row.append(Cell(count, share, count / (most_right if label == predicted else most_wrong)))
        rows.append(tuple(row))
    return MatrixState(
        classes,
        tuple(class_name(names, label) for label in classes),
        tuple(rows),
        tuple(float(predictions.recall[label]) for label in classes),
        tuple(float(predictions.precision[label]) for label in classes),
        predictions.class_count,
        rates,
    )


def chosen_classes(confusion: NDArray[np.int64], most: int = MOST_CLASSES) -> tuple[int, ...]:
    """The classes that the matrix shows, ascending: both classes of each of the most frequent mistakes, then those with
    most mistakes. ``confusion``: int64 (K, K)."""
    count = len(confusion)
    if count <= most:
        return tuple(range(count))
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    labels, predicted = np.nonzero(wrong)
    order = np.argsort(-wrong[labels, predicted], kind="stable")
    pairs = np.stack([labels[order], predicted[order]], 1).ravel().tolist()
    others = np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable").tolist()
    return tuple(sorted(list(dict.fromkeys([*pairs, *others]))[:most]))


def chosen_images(predictions: Predictions, wish: Filter) -> NDArray[np.int64]:
    """Indices in the split, int64, of the images that the gallery shows, in its order; not for the order ``labels``."""
    if wish.label is not None:
        if wish.predicted is not None:
            return predictions.of_cell(wish.label, wish.predicted)
        return predictions.of_class(wish.label)
    if wish.bin is not None:
        return predictions.of_bin(wish.bin)
    if wish.order == "unsure":
        return predictions.unsure()
    if wish.order == "right":
        return predictions.surest_right()
    return predictions.surest_mistakes()


def as_csv(predictions: Predictions, names: tuple[str, ...]) -> str:
    """The predictions of all images as CSV, one per line."""
    lines = ["image,label,predicted,confidence,loss"]
    lines += [
        f"{index},{csv_class_name(names, label)},{csv_class_name(names, predicted)},{confidence!r},{loss!r}"
        for index, (label, predicted, confidence, loss) in enumerate(
            zip(
                predictions.labels.tolist(),
                predictions.predicted.tolist(),
                predictions.confidence.tolist(),
                predictions.losses.tolist(),
                strict=True,
            )
        )
    ]
    return "\n".join(lines) + "\n"
