"""The curves of a recorded run as arrays, read quickly: many runs are drawn over each other. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.runs.summary import read_entries
from cnnviz.training.channels import BatchMetrics, Evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.runs.entries import Entries
    from cnnviz.sentence import Sentence


@dataclass(frozen=True, eq=False)
class Curves:
    """The measures of a run.

    ``steps``: int64 (n,), ascending, from 1; some may be missing. ``losses``: float32 (n,), the mean cross-entropy of
    the batch of each step, NaN if it was not a number. ``accuracies``: float32 (n,), shares in [0, 1]. ``seconds``:
    float64 (n,), the training time after each step, without pauses and evaluations; it was measured several times a
    second, and is interpolated in between. ``missing`` are sentences about lost data.
    """

    steps: NDArray[np.int64]
    losses: NDArray[np.float32]
    accuracies: NDArray[np.float32]
    seconds: NDArray[np.float64]
    evaluations: tuple[Evaluation, ...] = ()
    missing: tuple[Sentence, ...] = ()


def read_curves(folder: Path) -> Curves:
    """The curves of the run in ``folder``. Never raises."""
    return curves_of(read_entries(folder))


def curves_of(entries: Entries) -> Curves:
    """The curves in the entries of a run."""
    batches = [metric for metric in entries.metrics if isinstance(metric, BatchMetrics)]
    evaluations = tuple(metric for metric in entries.metrics if isinstance(metric, Evaluation))
    if not batches:
        none = np.zeros(0, np.float32)
        return Curves(np.zeros(0, np.int64), none, none, np.zeros(0), evaluations, entries.missing)
    lengths = np.array([len(batch.losses) for batch in batches])
    first = np.array([batch.first_step for batch in batches], np.int64)
    # a block of n steps is numbered first, first + 1, ... first + n - 1
    steps = np.arange(lengths.sum()) + np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
    measured = [(batch.first_step + count - 1, seconds) for batch in batches for count, seconds in batch.pieces()]
    at, times = (np.array(values, np.float64) for values in zip(*measured, strict=True))
    return Curves(
        steps,
        np.concatenate([batch.losses for batch in batches]),
        np.concatenate([batch.accuracies for batch in batches]),
        # at step 0 the time is 0
        np.interp(steps, np.concatenate([[0.0], at]), np.concatenate([[0.0], times])),
        evaluations,
        entries.missing,
    )
