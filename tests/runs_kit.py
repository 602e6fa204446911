"""Recorded runs without a training: small folders, as the recorder writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from training_kit import project, state_of, tensors

from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.training import checkpoint
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import RunFinished

if TYPE_CHECKING:
    from pathlib import Path


def recorded_run(folder: Path, created: float = 1.0) -> Path:
    """A finished run of nine steps, with weights at steps 0 and 4 and an exact moment at step 9."""
    one = project()
    writer = RunWriter(folder, one, Facts("small", created, 5, "CPU", "float32", 1, "cnnviz 0"), 10**9)
    for first in (1, 4, 7):
        losses = np.linspace(first, first + 2, 3, dtype=np.float32)
        writer.add([BatchMetrics(1, first, losses, np.full(3, 0.5, np.float32), float(first))], [])
    writer.add([Evaluation(1, "validation", 1, 9, 0.5, 0.75, 9.0)], [RunFinished(1, 9)])
    state = state_of(one)
    for step in (0, 4):
        writer.write_weights(step, one, tensors(state))
    writer.write_exact(9, checkpoint.copy(state, one))
    writer.flush()
    writer.close()
    return folder
