"""A small recorded run with every kind of file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from training_kit import project, state_of, tensors

from cnnviz.runs.library import Library
from cnnviz.runs.marks import MomentMark, write_mark
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.training import checkpoint
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import NetworkChanged, RunFinished, SettingChanged

if TYPE_CHECKING:
    from pathlib import Path


def record(folder: Path) -> None:
    """Record nine steps, with an evaluation, a change and moments at 0, 4 and 9; the last one is exact."""
    one = project()
    writer = RunWriter(folder, one, Facts("small", 1.0, 5), 10**9)
    for first in (1, 4, 7):
        values = np.full(3, 0.5, np.float32)
        writer.add([BatchMetrics(1, first, values, values, float(first))], [])
    writer.add([], [SettingChanged(1, 5, "learning_rate", 0.01, 0.05), NetworkChanged(1, 6, one, (), ())])
    writer.add([Evaluation(1, "validation", 1, 9, 0.5, 0.5, 9.0)], [RunFinished(1, 9)])
    state = state_of(one)
    writer.write_weights(0, one, tensors(state))
    writer.write_weights(4, one, tensors(state))
    writer.write_exact(9, checkpoint.copy(state, one))
    writer.flush()
    writer.close()
    Library(folder.parent).label(folder.name, "first try", "a note")
    write_mark(folder, 4, MomentMark("before the change", pinned=True))
