"""How long a run has been trained for since a step, from made-up times."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.gui.run.training_time import TrainingTime
from cnnviz.training.channels import BatchMetrics


def batches(run: int, first: int, count: int, seconds: float) -> BatchMetrics:
    values = np.ones(count, np.float32)
    return BatchMetrics(run, first, values, values, seconds)


def test_a_step_grows_older_with_training_only() -> None:
    time = TrainingTime()
    assert time.since(1, 0) is None
    time.add([batches(1, 1, 100, 10.0), batches(1, 101, 46, 14.0)])
    assert time.since(1, 146) == 0.0
    assert time.since(1, 100) == pytest.approx(4.0)
    assert time.since(1, 50) == pytest.approx(9.0)
    # training stood still for a while; its clock did not
    assert time.since(1, 146) == 0.0
    time.add([batches(1, 147, 30, 17.5)])
    assert time.since(1, 146) == pytest.approx(3.5)
    time.add([batches(1, 177, 70, 24.5)])
    assert time.since(1, 146) == pytest.approx(10.5)


def test_the_time_of_another_run_is_not_known() -> None:
    time = TrainingTime()
    time.add([batches(1, 1, 100, 10.0)])
    assert time.since(2, 50) is None and time.since(1, 101) is None
    time.add([batches(2, 1, 10, 1.0)])
    assert time.since(1, 50) is None and time.since(2, 0) == pytest.approx(1.0)
    # a run that has left its number to the next one
    time.add([batches(2, 1, 20, 3.0)])
    assert time.since(2, 0) == pytest.approx(3.0) and time.since(2, 20) == 0.0
