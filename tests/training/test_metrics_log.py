"""The log of a long training: old entries are joined, no reader can tell but by their number."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics
from cnnviz.training.metrics_log import TOGETHER, MetricsLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def some(count: int, seed: int = 0) -> Iterator[Metrics]:
    """Entries of a few steps, with evaluations, starts over and a gap between them."""
    generator = np.random.default_rng(seed)
    run, step, seconds = 1, 0, 0.0
    for _ in range(count):
        chance = generator.random()
        seconds += generator.random() / 10
        if chance < 0.02:
            yield Evaluation(run, "validation", 1, step, generator.random(), 0.5, seconds)
            continue
        if chance < 0.03:
            run, step, seconds = run + 1, 0, 0.0
        elif chance < 0.04:
            step += 7
        values = generator.random((2, int(generator.integers(1, 9))), dtype=np.float32)
        yield BatchMetrics(run, step + 1, values[0], values[1], seconds)
        step += values.shape[1]


def told(entries: Iterable[Metrics]) -> list[object]:
    """What entries say, however they are joined: each piece with its steps, each evaluation."""
    found: list[object] = []
    for one in entries:
        if isinstance(one, Evaluation):
            found.append(one)
            continue
        begin = 0
        for end, seconds in one.pieces():
            losses, accuracies = one.losses[begin:end].tolist(), one.accuracies[begin:end].tolist()
            found.append((one.run, one.first_step + begin, losses, accuracies, seconds))
            begin = end
        assert begin == len(one.losses) == len(one.accuracies) and seconds == one.seconds
    return found


@pytest.mark.parametrize("count", [0, 1, TOGETHER - 1, TOGETHER, 3 * TOGETHER + 5])
def test_every_reader_reads_all_of_it_once(count: int) -> None:
    log, everything = MetricsLog(), list(some(count))
    follower: list[Metrics] = []
    cursor = 0
    for number, one in enumerate(everything):
        log.append(one)
        if number % 11 == 0:
            new, cursor = log.read(cursor)
            follower += new
    new, cursor = log.read(cursor)
    assert told(follower + new) == told(everything) and cursor == count
    whole = told(everything)
    for begin in (0, 1, count // 3, TOGETHER - 1, TOGETHER, TOGETHER + 1, count - 1, count):
        if 0 <= begin <= count:
            late, end = log.read(begin)
            assert told(late) == whole[begin:] and end == count
    assert log.read(count) == ([], count)


def test_a_late_reader_gets_few_long_entries() -> None:
    log = MetricsLog()
    for step in range(4 * TOGETHER):
        log.append(BatchMetrics(1, step + 1, np.zeros(1, np.float32), np.ones(1, np.float32), step / 100))
    entries, _ = log.read()
    assert [len(one.losses) for one in entries if isinstance(one, BatchMetrics)] == [TOGETHER] * 4


def test_a_step_takes_a_dozen_bytes() -> None:
    log, count, steps = MetricsLog(), 20 * TOGETHER, 6
    tracemalloc.start()
    try:
        for number in range(count):
            values = np.zeros(steps, np.float32)
            log.append(BatchMetrics(1, number * steps + 1, values, values.copy(), number / 20))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # two float32 a step, twelve bytes a piece; as objects they would take a hundred
    assert taken < 14 * count * steps
