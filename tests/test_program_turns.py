"""This program started again: its command line, and a training in another process that goes on in turns."""

from __future__ import annotations

import sys

import pytest

from cnnviz import program
from cnnviz.program import Turns, command

SERVED = """
import sys
print("facts of " + " ".join(sys.argv[1:]), flush=True)
for line in sys.stdin:
    if float(line) > 5:
        break
    print(10 * float(line), flush=True)
"""


def test_the_interpreter_runs_the_package_and_a_frozen_app_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("train", "fast") == [sys.executable, "-m", "cnnviz", "train", "fast"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command("train", "fast") == [sys.executable, "train", "fast"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the program was started with; a script stands in for it."""
    starts: list[tuple[str, ...]] = []

    def stand_in(*arguments: str) -> list[str]:
        starts.append(arguments)
        return [sys.executable, "-S", "-c", SERVED, *arguments[1:]]

    monkeypatch.setattr(program, "command", stand_in)
    return starts


def test_turns_are_taken_when_they_are_asked_for_until_it_is_closed(asked: list[tuple[str, ...]]) -> None:
    turns = Turns(["ours", "--threads", "1"])
    try:
        assert asked == [("turns", "ours", "--threads", "1")]
        assert turns.facts == "facts of ours --threads 1"
        assert [turns.turn(0.5), turns.turn(2)] == [5.0, 20.0]
        assert turns._process.poll() is None
    finally:
        turns.close()
    assert turns._process.poll() is not None


def test_an_end_that_comes_too_early_is_an_error_and_leaves_no_process(asked: list[tuple[str, ...]]) -> None:
    turns = Turns(["bare"])
    with pytest.raises(OSError, match="ended too early"):
        turns.turn(9)
    assert turns._process.poll() is not None
    assert turns._process.stdin is not None and turns._process.stdin.closed


def test_a_program_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "command", lambda *_: ["/nowhere/at/all"])
    with pytest.raises(OSError, match="nowhere"):
        Turns(["bare"])
