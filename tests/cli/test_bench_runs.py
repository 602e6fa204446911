"""``cnnviz bench --runs``: what it measures is there, and the library is that of many runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnnviz.cli import bench_runs, main
from cnnviz.runs.curves import read_curves
from cnnviz.runs.index import read
from cnnviz.runs.library import Library

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_library_is_one_of_finished_runs_that_can_be_indexed(tmp_path: Path) -> None:
    bench_runs.make_library(tmp_path, 3)
    runs = Library(tmp_path).runs()
    assert [run.numbers.steps for run in runs] == [bench_runs.POINTS] * 3
    assert all(run.numbers.finished and len(run.moments) == bench_runs.MOMENTS_OF_RUN for run in runs)
    assert len(read_curves(tmp_path / "run-00002").steps) == bench_runs.POINTS
    assert read(tmp_path).keys() == {run.id for run in runs}


def test_figures_and_goals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--runs", "11", "--rounds", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["runs"], result["points"], result["goals"]) == (11, 10_000, bench_runs.GOALS)
    assert all(result[name] > 0 for name in (*bench_runs.GOALS, "recounted_seconds", "listed_ms", "curves_ms"))
    assert main(["bench", "--runs", "11", "--rounds", "1", "--no-window"]) == 0
    assert "11 recorded runs of 10,000 steps" in capsys.readouterr().out
    assert main(["bench", "--runs", "2"]) == 2
