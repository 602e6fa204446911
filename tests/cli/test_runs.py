"""``cnnviz runs``: recorded runs in the command line."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from runs_kit import recorded_run

from cnnviz.cli import main
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, MaxPool2d, Output
from cnnviz.project.arrange import arrange
from cnnviz.project.file import save
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.runs.entries import of_event
from cnnviz.runs.folder import NUMBERS
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {
    "id", "name", "network", "parameters", "steps", "epochs", "validation_accuracy", "test_accuracy", "created",
    "notes", "folder", "moments",
}  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded_run(tmp_path_factory.mktemp("library") / "20260102-030405-0a1b2c3d", 1.7e9)


@pytest.fixture
def library(recorded: Path) -> Library:
    """A library with one run."""
    shutil.copytree(recorded, runs_folder() / recorded.name)
    return Library(runs_folder())


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The last line of JSON of an action that succeeds."""
    assert main(["runs", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def sentence(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence of an action that fails."""
    assert main(["runs", *arguments]) == 2
    out = capsys.readouterr()
    assert not out.out.strip() and out.err.count("\n") == 1
    return out.err.removeprefix("cnnviz: ").strip()


def test_runs_are_listed(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    library.label("20260102-030405-0a1b2c3d", "first", "a note")
    (row,) = answer(capsys, "list")
    assert row.keys() >= FIELDS
    assert {name: row[name] for name in FIELDS} == {
        "id": "20260102-030405-0a1b2c3d",
        "name": "first",
        "network": "small",
        "parameters": 5,
        "steps": 9,
        "epochs": 1,
        "validation_accuracy": 0.75,
        "test_accuracy": None,
        "created": 1.7e9,
        "notes": "a note",
        "folder": str(runs_folder() / "20260102-030405-0a1b2c3d"),
        "moments": 3,
    }
    assert main(["runs", "list"]) == 0
    shown = capsys.readouterr().out
    for text in ("20260102-030405-0a1b2c3d", "first", "small", "75.00%"):
        assert text in shown


def test_an_empty_library_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "list") == []
    assert main(["runs", "list"]) == 0
    assert capsys.readouterr().out == "No run has been recorded yet.\n"
    assert sentence(capsys, "show", "x") == "There is no recorded run “x”."


def test_a_run_is_shown_by_the_beginning_of_its_id(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    run = answer(capsys, "show", "2026")
    assert [(moment["step"], moment["exact"]) for moment in run["moments"]] == [(0, False), (4, False), (9, True)]
    assert run["evaluations"] == [
        {"split": "validation", "epoch": 1, "step": 9, "loss": 0.5, "accuracy": 0.75, "seconds": 9.0}
    ]
    assert run["missing"] == [] and run["parent"] is None
    assert main(["runs", "show", "2026"]) == 0
    shown = capsys.readouterr().out
    for text in ("small, 5 parameters", "9 steps, 1 epochs in 9.0 s", "exact moments  9", "weights only   0, 4"):
        assert text in shown


def test_a_run_goes_to_another_machine(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, part = tmp_path / "a run.cnnviz-run", tmp_path / "part"
    assert answer(capsys, "export", "2026", str(path))["written"] == [str(path)]
    answer(capsys, "export", "2026", str(part), "--step", "9", "--step", "0")
    monkeypatch.setenv("CNNVIZ_HOME", str(tmp_path / "other"))
    assert answer(capsys, "import", str(path), str(part))["runs"] == [
        "20260102-030405-0a1b2c3d",
        "20260102-030405-0a1b2c3d-2",
    ]
    assert sorted(row["moments"] for row in answer(capsys, "list")) == [2, 3]
    assert main(["runs", "import", str(path), str(tmp_path / "gone")]) == 2
    out = capsys.readouterr()
    assert out.out.endswith("is the run 20260102-030405-0a1b2c3d-3 now.\n")
    assert out.err == "cnnviz: “gone” could not be opened: No such file or directory.\n"


def test_numbers_are_exported(library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, folder = tmp_path / "numbers.csv", tmp_path / "events"
    written = answer(capsys, "export", "2026", "--csv", str(table), "--tensorboard", str(folder))["written"]
    assert written[:2] == [str(table), str(tmp_path / "numbers-evaluations.csv")]
    assert table.read_text().splitlines()[:2] == ["step,loss,accuracy,seconds", "1,1.0,0.5,0.333333"]
    assert (tmp_path / "numbers-evaluations.csv").read_text().splitlines()[1] == "9,1,validation,0.5,0.75,9.0"
    assert sorted(path.name for path in folder.iterdir()) == ["train", "validation"]
    assert all(os.path.exists(path) for path in written)  # noqa: PTH110 # they are texts
    assert "use --csv or --tensorboard" in sentence(capsys, "export", "2026")
    assert "name the archive, too" in sentence(capsys, "export", "2026", "--csv", str(table), "--step", "0")


def test_a_deleted_run_comes_back(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(library.home / "20260102-030405-0a1b2c3d", library.home / "b")
    assert sentence(capsys, "delete", "b", "gone") == "There is no recorded run “gone”."
    assert len(library.runs()) == 2
    assert answer(capsys, "delete", "b", "2026")["deleted"] == ["b", "20260102-030405-0a1b2c3d"]
    assert library.runs() == []
    deleted = answer(capsys, "list", "--trash")
    assert sorted(row["folder"] for row in deleted) == sorted(str(library.trash().folder(row["id"])) for row in deleted)
    assert len(deleted) == 2
    assert main(["runs", "restore", "b"]) == 0
    assert capsys.readouterr().out == f"“{library.find('b').title}” is back.\n"
    assert [run.id for run in library.runs()] == ["b"]
    assert sentence(capsys, "restore", "b") == "There is no recorded run “b”."


def linear(path: Path, **recipe: Any) -> str:
    """A project that is trained in a second or two."""
    network = chain(
        ("input", Input()), ("pool1", MaxPool2d()), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output())
    )
    settings: dict[str, Any] = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 1000, "epochs": 1} | recipe
    save(Project(network, arrange(network), Recipe(**settings, repeatable=True)), path)
    return str(path)


@pytest.mark.usefixtures("recording")
def test_a_run_goes_on_to_the_bits_of_an_uninterrupted_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = linear(tmp_path / "linear.cnnviz", epochs=2)

    def trained(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    whole = trained("train", source, "--no-record")
    trained("train", source, "--batches", "40")
    (first,) = answer(capsys, "list")
    resumed = trained("runs", "resume", "linear")
    assert (resumed["steps"], resumed["weights"]) == (whole["steps"], whole["weights"])
    second, again = answer(capsys, "list")
    assert again == first
    assert (second["parent"], second["parent_step"]) == (first["id"], 40)
    assert (second["steps"], second["network"], second["finished"]) == (110, "linear", True)
    # the new run has the numbers from the beginning
    answer(capsys, "export", second["id"], "--csv", str(tmp_path / "numbers.csv"))
    assert len((tmp_path / "numbers.csv").read_text().splitlines()) == 111
    assert trained("runs", "resume", first["id"], "--no-record", "--batches", "3")["steps"] == 43
    assert trained("runs", "resume", second["id"], "--no-record", "--epochs", "3")["epochs"] == 3
    assert "reached its end with epoch 2" in sentence(capsys, "resume", second["id"], "--no-record")
    assert "has no moment at step 41; the nearest is at step 40" in sentence(
        capsys, "resume", first["id"], "--step", "41"
    )
    assert len(answer(capsys, "list")) == 2


@pytest.mark.usefixtures("recording")
def test_differences_of_two_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, rate in (("a", 0.01), ("b", 0.002)):
        assert main(["train", linear(tmp_path / f"{name}.cnnviz", learning_rate=rate), "--batches", "2"]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last.startswith("Recorded as ") and answer(capsys, "show", name)["id"] in last
    compared = answer(capsys, "compare", "a", "b")
    assert compared["differences"] == ["Recipe: learning rate 0.01 → 0.002."]
    assert [row["network"] for row in compared["runs"]] == ["a", "b"]
    assert answer(capsys, "compare", "a", "a")["differences"] == []
    assert main(["runs", "compare", "a", "b"]) == 0
    shown = capsys.readouterr().out
    assert "Recipe: learning rate 0.01 → 0.002.\n" in shown and "1,970" in shown


def test_a_rate_that_was_changed_while_training_is_among_what_differs(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = library.folders()
    second = recorded_run(runs_folder() / "20260102-030406-0a1b2c3d", 1.7e9)
    with (second / NUMBERS).open("ab") as file:
        file.write(of_event(SettingChanged(1, 5, "learning_rate", 0.002, 0.05)))
        file.write(of_event(SettingChanged(1, 5, "learning_rate", 0.001, 0.002)))
        # no step was trained with this one
        file.write(of_event(SettingChanged(1, 9, "learning_rate", 0.5, 0.001)))
    assert answer(capsys, "compare", first.name, second.name)["differences"] == [
        "Recipe: learning rate 0.05 → 0.001.",
        "B: learning rate: 0.05 → 0.001 at step 5.",
    ]


def test_an_unknown_action_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 2 and main(["runs", "list", "--help"]) == 0
    capsys.readouterr()


def test_a_moment_of_weights_alone_says_that_the_optimizer_starts_new(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    resumed = ["runs", "resume", "2026", "--step", "4", "--batches", "2", "--no-record", "--json"]
    assert main(resumed) == 0
    out = capsys.readouterr()
    assert out.err == "At step 4 only the weights were recorded; the optimizer starts new.\n"
    assert json.loads(out.out.splitlines()[-1])["steps"] == 6
