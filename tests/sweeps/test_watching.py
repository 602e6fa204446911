"""A sweep is read while it is written, nothing is written to it, and what cannot be read is a sentence."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import optuna
import pytest
from sweep_kit import AXES, add, begun_earlier, study_at, under_way

from cnnviz.sweeps import beside, trials
from cnnviz.sweeps.storage import SweepError, open_storage, storage_file
from cnnviz.sweeps.watching import Reader, kept_sweeps

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["{sweep} ü?.journal", "{sweep} %ü?.sqlite"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / request.param)


def test_trials_are_seen_as_they_are_made(where: str) -> None:
    study = study_at(where)
    reader = Reader(where)
    assert (reader.snapshot().results, reader.snapshot().axes, reader.snapshot().trials_wanted) == ((), (), 20)
    trial = under_way(study)
    trial.report(0.5, 1)
    snapshot = reader.snapshot()
    assert snapshot.axes == AXES
    assert [(each.state, each.accuracy, each.epochs) for each in snapshot.results] == [("running", 0.5, 1)]
    trial.report(0.75, 2)
    study.tell(trial, 0.75)
    assert [(each.state, each.accuracy, each.epochs) for each in reader.snapshot().results] == [("complete", 0.75, 2)]
    os.utime(where, (1, 1))
    snapshot = reader.snapshot()
    assert reader.snapshot() is snapshot
    assert reader.snapshot().importance == {}
    weighed = reader.with_importance()
    assert weighed is not None and weighed.importance == {}
    assert reader.with_importance() is None
    add(study, 10)
    assert (len(reader.snapshot().results), reader.snapshot().importance) == (11, {})
    weighed = reader.with_importance()
    assert weighed is not None and weighed == reader.snapshot()
    shares = weighed.importance
    assert shares.keys() == {each.target for each in AXES}
    assert sum(shares.values()) == pytest.approx(1)


def test_a_trial_whose_process_has_ended_is_interrupted(where: str) -> None:
    trial = under_way(study_at(where))
    reader = Reader(where)
    assert [each.state for each in reader.snapshot().results] == ["running"]
    name = trial.user_attrs[trials.WORKER]
    trial.set_user_attr(trials.WORKER, begun_earlier(name))
    os.utime(where, (1, 1))
    assert [each.state for each in reader.snapshot().results] == ["interrupted"]


def test_a_process_of_another_machine_that_is_silent_is_told(where: str) -> None:
    trial = under_way(study_at(where))
    reader = Reader(where)
    _, *rest = trial.user_attrs[trials.WORKER].split()
    trial.set_user_attr(trials.WORKER, " ".join(("elsewhere", *rest)))
    found = []
    for seconds in (0, 60, 185, trials.UNSEEN_SECONDS + 1):
        trial.set_user_attr(trials.SEEN, time.time() - seconds)
        (result,) = reader.snapshot().results
        found.append((result.state, result.silent))
    assert found == [("running", 0), ("running", 0), ("running", 3), ("interrupted", 0)]


def test_a_trial_of_damaged_files_whose_process_has_ended_is_interrupted(tmp_path: Path) -> None:
    trial = under_way(study_at(str(path := tmp_path / "sweep.sqlite")))
    reader = Reader(str(path))
    assert reader.last_snapshot() is None
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        trial.set_user_attr(trials.WORKER, trials.worker_of(process.pid))
        assert [each.state for each in reader.snapshot().results] == ["running"]
        path.write_bytes(b"no sweep at all\n" * 100)
        for state in ("running", "interrupted"):
            with pytest.raises(SweepError, match="damaged"):
                reader.snapshot()
            last = reader.last_snapshot()
            assert last is not None and [each.state for each in last.results] == [state]
            process.kill()
            process.wait()


def test_a_storage_may_hold_several_sweeps(where: str) -> None:
    for name in ("first", "second"):
        add(study_at(where, name), 1 if name == "first" else 2)
    reader = Reader(where)
    assert (reader.snapshot().name, reader.snapshot().names) == ("second", ("first", "second"))
    assert len(reader.snapshot("first").results) == 1
    assert len(reader.snapshot("second").results) == 2


def test_nothing_is_written(where: str, tmp_path: Path) -> None:
    add(study_at(where), 5)
    path = tmp_path / where
    before, files = path.read_bytes(), sorted(tmp_path.iterdir())
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert len(Reader(where).snapshot().results) == 5
    finally:
        tmp_path.chmod(0o755)
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == (before, files)
    with pytest.raises(SweepError, match="There is no sweep in"):
        Reader(str(tmp_path / "none.sqlite")).snapshot()
    assert sorted(tmp_path.iterdir()) == files


def test_what_cannot_be_read_is_a_sentence_and_read_again(tmp_path: Path) -> None:
    for name in ("damaged.sqlite", "damaged.journal"):
        (path := tmp_path / name).write_bytes(b"no sweep at all\n" * 100)
        reader = Reader(str(path))
        with pytest.raises(SweepError, match="cannot be read now: the file is damaged, or holds something else"):
            reader.snapshot()
        path.unlink()
        add(study_at(str(path)), 3)
        assert len(reader.snapshot().results) == 3


def test_a_locked_storage_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.sweeps.watching.LOCKED_SECONDS", 0.01)
    where = str(tmp_path / "sweep.sqlite")
    add(study_at(where), 1)
    reader, lock = Reader(where), sqlite3.connect(where)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SweepError, match=r"another process has kept it locked for 0\.01 seconds"):
            reader.snapshot()
    finally:
        lock.close()
    assert len(reader.snapshot().results) == 1


def test_a_sweep_whose_last_change_is_half_written_is_a_sentence_until_it_goes_on(tmp_path: Path) -> None:
    where = str(tmp_path / "sweep.sqlite")
    add(study := study_at(where), 1)
    ended_in_mid_change = f"""
