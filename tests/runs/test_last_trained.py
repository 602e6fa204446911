"""Which run a project file was left with."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz import settings
from cnnviz.runs.last_trained import file_of, remember, run_of
from cnnviz.runs.noted_files import MOST


def test_what_was_trained_since_the_file_was_saved_belongs_to_it() -> None:
    path = Path("/a/p.cnnviz")
    assert (run_of(path, ""), run_of(path, "first")) == ("", "first")
    remember(path, "first", "second")
    assert run_of(path, "first") == "second"
    # another file at the same place, such as one from a backup
    assert (run_of(path, "other"), run_of(path, "")) == ("other", "")
    remember(path, "", "third")
    assert run_of(path, "") == "third"
    remember(path, "third", "third")
    assert run_of(path, "third") == "third" and run_of(path, "") == ""


def test_the_file_of_a_run_is_the_one_that_was_noted_last() -> None:
    assert file_of("run") is None
    for name in ("/a/p.cnnviz", "/b/p.cnnviz"):
        remember(Path(name), "run", "run")
    assert file_of("run") == Path("/b/p.cnnviz") and file_of("other") is None
    remember(Path("/b/p.cnnviz"), "run", "other")
    assert (file_of("run"), file_of("other")) == (Path("/a/p.cnnviz"), Path("/b/p.cnnviz"))


def test_the_oldest_are_forgotten() -> None:
    for number in range(MOST + 2):
        remember(Path(f"/p{number}"), "", "run")
    assert [run_of(Path(f"/p{number}"), "") for number in (0, 1, 2, MOST + 1)] == ["", "", "run", "run"]


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"/a/p.cnnviz": 5, "/b": ["x"], "/c": [1, 2]}'])
def test_a_damaged_list_is_none(content: bytes) -> None:
    file = settings.folders().data / "projects.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    assert run_of(Path("/a/p.cnnviz"), "named") == "named"
    remember(Path("/a/p.cnnviz"), "named", "other")
    assert run_of(Path("/a/p.cnnviz"), "named") == "other"
