"""The queue of copied moments: in order, and never more in memory than a slow disk deserves."""

from __future__ import annotations

from typing import Any

from training_kit import project

from cnnviz.runs.pending import MOST_BYTES, PendingMoment, PendingMoments
from cnnviz.training.hooks import Place


def moment(step: int, size: int = 10, run: int = 1, first: Any = None) -> PendingMoment:
    return PendingMoment(Place(run, 0, step, step), project(), size, True, 0.0, lambda _: None, first)


def steps(pending: PendingMoments) -> list[tuple[int, int]]:
    """Run and step of all that waits, taken."""
    taken = []
    while (one := pending.take(0)) is not None:
        taken.append((one.run, one.place.step))
        pending.written(one)
    return taken


def test_moments_are_taken_in_their_order_until_the_end() -> None:
    pending = PendingMoments()
    assert pending.take(0) is None and not pending.ended
    for step in (1, 2, 4):
        pending.add(moment(step))
    pending.close()
    assert not pending.ended and steps(pending) == [(1, 1), (1, 2), (1, 4)] and pending.ended
    assert pending.take(600) is None


def test_a_run_that_is_paused_again_and_again_does_not_fill_the_memory() -> None:
    pending, first = PendingMoments(), object()
    pending.add(moment(1, MOST_BYTES, first=first))
    pending.add(moment(1, run=2))
    assert pending.full
    for step in (2, 3, 4):
        pending.add(moment(step, MOST_BYTES))
    assert pending.full
    pending.add(moment(2, run=2))
    last = pending.take(0)
    assert last is not None and (last.run, last.place.step, last.first) == (1, 4, first)
    pending.written(last)
    assert not pending.full and steps(pending) == [(2, 2)]


def test_what_is_being_written_counts_until_it_is_written() -> None:
    pending = PendingMoments()
    pending.add(moment(1, MOST_BYTES))
    one = pending.take(0)
    assert one is not None and pending.full
    pending.written(one)
    assert not pending.full
