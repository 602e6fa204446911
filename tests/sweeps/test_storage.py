"""What goes wrong with the file of a sweep is a sentence, also in the middle of the sweep."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from cnnviz.project.templates import TEMPLATES
from cnnviz.sweeps import storage
from cnnviz.sweeps.space import axis
from cnnviz.sweeps.storage import SweepError, open_storage, open_study, storage_errors
from cnnviz.sweeps.trials import begin

if TYPE_CHECKING:
    from pathlib import Path

    import optuna

AXES = (axis("learning_rate=log:1e-4:1", TEMPLATES["lenet-5"].project()),)
DAMAGED = "The sweep cannot be kept in “.*”: the file is damaged, or holds something else."


def opened(where: str) -> optuna.Study:
    """A study, as the command opens it."""
    with storage_errors(where):
        return open_study(open_storage(where, "sweep"), "sweep", AXES, "digest", "lenet-5", "none", 1)


@pytest.mark.parametrize("file", ["sweep.sqlite", "sweep.journal"])
@pytest.mark.parametrize("content", [b"not a sweep\nat all\n", b"\x00\xff" * 5000, b'{"op_code":0}\n{"op_code":0}\n'])
def test_a_file_that_is_no_sweep_stays_as_it_is(tmp_path: Path, file: str, content: bytes) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(SweepError, match=DAMAGED):
        opened(str(path))
    assert path.read_bytes().startswith(content)


@pytest.mark.parametrize("file", ["sweep.sqlite", "sweep.journal"])
def test_a_file_that_is_damaged_meanwhile(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    study = opened(str(path))
    content = path.read_bytes()
    if path.suffix == ".sqlite":
        # all pages but the first, which tells what the file is
        path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    else:
        path.write_bytes(content + b"half a line\n{}\n")
    with pytest.raises(SweepError, match=DAMAGED), storage_errors(str(path)):
        begin(study, 3)
    with pytest.raises(SweepError, match=DAMAGED):
        opened(str(path))


def test_a_file_that_another_process_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "WRITING_SECONDS", 0.05)
    where = str(tmp_path / "sweep.sqlite")
    study = opened(where)
    with closing(sqlite3.connect(where, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SweepError, match=r"another process has kept it locked for 0\.05 seconds"):
            opened(where)
        with pytest.raises(SweepError, match="kept it locked"), storage_errors(where):
            begin(study, 3)
        other.execute("ROLLBACK")
    assert begin(study, 3) is not None


def test_a_folder_in_which_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for where in ("/proc/sweep.sqlite", "/proc/sweep.journal", f"{tmp_path}/file/sweep.sqlite", str(tmp_path)):
        with pytest.raises(SweepError, match=r"The sweep cannot be kept in “.*”: .*[a-z]") as told:
            opened(where)
        assert "sqlite3" not in str(told.value)


def test_the_password_of_a_database_is_not_told() -> None:
    with pytest.raises(SweepError, match="“nothing://somebody:…@host/sweeps”") as told:
        opened("nothing://somebody:secret@host/sweeps")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("file", ["sweep.sqlite", "sweep.journal"])
def test_a_storage_is_made_by_several_at_the_same_time(tmp_path: Path, file: str) -> None:
    together = Barrier(6)

    def made(_: int) -> str:
        together.wait()
        return opened(str(tmp_path / file)).study_name

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(made, range(6))) == ["sweep"] * 6


def test_other_errors_are_raised_as_they_are() -> None:
    with pytest.raises(OSError, match="of the training"), storage_errors(None):
        raise OSError("of the training")
