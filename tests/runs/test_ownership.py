"""A run whose process was killed is found; one that is recorded now, or was closed, is not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from recording_kit import recorded, recorded_until
from training_kit import project

from cnnviz.processes import Owner
from cnnviz.runs.ownership import OWNER, belongs_here, claim, interrupted

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from cnnviz.runs.ownership import claim
for name in sys.argv[2:]:
    folder = Path(sys.argv[1]) / name
    folder.mkdir()
    (folder / "numbers.blocks").touch()
    claim(folder, "key")
print("claimed", flush=True)
sys.stdin.read()
"""


def claiming(home: Path, *names: str) -> subprocess.Popen[bytes]:
    """A process that records runs and waits."""
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-c", PROGRAM, str(home), *names]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdout is not None and program.stdout.readline() == b"claimed\n"
    return program


def test_the_runs_of_a_process_that_was_killed_are_found(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    with claiming(home, "a", "b") as program:
        assert interrupted(home) == []
        program.send_signal(signal.SIGKILL)
    (found,) = interrupted(home)
    assert (found.window, found.folder.name, len(found.folders)) == ("key", "b", 2)
    found.release()
    assert interrupted(home) == [] and (home / "a").is_dir()


def test_a_copy_of_a_run_and_one_of_another_computer_are_not(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    with claiming(home, "a") as program:
        program.send_signal(signal.SIGKILL)
    (home / "a").rename(home / "copied")
    assert interrupted(home) == []
    entry = json.loads((home / "copied" / OWNER).read_text())
    (home / "copied" / OWNER).write_text(json.dumps(entry | {"run": "copied"}))
    assert len(interrupted(home)) == 1
    (home / "copied" / OWNER).write_text(json.dumps(entry | {"run": "copied", "computer": "another"}))
    assert interrupted(home) == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"run": "a", "pid": "x"}'])
def test_a_damaged_note_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / OWNER).write_bytes(content)
    assert interrupted(tmp_path) == []


def test_a_run_belongs_to_its_process_while_it_is_recorded(tmp_path: Path) -> None:
    with recorded(project(), tmp_path, window="left") as (watched, recorder):
        watched.batches(2)
        recorded_until(lambda: 2 in recorder.moments(1))
        entry = json.loads((recorder.folders[1] / OWNER).read_text())
        assert Owner.read(entry["pid"], entry["started"]) == Owner.here() and entry["window"] == "left"
        assert interrupted(tmp_path) == []
    assert not (recorder.folders[1] / OWNER).exists()


def test_only_a_run_of_the_library_that_no_other_process_records_is_added_to(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    with claiming(home, "other") as program:
        (home / "own").mkdir()
        claim(home / "own", "")
        (home / "finished").mkdir()
        (tmp_path / "elsewhere").mkdir()
        (home / "linked").symlink_to(tmp_path / "elsewhere")
        found = {path.name: belongs_here(path, home) for path in home.iterdir()}
        assert found == {"other": False, "own": True, "finished": True, "linked": False}
        assert not belongs_here(tmp_path / "elsewhere", home)
        program.send_signal(signal.SIGKILL)
        program.wait()
        assert belongs_here(home / "other", home)
    (home / "other" / OWNER).write_text('{"computer": "another", "pid": 1}')
    assert not belongs_here(home / "other", home)
