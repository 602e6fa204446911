"""Names and pins of moments: kept in the run's folder, read back whatever the file holds, and never thinned away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs_kit import recorded_run
from training_kit import project, state_of, tensors

from cnnviz.runs.folder import MARKS, RunError, moments
from cnnviz.runs.library import Library
from cnnviz.runs.marks import LONGEST_NAME, MOST_MARKS, MomentMark, clean_name, read_marks, write_mark
from cnnviz.runs.summary import Facts
from cnnviz.runs.thinning import fitting, superfluous
from cnnviz.runs.writer import RunWriter

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_marks_are_read_back_and_an_empty_one_is_taken_away(tmp_path: Path) -> None:
    assert read_marks(tmp_path) == {}
    write_mark(tmp_path, 40, MomentMark("  knows\n edges ", pinned=False))
    marks = write_mark(tmp_path, 4, MomentMark("", pinned=True))
    assert marks == read_marks(tmp_path) == {4: MomentMark("", pinned=True), 40: MomentMark("knows edges")}
    assert list(marks) == [4, 40]
    write_mark(tmp_path, 40, MomentMark())
    assert read_marks(tmp_path) == {4: MomentMark("", pinned=True)}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="could not be kept"):
        write_mark(tmp_path / "gone", 1, MomentMark("first"))
    many = {str(step): {"name": "a", "pinned": False} for step in range(MOST_MARKS)}
    (tmp_path / MARKS).write_text(json.dumps({"version": 1, "moments": many}), encoding="utf-8")
    with pytest.raises(RunError, match="no more"):
        write_mark(tmp_path, MOST_MARKS, MomentMark("too many"))
    assert len(read_marks(tmp_path)) == MOST_MARKS


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps({"version": 1, "moments": value}).encode()))
def test_any_file_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / MARKS).write_bytes(content)
    marks = read_marks(folder)
    assert all(step >= 0 and mark != MomentMark() for step, mark in marks.items())
    assert write_mark(folder, 7, MomentMark("new"))[7] == MomentMark("new") == read_marks(folder)[7]


@given(st.text())
def test_a_name_fits_on_one_line_and_can_be_written(name: str) -> None:
    clean = clean_name(name)
    assert clean.isprintable() and len(clean) <= LONGEST_NAME and clean == clean.strip()
    assert clean.encode() and clean_name(clean) == clean if clean else True


def test_a_marked_moment_outlives_the_budgets_of_the_run_and_of_all_runs(tmp_path: Path) -> None:
    one, state = project(), state_of(project())
    weights = tensors(state)
    size = sum(tensor.nbytes for tensor in weights.values())
    folder = tmp_path / "run"
    writer = RunWriter(folder, one, Facts("small", 1.0, 5), 10 * size)
    for step in range(4):
        writer.write_weights(step, one, weights)
    write_mark(folder, 2, MomentMark("kept"))
    write_mark(folder, 3, MomentMark(pinned=True))
    for step in range(4, 40):
        writer.write_weights(step, one, weights)
    writer.close()
    assert {0, 2, 3, 39} <= set(writer.steps) == set(moments(folder)) and len(writer.steps) < 16
    assert writer.files == tuple(moments(folder).values())
    Library(tmp_path).make_room(0)
    assert set(moments(folder)) == {0, 2, 3, 39}


@given(st.integers(1, 50), st.integers(1, 1000), st.integers(0, 60))
def test_as_many_moments_fit_as_are_left_when_the_budget_is_full(fits: int, size: int, more: int) -> None:
    sizes = dict.fromkeys(range(fits + more + 3), size)
    last = max(sizes)
    left = len(sizes) - len(superfluous(sizes, fits * size, {last}))
    assert left == min(len(sizes), fitting(sizes, fits * size, {last}))


def test_a_run_that_goes_on_keeps_the_marked_moments_of_the_run_before(tmp_path: Path) -> None:
    parent = recorded_run(tmp_path / "parent")
    write_mark(parent, 4, MomentMark("early"))
    child = RunWriter(tmp_path / "child", project(), Facts("small"), 0)
    assert child.take_over(parent, 9)
    assert child.steps == (0, 4, 9) and read_marks(child.folder) == {4: MomentMark("early")}
    child.close()
