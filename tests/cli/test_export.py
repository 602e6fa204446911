"""``cnnviz export``: recorded runs, files and templates for other programs."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from export_kit import one_of
from safetensors.numpy import load_file

from cnnviz.cli import main
from cnnviz.network.graph import rename
from cnnviz.network.layers import LocalResponseNorm
from cnnviz.program import command
from cnnviz.project.arrange import arrange
from cnnviz.project.file import save
from cnnviz.project.project import Project
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], recording: None) -> str:
    """The id of a run of 12 steps."""
    assert main(["train", "lenet-5", "--batches", "12", "--precision", "float32", "--json"]) == 0
    capsys.readouterr()
    (found,) = Library(runs_folder()).runs()
    return found.id


def exported(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main(["export", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("warm_program")
def test_a_run_is_exported_and_verified(capsys: pytest.CaptureFixture[str], run: str, tmp_path: Path) -> None:
    done = exported(capsys, run, "--to", "torch", "--to", "safetensors", "--out", tmp_path, "--to", "torch")
    assert done["network"] == "lenet-5" and done["weights"].startswith("step 12 of the run")
    assert [each["format"] for each in done["exports"]] == ["torch", "safetensors"]
    for each in done["exports"]:
        found = each["verification"]
        assert each["verified"] and found["images"] == 5000 and found["changed"] == 0
        assert found["right_here"] == found["right_there"] > 500 and each["sentence"].startswith("Verified:")
    _, tensors = weights(runs_folder() / run, 12)
    written = load_file(tmp_path / "lenet-5.safetensors")
    assert written.keys() == tensors.keys()
    assert all(np.array_equal(written[key], tensor.numpy()) for key, tensor in tensors.items())
    assert main(["export", run, "--to", "torch", "--out", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_the_moment_is_chosen(capsys: pytest.CaptureFixture[str], run: str, tmp_path: Path) -> None:
    steps = {}
    for number, moment in enumerate(("first", "last", "4")):
        place = tmp_path / str(number)
        done = exported(capsys, run, "--to", "safetensors", "--out", place, "--moment", moment, "--no-verify")
        assert not done["exports"][0]["verified"] and done["exports"][0]["verification"] is None
        steps[moment] = done["weights"]
        _, tensors = weights(runs_folder() / run, {"first": 0, "last": 12, "4": 4}[moment])
        written = load_file(place / "lenet-5.safetensors")
        assert all(np.array_equal(written[key], tensor.numpy()) for key, tensor in tensors.items())
    assert steps["4"].startswith("step 4 of the run")
    for moment, sentence in (("5", "no such recorded moment"), ("x", "--moment takes"), ("best", "are not known")):
        assert main(["export", run, "--to", "torch", "--out", str(tmp_path), "--moment", moment]) == 2
        assert sentence in capsys.readouterr().err


def test_a_file_has_the_weights_of_its_run(capsys: pytest.CaptureFixture[str], run: str, tmp_path: Path) -> None:
    project, _ = weights(runs_folder() / run, 12)
    mine = tmp_path / "mine.cnnviz"
    save(project, mine, run)
    there = "--to", "safetensors", "--no-verify", "--out", tmp_path
    assert exported(capsys, mine, *there)["weights"].startswith("step 12 of the run")
    assert (tmp_path / "mine.safetensors").is_file()
    assert exported(capsys, mine, *there, "--replace", "--moment", "4")["weights"].startswith("step 4 of")
    save(replace(project, network=rename(project.network, "conv1", "other")), mine, run)
    assert main(["export", str(mine), *map(str, there), "--replace"]) == 2
    assert "is another one than that of its run" in capsys.readouterr().err
    save(project, mine, "20200101-000000-00000000")
    assert exported(capsys, mine, *there, "--replace")["weights"] == "first weights, not trained"


def test_the_files_get_the_name_that_is_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made = exported(capsys, "lenet-5", "--to", "safetensors", "--name", "my net", "--out", tmp_path, "--no-verify")
    assert made["network"] == "my net" and (tmp_path / "my-net.safetensors").is_file()


def test_a_name_that_files_cannot_have_is_kept_in_them_and_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["export", "lenet-5", "--to", "torch", "--out", str(tmp_path), "--no-verify"]
    assert main([*arguments, "--name", "🦊 net"]) == 0
    said = "The files of “🦊 net” are called “fox-face-net”: their names have letters, digits, -, _ and . only.\n"
    assert capsys.readouterr().err == said
    folder = tmp_path / "fox-face-net-pytorch"
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# 🦊 net: a network for PyTorch\n")
    assert (folder / "model.py").read_text(encoding="utf-8").startswith('# 🦊 net\n"""A network')
    assert main([*arguments, "--name", "net"]) == 0
    assert not capsys.readouterr().err
    assert (tmp_path / "net-pytorch" / "model.py").read_text(encoding="utf-8").startswith('"""A network')


def test_a_template_is_exported_before_training(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["export", "lenet-5", "--to", "safetensors", "--out", str(tmp_path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Weights: “") and "Verified: PyTorch" in said and "of 5,000" in said
    assert (tmp_path / "lenet-5.safetensors").is_file()
    assert main(["export", "lenet-5", "--to", "torch", "--out", str(tmp_path), "--moment", "best"]) == 2
    assert "a template or source code has none" in capsys.readouterr().err


def test_source_code_is_exported_before_training(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    layers = "nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 26 * 26, 10)"
    file.write_text(f"network = nn.Sequential({layers})\n", encoding="utf-8")
    done = exported(capsys, file, "--to", "torch", "--out", tmp_path, "--no-verify")
    assert done["network"] == "mine" and done["weights"] == "first weights, not trained"
    assert "nn.Linear(2704, 10)" in (tmp_path / "mine-pytorch" / "model.py").read_text(encoding="utf-8")


def test_what_keras_does_not_have_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.cnnviz"
    network = one_of(LocalResponseNorm())
    save(Project(network, arrange(network)), file)
    assert main(["export", str(file), "--to", "keras", "--out", str(tmp_path / "new")]) == 2
    assert "Keras has no layer like LocalResponseNorm “one”" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_what_is_neither_run_nor_file_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["export", "nothing", "--to", "torch", "--out", str(tmp_path)]) == 2
    assert "There is no recorded run “nothing”" in capsys.readouterr().err


def test_an_export_that_a_signal_ends_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = [*command("export", "fast", "--to", "torch", "--to", "safetensors", "--out"), str(out)]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        waiting = threading.Event()
        while not list(out.glob(".cnnviz-*")) and process.poll() is None:
            waiting.wait(0.01)
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert not out.exists()
