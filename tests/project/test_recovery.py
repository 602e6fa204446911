"""What a crash leaves behind can be had back; what lives or was closed on purpose cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.project.file import ProjectFileError
from cnnviz.project.recovery import Autosave, recoverable
from cnnviz.project.templates import TEMPLATES

FAST = TEMPLATES["fast"].project()
KERAS = TEMPLATES["keras-tutorial"].project()

CRASH = """
import os, sys
from pathlib import Path
from cnnviz.project.recovery import Autosave
from cnnviz.project.templates import TEMPLATES
Autosave(Path(sys.argv[1]), sys.argv[2]).write(TEMPLATES[sys.argv[3]].project(), Path("/home/me/net.cnnviz"))
os._exit(1)
"""


def _crash(folder: Path, key: str, template: str) -> None:
    command = [sys.executable, "-c", CRASH, str(folder), key, template]
    assert subprocess.run(command, check=False, timeout=60).returncode == 1


def test_a_crashed_process_leaves_its_project(tmp_path: Path) -> None:
    _crash(tmp_path, "a", "fast")
    _crash(tmp_path, "b", "keras-tutorial")
    newest, oldest = recoverable(tmp_path)
    assert (newest.project, oldest.project) == (KERAS, FAST)
    assert newest.path == Path("/home/me/net.cnnviz")
    assert newest.saved >= oldest.saved
    newest.discard()
    assert [one.project for one in recoverable(tmp_path)] == [FAST]


def test_what_a_living_process_keeps_is_its_own(tmp_path: Path) -> None:
    Autosave(tmp_path, "a").write(FAST, None)
    assert recoverable(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 1


def test_another_process_that_lives_keeps_its_own_too(tmp_path: Path) -> None:
    alive = CRASH.replace("os._exit(1)", "print('written', flush=True); sys.stdin.read()")
    command = [sys.executable, "-c", alive, str(tmp_path), "a", "fast"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        assert recoverable(tmp_path) == []
    assert [one.project for one in recoverable(tmp_path)] == [FAST]


def test_a_number_taken_by_another_process_does_not_hide_a_crash(tmp_path: Path) -> None:
    _crash(tmp_path, "a", "fast")
    (file,) = tmp_path.iterdir()
    entry = json.loads(file.read_text())
    entry["pid"] = 1
    file.write_text(json.dumps(entry))
    assert [one.project for one in recoverable(tmp_path)] == [FAST]


def test_a_clean_close_leaves_nothing(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path, "a")
    autosave.write(FAST, None)
    autosave.clear()
    autosave.clear()
    assert list(tmp_path.iterdir()) == []
    autosave.write(FAST, None)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_same_project_is_written_once(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path, "a")
    autosave.write(FAST, None)
    (file,) = tmp_path.iterdir()
    file.unlink()
    autosave.write(FAST, None)
    assert not file.exists()
    autosave.write(FAST, tmp_path / "p.cnnviz")
    assert file.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{}", b"[]", b"5", b'{"pid": 1, "started": "x", "saved": 0, "path": null, "project": ""}'],
)
def test_a_damaged_copy_is_set_aside_and_said_in_the_log(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "a-1.recovery"
    file.write_bytes(content)
    assert recoverable(tmp_path) == []
    assert [one.name for one in tmp_path.iterdir()] == ["a-1.recovery.broken"]
    assert "cannot be read" in caplog.text
    assert recoverable(tmp_path) == []


def test_no_folder_is_no_recovery(tmp_path: Path) -> None:
    assert recoverable(tmp_path / "gone") == []


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ProjectFileError, match=r"^The project could not be autosaved: .*\.$"):
        Autosave(tmp_path / "file" / "recovery", "a").write(FAST, None)