import os, signal, sqlite3
connection = sqlite3.connect({where!r})
connection.execute("PRAGMA cache_size=1")
connection.execute("CREATE TABLE large (text)")
connection.executemany("INSERT INTO large VALUES (?)", [("x" * 4000,)] * 200)
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", ended_in_mid_change], check=False)
    reader = Reader(where)
    with pytest.raises(SweepError, match="was ended while it wrote"):
        reader.snapshot()
    add(study, 1)
    assert len(reader.snapshot().results) == 2


def test_studies_of_other_programs_and_databases_that_are_away_are_sentences(tmp_path: Path) -> None:
    where = str(tmp_path / "other.sqlite")
    optuna.create_study(storage=open_storage(where, "other"), study_name="other")
    with pytest.raises(SweepError, match="“other” is a study of another program"):
        Reader(where).snapshot()
    with pytest.raises(SweepError, match="cannot be read now") as caught:
        Reader("postgresql://nobody:secret@127.0.0.1:1/none").snapshot()
    assert "secret" not in str(caught.value)


def test_without_optuna_the_sentence_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "sweep.sqlite").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SweepError, match=r"pip install optuna"):
        Reader(str(path)).snapshot()


def test_sweeps_of_this_machine_are_listed_the_newest_first() -> None:
    assert kept_sweeps() == []
    for number, name in enumerate(("one", "two")):
        study_at(None, name)
        os.utime(storage_file(name), (number, number))
    assert [path.stem for path in kept_sweeps()] == ["two", "one"]


def test_the_process_of_a_sweep_is_known_by_its_note() -> None:
    assert not beside.running("sweep")
    study_at(None, "sweep")
    assert beside.arguments_of("sweep") == []
    beside.note("sweep", os.getpid(), ["sweep", "fast"])
    assert beside.arguments_of("sweep") == ["sweep", "fast"]
    assert beside.running("sweep")
    # another process may have the number by now
    note = storage_file("sweep").with_suffix(".process")
    worker, *rest = json.loads(note.read_text(encoding="utf-8"))
    note.write_text(json.dumps([begun_earlier(worker), *rest]), encoding="utf-8")
    assert not beside.running("sweep")
    for damaged in ("", "[]", "{}", "[1]", "[[]]"):
        note.write_text(damaged, encoding="utf-8")
        assert not beside.running("sweep") and beside.arguments_of("sweep") == []
    beside.end("sweep")
    beside.log_file("sweep").write_text("a warning\nThis network cannot be trained.\n\n", encoding="utf-8")
    assert beside.last_words("sweep") == "This network cannot be trained."
    beside.log_file("sweep").write_text("Traceback\nKeyboardInterrupt: \n", encoding="utf-8")
    assert beside.last_words("sweep") == beside.last_words("other") == ""


@pytest.mark.parametrize(
    ("name", "good"), [("fast-2", True), ("größer 3.5", True), ("-x", False), ("a/b", False), ("", False)]
)
def test_names_are_names_of_files(name: str, good: bool) -> None:
    assert beside.is_name(name) is good
