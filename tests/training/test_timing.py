"""Times of layers: all that take part, in the right proportion, and gone when they are no longer wanted."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from training_kit import project

from cnnviz.jobs import JobState
from cnnviz.network.check import check
from cnnviz.network.graph import Network, add, chain, connect
from cnnviz.network.layers import Add, Conv2d, Dense, Dropout, Flatten, Input, Output, ReLU
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.facts import facts_for
from cnnviz.training.timing import measure
from cnnviz.training.timing_job import TimingJob, timing_job

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def heavy_and_light() -> Network:
    """A convolution with 9,216 times the operations of the other; and a sum of two paths."""
    network = chain(
        ("input", Input()),
        ("light", Conv2d(1, kernel_size=(1, 1))),
        ("dropout", Dropout(0.5)),
        ("heavy", Conv2d(64, kernel_size=(9, 9), padding=(4, 4))),
        ("relu", ReLU()),
        ("add", Add()),
        ("flatten", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    return connect(add(network, "loose", ReLU()), "heavy", "add")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_layer_that_takes_part_is_timed_and_a_heavy_one_takes_longer_than_a_light_one(
    precision: str,
) -> None:
    project = Project(heavy_and_light(), recipe=Recipe(batch_size=4, precision=precision))  # type: ignore[arg-type]
    report = check(project.network, facts_for(project))
    timing = measure(project, report, "cpu", 1, threading.Event())
    assert timing is not None
    assert timing.layers.keys() == set(report.used) == project.network.nodes.keys() - {"loose"}
    assert (timing.batch_size, timing.precision, timing.threads) == (4, precision, 1)
    assert all(one.forward > 0 for one in timing.layers.values())
    assert timing.layers["heavy"].seconds > timing.layers["light"].seconds
    assert timing.whole > 0


def test_measuring_does_not_load_sympy() -> None:
    code = (
        "import sys, threading; from training_kit import project; from cnnviz.network.check import check;"
        " from cnnviz.training.facts import facts_for; from cnnviz.training.timing import measure; given = project();"
        " measure(given, check(given.network, facts_for(given)), 'cpu', 1, threading.Event());"
        " print('sympy' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="tests")
    assert said.stdout.split() == ["False"]


def test_measuring_stops_where_it_is_told_to() -> None:
    given = project()
    stop = threading.Event()
    stop.set()
    report = check(given.network, facts_for(given))
    assert measure(given, report, "cpu", 1, stop) is None


def test_measurements_follow_each_other_and_say_what_went_wrong() -> None:
    first = project()
    second = replace(first, recipe=replace(first.recipe, batch_size=3))
    jobs: list[TimingJob] = []
    for one, device in ((first, "cpu"), (second, "cpu"), (first, "cuda:99")):
        before = jobs[-1] if jobs else None
        jobs.append(timing_job(one, check(one.network, facts_for(one)), device, 1, before))
    jobs[0].cancel()
    for job in jobs:
        job.start()
    assert all(job.wait(60) for job in jobs)
    dropped, measured, failed = (job.latest for job in jobs)
    assert dropped == JobState(ended=True)
    assert measured.result is not None and measured.result.batch_size == 3
    assert failed.result is None and failed.failure is not None
    assert "cuda" in str(failed.failure.sentence).lower() and "Traceback" in failed.failure.detail
