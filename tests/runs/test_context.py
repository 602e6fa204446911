"""What tells the runs of a library from each other."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.files import write_atomically
from cnnviz.network import graph
from cnnviz.network.graph import Edge
from cnnviz.network.layers import ReLU
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.context import in_context
from cnnviz.runs.folder import SUMMARY, object_in, project_path
from cnnviz.runs.library import Library
from cnnviz.runs.sealed import SEAL, sealed
from cnnviz.runs.summary import Facts, summarize
from cnnviz.runs.writer import RunWriter
from cnnviz.sentence import Sentence
from cnnviz.training.channels import BatchMetrics
from cnnviz.training.events import NetworkChanged, RunFailed, SettingChanged

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.events import Event

PROJECT = TEMPLATES["fast"].project()
RATE = PROJECT.recipe.learning_rate


def record(home: Path, number: int, project: Project, *events: Event, **facts: object) -> str:
    """A run of 200 steps; its id."""
    name = f"20260101-00000{number}-aaaaaaaa"
    recipe = project.recipe
    beginning = replace(
        Facts("lenet", float(number + 1), optimizer=recipe.optimizer, learning_rate=recipe.learning_rate),
        **facts,  # type: ignore[arg-type]
    )
    with closing(RunWriter(home / name, project, beginning, 10**9)) as writer:
        losses = np.full(200, 0.5, np.float32)
        writer.add([BatchMetrics(1, 1, losses, losses, 1.0)], list(events))
        writer.flush()
    return name


def news(home: Path) -> list[str]:
    """What is new in each run, the oldest first."""
    return [", ".join(map(str, run.context.news)) for run in reversed(in_context(home, Library(home).runs()))]


def test_a_run_is_told_by_what_differs_from_the_one_before(tmp_path: Path) -> None:
    higher = replace(PROJECT, recipe=replace(PROJECT.recipe, learning_rate=0.05))
    edge = next(iter(sorted(PROJECT.network.edges, key=str)))
    grown = replace(higher, network=graph.insert(PROJECT.network, Edge(edge.source, edge.target), "extra", ReLU()))
    for number, each in enumerate((PROJECT, higher, grown, grown)):
        record(tmp_path, number, each)
    record(tmp_path, 4, PROJECT, network="other")
    assert news(tmp_path) == ["", "rate 0.05", "+ extra", "same settings", ""]
    runs = in_context(tmp_path, Library(tmp_path).runs())
    assert runs[2].context.before == runs[3].title
    # without the run before, it is compared with the one before that
    Library(tmp_path).delete(runs[3].id)
    assert news(tmp_path) == ["", "rate 0.05, + extra", "same settings", ""]


def test_rates_that_were_changed_while_training_tell_runs_apart(tmp_path: Path) -> None:
    record(tmp_path, 0, PROJECT)
    record(tmp_path, 1, PROJECT, SettingChanged(1, 100, "learning_rate", 0.5, RATE))
    record(tmp_path, 2, PROJECT)
    assert news(tmp_path) == ["", f"rate {RATE:g} → 0.5", f"rate {RATE:g}"]


def test_what_was_changed_after_the_last_step_of_a_run_tells_nothing_about_it(tmp_path: Path) -> None:
    record(tmp_path, 0, PROJECT)
    frozen = replace(PROJECT.network.nodes["conv1"], frozen=True)
    other = replace(PROJECT, network=replace(PROJECT.network, nodes={**PROJECT.network.nodes, "conv1": frozen}))
    tuned, back = SettingChanged(1, 100, "learning_rate", 0.5, RATE), SettingChanged(1, 200, "learning_rate", RATE, 0.5)
    record(tmp_path, 1, PROJECT, SettingChanged(1, 200, "learning_rate", 0.5, RATE))
    record(tmp_path, 2, PROJECT, tuned, back, NetworkChanged(1, 200, other, (), ()))
    expected = ["", "same settings", f"rate {RATE:g} → 0.5"]
    assert news(tmp_path) == expected
    assert [run.learning_rate for run in Library(tmp_path).runs()] == [0.5, RATE, RATE]
    # the same without the stored results
    for folder in Library(tmp_path).folders():
        (folder / SUMMARY).unlink()
    assert news(tmp_path) == expected


def test_a_rate_counts_once_a_step_was_trained_with_it(tmp_path: Path) -> None:
    losses = np.full(100, 0.5, np.float32)
    with closing(RunWriter(tmp_path / "run", PROJECT, Facts(learning_rate=RATE), 10**9)) as writer:
        writer.add([BatchMetrics(1, 1, losses, losses, 1.0)], [SettingChanged(1, 100, "learning_rate", 0.5, RATE)])
        writer.flush()
        assert summarize(tmp_path / "run").learning_rates == (RATE,)
        writer.add([BatchMetrics(1, 101, losses, losses, 2.0)], [])
        writer.flush()
    assert summarize(tmp_path / "run").learning_rates == (RATE, 0.5)


def test_stored_results_of_an_older_version_with_a_rate_that_was_not_trained_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / record(tmp_path, 0, PROJECT, SettingChanged(1, 200, "learning_rate", 0.5, RATE))
    stored = {**object_in(folder / SUMMARY), "learning_rate": 0.5}
    write_atomically(folder / SUMMARY, sealed({name: stored[name] for name in stored if name != SEAL}))
    assert summarize(folder).learning_rates == (RATE,)


def test_a_run_that_goes_on_from_a_moment_says_so_and_what_was_changed_there(tmp_path: Path) -> None:
    first = record(tmp_path, 0, PROJECT)
    record(tmp_path, 1, PROJECT, parent=first, parent_step=120)
    record(tmp_path, 2, PROJECT, SettingChanged(1, 120, "learning_rate", 0.5, RATE), parent=first, parent_step=120)
    wider = replace(PROJECT, recipe=replace(PROJECT.recipe, weight_decay=0.5))
    record(tmp_path, 3, PROJECT, NetworkChanged(1, 120, wider, (), ()), parent="20250101-000000-gone", parent_step=120)
    assert news(tmp_path) == ["", "from step 120", "from step 120, rate 0.5", "from step 120, weight decay 0.5"]
    Library(tmp_path).label(first, "the first", "")
    assert [run.context.origin for run in in_context(tmp_path, Library(tmp_path).runs())] == [
        "",
        *["the first"] * 2,
        "",
    ]


def test_first_weights_from_elsewhere_are_said(tmp_path: Path) -> None:
    first = record(tmp_path, 0, PROJECT, source="digits.pt")
    record(tmp_path, 1, PROJECT, inherited="conv1, conv2", weights_from=first, weights_step=9)
    assert news(tmp_path) == ["weights of “digits.pt”", "2 layers kept, same settings"]


def test_a_run_that_failed_and_a_copy_of_a_run_say_so(tmp_path: Path) -> None:
    record(tmp_path, 0, PROJECT, RunFailed(1, 200, Sentence("The loss is not a number."), ""))
    record(tmp_path, 1, PROJECT, created=1.0)
    steep = replace(PROJECT, recipe=replace(PROJECT.recipe, learning_rate=100.0))
    record(tmp_path, 2, steep, RunFailed(1, 200, Sentence("The loss is not a number."), ""))
    assert news(tmp_path) == ["failed", "a copy", "failed, rate 100"]
    # the same without the stored results
    for folder in Library(tmp_path).folders():
        (folder / SUMMARY).unlink()
    assert news(tmp_path) == ["failed", "a copy", "failed, rate 100"]


def test_a_damaged_project_tells_nothing(tmp_path: Path) -> None:
    first = record(tmp_path, 0, PROJECT)
    record(tmp_path, 1, PROJECT)
    project_path(tmp_path / first, 0).write_text("{")
    assert news(tmp_path) == ["", ""]
