"""``cnnviz train --from RUN --freeze LAYERS``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from training_kit import arranged_project

from cnnviz.cli import main
from cnnviz.project.file import save
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.checkpoint import weights_of

if TYPE_CHECKING:
    from pathlib import Path

SHORT = ["--batches", "3", "--threads", "1", "--no-record"]


@pytest.fixture
def trained(tmp_path: Path) -> tuple[str, str]:
    """A project file, and the folder of a training of it."""
    path, kept = tmp_path / "net.cnnviz", tmp_path / "kept"
    save(arranged_project(0.0), path)
    assert main(["train", str(path), *SHORT, "--save", str(kept)]) == 0
    return str(path), str(kept)


def letters(folder: Path) -> str:
    """A file of images of three classes with names."""
    generator = np.random.default_rng(3)
    images = generator.integers(0, 256, (90, 28, 28), np.uint8)
    np.savez(folder / "letters.npz", images=images, labels=np.arange(90) % 3, class_names=np.array(["a", "b", "c"]))
    return str(folder / "letters.npz")


def test_a_new_head_is_trained_on_layers_that_are_kept_and_frozen(
    trained: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = trained
    capsys.readouterr()
    again = tmp_path / "again"
    options = ["--data", letters(tmp_path), "--fit", "--from", kept, "--freeze", "kept", "--save", str(again)]
    assert main(["train", path, *SHORT, *options]) == 0
    said = capsys.readouterr().out
    assert "Trained before: conv1, norm1. New: fc1. Frozen: conv1, norm1." in " ".join(said.split())
    _, before = weights_of(tmp_path / "kept")
    project, after = weights_of(again)
    assert project.network.frozen == {"conv1", "norm1"} and after["fc1.weight"].shape == (3, 64)
    for name, tensor in before.items():
        if not name.startswith("fc1"):
            assert torch.equal(after[name], tensor), name
    # a training with frozen layers goes on with them frozen
    assert main(["train", "--resume", str(again), "--batches", "2", "--threads", "1", "--no-record"]) == 2
    assert "leave out --threads" in capsys.readouterr().err
    assert main(["train", "--resume", str(again), "--batches", "2", "--no-record", "--save", str(again)]) == 0
    assert torch.equal(weights_of(again)[1]["conv1.weight"], before["conv1.weight"])


def test_the_network_of_the_run_is_taken_where_no_other_is_named(
    trained: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again"
    assert main(["train", "--from", trained[1], "--freeze", "conv1", *SHORT, "--save", str(again)]) == 0
    assert "Trained before: conv1, norm1, fc1. Frozen: conv1." in " ".join(capsys.readouterr().out.split())
    before, after = weights_of(tmp_path / "kept")[1], weights_of(again)[1]
    assert torch.equal(before["conv1.weight"], after["conv1.weight"])
    assert not torch.equal(before["fc1.weight"], after["fc1.weight"])
    assert (before["fc1.weight"] - after["fc1.weight"]).abs().max() < 0.2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--freeze", "relu1"], "only layers with weights can be frozen: conv1, norm1, fc1"),
        (["--freeze", "nothing"], "--freeze names nothing"),
        (["--freeze", "kept"], "--freeze kept needs --from"),
        (["--from", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_frozen_or_found_is_said(
    options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.cnnviz"
    save(arranged_project(0.0), path)
    assert main(["train", str(path), *SHORT, *options]) != 0
    assert sentence in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("layers", ["kept", "conv1,norm1,fc1"])
def test_a_training_that_would_change_nothing_is_refused(
    layers: str, trained: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = trained
    assert main(["train", path, *SHORT, "--from", kept, "--freeze", layers]) == 2
    assert "nothing to train: leave out a layer with weights, such as the last one, fc1." in " ".join(
        capsys.readouterr().err.split()
    )


def test_another_network_inherits_nothing(trained: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "lenet-5", *SHORT, "--from", trained[1]]) != 0
    assert "No layer of this network" in capsys.readouterr().err


def test_the_newest_weights_of_a_recorded_run_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CNNVIZ_RECORD", raising=False)
    path, again = tmp_path / "net.cnnviz", tmp_path / "again"
    save(arranged_project(0.0), path)
    assert main(["train", str(path), "--batches", "3", "--threads", "1"]) == 0
    home = Library(runs_folder())
    (run,) = home.runs()
    _, before = weights(home.folder(run.id), 3)
    capsys.readouterr()
    options = ["--from", run.id[:12], "--freeze", "conv1,norm1", "--save", str(again)]
    assert main(["train", str(path), *SHORT[:-1], *options]) == 0
    after = weights_of(again)[1]
    assert all(torch.equal(before[name], after[name]) for name in before if not name.startswith("fc1"))
    assert (before["fc1.weight"] - after["fc1.weight"]).abs().max() < 0.2
    # the recorded run names the run whose weights it began with
    (second,) = (each for each in home.runs() if each.id != run.id)
    capsys.readouterr()
    assert main(["runs", "show", second.id]) == 0
    assert f"begins with conv1, norm1, fc1 of {run.id}, step 3" in " ".join(capsys.readouterr().out.split())
    assert main(["runs", "show", second.id, "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["inherited"], entry["weights_from"], entry["weights_step"]) == (["conv1", "norm1", "fc1"], run.id, 3)
    # a training that was kept in a folder is named by it
    assert main(["train", "--from", str(again), *SHORT[:-1]]) == 0
    assert sorted(each.facts.weights_from for each in home.runs()) == ["", run.id, "again"]
