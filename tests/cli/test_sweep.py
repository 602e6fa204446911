"""``cnnviz sweep``: trials are recorded runs, a killed process costs none, and the sweep goes on under its name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import psutil
import pytest
from small_images import small_images

from cnnviz.cli import main
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.sweeps import trials
from cnnviz.sweeps.storage import open_storage


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random images whose upper half is brighter the higher the class."""
    return small_images(tmp_path_factory.mktemp("images"))


def arguments(images: Path, *options: str) -> list[str]:
    """A sweep of quick trials."""
    varied = ["--over", "learning_rate=log:1e-4:0.1", "--over", "conv1.out_channels=2,4"]
    return ["sweep", "lenet-5", "--data", str(images), *varied, "--epochs", "1", "--seed", "1", "--json", *options]


@pytest.mark.usefixtures("recording")
def test_trials_are_runs_and_the_sweep_goes_on(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(images, "--trials", "2")) == 0
    *told, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [each["trial"] for each in told] == [0, 1]
    best = max(told, key=lambda each: each["accuracy"])
    assert summary["best"] == best
    run = Library(runs_folder()).find(best["run"])
    assert run.numbers.validation_accuracy == best["accuracy"]
    assert run.name == f"lenet-5 {best['trial']}"
    assert json.loads(run.notes) == best["values"]
    assert main(arguments(images, "--trials", "3")) == 0
    *told, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [each["trial"] for each in told] == [2]
    assert summary["trials"] == 3


def test_a_loss_that_is_no_number_is_a_pruned_trial(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["sweep", "lenet-5", "--data", str(images), "--over", "learning_rate=100", "--over", "optimizer=sgd"]
    # each step multiplies the weights by -999
    line += ["--over", "weight_decay=10", "--over", "batch_size=16"]
    assert main([*line, "--trials", "1", "--epochs", "1", "--json"]) == 1
    (told, summary) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["state"], told["accuracy"]) == ("pruned", 0.0)
    assert "no longer a number" in told["reason"]
    assert summary["best"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--trials", "0"], "--trials takes 1 to"),
        (["--over", "learning_rate=0.1,0.2"], "is varied once"),
        (["--over", "seed=x:y"], "is no range"),
    ],
)
def test_refusals(images: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(images, *options)) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("file", ["sweep.sqlite", "sweep.journal"])
def test_a_killed_process_costs_no_trial(images: Path, file: str, tmp_path: Path) -> None:
    where = str(tmp_path / file)
    line = [sys.executable, "-m", "cnnviz", *arguments(images, "--trials", "5", "--jobs", "2", "--storage", where)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    sweep = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert sweep.stdout is not None
    sweep.stdout.readline()
    workers = {each.pid: each for each in psutil.Process(sweep.pid).children()}
    storage = open_storage(where, "lenet-5")
    study = optuna.load_study(study_name="lenet-5", storage=storage)
    named = [each.user_attrs.get(trials.WORKER, "- 0").split() for each in trials.under_way(study.trials)]
    killed = next(each for each in [*(int(number) for _, number, *_ in named), *workers] if each in workers)
    workers[killed].send_signal(signal.SIGKILL)
    output, complaint = sweep.communicate(timeout=240)
    assert sweep.returncode == 0, complaint
    assert json.loads(output.splitlines()[-1])["trials"] == 5
    made = trials.valid(study.trials)
    assert len(made) == 5
    assert all(each.state.is_finished() for each in study.trials)
    assert {each.state.name for each in made} <= {"COMPLETE", "PRUNED"}
    lost = [each for each in study.trials if each.user_attrs.get(trials.LOST)]
    assert len(lost) <= 1
