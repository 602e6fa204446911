"""Measurements are kept by machine."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from cnnviz.training import machine_cache
from cnnviz.training.machine_cache import MachineCache, machine

if TYPE_CHECKING:
    from pathlib import Path

CACHE = MachineCache("tried.json", "taste", most=4, most_bytes=1000)


def test_the_machine_has_one_name_before_and_after_torch_is_imported() -> None:
    assert machine().endswith(f" | torch {torch.__version__}")
    code = "import sys; from cnnviz.training.machine_cache import machine; print(machine(), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"{machine()} False\n"


def test_what_another_machine_measured_is_kept_and_not_read(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    CACHE.write({"a": 1, "b": 2})
    assert CACHE.read() == {"a": 1, "b": 2}
    with monkeypatch.context() as other:
        other.setattr(machine_cache, "machine", lambda: "another")
        assert CACHE.read() == {}
        CACHE.write({"a": 3})
        assert CACHE.read() == {"a": 3}
    assert CACHE.read() == {"a": 1, "b": 2}
    assert len(json.loads((home / "cache" / "tried.json").read_text())) == 3


def test_with_another_torch_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    CACHE.write({"a": 1})
    monkeypatch.setattr(torch, "__version__", "99")
    assert CACHE.read() == {}


def test_of_all_machines_the_newest_entries_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr(machine_cache, "machine", lambda: "another")
        CACHE.write({"a": 1, "b": 2, "c": 3})
    CACHE.write({"d": 4, "e": 5})
    assert CACHE.read() == {"d": 4, "e": 5}
    monkeypatch.setattr(machine_cache, "machine", lambda: "another")
    assert CACHE.read() == {"b": 2, "c": 3}


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "[" * 100_000])
def test_a_damaged_file_is_empty_and_can_be_written(home: Path, content: str) -> None:
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache" / "tried.json").write_text(content)
    assert CACHE.read() == {}
    CACHE.write({"a": 1})
    assert CACHE.read() == {"a": 1}
