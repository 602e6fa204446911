"""Damaged folders of runs: the library opens, says what is lost, and never crashes or hangs."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest
import torch
from mutations import attacks, damaged_bytes, damaged_json, watched
from training_kit import project, state_of, tensors

from cnnviz.runs import folder as run_folder
from cnnviz.runs.folder import RunError
from cnnviz.runs.library import Library
from cnnviz.runs.summary import Facts, read_entries
from cnnviz.runs.writer import RunWriter
from cnnviz.training import checkpoint
from cnnviz.training.channels import BatchMetrics, Evaluation, RunFinished

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded run of nine steps with two moments."""
    import numpy as np

    folder = tmp_path_factory.mktemp("library") / "run"
    one = project()
    writer = RunWriter(folder, one, Facts("small", 1.0, 5), 10**9)
    for first in (1, 4, 7):
        values = np.full(3, 0.5, np.float32)
        writer.add([BatchMetrics(1, first, values, values, float(first))], [])
    writer.add([Evaluation(1, "validation", 1, 9, 0.5, 0.5, 9.0)], [RunFinished(1, 9)])
    state = state_of(one)
    writer.write_weights(0, one, tensors(state))
    writer.write_exact(9, checkpoint.copy(state, one))
    writer.settle()
    writer.close()
    return folder


def opened(home: Path) -> int:
    """Read all that can be read; how many things were refused with a sentence."""
    library, refused = Library(home), 0
    for one in library.runs():
        read_entries(library.folder(one.id))
        for moment in one.moments:
            try:
                run_folder.weights(library.folder(one.id), moment.step)
            except RunError as error:
                assert str(error).endswith(".")
                refused += 1
    return refused


def test_random_damage_costs_a_sentence_at_most(run: Path, tmp_path: Path) -> None:
    files = sorted(path.relative_to(run) for path in run.rglob("*") if path.is_file())
    assert opened(run.parent) == 0
    for number, chance in attacks("runs", 120, 20_000):
        home = tmp_path / str(number)
        shutil.copytree(run, home / "run")
        path = home / "run" / chance.choice(files)
        content = path.read_bytes()
        if path.suffix == ".json" and chance.random() < 0.7:
            path.write_bytes(damaged_json(content.decode(), chance))
        elif chance.random() < 0.1:
            path.unlink()
        else:
            path.write_bytes(damaged_bytes(content, chance))
        with watched(f"run {number}: {path.name}"):
            opened(home)
        shutil.rmtree(home)


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
    assert [entry.first_step for entry in read.metrics if isinstance(entry, BatchMetrics)] == [4, 7]


def test_a_newer_library_is_left_alone(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    facts = tmp_path / "run" / run_folder.FACTS
    facts.write_text(facts.read_text().replace('"version": 1', '"version": 2'))
    assert Library(tmp_path).runs() == []


def test_deleted_runs_come_back_and_names_stay(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    library = Library(tmp_path)
    library.label("run", "first try", "a note")
    (named,) = library.runs()
    assert (named.title, named.notes) == ("first try", "a note")
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
    for step in (0, 9):
        _, kept = run_folder.weights(run, step)
        assert kept.keys() == state.module.state_dict().keys()
        assert all(torch.equal(kept[name], tensor) for name, tensor in state.module.state_dict().items())
