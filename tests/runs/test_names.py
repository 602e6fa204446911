"""Names of runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cnnviz.runs.names import fitted, run_name, shortened
from cnnviz.runs.summary import name_in

if TYPE_CHECKING:
    from pathlib import Path

BEGAN = datetime(2026, 5, 4, 22, 6, 11).timestamp()


def test_a_run_has_the_name_given_to_it_else_its_network_and_the_time_of_its_beginning(tmp_path: Path) -> None:
    assert run_name("with dropout", "fast", BEGAN, "an id") == "with dropout"
    assert run_name("", "fast", BEGAN, "an id") == "fast · 22:06:11"
    assert run_name("", "", BEGAN, "an id") == "22:06:11"
    assert run_name("", "fast", 0.0, "an id") == "fast"
    assert run_name("", "", 0.0, "an id") == "an id"
    assert name_in(tmp_path / "gone") == "gone"


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    assert shortened("fast · 22:06:11", 20) == "fast · 22:06:11"
    short = shortened("a very long name of a network · 22:06:11", 20)
    assert len(short) == 20 and short.startswith("a very") and short.endswith("22:06:11")


def test_where_there_is_little_room_for_a_name_its_time_remains() -> None:
    name, mark = "LeNet-5 (untitled) · 22:31:23", " (present run)"
    shown = [fitted(name, mark, lambda text, room=room: len(text) <= room) for room in range(60)]  # type: ignore[misc]
    assert shown[len(name + mark)] == name + mark
    assert shown[30] == "LeNe… · 22:31:23 (present run)" and shown[16] == "LeNe… · 22:31:23"
    assert all("22:31:23" in text and len(text) <= max(8, room) for room, text in enumerate(shown))
    assert fitted("fast · 22:31:23", mark, lambda text: len(text) <= 16) == "fast · 22:31:23"
    assert fitted("a long name of the user's", mark, lambda _: False) == "a long name of the user's" + mark
