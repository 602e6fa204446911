"""``cnnviz import``: what goes where, and the network with its weights as a project or an archive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch
from onnx_kit import exported, subject
from torch import nn

from cnnviz.cli import main
from cnnviz.project.file import read
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs import archive
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import RECORD, runs_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def network() -> nn.Sequential:
    """The network of the template pytorch-tutorial, as somebody may have written it."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


@pytest.fixture
def file(network: nn.Sequential, tmp_path: Path) -> Path:
    torch.save({"epoch": 3, "model": network.state_dict()}, tmp_path / "digits.pth")
    return tmp_path / "digits.pth"


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main(["import", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_template_is_found_and_nothing_is_written_without_out(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = answer(capsys, file)
    assert (entry["into"], entry["tensors"], entry["out"], entry["run"]) == ("pytorch-tutorial", 8, None, None)
    assert [pair["layer"] for pair in entry["pairs"]][::2] == ["conv1", "conv2", "fc1", "fc2"]
    assert entry["left_over"] == entry["initialized"] == []
    assert "“model”" in entry["notes"][0]
    assert not Library(runs_folder()).runs()
    assert main(["import", str(file)]) == 0
    assert "8 of 8 tensors of “digits.pth” fit pytorch-tutorial." in capsys.readouterr().out


def test_a_project_opens_with_the_weights(
    file: Path, network: nn.Sequential, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = answer(capsys, file, "--into", "pytorch-tutorial", "--out", tmp_path / "mine.cnnviz")
    saved = read(tmp_path / "mine.cnnviz")
    assert saved.run == f"{entry['run']}@0"
    assert saved.project.network == TEMPLATES["pytorch-tutorial"].project().network
    project, tensors = weights(Library(runs_folder()).folder(entry["run"]), 0)
    assert project.network == saved.project.network
    torch.testing.assert_close(tensors["conv2.weight"], network.state_dict()["3.weight"], rtol=0, atol=0)
    (run,) = Library(runs_folder()).runs()
    assert run.facts.source == "digits.pth"
    assert run.notes == "Imported from digits.pth: 8 of 8 tensors."


def test_the_weights_are_evaluated_and_trained_on(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RECORD, "1")
    entry = answer(capsys, file, "--out", tmp_path / "mine.cnnviz")
    assert main(["evaluate", entry["run"], "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 <= evaluated["accuracy"] < 0.5
    assert main(["runs", "resume", entry["run"], "--batches", "3", "--json"]) == 0
    trained = Library(runs_folder()).runs()[0]
    assert (trained.facts.parent, trained.facts.parent_step, trained.numbers.steps) == (entry["run"], 0, 3)
    assert trained.facts.source == "digits.pth"
    first, again = (weights(runs_folder() / run, 0)[1] for run in (entry["run"], trained.id))
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())


def test_an_archive_holds_all_and_the_library_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = answer(capsys, file, "--out", tmp_path / "mine.cnnviz-run")
    assert entry["run"] is None
    assert not Library(runs_folder()).runs()
    run = archive.read(tmp_path / "mine.cnnviz-run", runs_folder())
    assert weights(runs_folder() / run, 0)[1]["fc2.bias"].shape == (10,)


def test_another_number_of_classes(network: nn.Sequential, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network[-1] = nn.Linear(128, 26)
    torch.save(network.state_dict(), tmp_path / "letters.pth")
    common = (tmp_path / "letters.pth", "--into", "pytorch-tutorial", "--out", tmp_path / "mine.cnnviz")
    entry = answer(capsys, *common)
    assert entry["head"] == {"layer": "fc2", "network": 10, "file": 26, "file_head": False}
    assert {one["layer"] for one in entry["initialized"]} == {"fc2"}
    entry = answer(capsys, *common, "--head", "file")
    assert entry["head"]["file_head"]
    assert not entry["initialized"]
    assert read(tmp_path / "mine.cnnviz").project.network["fc2"].out_features == 26  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--into", "lenet"), "neither a file nor a template"),
        (("--into", "resnet18"), "Nothing in “digits.pth” fits the layers of resnet-18."),
        (("--out", "mine.pth"), "ends in .cnnviz or .cnnviz-run"),
    ],
)
def test_what_cannot_be_done_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert main(["import", str(file), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_file_of_another_network_finds_no_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"weight": torch.zeros(3, 3)}, tmp_path / "w.pth")
    assert main(["import", str(tmp_path / "w.pth")]) == 2
    assert "name the network with --into" in capsys.readouterr().err


def test_an_onnx_file_brings_its_own_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = subject(TEMPLATES["lenet-5"].project())
    (tmp_path / "digits.onnx").write_bytes(exported(given).SerializeToString())
    entry = answer(capsys, tmp_path / "digits.onnx", "--out", tmp_path / "mine.cnnviz")
    assert (entry["format"], entry["parameters"], entry["problems"]) == ("ONNX", 61_706, [])
    saved = read(tmp_path / "mine.cnnviz")
    assert saved.project.network == given.project.network
    tensors = weights(runs_folder() / entry["run"], 0)[1]
    for name, array in given.tensors.items():
        torch.testing.assert_close(tensors[name], torch.as_tensor(array), rtol=0, atol=0)
    assert main(["import", str(tmp_path / "digits.onnx"), "--into", "fast"]) == 2
    assert "brings its own network" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "digits.onnx")]) == 0
    assert "61,706 parameters" in capsys.readouterr().out
