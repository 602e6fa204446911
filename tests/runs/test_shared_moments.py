"""Moments that two runs share by hard links take their bytes once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training_kit import project, state_of, tensors

from cnnviz.runs.disk import freed_bytes, taken_bytes
from cnnviz.runs.folder import moments
from cnnviz.runs.library import Library
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter

if TYPE_CHECKING:
    from pathlib import Path

STEPS = range(10)


def two_runs(home: Path) -> tuple[Path, Path, int]:
    """A run, another one that goes on from its last moment, and the bytes that both take on disk."""
    one = project()
    weights = tensors(state_of(one))
    first, second = home / "20260101-000000-00000000", home / "20260101-000001-00000000"
    before = RunWriter(first, one, Facts("small", 1.0, 5), 10**9)
    for step in STEPS:
        before.write_weights(step, one, weights)
    before.close()
    after = RunWriter(second, one, Facts("small", 2.0, 5, parent=first.name, parent_step=STEPS[-1]), 10**9)
    assert after.take_over(first, STEPS[-1])
    after.write_weights(STEPS[-1] + 1, one, weights)
    after.close()
    files = (path.stat() for run in (first, second) for path in (run / "moments").iterdir())
    return first, second, sum({each.st_ino: each.st_size for each in files}.values())


def test_shared_bytes_count_once(tmp_path: Path) -> None:
    first, second, taken = two_runs(tmp_path)
    every = [(run, moment) for run in (first, second) for moment in moments(run).values()]
    assert len(every) == 21 and taken_bytes(every) == taken
    assert freed_bytes(first, moments(first)[3]) == 0 < freed_bytes(second, moments(second)[10])
    # all fits, although the sizes of both runs add up to more
    assert sum(moment.bytes for _, moment in every) > taken
    Library(tmp_path).make_room(taken)
    assert len(moments(first)) == 10 and len(moments(second)) == 11


def test_the_budget_is_kept_also_where_all_moments_are_shared(tmp_path: Path) -> None:
    first, second, taken = two_runs(tmp_path)
    one = taken_bytes([(second, moments(second)[10])])
    Library(tmp_path).make_room(taken - 3 * one)
    left = [(run, moment) for run in (first, second) for moment in moments(run).values()]
    assert taken_bytes(left) <= taken - 3 * one
    # no more is deleted than is needed
    assert taken_bytes(left) > taken - 5 * one and moments(first)
