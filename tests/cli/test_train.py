"""``cnnviz train``: what it prints, and the sentences for what it cannot do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from full_disk import full_disk

from cnnviz.cli import main
from cnnviz.cli.keeping import Keeper
from cnnviz.data.choice import DatasetChoice
from cnnviz.files import shown
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, MaxPool2d, Output
from cnnviz.project.arrange import arrange
from cnnviz.project.file import save
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.checkpoint import load as load_checkpoint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def linear(tmp_path: Path) -> str:
    network = chain(
        ("input", Input()), ("pool1", MaxPool2d()), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output())
    )
    path = tmp_path / "linear.cnnviz"
    save(Project(network, arrange(network), Recipe("adam", 0.01, batch_size=1000, epochs=2)), path)
    return str(path)


def test_the_last_line_says_what_came_out(linear: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", linear, "--json", "--threads", "1", "--precision", "float32", "--seed", "4"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    last = lines[-1]
    assert (last["parameters"], last["epochs"], last["steps"]) == (1970, 2, 110)
    assert (last["threads"], last["precision"], last["seed"]) == (1, "float32", 4)
    assert 0.85 < last["test_accuracy"] < 0.95
    assert last["best_test_accuracy"] > 0.85
    assert last["images_per_second"] > 0
    validations = [line for line in lines if line.get("split") == "validation"]
    assert [line["epoch"] for line in validations] == [1, 2]
    assert validations[1]["loss"] < validations[0]["loss"]


def test_the_same_seed_gives_the_same_training(linear: str, capsys: pytest.CaptureFixture[str]) -> None:
    results = []
    for seed in ("1", "1", "2"):
        arguments = ["--epochs", "1", "--threads", "1", "--precision", "float32", "--seed", seed]
        assert main(["train", linear, "--json", *arguments]) == 0
        *told, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        results.append([*(one["loss"] for one in told), last["weights"]])
    assert results[0] == results[1]
    assert all(one != other for one, other in zip(results[0], results[2], strict=True))


def test_repeatable_is_float32_and_one_thread_or_as_many_as_are_told(
    linear: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, threads in (([], 1), (["--threads", "2"], 2)):
        assert main(["train", linear, "--json", "--batches", "2", "--repeatable", *arguments]) == 0
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (last["precision"], last["threads"]) == ("float32", threads)
    assert main(["train", linear, "--repeatable", "--precision", "bfloat16"]) == 2
    assert "repeatable training is in float32" in capsys.readouterr().err


def test_so_many_batches_and_no_more(linear: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", linear, "--batches", "3", "--batch-size", "10"]) == 0
    assert "3 batches" in capsys.readouterr().out


def test_a_training_that_was_kept_goes_on_as_if_it_had_never_stopped(
    linear: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, chosen = str(tmp_path / "kept"), ["--json", "--threads", "1", "--precision", "float32"]
    assert main(["train", linear, *chosen]) == 0
    whole = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert main(["train", linear, *chosen, "--batches", "70", "--save", folder]) == 0
    assert main(["train", "--resume", folder, "--json"]) == 0
    parts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["weights"] for one in (whole[-1], parts[-1])] == [whole[-1]["weights"]] * 2
    assert parts[-1]["steps"] == 110
    assert [one for one in parts if "split" in one] == whole[:-1]


def test_more_epochs_can_be_asked_of_a_kept_training_and_nothing_else(
    linear: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "kept")
    assert main(["train", linear, "--epochs", "1", "--save", folder]) == 0
    assert main(["train", "--resume", folder]) == 2
    assert "reached its end with epoch 1" in capsys.readouterr().err
    assert main(["train", "--resume", folder, "--epochs", "2", "--save", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["epochs"] == 2
    for option in (["--seed", "3"], ["--batch-size", "5"], ["--repeatable"], ["--threads", "1"]):
        assert main(["train", "--resume", folder, *option]) == 2
        assert f"leave out {option[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_training_that_is_interrupted_is_kept(linear: str, tmp_path: Path, ending: signal.Signals) -> None:
    folder = tmp_path / "kept"
    command = [sys.executable, "-m", "cnnviz", "train", linear, "--epochs", "5000", "--json", "--save", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(ending)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"--resume {folder}" in said
    project, state = load_checkpoint(folder)
    assert project.recipe.epochs == 5000
    assert f"batch {state.step:,}" in said
    assert state.step >= 55


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train"], "Name a project file or a template"),
        (["train", "--resume", "nowhere"], "“nowhere” could not be opened"),
        (["train", "fast", "--resume", "nowhere"], "leave out FILE|TEMPLATE"),
        (
            ["train", "fast", "--save", "/dev/null/kept", "--batches", "1"],
            "“/dev/null/kept” could not be saved: Not",
        ),
        (["train", "fast", "--epochs", "0"], "epochs must be from 1"),
        (["train", "fast", "--batches", "-1"], "--batches takes"),
        (["train", "fast", "--threads", "0"], "--threads takes a whole number from 1 to 1,024"),
        (["train", "fast", "--threads", "99999", "--batches", "1"], "--threads takes"),
        (["train", "fast", "--threads", "99999", "--repeatable"], "--threads takes"),
        (["bench", "--threads", "99999"], "--threads takes"),
        (["train", "fast", "--device", "toaster"], "toaster"),
        (["train", "nowhere"], "nowhere"),
        (["train", "alexnet"], "The images of ImageNet do not come with cnnviz"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_a_network_with_errors_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = chain(("input", Input()), ("fc1", Dense(10)), ("output", Output()))
    path = tmp_path / "wrong.cnnviz"
    save(Project(network, arrange(network)), path)
    assert main(["train", str(path)]) == 2
    assert "needs a flat input" in capsys.readouterr().err


def test_without_validation_images_nothing_is_said_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = chain(
        ("input", Input()), ("pool1", MaxPool2d()), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output())
    )
    path = tmp_path / "all.cnnviz"
    project = Project(
        network, arrange(network), Recipe("adam", 0.01, batch_size=1000, epochs=1), DatasetChoice(validation=0)
    )
    save(project, path)
    assert main(["train", str(path), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("split") for line in lines] == ["test", "test best", None]
    assert lines[-1]["steps"] == 60
    assert lines[-1]["test_accuracy"] == lines[-1]["best_test_accuracy"] > 0.8


def test_a_loss_that_is_no_number_is_a_sentence_with_the_layer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = chain(
        ("input", Input()), ("flatten", Flatten()), ("fc1", Dense(30)), ("fc2", Dense(10)), ("output", Output())
    )
    path = tmp_path / "fast.cnnviz"
    recipe = Recipe("sgd", 100.0, batch_size=1000, weight_decay=10.0, precision="float32")
    save(Project(network, arrange(network), recipe), path)
    assert main(["train", str(path), "--json"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("cnnviz: At step ") and said.count("\n") == 1
    assert "the first layer whose values left the range is “fc" in said and "Lower the learning rate" in said


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets one process limit another")
def test_a_disk_that_fills_up_is_said_and_the_training_goes_on(linear: str, tmp_path: Path) -> None:
    import resource

    folder = tmp_path / "kept"
    command = [sys.executable, "-m", "cnnviz", "train", linear, "--epochs", "5000", "--json", "--save", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1024, hard))
    said = process.stderr.readline()
    assert said == (
        f"“{shown(folder)}” could not be saved: {os.strerror(27)}."
        " The training goes on, and is saved again after the next epoch.\n"
    )
    before = load_checkpoint(folder)[1].step
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    # what is said after this is said of a training that goes on
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130 and f"--resume {folder}" in rest
    assert load_checkpoint(folder)[1].step > before


def test_what_came_out_is_said_also_where_it_cannot_be_kept(
    linear: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    trained = Keeper.save

    def fill(self: Keeper) -> None:
        # the first save is before the training, the second one after it
        if folder.exists():
            with full_disk():
                trained(self)
        trained(self)

    monkeypatch.setattr(Keeper, "save", fill)
    assert main(["train", linear, "--json", "--epochs", "1", "--save", str(folder)]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out.splitlines()[-1])["steps"] == 55
    assert captured.err.startswith(f"cnnviz: “{shown(folder)}” could not be saved: ")
