"""The file with the curves of a run beside its checkpoint: the metrics of each step, and each evaluation.

Training does not need it: a run whose curves are missing or damaged can still go on.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cnnviz.files import cause, read_ordinary, shown, write_atomically
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

SPLITS = ("validation", "test", "test best")
"""See :attr:`Evaluation.split`."""
KINDS: Mapping[str, type[np.generic]] = {
    "first_step": np.int64,
    "losses": np.float32,
    "accuracies": np.float32,
    "ends": np.int64,
    "times": np.float64,
    "splits": np.uint8,
    "epochs": np.int64,
    "steps": np.int64,
    "evaluated_losses": np.float64,
    "evaluated_accuracies": np.float64,
    "seconds": np.float64,
}
"""The arrays of a file and their dtypes; all are one-dimensional. The first five are those of a :class:`BatchMetrics`,
the others have an entry for each :class:`Evaluation`."""
OF_EVALUATIONS = ("splits", "epochs", "steps", "evaluated_losses", "evaluated_accuracies", "seconds")
MOST_BYTES, BYTES_BESIDES, BYTES_OF_STEP = 2**32, 2**24, 200
"""Limits for the file that is read: MOST_BYTES in any case, and BYTES_BESIDES plus BYTES_OF_STEP for each step. A step
needs up to 20 bytes, and there may be evaluations after it."""


class StrangeCurvesError(Exception):
    """The file does not hold the curves of the run; ``str()`` says why, as a part of a sentence."""


def write(metrics: Sequence[Metrics], path: Path) -> None:
    """Write the metrics of one run to ``path``; raises OSError."""
    batches = [metric for metric in metrics if isinstance(metric, BatchMetrics)]
    evaluations = [metric for metric in metrics if isinstance(metric, Evaluation) and metric.split in SPLITS]
    first = min((each.first_step for each in batches), default=1)
    count = max((each.first_step + len(each.losses) for each in batches), default=first) - first
    losses, accuracies = (np.full(count, np.nan, np.float32) for _ in range(2))
    ends, times = [], []
    for batch in batches:
        start = batch.first_step - first
        losses[start : start + len(batch.losses)] = batch.losses
        accuracies[start : start + len(batch.losses)] = batch.accuracies
        for steps, seconds in batch.pieces():
            ends.append(start + steps)
            times.append(seconds)
    values = {
        "first_step": [first],
        "losses": losses,
        "accuracies": accuracies,
        "ends": ends,
        "times": times,
        "splits": [SPLITS.index(evaluation.split) for evaluation in evaluations],
        "epochs": [evaluation.epoch for evaluation in evaluations],
        "steps": [evaluation.step for evaluation in evaluations],
        "evaluated_losses": [evaluation.loss for evaluation in evaluations],
        "evaluated_accuracies": [evaluation.accuracy for evaluation in evaluations],
        "seconds": [evaluation.seconds for evaluation in evaluations],
    }
    write_atomically(path, save({name: np.array(value, KINDS[name]) for name, value in values.items()}))


def read(path: Path, run: int, steps: int) -> list[Metrics]:
    """The metrics in ``path``, with ``run`` as their run number; the run was trained for ``steps``.

    Empty if there is no such file, or if it is damaged, which is logged.
    """
    try:
        content = read_ordinary(path, min(MOST_BYTES, BYTES_BESIDES + BYTES_OF_STEP * steps))
        return _metrics(load(content), run, steps)
    except FileNotFoundError:
        return []
    except OSError as error:
        why = str(cause(error))
    except (SafetensorError, StrangeCurvesError, KeyError, ValueError, TypeError, MemoryError) as error:
        why = str(error)
    log.warning("The curves of %s could not be read: %s.", shown(path.parent), why)
    return []


def _metrics(arrays: Mapping[str, NDArray[np.generic]], run: int, steps: int) -> list[Metrics]:
    if arrays.keys() != KINDS.keys():
        raise StrangeCurvesError("other arrays are expected")
    for name, kind in KINDS.items():
        if arrays[name].ndim != 1 or arrays[name].dtype != kind:
            raise StrangeCurvesError(f"“{name}” is of another kind")
    batches = _batches(arrays, run, steps)
    evaluations = _evaluations(arrays, run, steps)
    return [*batches, *evaluations]


def _batches(arrays: Mapping[str, NDArray[np.generic]], run: int, steps: int) -> list[Metrics]:
    losses, accuracies = arrays["losses"].astype(np.float32), arrays["accuracies"].astype(np.float32)
    ends, times = arrays["ends"].astype(np.int64), arrays["times"].astype(np.float64)
    count = len(losses)
    if len(arrays["first_step"]) != 1 or len(accuracies) != count or len(ends) != len(times):
        raise StrangeCurvesError("its arrays differ in length")
    first = int(arrays["first_step"][0])
    if not 1 <= first <= steps + 1 - count:
        raise StrangeCurvesError("it has other steps than the training")
    if not _shares(accuracies, nan=True):
        raise StrangeCurvesError("an accuracy is from 0 to 1")
    if not count:
        return []
    if not len(ends) or ends[0] < 1 or ends[-1] != count or not (np.diff(ends) > 0).all() or not _moments(times):
        raise StrangeCurvesError("its times do not follow each other")
    return [BatchMetrics(run, first, losses, accuracies, float(times[-1]), ends.astype(np.int32), times)]


def _evaluations(arrays: Mapping[str, NDArray[np.generic]], run: int, steps: int) -> list[Metrics]:
    columns = [arrays[name] for name in OF_EVALUATIONS]
    if len({len(column) for column in columns}) != 1:
        raise StrangeCurvesError("its arrays differ in length")
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    if not _moments(arrays["seconds"].astype(np.float64)) or not _shares(arrays["evaluated_accuracies"]):
        raise StrangeCurvesError("an accuracy is from 0 to 1, and times follow each other")
    if any(split >= len(SPLITS) or not (0 <= epoch <= step and 1 <= step <= steps) for split, epoch, step, *_ in rows):
        raise StrangeCurvesError("it has other steps than the training")
    if any(before[2] > after[2] for before, after in pairwise(rows)):
        raise StrangeCurvesError("its evaluations do not follow each other")
    if not np.isfinite(arrays["evaluated_losses"].astype(np.float64)).all():
        raise StrangeCurvesError("a loss is no number")
    return [Evaluation(run, SPLITS[split], *rest) for split, *rest in rows]


def _shares(values: NDArray[np.generic], *, nan: bool = False) -> bool:
    """Whether all values are in [0, 1], or NaN where ``nan`` allows it."""
    numbers = values.astype(np.float64)
    return bool((((numbers >= 0) & (numbers <= 1)) | (np.isnan(numbers) & nan)).all())


def _moments(times: NDArray[np.float64]) -> bool:
    """Whether all times are finite, not negative, and in ascending order."""
    return bool(np.isfinite(times).all() and (times >= 0).all() and (np.diff(times) >= 0).all())
