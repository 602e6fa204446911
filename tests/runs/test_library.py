"""Finding, deleting and restoring runs, with clocks that are wrong."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from runs_kit import recorded_run

from cnnviz.runs.folder import FACTS, RunError
from cnnviz.runs.library import DAY_SECONDS, IMPORTING, TRASH, TRASH_SECONDS, Library

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded_run(tmp_path_factory.mktemp("library") / "run")


@pytest.fixture
def library(recorded: Path, tmp_path: Path) -> Library:
    """Three runs: aa, ab and b."""
    for name in ("aa", "ab", "b"):
        shutil.copytree(recorded, tmp_path / name)
    return Library(tmp_path)


def age(path: Path, seconds: float) -> None:
    """Make a file or folder this old."""
    when = time.time() - seconds
    os.utime(path, (when, when))


def kept(library: Library) -> bool:
    """Whether a run in the trash survives another start of a recording."""
    library.make_room(10**12)
    return (library.home / TRASH / "b").exists()


def test_runs_are_found_by_id_beginning_and_name(library: Library) -> None:
    assert library.find("aa").id == "aa" and library.find("b").id == "b"
    library.label("aa", "Long Kernels", "")
    library.label("ab", "b", "")
    assert library.find("Long Kernels").id == library.find("long kernels").id == "aa"
    # an id first, then a name, then the beginning of an id
    assert library.find("b").id == "b"
    library.label("ab", "a", "")
    assert library.find("a").id == "ab"
    library.label("ab", "", "")
    for text, sentence in (
        ("a", "“a” can be any of 2 runs, such as ab, aa. Give enough of an id."),
        ("small", "“small” can be any of 2 runs, such as b, ab. Give enough of an id."),
        ("c", "There is no recorded run “c”."),
        ("", "There is no recorded run “”."),
    ):
        with pytest.raises(RunError) as raised:
            library.find(text)
        assert str(raised.value) == sentence


def test_a_run_that_was_trained_long_ago_stays_in_the_trash_for_its_time(library: Library) -> None:
    age(library.home / "b", 2 * TRASH_SECONDS)
    library.delete("b")
    assert kept(library)
    assert [run.id for run in library.trash().runs()] == ["b"]
    age(library.home / TRASH / "b", TRASH_SECONDS + 1)
    # it is old, but the clock may be wrong just now
    assert kept(library) and kept(library)
    age(library.home / TRASH / "b.expired", DAY_SECONDS + 1)
    assert not kept(library)
    assert not list((library.home / TRASH).glob("b*"))


def test_a_clock_that_is_ahead_once_deletes_nothing(library: Library) -> None:
    library.delete("b")
    place = library.home / TRASH / "b"
    # as a clock sees it that is a year ahead
    age(place, 365 * DAY_SECONDS)
    assert kept(library)
    expired = place.with_name("b.expired")
    # and the same after it was set right: the run is young, the note lies in the future
    age(place, 0)
    age(expired, -365 * DAY_SECONDS)
    assert kept(library) and not expired.exists()
    # a run that was deleted while the clock was ahead is as old as the next look at it
    age(place, -365 * DAY_SECONDS)
    assert kept(library) and abs(place.stat().st_mtime - time.time()) < 60
    age(place, TRASH_SECONDS + 1)
    expired.touch()
    age(expired, -365 * DAY_SECONDS)
    assert kept(library) and abs(expired.stat().st_mtime - time.time()) < 60


def test_a_copy_that_is_deleted_too_does_not_replace_the_first(library: Library) -> None:
    shutil.copytree(library.home / "b", library.home / "copy")
    library.delete("b")
    (library.home / "copy").rename(library.home / "b")
    library.label("b", "the copy", "")
    library.delete("b")
    assert {run.id: run.name for run in library.trash().runs()} == {"b": "the copy", "b-2": ""}
    library.restore("b")
    library.restore("b-2")
    assert len(library.runs()) == 4
    with pytest.raises(RunError, match="could not be brought back"):
        library.restore("b")


def test_an_import_that_was_killed_is_not_listed_and_goes_after_a_day(library: Library) -> None:
    part = library.home / f"{IMPORTING}abc"
    shutil.copytree(library.home / "b", part / "b")
    shutil.copy(part / "b" / FACTS, part)
    assert len(library.runs()) == 3
    library.make_room(10**12)
    assert part.exists()
    age(part, DAY_SECONDS + 1)
    library.make_room(10**12)
    assert not part.exists() and len(library.runs()) == 3


def test_runs_of_wrong_clocks_are_listed_in_the_order_of_their_times(library: Library) -> None:
    for name, created in (("aa", 4e9), ("ab", 0), ("b", 1e300)):
        path = library.home / name / FACTS
        raw = json.loads(path.read_text())
        raw["facts"]["created"] = created
        del raw["sha256"]
        path.write_text(json.dumps(raw))
    # a time that no calendar has is none
    assert [(run.id, run.facts.created) for run in library.runs()] == [("aa", 4e9), ("b", 0.0), ("ab", 0.0)]
