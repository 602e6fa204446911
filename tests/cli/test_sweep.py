"""``cnnviz sweep``: trials are recorded runs, a killed process costs none, and the sweep goes on under its name."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import Mock

import optuna
import psutil
import pytest
from small_images import small_images

from cnnviz.cli import main, sweep_output
from cnnviz.project.file import read
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.sweeps import trials
from cnnviz.sweeps.results import COMPLETE, FAILED, INTERRUPTED, Result
from cnnviz.sweeps.space import applied
from cnnviz.sweeps.storage import SweepError, open_storage
from cnnviz.sweeps.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 120.0


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random images whose upper half is brighter the higher the class."""
    return small_images(tmp_path_factory.mktemp("images"))


VARIED = ("--over", "learning_rate=log:1e-4:0.1", "--over", "conv1.out_channels=2,6")


def arguments(images: Path, *options: str) -> list[str]:
    """A sweep of quick trials."""
    return ["sweep", "lenet-5", "--data", str(images), *VARIED, "--epochs", "1", "--seed", "1", *options]


@pytest.mark.usefixtures("recording")
def test_trials_are_runs_and_the_sweep_goes_on(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(images, "--trials", "2", "--json")) == 0
    *told, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [each["trial"] for each in told] == [0, 1]
    best = max(told, key=lambda each: each["accuracy"])
    assert summary["best"] == best
    own = TEMPLATES["lenet-5"].project()
    assert summary["own"] == told[0] and told[0]["own"] and not told[1]["own"]
    assert told[0]["values"] == {"learning_rate": own.recipe.learning_rate, "conv1.out_channels": 6}
    run = Library(runs_folder()).find(best["run"])
    assert run.numbers.validation_accuracy == best["accuracy"]
    assert run.name == f"lenet-5 {best['trial']}"
    assert json.loads(run.notes) == best["values"]
    assert main(arguments(images, "--trials", "3", "--json")) == 0
    *told, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [each["trial"] for each in told] == [2]
    assert summary["trials"] == 3

    # the best one becomes a project, with the epochs of the file and with its run
    out = tmp_path / "best.cnnviz"
    assert main(arguments(images, "--trials", "3", "--out", str(out))) == 0
    output = capsys.readouterr().out
    best = summary["best"]
    assert f"Best: trial {best['trial']} with {best['accuracy']:.2%}" in output
    assert f"“cnnviz {out}” opens it." in output
    assert f"“cnnviz runs show {best['run']}” shows its run." in output and "0 (own)" in output
    saved = read(out)
    assert saved.run == best["run"]
    # with the batches of the template, an epoch of these few images would have fewer than 10 steps
    assert saved.project.recipe == replace(applied(own, best["values"]).recipe, batch_size=32)
    assert saved.project.network["conv1"].out_channels == best["values"]["conv1.out_channels"]  # type: ignore[attr-defined]


def test_a_sweep_that_is_interrupted_tells_what_it_has_and_goes_on(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = str(tmp_path / "sweep.journal")

    def interrupt() -> None:
        until(lambda: len(trials_in(where)) > 1 and trials.SEEN in trials_in(where)[-1].user_attrs)
        os.kill(os.getpid(), signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        interrupted = pool.submit(interrupt)
        assert main(arguments(images, "--trials", "1000", "--storage", where)) == 130
        interrupted.result()
    output = capsys.readouterr().out
    made = trials.valid(trials_in(where))
    assert made and all(each.state.is_finished() for each in made)
    assert f"{len(made)} of 1,000 trials have ended: the same command goes on with the sweep." in output
    assert "The same command with --out FILE.cnnviz writes the project with its values." in output
    more = len(made) + 1
    assert main(arguments(images, "--trials", f"{more}", "--storage", where)) == 0
    assert f"{more}/{more}  trial " in capsys.readouterr().out


def test_a_loss_that_is_no_number_is_a_pruned_trial(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["sweep", "lenet-5", "--data", str(images), "--over", "learning_rate=100", "--over", "optimizer=sgd"]
    # each step multiplies the weights by -999
    line += ["--over", "weight_decay=10", "--over", "batch_size=16"]
    assert main([*line, "--trials", "1", "--epochs", "1", "--json"]) == 1
    (told, summary) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["state"], told["accuracy"]) == ("pruned", 0.0)
    assert "no longer a number" in told["reason"]
    assert summary["best"] is None


@pytest.mark.parametrize("state", [FAILED, INTERRUPTED])
def test_own_settings_without_a_result_are_told_from_settings_that_are_not_tried(
    state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Result(0, state, None, own=True), Result(1, COMPLETE, 0.9)]
    monkeypatch.setattr(sweep_output, "results", lambda _: found)
    study, project = optuna.create_study(), TEMPLATES["lenet-5"].project()
    work = Work(project, "lenet-5", (), 2)
    sweep_output.conclude(study, project, work, Namespace(out=None, json=False))
    assert "with 90.00%. The network's own settings, trial 0, have no result." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--trials", "0"], "--trials takes 1 to"),
        (["--over", "learning_rate=0.1,0.2"], "is varied once"),
        (["--over", "seed=x:y"], "is no range"),
        (["--out", "/nowhere/best.cnnviz"], "which is no folder"),
    ],
)
def test_refusals(images: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(images, *options)) == 2
    assert said in capsys.readouterr().err


def test_processes_make_images_of_the_same_form(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def start(line: list[str]) -> Mock:
        started.append(line)
        return Mock()

    monkeypatch.setattr("cnnviz.cli.sweep.subprocess.Popen", start)
    main(arguments(images, "--trials", "2", "--jobs", "2", "--size", "20", "--channels", "1", "--scale", "pad"))
    assert len(started) == 2
    for line in started:
        assert [line[line.index(option) + 1] for option in ("--size", "--channels", "--scale")] == ["20", "1", "pad"]


def test_a_killed_process_costs_no_trial(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    where = str(tmp_path / "sweep.sqlite")
    # other tests have child processes too, which live on
    others = {each.pid for each in psutil.Process().children()}

    def kill_a_worker() -> None:
        until(lambda: any(each.state.is_finished() for each in trials_in(where)))
        workers = {each.pid: each for each in psutil.Process().children() if each.pid not in others}
        named = [each.user_attrs.get(trials.WORKER, "- 0").split() for each in trials.under_way(trials_in(where))]
        killed = next(each for each in [*(int(number) for _, number, *_ in named), *workers] if each in workers)
        workers[killed].send_signal(signal.SIGKILL)

    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill_a_worker)
        assert main(arguments(images, "--trials", "5", "--jobs", "2", "--storage", where, "--json")) == 0
        killed.result()
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["trials"] == 5
    found = trials_in(where)
    made = trials.valid(found)
    assert len(made) == 5
    assert all(each.state.is_finished() for each in found)
    assert {each.state.name for each in made} <= {"COMPLETE", "PRUNED"}
    assert len([each for each in found if each.user_attrs.get(trials.LOST)]) <= 1


def trials_in(where: str) -> list[optuna.trial.FrozenTrial]:
    """The trials in a storage; none before it is made."""
    if not Path(where).exists():
        return []
    try:
        return optuna.load_study(study_name="lenet-5", storage=open_storage(where, "lenet-5")).trials
    except (KeyError, SweepError):
        return []


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread or process."""
    pause, deadline = threading.Event(), time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.02)
