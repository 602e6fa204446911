"""Damaged folders of runs: the library opens, says what is lost, loses nothing else, and never crashes or hangs."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from mutations import attacks, damaged_bytes, damaged_json, watched
from recorded_run import record

from cnnviz.runs import archive
from cnnviz.runs import folder as run_folder
from cnnviz.runs.continuing import recorded_start
from cnnviz.runs.curves import read_curves
from cnnviz.runs.folder import RunError
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.runs.library import Library
from cnnviz.runs.marks import read_marks
from cnnviz.runs.summary import read_entries
from cnnviz.training import checkpoint
from cnnviz.training.checkpoint_entry import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library") / "run"
    record(folder)
    # a run that changes is not indexed
    for path in folder.rglob("*"):
        os.utime(path, (10**9, 10**9))
    os.utime(folder, (10**9, 10**9))
    return folder


@pytest.mark.usefixtures("one_torch_thread")
def test_runs(run: Path, tmp_path: Path) -> None:
    assert _read(run.parent) == (9, {0, 4, 9}, True)
    # the index as well, which is made when the library is read
    files = sorted(path.relative_to(run.parent) for path in run.parent.rglob("*") if path.is_file())
    assert {"index.sqlite", "marks.json", "label.json"} <= {path.name for path in files}
    for number, chance in attacks("runs", 150, 20_000):
        home = tmp_path / str(number)
        shutil.copytree(run.parent, home)
        chosen = chance.sample(files, chance.choice((1, 1, 1, 2)))
        with watched(f"run {number}: {', '.join(map(str, chosen))}"):
            for path in chosen:
                _damage(home / path, chance)
            found = _read(home)
            spared = {step for step in (0, 4, 9) if not any(f"{step:012}" in str(path) for path in chosen)}
            # what no damaged file holds is still there
            if found is not None and not any(path.name.startswith("project") for path in chosen):
                assert spared <= found[1]
            if found is not None and run_folder.NUMBERS not in {path.name for path in chosen}:
                assert found[0] == 9
            Library(home).make_room(0)
        shutil.rmtree(home)


def _damage(path: Path, chance: Random) -> None:
    """Change a file, or what is in its place."""
    content = path.read_bytes()
    kind = chance.random()
    if path.suffix == ".json" and kind < 0.5:
        path.write_bytes(damaged_json(content.decode(), chance))
    elif kind < 0.85:
        path.write_bytes(damaged_bytes(content, chance))
    else:
        path.unlink()
        match chance.randrange(6):
            case 0:
                path.mkdir()
            case 1:
                os.mkfifo(path)
            case 2:
                path.symlink_to("/dev/zero")
            case 3:
                path.symlink_to(path)
            case 4:
                path.write_bytes(content)
                path.rename(path.with_name(chance.choice(("000000000007.json", "999999999999", "x", "trash"))))
            case _:
                pass


def _read(home: Path) -> tuple[int, set[int], bool] | None:
    """The steps of the run, its sound moments, and whether it goes on from the last one; None if it is refused."""
    library = Library(home)
    runs = library.runs()
    if not runs:
        return None
    (one,) = runs
    folder = library.folder(one.id)
    read_entries(folder)
    read_marks(folder)
    read_curves(folder)
    recorded_history(folder)
    with suppress(RunError):
        archive.write(folder, home / "archive.cnnrun")
    with suppress(RunError):
        assert recorded_start(folder).project.network
    sound = set()
    for moment in one.moments:
        try:
            run_folder.weights(folder, moment.step)
            sound.add(moment.step)
        except RunError as error:
            assert str(error).endswith(".")
    goes_on = False
    with suppress(CheckpointError):
        checkpoint.load(run_folder.checkpoint_path(folder, 9))
        goes_on = True
    with suppress(RunError):
        library.label(one.id, "another name", "")
    return one.numbers.steps, sound, goes_on
