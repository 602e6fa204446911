"""How long this process has been there, and what it lacks."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from cnnviz.program import age, lacks

if TYPE_CHECKING:
    import pytest


def test_the_age_of_a_process_is_what_the_clock_of_another_says() -> None:
    began = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-c", "from cnnviz.program import age; print(age())"],
        capture_output=True,
        text=True,
        check=True,
    )
    lasted = time.perf_counter() - began
    assert 0.0 < float(said.stdout) <= lasted + 0.02


def test_it_grows_with_time_and_agrees_with_the_time_of_day() -> None:
    first, second = age(), age()
    assert 0 < first <= second
    # the system says when it began to a second only
    assert abs(second - (time.time() - psutil.Process().create_time())) < 1.5


def test_to_the_standalone_program_nothing_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(lacks("one", "two")) == "which is not installed: pip install one two"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert str(lacks("one")).startswith("which the standalone program does not have.")
