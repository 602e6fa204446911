"""A run that cannot be saved goes on: what was kept before stays, the sentence names folder and cause, and the next
save is tried."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from full_disk import full_disk
from training_kit import Watched, advance, assert_same, data, project, session, state_of, tensors

from cnnviz.files import shown
from cnnviz.training import checkpoint
from cnnviz.training.channels import State
from cnnviz.training.events import RunSaved, SaveFailed

if TYPE_CHECKING:
    from pathlib import Path


def saves(watched: Watched) -> list[RunSaved | SaveFailed]:
    return [one for one in watched.session.events.read()[0] if isinstance(one, RunSaved | SaveFailed)]


def save(watched: Watched, folder: Path) -> RunSaved | SaveFailed:
    count = len(saves(watched))
    watched.session.save(folder)
    watched.until(lambda: len(saves(watched)) > count)
    return saves(watched)[-1]


def test_a_full_disk_ends_no_training(tmp_path: Path) -> None:
    one, folder = project(epochs=3), tmp_path / "kept"
    with session(one) as watched:
        watched.session.batches(4)
        watched.in_state(State.PAUSED)
        assert save(watched, folder) == RunSaved(1, 4, folder)
        watched.session.batches(3)
        watched.until(lambda: watched.session.status.step == 7 and watched.session.status.state is State.PAUSED)
        with full_disk():
            failed = save(watched, folder)
        assert isinstance(failed, SaveFailed) and (failed.run, failed.step, failed.folder) == (1, 7, folder)
        assert str(failed.sentence) == f"“{shown(folder)}” could not be saved: {os.strerror(27)}."
        assert watched.session.trouble() == ""
        # nothing half-written is left, and what was kept is whole
        assert {one.suffix for one in folder.iterdir()} == {".json", ".safetensors"}
        assert checkpoint.load(folder)[1].step == 4
        assert watched.session.status.state is State.PAUSED
        watched.session.batches(2)
        watched.until(lambda: watched.session.status.step == 9 and watched.session.status.state is State.PAUSED)
        assert save(watched, folder) == RunSaved(1, 9, folder)
        kept = watched.tensors()
    _, state = checkpoint.load(folder)
    assert state.step == 9
    assert_same(tensors(state), kept)
    # the failed save left no trace in what was trained
    whole = state_of(one)
    advance(whole, data(), 9)
    assert_same(tensors(whole), kept)


def test_whatever_a_save_meets_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with session(project()) as watched:
        watched.session.batches(4)
        watched.in_state(State.PAUSED)
        for error, words in (
            (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
            (ZeroDivisionError("something else"), "something else"),
        ):

            def fail(*_: object, error: Exception = error) -> None:
                raise error

            monkeypatch.setattr(checkpoint, "gather", fail)
            failed = save(watched, tmp_path / "kept")
            assert isinstance(failed, SaveFailed) and words in str(failed.sentence) and "kept" in str(failed.sentence)
        watched.session.play()
        watched.in_state(State.FINISHED)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_all_files_have_the_permissions_that_the_user_gives_new_files(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        checkpoint.save(state_of(project()), project(), tmp_path / "kept")
    finally:
        os.umask(before)
    modes = {one.suffix: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "kept").iterdir()}
    assert modes == {".json": 0o666 & ~mask, ".safetensors": 0o666 & ~mask}
