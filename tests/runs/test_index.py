"""The index of a library changes nothing but the time of listing: the folders are the truth."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from mutations import attacks, damaged_bytes, watched
from runs_kit import recorded_run

from cnnviz.runs import index
from cnnviz.runs.folder import FACTS, FORMAT, NUMBERS, SUMMARY, VERSION, checkpoint_path, study_path, weights_path
from cnnviz.runs.library import Library
from cnnviz.runs.summary import RunSummary, summarize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAST = 1_000_000_000.0
"""A time, in seconds since 1970, at which nothing is being written any more."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded_run(tmp_path_factory.mktemp("library") / "run")


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Path:
    """A library of three runs that were recorded long ago."""
    for name in ("a", "b", "c"):
        shutil.copytree(recorded, tmp_path / name)
    settle(tmp_path)
    return tmp_path


def settle(home: Path, when: float = PAST) -> None:
    """Make all files old."""
    for path in home.rglob("*"):
        os.utime(path, (when, when))


def from_folders(home: Path) -> list[RunSummary]:
    """The runs as they are read without an index."""
    found = [summarize(path) for path in home.iterdir() if path.is_dir() and path.name != "trash"]
    return sorted(found, key=lambda run: (run.facts.created, run.id), reverse=True)


def test_summaries_come_back_from_the_index(home: Path) -> None:
    assert index.read(home) == {}
    listed = Library(home).runs()
    assert listed == from_folders(home) and len(listed) == 3
    assert {run: summary for run, (_, summary) in index.read(home).items()} == {run.id: run for run in listed}
    # all that a summary has is stored, but sentences about damage, as damaged runs are not indexed, and the context,
    # which depends on other runs
    assert {each.name for each in fields(RunSummary)} == {
        "id", "facts", "numbers", "moments", "name", "notes", "missing", "context",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a?b#c%20", "läufe und mehr", "file:x", os.fsdecode(b"caf\xe9")])
def test_a_library_may_have_any_name(home: Path, tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    other = tmp_path_factory.mktemp("named") / name
    shutil.copytree(home, other)
    assert Library(other).runs() == from_folders(other)
    assert index.read(other).keys() == {"a", "b", "c"}
    assert sorted(path.name for path in other.parent.iterdir()) == [name]


def test_what_is_indexed_is_not_read_again(home: Path) -> None:
    library = Library(home)
    listed = library.runs()
    stamp = index.stamp(home / "a")
    known = replace(summarize(home / "a"), notes="from the index")
    index.write(home, {"a": (stamp, known)}, ())
    # the result of a study changes nothing that is listed
    study = study_path(home / "a", 4, "predictions-validation")
    study.parent.mkdir()
    study.write_bytes(b"a study")
    assert index.stamp(home / "a") == stamp
    assert sorted(run.notes for run in library.runs()) == ["", "", "from the index"]
    assert len(listed) == 3


def changes(home: Path) -> dict[str, Callable[[], object]]:
    """What happens to folders in the hands of users and other programs, by name."""
    library = Library(home)

    def grow() -> None:
        with (home / "a" / NUMBERS).open("ab") as file:
            file.write((home / "a" / NUMBERS).read_bytes()[:20])

    def replace_a() -> None:
        shutil.rmtree(home / "a")
        (home / "b").rename(home / "a")

    return {
        "copied": lambda: shutil.copytree(home / "a", home / "copy"),
        "moved": lambda: (home / "a").rename(home / "moved"),
        "deleted": lambda: shutil.rmtree(home / "b"),
        "in the trash": lambda: library.delete("b"),
        "named": lambda: Library(home).label("c", "a name", "notes"),
        "grown": grow,
        "without its summary": (home / "a" / SUMMARY).unlink,
        "without its facts": (home / "a" / FACTS).unlink,
        "without a moment": weights_path(home / "a", 4).unlink,
        "without an exact moment": lambda: shutil.rmtree(checkpoint_path(home / "a", 9)),
        "replaced": replace_a,
        "newer": lambda: (home / "a" / FACTS).write_text(json.dumps({"format": FORMAT, "version": VERSION + 1})),
    }


@pytest.mark.parametrize("change", [
    "copied", "moved", "deleted", "in the trash", "named", "grown", "without its summary", "without its facts",
    "without a moment", "without an exact moment", "replaced",
])  # fmt: skip
def test_changed_folders_are_read_again(home: Path, change: str) -> None:
    library = Library(home)
    before = library.runs()
    changes(home)[change]()
    after = library.runs()
    assert after == from_folders(home)
    assert (after != before) is (change != "without its summary")
    # also from the index
    settle(home, PAST + 1)
    assert library.runs() == library.runs() == from_folders(home)


def test_a_run_of_a_newer_program_is_left_alone(home: Path) -> None:
    library = Library(home)
    library.runs()
    changes(home)["newer"]()
    assert [run.id for run in library.runs()] == ["c", "b"]


def test_a_run_that_is_being_recorded_is_not_indexed(home: Path) -> None:
    library = Library(home)
    os.utime(home / "a" / NUMBERS)
    library.runs()
    assert index.read(home).keys() == {"b", "c"}
    # a moment that is being written becomes complete without another change of the stamp
    os.utime(home / "a" / NUMBERS, (PAST, PAST))
    (checkpoint_path(home / "a", 9) / "state.json").rename(home / "a" / "moments" / "state.json")
    os.utime(home / "a" / "moments", (PAST, PAST))
    os.utime(checkpoint_path(home / "a", 9))
    library.runs()
    assert index.read(home).keys() == {"b", "c"}


def test_a_damaged_run_says_so_each_time(home: Path) -> None:
    (home / "a" / SUMMARY).unlink()
    with (home / "a" / NUMBERS).open("ab") as file:
        file.write(b"half a block")
    settle(home)
    for _ in range(2):
        assert [len(run.missing) for run in Library(home).runs()] == [0, 0, 1]


def test_an_index_that_is_no_index_is_made_again(home: Path) -> None:
    library, path = Library(home), home / index.INDEX
    listed = library.runs()
    other = home / "other.sqlite"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE runs (name TEXT)")
    for content in (b"", b"hello", bytes(5000), b"SQLite format 3\0" + bytes(84), other.read_bytes()):
        path.write_bytes(content)
        for _ in range(3):
            assert library.runs() == listed
        assert index.read(home).keys() == {"a", "b", "c"}
    path.unlink()
    path.mkdir()
    settle(home)
    assert library.runs() == listed


def test_random_damage_to_the_index_changes_no_run(home: Path) -> None:
    library, path = Library(home), home / index.INDEX
    listed = library.runs()
    content = path.read_bytes()
    for number, chance in attacks("index", 150, 3_000):
        path.write_bytes(damaged_bytes(content, chance))
        with watched(f"index {number}"):
            assert library.runs() == listed


def test_rows_of_another_version_do_not_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(home)
    monkeypatch.setattr(index, "_FORM", 1)
    listed = library.runs()
    monkeypatch.undo()
    assert index.read(home) == {}
    assert library.runs() == listed and index.read(home).keys() == {"a", "b", "c"}


def test_a_locked_index_is_not_waited_for(home: Path) -> None:
    library = Library(home)
    listed = library.runs()
    with closing(sqlite3.connect(home / index.INDEX, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        library.label("a", "named", "")
        assert len(library.runs()) == len(listed) and library.runs()[2].name == "named"
        database.execute("ROLLBACK")
    settle(home)
    assert library.runs() == from_folders(home)


def test_a_library_that_cannot_be_written_is_listed(home: Path) -> None:
    listed = from_folders(home)
    home.chmod(0o500)
    try:
        assert Library(home).runs() == listed
    finally:
        home.chmod(0o700)
    assert Library(home / "gone").runs() == [] and not (home / "gone").exists()


def test_lists_are_right_while_others_write(home: Path) -> None:
    stop, wrong = threading.Event(), []

    def list_runs() -> None:
        while not stop.is_set():
            if not {"b", "c"} <= {run.id for run in Library(home).runs()}:
                wrong.append("a run was missing")

    threads = [threading.Thread(target=list_runs) for _ in range(2)]
    for thread in threads:
        thread.start()
    library = Library(home)
    for number in range(30):
        library.label("b", f"name {number}", "")
        library.delete("a")
        library.restore("a")
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    settle(home)
    assert library.runs() == from_folders(home)


WRITER = """
import sys
from pathlib import Path
from cnnviz.runs import index
from cnnviz.runs.summary import summarize
home = Path(sys.argv[1])
rows = {name: (index.stamp(home / name), summarize(home / name)) for name in ("a", "b", "c")}
print(flush=True)
while True:
    index.write(home, rows, ())
    index.write(home, {}, ("a", "b"))
"""


def test_a_writer_that_is_killed_leaves_an_index_that_is_right(home: Path) -> None:
    listed, chance = from_folders(home), random.Random(0)
    for _ in range(6):
        program = subprocess.Popen([sys.executable, "-c", WRITER, home], stdout=subprocess.PIPE)
        assert program.stdout is not None and program.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            program.wait(chance.random() / 5)
        program.kill()
        program.communicate()
        for _ in range(2):
            assert Library(home).runs() == listed
        assert index.read(home).keys() == {"a", "b", "c"}
