"""``cnnviz data``, and ``cnnviz train --data``."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from folders_of_pictures import NAMES, coloured

from cnnviz.cli import main
from cnnviz.project.file import save
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return coloured(tmp_path / "pets", sides=(32, 60))


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_folder_is_shown(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pets / "犬" / "broken.png").write_bytes(b"")
    assert main(["data", "show", str(pets), "--size", "16x20", "--channels", "1", "--scale", "pad", "--json"]) == 0
    shown = said(capsys)
    assert shown["image"] == [1, 16, 20] and sorted(shown["classes"]) == sorted(NAMES)
    assert shown["splits"]["train"]["images"] == 65 and sum(shown["splits"]["test"]["classes"]) == 8
    assert shown["faults"] == [
        {"name": "犬/broken.png", "trouble": "unreadable", "sentence": "“犬/broken.png” is damaged or no picture."}
    ]
    assert main(["data", "show", str(pets)]) == 0
    text = capsys.readouterr().out
    assert "Kätzchen" in text and "1 file is left out" in text and "3×" in text
    split = pets.parent / "split"
    for name in ("train", "test"):
        shutil.copytree(pets / "犬", split / name / "dog")
    assert main(["data", "show", str(split)]) == 0
    assert "20 images are in two splits" in capsys.readouterr().out


def test_a_split_for_validation_is_kept(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = pets.parent / "split"
    for name in ("train", "validation"):
        shutil.copytree(pets, split / name)
    assert main(["data", "add", str(split), "--name", "mine", "--validation", "10", "--json"]) == 2
    assert "no split for validation" in capsys.readouterr().err


def test_datasets_are_added_listed_and_removed(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "add", str(pets), "--name", "mine", "--size", "24", "--validation", "10", "--json"]) == 0
    assert said(capsys)["image"] == [3, 24, 24]
    assert main(["data", "list", "--json"]) == 0
    assert [each["name"] for each in said(capsys) if "fetched" not in each] == ["mnist", "mine"]
    assert main(["data", "show", "mine", "--json"]) == 0
    shown = said(capsys)
    assert shown["splits"]["validation"]["images"] == 10 and not shown["faults"] and shown["duplicates"] == 0
    # as it is now: what is wrong with added images is listed too
    (pets / "犬" / "broken.png").write_bytes(b"")
    assert main(["data", "show", "mine"]) == 0
    assert "“犬/broken.png” is damaged" in capsys.readouterr().out
    assert main(["data", "add", str(pets), "--name", "mine"]) == 2
    assert "already a data set named “mine”" in capsys.readouterr().err
    assert main(["data", "remove", "mine"]) == 0
    assert main(["data", "list"]) == 0
    text = capsys.readouterr().out
    assert "comes with cnnviz" in text and "mine" not in text


def test_a_template_is_fitted_and_the_run_names_its_images(
    pets: Path, capsys: pytest.CaptureFixture[str], recording: None
) -> None:
    assert main(["train", "lenet-5", "--data", str(pets), "--epochs", "20", "--json", "--threads", "1"]) == 0
    result = said(capsys)
    assert result["data"] == "pets" and result["test_accuracy"] >= 0.75
    (run,) = Library(runs_folder()).runs()
    project, _ = weights(runs_folder() / run.id, result["steps"])
    own = project.dataset.own
    assert own is not None and own.origin is not None and own.origin.path == str(pets)
    assert main(["evaluate", run.id, "--split", "test", "--json"]) == 0
    assert said(capsys)["images"] == 8
    other = coloured(pets.parent / "others", count=3, seed=1)
    assert main(["evaluate", run.id, "--data", str(other), "--json"]) == 0
    found = said(capsys)
    assert (found["images"], found["split"]) == (12, "all") and found["accuracy"] >= 0.75
    assert main(["evaluate", run.id, "--data", str(other)]) == 0
    assert "of all 12 images are right" in capsys.readouterr().out
    assert main(["evaluate", run.id, "--data", "mnist"]) == 2
    assert "Those of MNIST have 1×28×28 and 10 classes (0, 1, 2" in capsys.readouterr().err


def test_a_file_is_fitted_only_when_asked(pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.cnnviz"
    save(TEMPLATES["fast"].project(), path)
    arguments = ["train", str(path), "--data", str(pets), "--batches", "1", "--no-record", "--json"]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert "expects 1×28×28, but the images of the dataset are 3×" in error and "--fit fits the network" in error
    assert main([*arguments, "--fit"]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "fast", "--data", "nowhere"], "neither a folder, nor a file, nor a dataset"),
        (["train", "fast", "--fit"], "are for images that --data chooses"),
        (["train", "fast", "--data", "mnist", "--size", "3"], "not for a name"),
        (["data", "show", ".", "--size", "0"], "--size takes a side"),
        (["data", "show", ".", "--size", "9x9999"], "--size takes a side"),
        (["data", "add", ".", "--name", "My Pets"], "--name takes"),
        (["data", "remove", "mnist"], "no data set named “mnist” that was added"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_every_template_is_fitted_to_colours(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cnnviz.cli.data.fitting import with_data
    from cnnviz.network.check import check
    from cnnviz.training.facts import facts_for

    class Arguments:
        data, fit, size, channels, scale, json = str(pets), False, "32", None, None, True
        source = ""

    for name, template in TEMPLATES.items():
        if template.dataset.name != "mnist":
            continue
        arguments: Any = Arguments()
        arguments.source = name
        project = with_data(template.project(), arguments)
        assert not check(project.network, replace(facts_for(project), memory=None)).errors, name
