"""Numbers change a few times a second while training goes on, and at once where something else is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnviz.gui.widgets.calm import SECONDS, Calm
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

NETWORK = TEMPLATES["fast"].project().network
SAMPLE = Sample(np.zeros((1, 28, 28), np.uint8))


def snapshot(step: int, *, settled: bool = False, recorded: bool = False, sample: Sample = SAMPLE) -> Snapshot:
    moment = Moment(NETWORK, infer(NETWORK), {}, 1, step, settled=settled, recorded=recorded)
    return Snapshot(1, step, NETWORK, sample, {}, settled, 0.0, moment)


def test_every_other_snapshot_of_a_training_is_due() -> None:
    now = [100.0]
    numbers, due = Calm(lambda: now[0]), []
    for step in range(10):
        due.append(numbers.take(snapshot(step)))
        now[0] += 0.1
    assert due == [True, False] * 5
    assert 0.1 < SECONDS < 0.2


def test_what_is_not_the_next_moment_of_the_same_training_is_due_at_once() -> None:
    numbers = Calm(lambda: 100.0)
    assert numbers.take(snapshot(1))
    assert not numbers.take(snapshot(2))
    assert numbers.take(snapshot(3, settled=True)), "the last one of a pause"
    assert numbers.take(snapshot(1, recorded=True)) and numbers.take(snapshot(2, recorded=True))
    assert numbers.take(snapshot(4, sample=Sample(np.ones((1, 28, 28), np.uint8))))
    assert numbers.take(replace(snapshot(5), run=2))
    assert not numbers.take(replace(snapshot(6), run=2))
