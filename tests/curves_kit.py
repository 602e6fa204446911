"""What the tests of curves share: the metrics of consecutive steps."""

from __future__ import annotations

import numpy as np

from cnnviz.training.channels import BatchMetrics


def batches(losses: np.ndarray, first: int = 1, run: int = 1, seconds: float = 10.0) -> BatchMetrics:
    losses = np.asarray(losses, np.float32)
    return BatchMetrics(run, first, losses, np.clip(1 - losses, 0, 1).astype(np.float32), seconds)
