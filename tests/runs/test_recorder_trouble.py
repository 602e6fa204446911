"""Recording on full disks, without memory, in killed programs and deleted folders: what is kept, and what is said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import torch
from full_disk import full_disk
from recording_kit import EPOCH, recorded, recorded_until
from training_kit import advance, assert_same, data, project, state_of, tensors

from cnnviz.runs import folder as run_folder
from cnnviz.runs.library import Library
from cnnviz.training import checkpoint
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from warm_python import WarmPython


def test_a_full_disk_stops_recording_and_not_training(tmp_path: Path) -> None:
    one = project(epochs=4)
    with recorded(one, tmp_path) as (watched, recorder):
        with full_disk(100):
            watched.session.play()
            watched.in_state(State.FINISHED)
            assert recorder.close(30)
        assert watched.session.trouble() == ""
        last = watched.tensors()
    assert str(recorder.trouble).endswith(f"could not be written: {os.strerror(27)}. Training goes on.")
    state = state_of(one)
    advance(state, data(), 4 * EPOCH)
    assert_same(last, tensors(state))
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_that_vanishes_stops_recording_and_the_next_run_is_recorded(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    with recorded(project(epochs=4), home) as (watched, recorder):
        watched.batches(2)
        recorded_until(lambda: 2 in recorder.moments(1))
        recorder.folders[1].rename(tmp_path / "elsewhere")
        watched.batches(3)
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2)
        watched.batches(2)
    assert recorder.trouble is not None and "no longer recorded" in str(recorder.trouble)
    assert [run.numbers.steps for run in Library(home).runs()] == [2]


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.1])
def test_a_program_that_is_killed_leaves_what_it_had_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, warm_python: WarmPython, seconds: float
) -> None:
    monkeypatch.delenv("CNNVIZ_RECORD")
    command = [*warm_python.line, "-m", "cnnviz", "train", "fast", "--json", "--device", "cpu", "--threads", "1"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    runs = home / "data" / "runs"
    recorded_until(lambda: program.poll() is not None or list(runs.glob("*/moments/*.json")))
    with suppress(subprocess.TimeoutExpired):
        program.wait(seconds)
    program.send_signal(signal.SIGKILL)
    # until nothing can write to its output any more
    program.communicate()
    (run,) = Library(runs).runs()
    assert run.numbers.steps >= 1 or seconds == 0.0
    assert run.facts.network == "fast" and run.moments[0].step == 0
    for moment in run.moments:
        trained, kept = run_folder.weights(runs / run.id, moment.step)
        assert kept and trained.network


def test_a_run_that_is_deleted_while_it_is_recorded_stays_deleted(tmp_path: Path) -> None:
    library = Library(tmp_path)
    with recorded(project(epochs=4), tmp_path) as (watched, recorder):
        watched.batches(2)
        recorded_until(lambda: 2 in recorder.moments(1))
        library.delete(recorder.folders[1].name)
        watched.session.play()
        watched.in_state(State.FINISHED)
    assert library.runs() == []
    assert str(recorder.trouble) == "This run was deleted, so it is no longer recorded. Training goes on."
    library.restore(recorder.folders[1].name)
    (run,) = library.runs()
    assert {0, 1, 2} <= {moment.step for moment in run.moments} and not run.missing
    for moment in run.moments:
        run_folder.weights(tmp_path / run.id, moment.step)


def test_nothing_is_said_of_a_deleted_run_that_another_one_has_followed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    with recorded(project(epochs=4), tmp_path) as (watched, recorder):
        watched.batches(2)
        recorded_until(lambda: 2 in recorder.moments(1))
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2)
        watched.batches(2)
        recorded_until(lambda: 2 in recorder.moments(2))
        # numbers that are not on disk yet
        recorder._writers[1]._flushed = None
        library.delete(recorder.folders[1].name)
    assert recorder.trouble is None and [run.numbers.steps for run in library.runs()] == [2]


def deleted(folder: Path) -> bool:
    """Delete a folder; False while the recorder is still writing into it."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def test_a_folder_that_is_deleted_altogether_stops_recording_and_not_training(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    with recorded(project(epochs=4), home) as (watched, recorder):
        watched.batches(2)
        recorded_until(lambda: 2 in recorder.moments(1))
        recorded_until(lambda: deleted(home))
        watched.session.play()
        watched.in_state(State.FINISHED)
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2)
        watched.batches(2)
        assert watched.session.trouble() == ""
    assert "no longer recorded" in str(recorder.trouble)
    assert [run.numbers.steps for run in Library(home).runs()] == [2]


def test_without_memory_for_a_copy_recording_ends_and_the_next_run_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(project(epochs=4), tmp_path) as (watched, recorder):
        with monkeypatch.context() as patched:
            patched.setattr(checkpoint, "gather", lambda _: torch.empty(2**60))
            watched.batches(3)
        assert "not enough memory for a copy of the weights. Training goes on" in str(recorder.trouble)
        watched.session.reset(project(learning_rate=0.01))
        watched.until(lambda: watched.session.status.run == 2)
        watched.batches(2)
        assert watched.session.trouble() == ""
    last = max(Library(tmp_path).runs(), key=lambda run: run.facts.created)
    assert last.numbers.steps == 2 and last.moments[-1].exact
