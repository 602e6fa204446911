"""Moments that two runs share by hard links take their bytes once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training_kit import project, state_of, tensors

from cnnviz.runs import library
from cnnviz.runs.disk import file_sizes, freed_bytes
from cnnviz.runs.folder import moments
from cnnviz.runs.library import Library
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STEPS = range(10)


def two_runs(home: Path, number: int = 0) -> tuple[Path, Path]:
    """A run, and another one that goes on from its last moment."""
    one = project()
    weights = tensors(state_of(one))
    first, second = home / f"20260101-000000-{number:08}", home / f"20260101-000001-{number:08}"
    before = RunWriter(first, one, Facts("small", 1.0, 5), 10**9)
    for step in STEPS:
        before.write_weights(step, one, weights)
    before.close()
    after = RunWriter(second, one, Facts("small", 2.0, 5, parent=first.name, parent_step=STEPS[-1]), 10**9)
    assert after.take_over(first, STEPS[-1])
    after.write_weights(STEPS[-1] + 1, one, weights)
    after.close()
    return first, second


def taken_bytes(*runs: Path) -> int:
    """The bytes of all moments of these runs on disk."""
    files = (path.stat() for run in runs for path in (run / "moments").iterdir())
    return sum({each.st_ino: each.st_size for each in files}.values())


def test_shared_bytes_count_once(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    taken = taken_bytes(first, second)
    every = [file_sizes(run, moments(run).values()) for run in (first, second)]
    assert sum((every[0] | every[1]).values()) == taken
    assert freed_bytes(first, moments(first)[3]) == 0 < freed_bytes(second, moments(second)[10])
    # all fits, although the sizes of both runs add up to more
    assert sum(moment.bytes for run in (first, second) for moment in moments(run).values()) > taken
    Library(tmp_path).make_room(taken)
    assert len(moments(first)) == 10 and len(moments(second)) == 11


def test_the_budget_is_kept_also_where_all_moments_are_shared(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    taken = taken_bytes(first, second)
    one = sum(file_sizes(second, [moments(second)[10]]).values())
    Library(tmp_path).make_room(taken - 3 * one)
    left = taken_bytes(first, second)
    assert left <= taken - 3 * one
    # no more is deleted than is needed
    assert left > taken - 5 * one and moments(first)


def test_each_run_is_thinned_a_few_times_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        two_runs(tmp_path, number)
    thinned: list[str] = []

    def marks(folder: Path) -> set[int]:
        thinned.append(folder.name)
        return set()

    monkeypatch.setattr(library, "read_marks", marks)
    Library(tmp_path).make_room(0)
    assert len(thinned) <= 4 * 12
    assert [len(moments(folder)) for folder in Library(tmp_path).folders()] == [2] * 12
