"""Numbers and events survive their blocks; what cannot be is left out with a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.runs import entries
from cnnviz.runs.blocks import block
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics
from cnnviz.training.events import EpochsAdded, Event, RunFinished, SettingChanged


def batches(first: int, *losses: float) -> BatchMetrics:
    values = np.array(losses, np.float32)
    return BatchMetrics(1, first, values, np.full(len(losses), 0.5, np.float32), 2.0)


def test_numbers_and_events_come_back() -> None:
    joined = BatchMetrics(
        1, 3, np.ones(3, np.float32), np.ones(3, np.float32), 4.0, np.array([1, 3], np.int32), np.array([3.0, 4.0])
    )
    evaluation = Evaluation(1, "validation", 1, 5, 0.25, 0.75, 4.0)
    events: list[Event] = [
        SettingChanged(1, 2, "learning_rate", 0.1, 0.2),
        EpochsAdded(1, 5, 2, 0.1, raised=True),
        RunFinished(1, 5),
    ]
    measured = batches(1, 2.5, float("nan"))
    metrics: list[Metrics] = [measured, joined, evaluation]
    content = b"".join([*(entries.of_metrics(one) for one in metrics), *(entries.of_event(one) for one in events)])
    read = entries.read(content)
    assert read.events == tuple(events) and not read.missing
    first, second = read.metrics
    # blocks of consecutive steps are one
    assert isinstance(first, BatchMetrics) and (first.first_step, first.seconds) == (1, 4.0)
    assert np.array_equal(first.losses, [*measured.losses, *joined.losses], equal_nan=True)
    assert list(first.pieces()) == [(2, 2.0), (3, 3.0), (5, 4.0)]
    assert second == evaluation
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


@given(st.data())
def test_joined_steps_are_those_of_their_blocks(data: st.DataObject) -> None:
    """Reading all blocks at once gives what reading each alone gives."""
    step, parts = 1, []
    for _ in range(data.draw(st.integers(0, 8))):
        # some steps are missing, or come twice
        step = max(1, step + data.draw(st.sampled_from((0, 0, 0, 3, -1))))
        losses = data.draw(st.lists(st.floats(0, 10, width=32), min_size=1, max_size=4))
        part = batches(step, *losses)
        if data.draw(st.booleans()):
            part = replace(part, ends=np.array([len(losses)], np.int32), times=np.array([part.seconds]))
        if data.draw(st.integers(0, 9)) == 0:
            part.accuracies[0] = 2
        parts.append(entries.of_metrics(part))
        step += len(losses)
        if data.draw(st.booleans()):
            parts.append(entries.of_metrics(Evaluation(1, "validation", 1, step, 0.5, 0.5, 2.0)))
    together = entries.read(b"".join(parts))
    alone: list[tuple[int, float]] = []
    strange = 0
    for content in parts:
        read = entries.read(content)
        own = [each for each in read.metrics if isinstance(each, BatchMetrics)]
        if own and own[0].first_step <= (alone[-1][0] if alone else 0):
            strange += 1
        else:
            alone += [(each.first_step + at, loss) for each in own for at, loss in enumerate(each.losses.tolist())]
            strange += len(read.missing)
    joined = [each for each in together.metrics if isinstance(each, BatchMetrics)]
    assert alone == [(each.first_step + at, loss) for each in joined for at, loss in enumerate(each.losses.tolist())]
    assert all(list(each.pieces())[-1] == (len(each.losses), 2.0) for each in joined)
    assert bool(strange) == bool(together.missing)
