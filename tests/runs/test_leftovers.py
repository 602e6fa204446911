"""What a killed process left is removed, unless a process may still be writing it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from recorded_run import record

from cnnviz.files import replacing
from cnnviz.runs import folder as run_folder
from cnnviz.runs.folder import LABEL
from cnnviz.runs.leftovers import remove_leftovers
from cnnviz.runs.library import Library

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run, and beside its files those that a process had begun to write."""
    folder = tmp_path / "runs" / "run"
    record(folder)
    for name in ("cnnviz-1.part", "moments/cnnviz-2.part", "moments/000000000009/tmp3.part"):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (0, 0))
    shutil.copyfile(run_folder.weights_path(folder, 4), run_folder.weights_path(folder, 5))
    shutil.copytree(run_folder.checkpoint_path(folder, 9), run_folder.checkpoint_path(folder, 7))
    (run_folder.checkpoint_path(folder, 7) / "state.json").unlink()
    return folder


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_leftovers_are_removed_and_nothing_else(run: Path, tmp_path: Path) -> None:
    record(tmp_path / "whole" / "run")
    remove_leftovers(run.parent)
    assert names(run) == names(tmp_path / "whole" / "run")
    (one,) = Library(run.parent).runs()
    assert [moment.step for moment in one.moments] == [0, 4, 9] and not one.missing
    for moment in one.moments:
        run_folder.weights(run, moment.step)


@pytest.mark.parametrize("owner", ["this", "ended", "elsewhere", "damaged"])
def test_a_run_that_may_be_recorded_is_left_alone(run: Path, owner: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    computer = "another computer" if owner == "elsewhere" else platform.node()
    entry = {"pid": ended.pid if owner == "ended" else os.getpid(), "computer": computer}
    (run / "owner.json").write_text("{" if owner == "damaged" else json.dumps(entry))
    before = names(run)
    remove_leftovers(run.parent)
    assert (names(run) == before) == (owner != "ended")


def test_the_name_of_a_run_can_be_written_meanwhile(run: Path) -> None:
    with replacing(run / LABEL) as file:
        file.write(b"{}")
        remove_leftovers(run.parent)
    assert (run / LABEL).read_bytes() == b"{}"


def test_a_run_that_is_being_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run" / "moments").mkdir(parents=True)
    (tmp_path / "run" / "cnnviz-1.part").write_bytes(b"half")
    remove_leftovers(tmp_path)
    assert names(tmp_path / "run") == {"moments", "cnnviz-1.part"}


def test_a_library_that_is_not_there_has_none(tmp_path: Path) -> None:
    (tmp_path / "no run").mkdir()
    remove_leftovers(tmp_path)
    remove_leftovers(tmp_path / "none")
    assert (tmp_path / "no run").is_dir()
