"""Numbers and events survive their blocks; what cannot be is left out with a sentence."""

from __future__ import annotations

import numpy as np

from cnnviz.runs import entries
from cnnviz.runs.blocks import block
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics
from cnnviz.training.events import EpochsAdded, Event, RateChanged, RunFinished


def batches(first: int, *losses: float) -> BatchMetrics:
    values = np.array(losses, np.float32)
    return BatchMetrics(1, first, values, np.full(len(losses), 0.5, np.float32), 2.0)


def test_numbers_and_events_come_back() -> None:
    joined = BatchMetrics(
        1, 3, np.ones(3, np.float32), np.ones(3, np.float32), 4.0, np.array([1, 3], np.int32), np.array([3.0, 4.0])
    )
    evaluation = Evaluation(1, "validation", 1, 5, 0.25, 0.75, 4.0)
    events: list[Event] = [
        RateChanged(1, 2, "learning_rate", 0.1, 0.2),
        EpochsAdded(1, 5, 2, 0.1, raised=True),
        RunFinished(1, 5),
    ]
    measured = batches(1, 2.5, float("nan"))
    metrics: list[Metrics] = [measured, joined, evaluation]
    content = b"".join([*(entries.of_metrics(one) for one in metrics), *(entries.of_event(one) for one in events)])
    read = entries.read(content)
    assert read.events == tuple(events) and not read.missing
    first, second, third = read.metrics
    assert isinstance(first, BatchMetrics) and np.array_equal(first.losses, measured.losses, equal_nan=True)
    assert isinstance(second, BatchMetrics) and list(second.pieces()) == list(joined.pieces())
    assert third == evaluation
    assert (read.steps, read.seconds) == (5, 4.0)


def test_what_cannot_be_is_left_out_with_a_sentence() -> None:
    texts = (
        b"[]",
        b'{"kind": "evaluation", "step": 1e400}',
        b'{"kind": "setting", "step": 1, "parameter": "x", "value": 1' + b"0" * 400 + b', "before": null}',
        b"[" * 100_000,
        b'{"kind": "unheard of", "step": 1}',
    )
    content = b"".join(block(entries.TEXT, text) for text in texts) + entries.of_metrics(batches(1, 1.0)) * 2
    read = entries.read(content + b"half")
    assert len(read.metrics) == 1 and not read.events
    assert [str(one) for one in read.missing] == [
        "4 bytes of the recorded numbers are damaged and were left out.",
        "6 recorded entries cannot be understood and were left out.",
    ]
