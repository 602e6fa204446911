"""What is free: the system, the container and the limits of the process, whichever leaves least."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from cnnviz import control_group, memory

MB = 2**20


def test_without_limits_it_is_what_the_system_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_of_container", list)
    monkeypatch.setattr(memory, "_of_process", list)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=123))
    assert memory.available() == 123
    monkeypatch.setattr(memory, "_of_container", lambda: [-5])
    assert memory.available() == 0


def test_a_container_counts_without_the_pages_that_can_be_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path("/proc/self/cgroup")
    text = own.read_text() if own.exists() else ""
    line = next((line for line in text.splitlines() if line.startswith("0::")), None)
    monkeypatch.setattr(control_group, "ROOT", tmp_path)
    if line is None:
        assert memory._of_container() == []
        return
    folder = tmp_path / line.split(":", 2)[2].strip("/")
    folder.mkdir(parents=True, exist_ok=True)
    assert memory._of_container() == []
    (folder / "memory.max").write_text(f"{500 * MB}\n")
    (folder / "memory.current").write_text(f"{300 * MB}\n")
    (folder / "memory.stat").write_text(f"anon {200 * MB}\ninactive_file {90 * MB}\n")
    assert memory._of_container() == [290 * MB]
    (folder / "memory.max").write_text("max\n")
    assert memory._of_container() == []


@pytest.mark.parametrize(("limit", "field"), [("RLIMIT_AS", "vms"), ("RLIMIT_DATA", "data")])
def test_a_limit_of_the_process_counts(limit: str, field: str) -> None:
    code = f"""
import psutil, resource
from cnnviz import control_group, memory
taken = psutil.Process().memory_info().{field}
hard = resource.getrlimit(resource.{limit})[1]
resource.setrlimit(resource.{limit}, (taken + 100 * {MB}, hard))
print(memory.available())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert 80 * MB < int(done.stdout) <= 101 * MB
