"""Damaged folders of runs: the library opens, says what is lost, and never crashes or hangs."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
import torch
from recorded_run import record
from training_kit import project, state_of

from cnnviz.project.file import to_json
from cnnviz.runs import folder as run_folder
from cnnviz.runs.folder import RunError
from cnnviz.runs.library import Library
from cnnviz.runs.marks import MomentMark, read_marks, write_mark
from cnnviz.runs.summary import Facts, read_entries, summarize
from cnnviz.training.channels import BatchMetrics

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of :mod:`recorded_run`."""
    folder = tmp_path_factory.mktemp("library") / "run"
    record(folder)
    return folder


def test_a_flipped_bit_in_a_moment_is_refused(run: Path, tmp_path: Path) -> None:
    chance = random.Random(1)
    for step, path in ((0, run_folder.weights_path(run, 0)), (9, next(run.glob("moments/*/tensors-*")))):
        home = tmp_path / str(step)
        shutil.copytree(run, home / "run")
        damaged = home / "run" / path.relative_to(run)
        content = bytearray(damaged.read_bytes())
        content[chance.randrange(len(content))] ^= 1
        damaged.write_bytes(content)
        with pytest.raises(RunError, match=f"moment at step {step} .* is damaged. Choose another moment"):
            run_folder.weights(home / "run", step)


def test_numbers_after_a_damaged_block_are_kept(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    numbers = tmp_path / "run" / run_folder.NUMBERS
    content = bytearray(numbers.read_bytes())
    content[30] ^= 255
    numbers.write_bytes(content + b"half a block")
    (one,) = Library(tmp_path).runs()
    assert (one.numbers.steps, one.numbers.validation_accuracy, one.numbers.finished) == (9, 0.5, True)
    (sentence,) = one.missing
    assert "bytes of the recorded numbers are damaged" in str(sentence)
    read = read_entries(tmp_path / "run")
    assert [(entry.first_step, len(entry.losses)) for entry in read.metrics if isinstance(entry, BatchMetrics)] == [
        (4, 6)
    ]


def test_a_newer_library_is_left_alone(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    facts = tmp_path / "run" / run_folder.FACTS
    newer = facts.read_text().replace(f'"version": {run_folder.VERSION}', f'"version": {run_folder.VERSION + 1}')
    assert newer != facts.read_text()
    facts.write_text(newer)
    assert Library(tmp_path).runs() == []


def test_deleted_runs_come_back_and_names_stay(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    library = Library(tmp_path)
    library.label("run", "second try", "another note")
    (named,) = library.runs()
    assert (named.title, named.notes) == ("second try", "another note")
    library.delete("run")
    assert library.runs() == []
    with pytest.raises(RunError):
        library.folder("run")
    library.restore("run")
    assert library.runs() == [named]
    for name in ("..", "trash", "run/../run", ""):
        with pytest.raises(RunError):
            library.folder(name)


def test_a_moment_is_what_was_written(run: Path) -> None:
    state = state_of(project())
    for step in (0, 4, 9):
        _, kept = run_folder.weights(run, step)
        assert kept.keys() == state.module.state_dict().keys()
        assert all(torch.equal(kept[name], tensor) for name, tensor in state.module.state_dict().items())


def test_a_changed_byte_in_facts_results_or_project_is_noticed(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    (sound,) = Library(tmp_path).runs()
    assert not sound.missing
    summary = tmp_path / "run" / run_folder.SUMMARY
    changed = summary.read_text().replace('"validation_accuracy": 0.5', '"validation_accuracy": 0.9')
    assert changed != summary.read_text()
    summary.write_text(changed)
    assert Library(tmp_path).runs() == [sound]
    facts = tmp_path / "run" / run_folder.FACTS
    facts.write_text(facts.read_text().replace('"parameters": 5', '"parameters": 6'))
    (one,) = Library(tmp_path).runs()
    assert [*map(str, one.missing)] == ["What was noted where the run began is damaged."]
    path = run_folder.project_path(tmp_path / "run", 6)
    path.write_text(path.read_text().replace("0.05", "0.06"))
    assert run_folder.project_at(tmp_path / "run", 5).recipe == project().recipe
    with pytest.raises(RunError, match=r"damaged\. It is not as it was written"):
        run_folder.project_at(tmp_path / "run", 6)


def test_a_run_of_the_first_version_is_read(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    facts = Facts("small", 1.0, 5)
    head = {"format": run_folder.FORMAT, "version": 1, "facts": asdict(facts)}
    (tmp_path / "run" / run_folder.FACTS).write_text(json.dumps(head))
    (tmp_path / "run" / run_folder.SUMMARY).write_text(json.dumps({"steps": 3, "log_bytes": 1}))
    for step in (0, 6):
        run_folder.project_path(tmp_path / "run", step).write_text(to_json(project()))
    (one,) = Library(tmp_path).runs()
    # such a run has noted neither its recipe nor its dataset
    recipe = project().recipe
    facts = replace(facts, optimizer=recipe.optimizer, learning_rate=recipe.learning_rate, dataset="MNIST")
    assert (one.facts, one.numbers.steps, one.missing) == (facts, 9, ())
    assert run_folder.project_at(tmp_path / "run", 9).network == project().network


@pytest.mark.parametrize("name", ["label.json", "marks.json"])
def test_a_flipped_byte_in_names_and_pins_is_noticed(run: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    Library(tmp_path).label("run", "second try", "another note")
    write_mark(folder, 4, MomentMark("first lines", pinned=True))
    whole = (folder / name).read_bytes()
    for at in range(len(whole)):
        (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        summary = summarize(folder)
        if name == "label.json":
            assert (summary.name, summary.notes) in (("second try", "another note"), ("", ""))
            assert bool(summary.name) is not any("name and notes" in str(each) for each in summary.missing)
        assert read_marks(folder) in ({4: MomentMark("first lines", pinned=True)}, {})


def test_names_and_pins_of_older_versions_are_read(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / "label.json").write_text(json.dumps({"name": "second try", "notes": ""}))
    moments = {"4": {"name": "first lines", "pinned": True}}
    (folder / "marks.json").write_text(json.dumps({"format": "cnnviz-marks", "version": 1, "moments": moments}))
    assert summarize(folder).name == "second try"
    assert read_marks(folder) == {4: MomentMark("first lines", pinned=True)}
